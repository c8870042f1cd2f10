// Names that C++ or the kernel API has taken, that are used twice, or that are missing.
ttkernel.program @names grid [1, 1] on "wormhole_b0" {
  ttkernel.tensor @page at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @int 0 pages 8 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @cb_push_back 1 pages 8 of <32x32, bf16> at 122240
  ttkernel.kernel @read on reader attributes {tensors = [@page], core_args = ["namespace", "MATH", "M"], core_values = [array<i32: 1>, array<i32: 2>, array<i32: 3>]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c4 = arith.constant 4 : i32
    %args = ttkernel.TensorAccessorArgs(@page)
    %address = ttkernel.get_common_arg_val(0)
    %page = ttkernel.TensorAccessor(%args, %address)
    %a = ttkernel.get_arg_val(0)
    %b = ttkernel.get_arg_val(1)
    %c = ttkernel.get_arg_val(2)
    %for = arith.muli %a, %b : i32
    %page_again = arith.muli %for, %c : i32
    ttkernel.cb_push_back(@cb_push_back, 1)
    %int = ttkernel.get_write_ptr(@int)
    %0 = ttkernel.get_write_ptr(@cb_push_back)
    scf.for %i = %c0 to %for step %c1 : i32 {
      scf.for %1 = %c0 to %page_again step %c1 : i32 {
        %__x = arith.addi %i, %1 : i32
        ttkernel.noc_async_read_page(%__x, %page, %int)
        %2 = arith.muli %__x, %page_again : i32
        ttkernel.noc_async_read_page(%2, %page, %0)
        ttkernel.noc_async_read_page(%2, %page, %int)
      }
      scf.for %1 = %c0 to %c4 step %c1 : i32 {
        %true = arith.addi %i, %1 : i32
        ttkernel.noc_async_read_page(%true, %page, %true)
      }
    }
  }
}
