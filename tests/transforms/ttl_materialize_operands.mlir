// RUN: ttlang-opt %s -p ttl-materialize-operands | filecheck %s

!bf16 = !ttcore.tile<32x32, bf16>
!f32 = !ttcore.tile<32x32, f32>
!cb = !ttl.cb<[2, 2], !bf16, 2>
!block = !ttl.block<[2, 2], !bf16>
!column = !ttl.block<[2, 1], !bf16>
!wide_cb = !ttl.cb<[2, 2], !f32, 2>
!wide = !ttl.block<[2, 2], !f32>
!wide_column = !ttl.block<[2, 1], !f32>

// The values between two matmuls and two reductions go through L1. Buffers are used again when they are free.
// CHECK-LABEL: ttl.kernel @chain
ttl.kernel @chain grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: %e_cb = ttl.create_cb "e_cb" {compiler_made = true} : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 1>
  // CHECK-NEXT: %s_cb = ttl.create_cb "s_cb" {compiler_made = true} : !ttl.cb<[2, 1], !ttcore.tile<32x32, bf16>, 1>
  // CHECK-NEXT: %d_cb = ttl.create_cb "d_cb" {compiler_made = true}
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: %e = ttl.exp %x
    // CHECK-NEXT: [[R:%\w+]] = ttl.cb_reserve %e_cb
    // CHECK-NEXT: ttl.store %e, [[R]]
    // CHECK-NEXT: ttl.cb_push %e_cb
    // CHECK-NEXT: [[E:%\w+]] = ttl.cb_wait %e_cb
    %e = ttl.exp %x : (!block) -> !block
    // CHECK-NEXT: %s = ttl.reduce_sum row [[E]]
    // CHECK: [[S:%\w+]] = ttl.cb_wait %s_cb
    %s = ttl.reduce_sum row %e : !block -> !column
    // CHECK-NEXT: %b = ttl.broadcast col [[S]]
    %b = ttl.broadcast col %s : !column -> !block
    // CHECK-NEXT: %d = ttl.sub [[E]], %b
    // The value that is read last of all is popped last.
    // CHECK-NEXT: [[R2:%\w+]] = ttl.cb_reserve %d_cb
    %d = ttl.sub %e, %b : (!block, !block) -> !block
    %m = ttl.matmul %d, %x : !block, !block -> !block
    // CHECK: ttl.store %m, %o
    // CHECK-NEXT: ttl.cb_pop %d_cb
    ttl.store %m, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// The transpose of a block in L1 is read transposed; so is what the user transposed twice.
// CHECK-LABEL: ttl.kernel @transposed
ttl.kernel @transposed grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NOT: compiler_made
  ttl.compute_thread @compute {
    // CHECK: %x = ttl.cb_wait
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %t = ttl.transpose %x : !block -> !block
    // CHECK: ttl.matmul %x, %x {transpose}
    %m = ttl.matmul %x, %t : !block, !block -> !block
    ttl.store %m, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// What two groups of stores would compute is stored once; a matmul out of a loop is not repeated in it.
// CHECK-LABEL: ttl.kernel @shared
ttl.kernel @shared grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: %m_cb = ttl.create_cb "m_cb" {compiler_made = true}
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %m = ttl.matmul %x, %x
    // CHECK: [[M:%\w+]] = ttl.cb_wait %m_cb
    %m = ttl.matmul %x, %x : !block, !block -> !block
    // CHECK: scf.for
    scf.for %i = %lb to %ub step %st : i32 {
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      // CHECK: ttl.store [[M]], %o
      ttl.store %m, %o : !block, !block
      ttl.cb_push %o_cb : !cb
    }
    // CHECK: }
    // CHECK-NEXT: ttl.cb_pop %m_cb
    ttl.cb_pop %x_cb : !cb
  }
}

// float32 values that the FPU and the SFPU read: the FPU's copy has a buffer of its own.
// CHECK-LABEL: ttl.kernel @exact
ttl.kernel @exact grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !wide_cb
  %o_cb = ttl.create_cb "o_cb" : !wide_cb
  ttl.compute_thread @compute {
    // CHECK: %x = ttl.cb_wait %x_cb
    %x = ttl.cb_wait %x_cb : !wide_cb -> !wide
    // CHECK-NEXT: [[R:%\w+]] = ttl.cb_reserve [[CB:%\w+]]
    // CHECK-NEXT: ttl.store %x, [[R]]
    // CHECK-NEXT: ttl.cb_push [[CB]]
    // CHECK-NEXT: [[C:%\w+]] = ttl.cb_wait [[CB]]
    %o = ttl.cb_reserve %o_cb : !wide_cb -> !wide
    // CHECK: %s = ttl.reduce_max row [[C]]
    %s = ttl.reduce_max row %x : !wide -> !wide_column
    %b = ttl.broadcast col %s : !wide_column -> !wide
    // CHECK: ttl.sub %x, %b
    %d = ttl.sub %x, %b : (!wide, !wide) -> !wide
    ttl.store %d, %o : !wide, !wide
    ttl.cb_push %o_cb : !wide_cb
    ttl.cb_pop %x_cb : !wide_cb
  }
}

// -----

// What an author's block takes, too, is stored there from the same section; a float32 value that is moved to DST as well
// has a second buffer for that.
// CHECK-LABEL: ttl.kernel @beside
!t3 = !ttcore.tile<32x32, f32>
!cb3 = !ttl.cb<[1, 1], !t3, 2>
!block3 = !ttl.block<[1, 1], !t3>
ttl.kernel @beside grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %a_cb = ttl.create_cb "a_cb" : !cb3
  %t_cb = ttl.create_cb "t_cb" : !cb3
  %o_cb = ttl.create_cb "o_cb" : !cb3
  // CHECK: ttl.create_cb "e_cb" {compiler_made = true}
  // CHECK: ttl.create_cb "e1_cb" {compiler_made = true}
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !cb3 -> !block3
    %t = ttl.cb_reserve %t_cb : !cb3 -> !block3
    %o = ttl.cb_reserve %o_cb : !cb3 -> !block3
    // CHECK: [[E:%\w+]] = ttl.exp
    // CHECK-NEXT: [[FPU:%\w+]] = ttl.cb_reserve %e_cb
    // CHECK-NEXT: ttl.store [[E]], %t
    // CHECK-NEXT: ttl.store [[E]], [[FPU]]
    // CHECK-NEXT: [[MOVED:%\w+]] = ttl.cb_reserve %e1_cb
    // CHECK-NEXT: ttl.store [[E]], [[MOVED]]
    // CHECK-NEXT: ttl.cb_push %e_cb
    // CHECK-NEXT: [[READ:%\w+]] = ttl.cb_wait %e_cb
    // CHECK-NEXT: ttl.cb_push %e1_cb
    // CHECK-NEXT: [[BACK:%\w+]] = ttl.cb_wait %e1_cb
    %e = ttl.exp %a : (!block3) -> !block3
    // CHECK: ttl.broadcast col [[READ]]
    // CHECK-NEXT: ttl.recip [[BACK]]
    %b = ttl.broadcast col %e : !block3 -> !block3
    %n = ttl.recip %e : (!block3) -> !block3
    %s = ttl.add %b, %n : (!block3, !block3) -> !block3
    ttl.store %e, %t : !block3, !block3
    ttl.store %s, %o : !block3, !block3
    ttl.cb_push %o_cb : !cb3
    ttl.cb_push %t_cb : !cb3
    ttl.cb_pop %a_cb : !cb3
  }
}
