// RUN: ttlang-opt %s -p ttl-recognize-accumulators,ttl-buffer-carried-values,ttl-keep-released-values | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>

// DST will hold a sum of products until it is packed: it goes to the block of its store, though that has 16 bits.
// CHECK-LABEL: ttl.kernel @products
ttl.kernel @products grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: scf.for %i = %lb to %ub step %st : i32 {
    %zero = ttl.fill [0.0] : () -> !block
    %acc = scf.for %i = %lb to %ub step %st iter_args(%old = %zero) -> (!block) : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %p = ttl.matmul %x, %x : !block, !block -> !block
      // CHECK: ttl.store %p, %o {acc}
      %new = ttl.add %old, %p : (!block, !block) -> !block
      ttl.cb_pop %x_cb : !cb
      scf.yield %new : !block
    }
    // CHECK: }
    // CHECK-NEXT: ttl.cb_push %o_cb
    ttl.store %acc, %o : !block, !block
    ttl.cb_push %o_cb : !cb
  }
}

// A sum of other blocks is kept in 32 bits, in a buffer of its own.
// CHECK-LABEL: ttl.kernel @blocks
ttl.kernel @blocks grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.create_cb "old_cb" {compiler_made = true, purpose = "a sum over its turns", widened = true} : {{.*}}f32>, 1>
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: [[sum:%[0-9]+]] = ttl.cb_reserve %old_cb
    // CHECK-NEXT: scf.for %i = %lb to %ub step %st : i32 {
    %zero = ttl.fill [0.0] : () -> !block
    %acc = scf.for %i = %lb to %ub step %st iter_args(%old = %zero) -> (!block) : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      // CHECK: ttl.store %x, [[sum]] {acc}
      %new = ttl.add %x, %old : (!block, !block) -> !block
      ttl.cb_pop %x_cb : !cb
      scf.yield %new : !block
    }
    // CHECK: ttl.cb_push %old_cb
    // CHECK-NEXT: %acc = ttl.cb_wait %old_cb
    // CHECK: ttl.store %acc, %o
    // CHECK-NEXT: ttl.cb_pop %old_cb
    ttl.store %acc, %o : !block, !block
    ttl.cb_push %o_cb : !cb
  }
}

// What reads the sum on the way wants the value of each turn.
// CHECK-LABEL: ttl.kernel @read
ttl.kernel @read grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: purpose = "carried from turn to turn"
  // CHECK-NOT: {acc}
  // CHECK: ttl.store %twice
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %zero = ttl.fill [0.0] : () -> !block
    %acc = scf.for %i = %lb to %ub step %st iter_args(%old = %zero) -> (!block) : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %new = ttl.add %old, %x : (!block, !block) -> !block
      %twice = ttl.add %new, %old : (!block, !block) -> !block
      ttl.cb_pop %x_cb : !cb
      scf.yield %twice : !block
    }
    ttl.store %acc, %o : !block, !block
    ttl.cb_push %o_cb : !cb
  }
}
