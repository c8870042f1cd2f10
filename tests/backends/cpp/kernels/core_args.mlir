// Arguments that differ between cores, some of them negative, on two rows of three cores.
ttkernel.program @spread grid [3, 2] on "wormhole_b0" {
  ttkernel.tensor @table at 0 : <[4, 4], !ttcore.tile<32x32, f32>, l1>
  ttkernel.tensor @cores at 1 : <[2, 4, 4], !ttcore.tile<32x32, si32>, dram>
  ttkernel.tensor @lambda at 2 : <[4, 4], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @table_cb 0 pages 2 of <32x32, f32> at 105856
  ttkernel.circular_buffer @t 7 pages 1 of <32x32, bf16> at 114048
  ttkernel.kernel @read on reader attributes {
    tensors = [@lambda, @table],
    core_args = ["first", "N_TILES"],
    core_values = [array<i32: 0, 2, 4, 6, 8, 10>, array<i32: 2, -1, 2, 2, 2, -3>]
  } {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %args = ttkernel.TensorAccessorArgs(@table)
    %address = ttkernel.get_common_arg_val(1)
    %table = ttkernel.TensorAccessor(%args, %address)
    %first = ttkernel.get_arg_val(0)
    %count = ttkernel.get_arg_val(1)
    %end = arith.addi %first, %count : i32
    scf.for %page = %first to %end step %c1 : i32 {
      ttkernel.cb_reserve_back(@table_cb, 1)
      %0 = ttkernel.get_write_ptr(@table_cb)
      ttkernel.noc_async_read_page(%page, %table, %0)
      ttkernel.noc_async_read_barrier()
      ttkernel.cb_push_back(@table_cb, 1)
    }
  }
  ttkernel.kernel @write on writer attributes {
    tensors = [@lambda, @cores], core_args = ["offset"], core_values = [array<i32: 5, 4, 3, 2, 1, 0>]
  } {
    %0 = ttkernel.get_common_arg_val(0)
    %1 = ttkernel.TensorAccessorArgs(@lambda)
    %2 = ttkernel.TensorAccessor(%1, %0)
    %3 = ttkernel.get_common_arg_val(1)
    %4 = ttkernel.TensorAccessorArgs(@cores)
    %5 = ttkernel.TensorAccessor(%4, %3)
    %6 = ttkernel.get_arg_val(0)
    %7 = ttkernel.my_logical_x_
    %8 = ttkernel.my_logical_y_
    %9 = arith.addi %7, %8 : i32
    %10 = arith.subi %9, %6 : i32
    ttkernel.cb_wait_front(@t, 1)
    %11 = ttkernel.get_read_ptr(@t)
    ttkernel.noc_async_write_page(%10, %2, %11)
    ttkernel.noc_async_write_page(%10, %5, %11)
    ttkernel.noc_async_write_page(%7, %5, %11)
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_pop_front(@t, 1)
  }
}
