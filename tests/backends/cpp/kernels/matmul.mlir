// RUN: ttlang-opt -t 'tt-metal{metal_api="0.69"}' %s | filecheck %s --check-prefix=OLDER
// RUN: ttlang-opt -t tt-metal %s | filecheck %s --check-prefix=NEWER
// OLDER: mm_block_init_short(a_cb, b_cb, 0, 2, 2, 4);
// NEWER: matmul_block_init(a_cb, b_cb, 0, 2, 2, 4);

// Blocks of 4x4 tiles, added up in L1 over eight turns; each in four parts, packed to where they belong.
ttkernel.program @matmul grid [8, 8] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  ttkernel.circular_buffer @a_cb 0 pages 32 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @b_cb 1 pages 32 of <32x32, bf16> at 171392
  ttkernel.circular_buffer @sum_cb 2 pages 16 of <32x32, f32> at 236928
  ttkernel.kernel @compute on compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c4 = arith.constant 4 : i32
    %c8 = arith.constant 8 : i32
    ttkernel.compute_kernel_hw_startup(@b_cb, @a_cb, @sum_cb)
    ttkernel.mm_block_init_short(@a_cb, @b_cb, 0, 2, 2, 4)
    ttkernel.cb_reserve_back(@sum_cb, 16)
    scf.for %turn = %c0 to %c8 step %c1 : i32 {
      ttkernel.cb_wait_front(@a_cb, 16)
      ttkernel.cb_wait_front(@b_cb, 16)
      %later = arith.cmpi ne, %turn, %c0 : i32
      %accumulate = arith.extui %later : i1 to i32
      ttkernel.pack_reconfig_l1_acc(%accumulate)
      scf.for %row = %c0 to %c4 step %c2 : i32 {
        scf.for %col = %c0 to %c4 step %c2 : i32 {
          ttkernel.tile_regs_acquire()
          scf.for %k = %c0 to %c4 step %c1 : i32 {
            %0 = arith.muli %row, %c4 : i32
            %1 = arith.addi %0, %k : i32
            %2 = arith.muli %k, %c4 : i32
            %3 = arith.addi %2, %col : i32
            ttkernel.matmul_block(@a_cb, @b_cb, %1, %3, %c0, 0, 2, 2, 4)
          }
          ttkernel.tile_regs_commit()
          ttkernel.tile_regs_wait()
          scf.for %r = %c0 to %c2 step %c1 : i32 {
            scf.for %c = %c0 to %c2 step %c1 : i32 {
              %0 = arith.muli %r, %c2 : i32
              %1 = arith.addi %0, %c : i32
              %2 = arith.addi %row, %r : i32
              %3 = arith.muli %2, %c4 : i32
              %4 = arith.addi %col, %c : i32
              %5 = arith.addi %3, %4 : i32
              ttkernel.pack_tile(%1, @sum_cb, %5)
            }
          }
          ttkernel.tile_regs_release()
        }
      }
      ttkernel.cb_pop_front(@b_cb, 16)
      ttkernel.cb_pop_front(@a_cb, 16)
    }
    ttkernel.pack_reconfig_l1_acc(%c0)
    ttkernel.cb_push_back(@sum_cb, 16)
  }
}
