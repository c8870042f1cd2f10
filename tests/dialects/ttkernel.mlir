// RUN: ttlang-opt %s | ttlang-opt | filecheck %s
// RUN: ttlang-opt %s --print-op-generic | ttlang-opt | filecheck %s

// CHECK: ttkernel.program @k grid [8, 4] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "LoFi"} {
ttkernel.program @k grid [8, 4] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "LoFi"} {
  // CHECK-NEXT: ttkernel.tensor @x at 0 : <[64, 64], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.tensor @x at 0 : <[64, 64], !ttcore.tile<32x32, bf16>, dram>
  // CHECK-NEXT: ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856{{$}}
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
  // CHECK-NEXT: ttkernel.circular_buffer @o_cb 1 pages 4 of <32x32, f32> at 122240 {unpack_to_dest_fp32 = true}
  ttkernel.circular_buffer @o_cb 1 pages 4 of <32x32, f32> at 122240 {unpack_to_dest_fp32 = true}
  // CHECK-NEXT: ttkernel.circular_buffer @r_cb 2 pages 6 of <32x32, bf16> at 138624 {row_bytes = 128 : i64}
  ttkernel.circular_buffer @r_cb 2 pages 6 of <32x32, bf16> at 138624 {row_bytes = 128 : i64}

  // CHECK: ttkernel.kernel @compute on compute {
  ttkernel.kernel @compute on compute {
    %i = arith.constant 0 : i32
    %j = arith.constant 1 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@x_cb, @x_cb, @o_cb)
    ttkernel.compute_kernel_hw_startup(@x_cb, @x_cb, @o_cb)
    // CHECK-NEXT: ttkernel.cb_wait_front(@x_cb, 4)
    ttkernel.cb_wait_front(@x_cb, 4)
    // CHECK-NEXT: ttkernel.cb_reserve_back(@o_cb, 4)
    ttkernel.cb_reserve_back(@o_cb, 4)
    // CHECK-NEXT: ttkernel.tile_regs_acquire()
    ttkernel.tile_regs_acquire()
    // CHECK-NEXT: ttkernel.reconfig_data_format(@x_cb, @x_cb)
    ttkernel.reconfig_data_format(@x_cb, @x_cb)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@x_cb)
    ttkernel.reconfig_data_format_srca(@x_cb)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srcb(@x_cb)
    ttkernel.reconfig_data_format_srcb(@x_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@x_cb)
    ttkernel.copy_tile_init(@x_cb)
    // CHECK-NEXT: ttkernel.copy_tile(@x_cb, %i, %j)
    ttkernel.copy_tile(@x_cb, %i, %j)
    // CHECK-NEXT: ttkernel.add_tiles_init(@x_cb, @x_cb)
    ttkernel.add_tiles_init(@x_cb, @x_cb)
    // CHECK-NEXT: ttkernel.add_tiles(@x_cb, @x_cb, %i, %j, %i)
    ttkernel.add_tiles(@x_cb, @x_cb, %i, %j, %i)
    // CHECK-NEXT: ttkernel.sub_tiles_init(@x_cb, @x_cb)
    ttkernel.sub_tiles_init(@x_cb, @x_cb)
    // CHECK-NEXT: ttkernel.sub_tiles(@x_cb, @x_cb, %i, %j, %i)
    ttkernel.sub_tiles(@x_cb, @x_cb, %i, %j, %i)
    // CHECK-NEXT: ttkernel.mul_tiles_init(@x_cb, @x_cb)
    ttkernel.mul_tiles_init(@x_cb, @x_cb)
    // CHECK-NEXT: ttkernel.mul_tiles(@x_cb, @x_cb, %i, %j, %i)
    ttkernel.mul_tiles(@x_cb, @x_cb, %i, %j, %i)
    // CHECK-NEXT: ttkernel.copy_dest_values_init()
    ttkernel.copy_dest_values_init()
    // CHECK-NEXT: ttkernel.copy_dest_values(%i, %j, "bf16")
    ttkernel.copy_dest_values(%i, %j, "bf16")
    // CHECK-NEXT: ttkernel.exp_tile_init()
    ttkernel.exp_tile_init()
    // CHECK-NEXT: ttkernel.exp_tile(%i)
    ttkernel.exp_tile(%i)
    // CHECK-NEXT: ttkernel.binop_with_scalar_tile_init() {format = "si32"}
    ttkernel.binop_with_scalar_tile_init() {format = "si32"}
    // CHECK-NEXT: ttkernel.add_unary_tile(%i) [1.500000e+00] {format = "si32"}
    ttkernel.add_unary_tile(%i) [1.5] {format = "si32"}
    // CHECK-NEXT: ttkernel.div_binary_tile(%i, %j, %i)
    ttkernel.div_binary_tile(%i, %j, %i)
    // CHECK-NEXT: ttkernel.where_tile(%i, %j, %i, %j)
    ttkernel.where_tile(%i, %j, %i, %j)
    // CHECK-NEXT: ttkernel.typecast_tile_init("bf16", "f32")
    ttkernel.typecast_tile_init("bf16", "f32")
    // CHECK-NEXT: ttkernel.typecast_tile(%i, "bf16", "f32")
    ttkernel.typecast_tile(%i, "bf16", "f32")
    // CHECK-NEXT: ttkernel.tile_regs_commit()
    ttkernel.tile_regs_commit()
    // CHECK-NEXT: ttkernel.tile_regs_wait()
    ttkernel.tile_regs_wait()
    // CHECK-NEXT: ttkernel.pack_reconfig_data_format(@o_cb)
    ttkernel.pack_reconfig_data_format(@o_cb)
    // CHECK-NEXT: ttkernel.pack_tile(%i, @o_cb)
    ttkernel.pack_tile(%i, @o_cb)
    // CHECK-NEXT: ttkernel.pack_tile_block(%i, @o_cb, 3)
    ttkernel.pack_tile_block(%i, @o_cb, 3)
    // CHECK-NEXT: ttkernel.tile_regs_release()
    ttkernel.tile_regs_release()
    // CHECK-NEXT: ttkernel.tilize_init(@x_cb, 4, @o_cb)
    ttkernel.tilize_init(@x_cb, 4, @o_cb)
    // CHECK-NEXT: ttkernel.tilize_block(@x_cb, 4, @o_cb)
    ttkernel.tilize_block(@x_cb, 4, @o_cb)
    // CHECK-NEXT: ttkernel.tilize_uninit(@x_cb, @o_cb)
    ttkernel.tilize_uninit(@x_cb, @o_cb)
    // CHECK-NEXT: ttkernel.pack_untilize_init<2, 4> (@x_cb, @o_cb)
    ttkernel.pack_untilize_init<2, 4> (@x_cb, @o_cb)
    // CHECK-NEXT: ttkernel.pack_untilize_block<2, 4> (@x_cb, 1, @o_cb, %j)
    ttkernel.pack_untilize_block<2, 4> (@x_cb, 1, @o_cb, %j)
    // CHECK-NEXT: ttkernel.pack_untilize_dest_init<2, 4> (@o_cb)
    ttkernel.pack_untilize_dest_init<2, 4> (@o_cb)
    // CHECK-NEXT: ttkernel.pack_untilize_dest<2, 4> (@o_cb, 1, %j, %j)
    ttkernel.pack_untilize_dest<2, 4> (@o_cb, 1, %j, %j)
    // CHECK-NEXT: ttkernel.llk_math_eltwise_binary_init "mul" "col"(@x_cb, @o_cb)
    ttkernel.llk_math_eltwise_binary_init "mul" "col"(@x_cb, @o_cb)
    // CHECK-NEXT: ttkernel.llk_unpack_ab_init "col"(@x_cb, @o_cb)
    ttkernel.llk_unpack_ab_init "col"(@x_cb, @o_cb)
    // CHECK-NEXT: ttkernel.pack_untilize_uninit(@o_cb)
    ttkernel.pack_untilize_uninit(@o_cb)
    // CHECK-NEXT: ttkernel.cb_push_back(@o_cb, 4)
    ttkernel.cb_push_back(@o_cb, 4)
    // CHECK-NEXT: ttkernel.cb_pop_front(@x_cb, 4)
    ttkernel.cb_pop_front(@x_cb, 4)
  }

  // CHECK: ttkernel.kernel @read on reader attributes {tensors = [@x], core_args = ["start"], core_values = [array<i32: 1, -2>]} {
  ttkernel.kernel @read on reader attributes {tensors = [@x], core_args = ["start"], core_values = [array<i32: 1, -2>]} {
    // CHECK-NEXT: %start = ttkernel.get_arg_val(0)
    %start = ttkernel.get_arg_val(0)
    // CHECK-NEXT: %column = ttkernel.my_logical_x_
    %column = ttkernel.my_logical_x_
    // CHECK-NEXT: %row = ttkernel.my_logical_y_
    %row = ttkernel.my_logical_y_
    // CHECK-NEXT: %args = ttkernel.TensorAccessorArgs(@x)
    %args = ttkernel.TensorAccessorArgs(@x)
    // CHECK-NEXT: %address = ttkernel.get_common_arg_val(0)
    %address = ttkernel.get_common_arg_val(0)
    // CHECK-NEXT: %x = ttkernel.TensorAccessor(%args, %address)
    %x = ttkernel.TensorAccessor(%args, %address)
    // CHECK-NEXT: %bytes = ttkernel.get_tile_size(@x_cb)
    %bytes = ttkernel.get_tile_size(@x_cb)
    // CHECK-NEXT: %to = ttkernel.get_write_ptr(@x_cb)
    %to = ttkernel.get_write_ptr(@x_cb)
    // CHECK-NEXT: ttkernel.noc_async_read_page(%start, %x, %to)
    ttkernel.noc_async_read_page(%start, %x, %to)
    // CHECK-NEXT: ttkernel.noc_async_read_shard(%start, %x, %to)
    ttkernel.noc_async_read_shard(%start, %x, %to)
    // CHECK-NEXT: ttkernel.noc_async_read_run(%start, %x, %to, 4)
    ttkernel.noc_async_read_run(%start, %x, %to, 4)
    // CHECK-NEXT: ttkernel.noc_async_read_row(%start, %x, %start, %to, 40)
    ttkernel.noc_async_read_row(%start, %x, %start, %to, 40)
    // CHECK-NEXT: ttkernel.noc_async_read_zeros(%to, %bytes)
    ttkernel.noc_async_read_zeros(%to, %bytes)
    // CHECK-NEXT: ttkernel.noc_async_read_barrier()
    ttkernel.noc_async_read_barrier()
  }

  // CHECK: ttkernel.kernel @write on writer {
  ttkernel.kernel @write on writer {
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    // CHECK: ttkernel.TensorAccessor(
    %x = ttkernel.TensorAccessor(%args, %address)
    // CHECK-NEXT: %from = ttkernel.get_read_ptr(@o_cb)
    %from = ttkernel.get_read_ptr(@o_cb)
    // CHECK-NEXT: ttkernel.noc_async_write_page(%from,
    ttkernel.noc_async_write_page(%from, %x, %from)
    // CHECK-NEXT: ttkernel.noc_async_write_shard(%from,
    ttkernel.noc_async_write_shard(%from, %x, %from)
    // CHECK-NEXT: ttkernel.noc_async_write_row(%from,
    ttkernel.noc_async_write_row(%from, %x, %from, %from, 40)
    // CHECK-NEXT: ttkernel.noc_async_write_barrier()
    ttkernel.noc_async_write_barrier()
  }

  // CHECK: ttkernel.semaphore @room 0 = 5
  ttkernel.semaphore @room 0 = 5
  // CHECK: ttkernel.kernel @talk on writer {
  ttkernel.kernel @talk on writer {
    %c = arith.constant 1 : i32
    // CHECK: %entry = ttkernel.get_arg_val_at(2 + %
    %entry = ttkernel.get_arg_val_at(2 + %c)
    // CHECK-NEXT: %room = ttkernel.get_semaphore(@room)
    %room = ttkernel.get_semaphore(@room)
    // CHECK-NEXT: %other = ttkernel.get_semaphore(%entry)
    %other = ttkernel.get_semaphore(%entry)
    // CHECK-NEXT: %word = ttkernel.cast_to_l1_ptr(%room)
    %word = ttkernel.cast_to_l1_ptr(%room)
    // CHECK-NEXT: %vx = ttkernel.convert_logical_x_to_translated(%entry)
    %vx = ttkernel.convert_logical_x_to_translated(%entry)
    // CHECK-NEXT: %vy = ttkernel.convert_logical_y_to_translated(%entry)
    %vy = ttkernel.convert_logical_y_to_translated(%entry)
    // CHECK-NEXT: %one = ttkernel.get_noc_addr(%vx, %vy, %other)
    %one = ttkernel.get_noc_addr(%vx, %vy, %other)
    // CHECK-NEXT: %own = ttkernel.get_local_noc_addr(%other)
    %own = ttkernel.get_local_noc_addr(%other)
    // CHECK-NEXT: %all = ttkernel.get_noc_multicast_addr(%vx, %vy, %vx, %vy, %room)
    %all = ttkernel.get_noc_multicast_addr(%vx, %vy, %vx, %vy, %room)
    // CHECK-NEXT: %counters = ttkernel.make_counters 4
    %counters = ttkernel.make_counters 4
    // CHECK-NEXT: %turn = ttkernel.count %counters[%entry]
    %turn = ttkernel.count %counters[%entry]
    // CHECK-NEXT: %taken = ttkernel.load_counter %counters[%entry]
    %taken = ttkernel.load_counter %counters[%entry]
    // CHECK-NEXT: %seen = ttkernel.load_semaphore(%word)
    %seen = ttkernel.load_semaphore(%word)
    // CHECK-NEXT: ttkernel.noc_semaphore_wait(%word, %turn)
    ttkernel.noc_semaphore_wait(%word, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%word, %turn)
    ttkernel.noc_semaphore_wait_min(%word, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_set(%word, %turn)
    ttkernel.noc_semaphore_set(%word, %turn)
    // CHECK-NEXT: ttkernel.noc_async_write(%room, %one, %turn)
    ttkernel.noc_async_write(%room, %one, %turn)
    // CHECK-NEXT: ttkernel.noc_async_write_multicast(%room, %all, %turn, %turn)
    ttkernel.noc_async_write_multicast(%room, %all, %turn, %turn)
    // CHECK-NEXT: ttkernel.noc_async_write_multicast_loopback_src(%room, %all, %turn, %turn)
    ttkernel.noc_async_write_multicast_loopback_src(%room, %all, %turn, %turn)
    // CHECK-NEXT: ttkernel.noc_async_read(%own, %room, %turn)
    ttkernel.noc_async_read(%own, %room, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_inc(%one, %turn)
    ttkernel.noc_semaphore_inc(%one, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_inc_multicast(%all, %turn, %turn)
    ttkernel.noc_semaphore_inc_multicast(%all, %turn, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_set_remote(%room, %one)
    ttkernel.noc_semaphore_set_remote(%room, %one)
    // CHECK-NEXT: ttkernel.noc_semaphore_set_multicast(%room, %all, %turn)
    ttkernel.noc_semaphore_set_multicast(%room, %all, %turn)
    // CHECK-NEXT: ttkernel.noc_semaphore_set_multicast_loopback_src(%room, %all, %turn) {linked}
    ttkernel.noc_semaphore_set_multicast_loopback_src(%room, %all, %turn) {linked}
    // CHECK-NEXT: ttkernel.noc_async_atomic_barrier()
    ttkernel.noc_async_atomic_barrier()
    %holds = arith.cmpi eq, %turn, %turn : i32
    // CHECK: ttkernel.dprint("hello\\n")
    ttkernel.dprint("hello\\n")
    // CHECK-NEXT: ttkernel.dprint("{:4} \\xe9 {}", %turn, %holds : i32, i1)
    ttkernel.dprint("{:4} \\xe9 {}", %turn, %holds : i32, i1)
    // CHECK-NEXT: ttkernel.dprint("m") {processor = #ttcore<processor math>}
    ttkernel.dprint("m") {processor = #ttcore<processor math>}
    // CHECK-NEXT: ttkernel.dprint_row(@x_cb, %turn, %turn) {back}
    ttkernel.dprint_row(@x_cb, %turn, %turn) {back}
    // CHECK-NEXT: ttkernel.dprint_elements(@x_cb, %turn, 32)
    ttkernel.dprint_elements(@x_cb, %turn, 32)
    // CHECK-NEXT: %filled = ttkernel.filled_pages(@x_cb)
    %filled = ttkernel.filled_pages(@x_cb)
    // CHECK-NEXT: ttkernel.assert(%holds, "")
    ttkernel.assert(%holds, "")
    // CHECK-NEXT: ttkernel.assert(%holds, "is {}", %turn : i32)
    ttkernel.assert(%holds, "is {}", %turn : i32)
    // CHECK-NEXT: ttkernel.signpost_begin "load"
    ttkernel.signpost_begin "load"
    // CHECK-NEXT: ttkernel.signpost_end
    ttkernel.signpost_end
  }
}
