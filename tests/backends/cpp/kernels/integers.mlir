// The integer forms of functions.
ttkernel.program @integers grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  ttkernel.circular_buffer @a_cb 0 pages 2 of <32x32, si32> at 105856
  ttkernel.circular_buffer @b_cb 1 pages 2 of <32x32, u16> at 114048
  ttkernel.circular_buffer @out_cb 2 pages 2 of <32x32, si32> at 118144
  ttkernel.kernel @compute on compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    ttkernel.compute_kernel_hw_startup(@a_cb, @b_cb, @out_cb)
    ttkernel.tile_regs_acquire()
    ttkernel.add_binary_tile_init() {format = "si32"}
    ttkernel.add_binary_tile(%c0, %c1, %c2) {format = "si32"}
    ttkernel.mul_binary_tile_init() {format = "u16"}
    ttkernel.mul_binary_tile(%c0, %c1, %c2) {format = "u16"}
    ttkernel.binop_with_scalar_tile_init() {format = "si32"}
    ttkernel.add_unary_tile(%c2) [-3.0] {format = "si32"}
    ttkernel.lt_binary_tile_init() {format = "si32"}
    ttkernel.lt_binary_tile(%c2, %c1, %c0) {format = "si32"}
    ttkernel.where_tile_init() {format = "si32"}
    ttkernel.where_tile(%c0, %c1, %c2, %c0) {format = "si32"}
    ttkernel.abs_tile_init() {format = "si32"}
    ttkernel.abs_tile(%c0) {format = "si32"}
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile(%c0, @out_cb)
    ttkernel.tile_regs_release()
  }
}
