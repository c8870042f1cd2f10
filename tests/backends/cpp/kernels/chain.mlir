// RUN: ttlang-opt -t 'tt-metal{metal_api="0.69"}' %s | filecheck %s --check-prefix=OLDER
// RUN: ttlang-opt -t tt-metal %s | filecheck %s --check-prefix=NEWER
// OLDER: // ---- chain: compute
// OLDER: mul_tiles_init(x_cb, w_cb);
// NEWER: // ---- chain: compute
// NEWER: mul_init(x_cb, w_cb);

// A chain of functions over blocks of 19 tiles: batches of 8, and a remainder of 3.
ttkernel.program @chain grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @x_cb 0 pages 38 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @w_cb 1 pages 38 of <32x32, bf16> at 183680
  ttkernel.circular_buffer @out_cb 3 pages 38 of <32x32, bf16> at 261504
  ttkernel.kernel @compute on compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c3 = arith.constant 3 : i32
    %c8 = arith.constant 8 : i32
    %c16 = arith.constant 16 : i32
    ttkernel.compute_kernel_hw_startup(@x_cb, @w_cb, @out_cb)
    ttkernel.cb_wait_front(@x_cb, 19)
    ttkernel.cb_wait_front(@w_cb, 19)
    ttkernel.cb_reserve_back(@out_cb, 19)
    scf.for %tile = %c0 to %c16 step %c8 : i32 {
      ttkernel.tile_regs_acquire()
      ttkernel.mul_tiles_init(@x_cb, @w_cb)
      scf.for %0 = %c0 to %c8 step %c1 : i32 {
        %1 = arith.addi %tile, %0 : i32
        ttkernel.mul_tiles(@x_cb, @w_cb, %1, %1, %0)
      }
      ttkernel.binop_with_scalar_tile_init()
      scf.for %0 = %c0 to %c8 step %c1 : i32 {
        ttkernel.add_unary_tile(%0) [1.5]
      }
      ttkernel.exp_tile_init()
      scf.for %0 = %c0 to %c8 step %c1 : i32 {
        ttkernel.exp_tile(%0)
      }
      ttkernel.tile_regs_commit()
      ttkernel.tile_regs_wait()
      ttkernel.pack_tile_block(%c0, @out_cb, 8)
      ttkernel.tile_regs_release()
    }
    ttkernel.tile_regs_acquire()
    ttkernel.mul_tiles_init(@x_cb, @w_cb)
    scf.for %0 = %c0 to %c3 step %c1 : i32 {
      %1 = arith.addi %c16, %0 : i32
      %2 = arith.addi %c16, %0 : i32
      ttkernel.mul_tiles(@x_cb, @w_cb, %1, %2, %0)
    }
    ttkernel.binop_with_scalar_tile_init()
    scf.for %0 = %c0 to %c3 step %c1 : i32 {
      ttkernel.add_unary_tile(%0) [1.5]
    }
    ttkernel.exp_tile_init()
    scf.for %0 = %c0 to %c3 step %c1 : i32 {
      ttkernel.exp_tile(%0)
    }
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile_block(%c0, @out_cb, 3)
    ttkernel.tile_regs_release()
    ttkernel.cb_push_back(@out_cb, 19)
    ttkernel.cb_pop_front(@w_cb, 19)
    ttkernel.cb_pop_front(@x_cb, 19)
  }
}
