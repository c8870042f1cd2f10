// add.py by hand: a block of two tensors' sum in each of four steps, on 64 cores.
ttkernel.program @add grid [8, 8] on "wormhole_b0" {
  ttkernel.tensor @x at 0 : <[16, 64], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.tensor @y at 1 : <[16, 64], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.tensor @out at 2 : <[16, 64], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @y_cb 1 pages 8 of <32x32, bf16> at 122240
  ttkernel.circular_buffer @out_cb 2 pages 8 of <32x32, bf16> at 138624
  ttkernel.kernel @compute on compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c4 = arith.constant 4 : i32
    ttkernel.compute_kernel_hw_startup(@x_cb, @y_cb, @out_cb)
    ttkernel.add_tiles_init(@x_cb, @y_cb)
    scf.for %0 = %c0 to %c4 step %c1 : i32 {
      ttkernel.cb_wait_front(@x_cb, 4) loc("add.py":14:18)
      ttkernel.cb_wait_front(@y_cb, 4) loc("add.py":14:37)
      ttkernel.cb_reserve_back(@out_cb, 4) loc("add.py":14:56)
      ttkernel.tile_regs_acquire() loc("add.py":15:17)
      scf.for %1 = %c0 to %c4 step %c1 : i32 {
        ttkernel.add_tiles(@x_cb, @y_cb, %1, %1, %1) loc("add.py":15:17)
      } loc("add.py":15:17)
      ttkernel.tile_regs_commit() loc("add.py":15:17)
      ttkernel.tile_regs_wait() loc("add.py":15:17)
      ttkernel.pack_tile_block(%c0, @out_cb, 4) loc("add.py":15:17)
      ttkernel.tile_regs_release() loc("add.py":15:17)
      ttkernel.cb_push_back(@out_cb, 4) loc("add.py":14:56)
      ttkernel.cb_pop_front(@y_cb, 4) loc("add.py":14:37)
      ttkernel.cb_pop_front(@x_cb, 4) loc("add.py":14:18)
    } loc("add.py":13:9)
  } loc("add.py":12:5)
  ttkernel.kernel @read on reader attributes {tensors = [@x, @y]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c4 = arith.constant 4 : i32
    %c64 = arith.constant 64 : i32
    %x_args = ttkernel.TensorAccessorArgs(@x)
    %x_address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%x_args, %x_address)
    %y_args = ttkernel.TensorAccessorArgs(@y)
    %y_address = ttkernel.get_common_arg_val(1)
    %y = ttkernel.TensorAccessor(%y_args, %y_address)
    %core_x = ttkernel.my_logical_x_ loc("add.py":19:26)
    %core_y = ttkernel.my_logical_y_ loc("add.py":19:26)
    %row = arith.muli %core_y, %c2 : i32 loc("add.py":20:15)
    %bytes = ttkernel.get_tile_size(@x_cb)
    %y_bytes = ttkernel.get_tile_size(@y_cb)
    scf.for %step = %c0 to %c4 step %c1 : i32 {
      %first = arith.muli %core_x, %c4 : i32 loc("add.py":22:23)
      %block = arith.addi %first, %step : i32 loc("add.py":22:23)
      %column = arith.muli %block, %c2 : i32 loc("add.py":22:22)
      ttkernel.cb_reserve_back(@x_cb, 4) loc("add.py":23:18)
      ttkernel.cb_reserve_back(@y_cb, 4) loc("add.py":23:40)
      %x_ptr = ttkernel.get_write_ptr(@x_cb) loc("add.py":24:17)
      scf.for %r = %c0 to %c2 step %c1 : i32 {
        scf.for %c = %c0 to %c2 step %c1 : i32 {
          %0 = arith.addi %row, %r : i32 loc("add.py":24:17)
          %1 = arith.muli %0, %c64 : i32 loc("add.py":24:17)
          %2 = arith.addi %column, %c : i32 loc("add.py":24:17)
          %3 = arith.addi %1, %2 : i32 loc("add.py":24:17)
          %4 = arith.muli %r, %c2 : i32 loc("add.py":24:17)
          %5 = arith.addi %4, %c : i32 loc("add.py":24:17)
          %6 = arith.muli %5, %bytes : i32 loc("add.py":24:17)
          %7 = arith.addi %x_ptr, %6 : i32 loc("add.py":24:17)
          ttkernel.noc_async_read_page(%3, %x, %7) loc("add.py":24:17)
        } loc("add.py":24:17)
      } loc("add.py":24:17)
      ttkernel.noc_async_read_barrier() loc("add.py":24:17)
      %y_ptr = ttkernel.get_write_ptr(@y_cb) loc("add.py":25:17)
      scf.for %r = %c0 to %c2 step %c1 : i32 {
        scf.for %c = %c0 to %c2 step %c1 : i32 {
          %0 = arith.addi %row, %r : i32 loc("add.py":25:17)
          %1 = arith.muli %0, %c64 : i32 loc("add.py":25:17)
          %2 = arith.addi %1, %column : i32 loc("add.py":25:17)
          %3 = arith.addi %2, %c : i32 loc("add.py":25:17)
          %4 = arith.muli %r, %c2 : i32 loc("add.py":25:17)
          %5 = arith.addi %4, %c : i32 loc("add.py":25:17)
          %6 = arith.muli %5, %y_bytes : i32 loc("add.py":25:17)
          %7 = arith.addi %y_ptr, %6 : i32 loc("add.py":25:17)
          ttkernel.noc_async_read_page(%3, %y, %7) loc("add.py":25:17)
        } loc("add.py":25:17)
      } loc("add.py":25:17)
      ttkernel.noc_async_read_barrier() loc("add.py":25:17)
      ttkernel.cb_push_back(@y_cb, 4) loc("add.py":23:40)
      ttkernel.cb_push_back(@x_cb, 4) loc("add.py":23:18)
    } loc("add.py":21:9)
  } loc("add.py":18:5)
  ttkernel.kernel @write on writer attributes {tensors = [@out]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c4 = arith.constant 4 : i32
    %c64 = arith.constant 64 : i32
    %address = ttkernel.get_common_arg_val(0)
    %args = ttkernel.TensorAccessorArgs(@out)
    %out = ttkernel.TensorAccessor(%args, %address)
    %core_x = ttkernel.my_logical_x_ loc("add.py":29:26)
    %core_y = ttkernel.my_logical_y_ loc("add.py":29:26)
    %row = arith.muli %core_y, %c2 : i32 loc("add.py":30:15)
    scf.for %step = %c0 to %c4 step %c1 : i32 {
      %first = arith.muli %core_x, %c4 : i32 loc("add.py":32:23)
      %block = arith.addi %first, %step : i32 loc("add.py":32:23)
      %column = arith.muli %block, %c2 : i32 loc("add.py":32:22)
      ttkernel.cb_wait_front(@out_cb, 4) loc("add.py":33:18)
      %ptr = ttkernel.get_read_ptr(@out_cb) loc("add.py":34:17)
      %bytes = ttkernel.get_tile_size(@out_cb) loc("add.py":34:17)
      scf.for %r = %c0 to %c2 step %c1 : i32 {
        scf.for %c = %c0 to %c2 step %c1 : i32 {
          %0 = arith.addi %row, %r : i32 loc("add.py":34:17)
          %1 = arith.muli %0, %c64 : i32 loc("add.py":34:17)
          %2 = arith.addi %1, %column : i32 loc("add.py":34:17)
          %3 = arith.addi %2, %c : i32 loc("add.py":34:17)
          %4 = arith.muli %r, %c2 : i32 loc("add.py":34:17)
          %5 = arith.addi %4, %c : i32 loc("add.py":34:17)
          %6 = arith.muli %5, %bytes : i32 loc("add.py":34:17)
          %7 = arith.addi %ptr, %6 : i32 loc("add.py":34:17)
          ttkernel.noc_async_write_page(%3, %out, %7) loc("add.py":34:17)
        } loc("add.py":34:17)
      } loc("add.py":34:17)
      ttkernel.noc_async_write_barrier() loc("add.py":34:17)
      ttkernel.cb_pop_front(@out_cb, 4) loc("add.py":33:18)
    } loc("add.py":31:9)
  } loc("add.py":28:5)
} loc("add.py":5:1)
