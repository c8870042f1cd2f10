// Formats that differ between buffers, two outputs of one section, and conversions in a 32-bit DST.
ttkernel.program @formats grid [1, 1] on "blackhole" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi2", math_approx_mode = true} {
  ttkernel.circular_buffer @x_cb 0 pages 4 of <32x32, f32> at 111104 {unpack_to_dest_fp32 = true}
  ttkernel.circular_buffer @y_cb 1 pages 4 of <32x32, bfp_bf8> at 127488
  ttkernel.circular_buffer @n_cb 2 pages 4 of <32x32, si32> at 131840
  ttkernel.circular_buffer @sum_cb 3 pages 4 of <32x32, f32> at 148224
  ttkernel.circular_buffer @erf_cb 4 pages 4 of <32x32, bf16> at 164608
  ttkernel.kernel @compute on compute attributes {defines = ["INP_FLOAT32"]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    ttkernel.compute_kernel_hw_startup(@x_cb, @x_cb, @sum_cb)
    ttkernel.cb_wait_front(@x_cb, 1)
    ttkernel.cb_wait_front(@y_cb, 1)
    ttkernel.cb_wait_front(@n_cb, 1)
    ttkernel.tile_regs_acquire()
    ttkernel.copy_tile_init(@x_cb)
    ttkernel.copy_tile(@x_cb, %c0, %c0)
    ttkernel.reconfig_data_format_srca(@n_cb)
    ttkernel.copy_tile_init(@n_cb)
    ttkernel.copy_tile(@n_cb, %c0, %c1)
    ttkernel.typecast_tile_init("si32", "f32")
    ttkernel.typecast_tile(%c1, "si32", "f32")
    ttkernel.reconfig_data_format(@y_cb, @y_cb)
    ttkernel.reconfig_data_format_srcb(@y_cb)
    ttkernel.mul_tiles_init(@y_cb, @y_cb)
    ttkernel.mul_tiles(@y_cb, @y_cb, %c0, %c0, %c2)
    ttkernel.add_binary_tile_init()
    ttkernel.add_binary_tile(%c0, %c1, %c0)
    ttkernel.copy_dest_values_init()
    ttkernel.copy_dest_values(%c0, %c1, "f32")
    ttkernel.erf_tile_init()
    ttkernel.erf_tile(%c1)
    ttkernel.tile_regs_commit()
    ttkernel.cb_reserve_back(@sum_cb, 1)
    ttkernel.cb_reserve_back(@erf_cb, 1)
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile(%c0, @sum_cb)
    ttkernel.pack_reconfig_data_format(@erf_cb)
    ttkernel.pack_tile(%c1, @erf_cb)
    ttkernel.tile_regs_release()
    ttkernel.cb_push_back(@sum_cb, 1)
    ttkernel.cb_push_back(@erf_cb, 1)
    ttkernel.cb_pop_front(@x_cb, 1)
    ttkernel.cb_pop_front(@y_cb, 1)
    ttkernel.cb_pop_front(@n_cb, 1)
  }
}
