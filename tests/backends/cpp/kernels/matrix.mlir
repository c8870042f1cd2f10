// RUN: ttlang-opt -t 'tt-metal{metal_api="0.69"}' %s | filecheck %s --check-prefix=OLDER
// RUN: ttlang-opt -t tt-metal %s | filecheck %s --check-prefix=NEWER
// OLDER: #define REDUCE_OP PoolType::SUM
// OLDER: reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, one_cb, row_cb);
// NEWER-NOT: #define
// NEWER: reduce_init<PoolType::MAX, ReduceDim::REDUCE_ROW>(x_cb, one_cb, row_cb);

// Reductions, and their results broadcast; a tile in DST as an operand; a transpose.
ttkernel.program @matrix grid [1, 1] on "blackhole" {
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 111104
  ttkernel.circular_buffer @one_cb 1 pages 1 of <32x32, bf16> at 127488
  ttkernel.circular_buffer @row_cb 2 pages 2 of <32x32, bf16> at 129536
  ttkernel.circular_buffer @out_cb 3 pages 8 of <32x32, bf16> at 133632
  ttkernel.kernel @compute on compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c3 = arith.constant 3 : i32
    %c4 = arith.constant 4 : i32
    ttkernel.compute_kernel_hw_startup(@x_cb, @one_cb, @row_cb)
    ttkernel.cb_wait_front(@x_cb, 8)
    ttkernel.cb_wait_front(@one_cb, 1)
    ttkernel.cb_reserve_back(@row_cb, 2)
    ttkernel.tile_regs_acquire()
    ttkernel.reduce_init "max" "row" (@x_cb, @one_cb, @row_cb)
    scf.for %i = %c0 to %c2 step %c1 : i32 {
      scf.for %k = %c0 to %c4 step %c1 : i32 {
        %0 = arith.muli %i, %c4 : i32
        %1 = arith.addi %0, %k : i32
        ttkernel.reduce_tile "max" "row" to @row_cb(@x_cb, @one_cb, %1, %c0, %i)
      }
    }
    ttkernel.reduce_uninit()
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile_block(%c0, @row_cb, 2)
    ttkernel.tile_regs_release()
    ttkernel.cb_push_back(@row_cb, 2)
    ttkernel.cb_wait_front(@row_cb, 2)
    ttkernel.cb_reserve_back(@out_cb, 8)
    scf.for %row = %c0 to %c2 step %c1 : i32 {
      ttkernel.tile_regs_acquire()
      ttkernel.sub_bcast_cols_init(@x_cb, @row_cb)
      scf.for %i = %c0 to %c4 step %c1 : i32 {
        %0 = arith.muli %row, %c4 : i32
        %1 = arith.addi %0, %i : i32
        ttkernel.sub_tiles_bcast_cols(@x_cb, @row_cb, %1, %row, %i)
      }
      ttkernel.binary_dest_reuse_tiles_init "mul" "srca"(@x_cb)
      ttkernel.binary_dest_reuse_tiles "mul" "srca"(@x_cb, %row, %c0)
      ttkernel.binary_dest_reuse_tiles_init "sub" "srcb"(@one_cb)
      ttkernel.binary_dest_reuse_tiles "sub" "srcb"(@one_cb, %c0, %c1)
      ttkernel.binary_dest_reuse_tiles_init "add" "srca"(@one_cb)
      ttkernel.binary_dest_reuse_tiles "add" "srca"(@one_cb, %c0, %c2)
      ttkernel.transpose_wh_init_short(@x_cb)
      ttkernel.transpose_wh_tile(@x_cb, %row, %c3)
      ttkernel.tile_regs_commit()
      ttkernel.tile_regs_wait()
      ttkernel.pack_tile_block(%c0, @out_cb, 4)
      ttkernel.tile_regs_release()
    }
    ttkernel.cb_push_back(@out_cb, 8)
    ttkernel.cb_pop_front(@row_cb, 2)
    ttkernel.cb_pop_front(@one_cb, 1)
    ttkernel.cb_pop_front(@x_cb, 8)
  }
}
