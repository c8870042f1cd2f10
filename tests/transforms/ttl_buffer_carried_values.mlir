// RUN: ttlang-opt %s -p ttl-buffer-carried-values,ttl-keep-released-values | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>

// A turn waits for the older block and fills the other, before what it reads is popped.
// CHECK-LABEL: ttl.kernel @carried
ttl.kernel @carried grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // A maximum of bfloat16 is one: 16 bits hold it.
  // CHECK: ttl.create_cb "old_cb" {compiler_made = true, purpose = "carried from turn to turn"} : {{.*}}bf16>, 2>
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %zero = ttl.fill [0.0] : () -> !block
    // CHECK: [[first:%[0-9]+]] = ttl.cb_reserve %old_cb
    // CHECK-NEXT: ttl.store %zero, [[first]]
    // CHECK-NEXT: ttl.cb_push %old_cb
    // CHECK-NEXT: scf.for %i = %lb to %ub step %st : i32 {
    // CHECK-NEXT: %old = ttl.cb_wait %old_cb
    %best = scf.for %i = %lb to %ub step %st iter_args(%old = %zero) -> (!block) : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      // CHECK: %new = ttl.max %old, %x
      // CHECK-NEXT: [[next:%[0-9]+]] = ttl.cb_reserve %old_cb
      // CHECK-NEXT: ttl.store %new, [[next]]
      // CHECK-NEXT: ttl.cb_pop %x_cb
      // CHECK-NEXT: ttl.cb_push %old_cb
      // CHECK-NEXT: ttl.cb_pop %old_cb
      %new = ttl.max %old, %x : (!block, !block) -> !block
      ttl.cb_pop %x_cb : !cb
      scf.yield %new : !block
    }
    // CHECK: %best = ttl.cb_wait %old_cb
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.store %best, %o
    // CHECK-NEXT: ttl.cb_pop %old_cb
    ttl.store %best, %o : !block, !block
    ttl.cb_push %o_cb : !cb
  }
}

// A choice that is only stored is stored on each path.
// CHECK-LABEL: ttl.kernel @stored
ttl.kernel @stored grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %column = ttl.core_x
    %c = arith.cmpi eq, %column, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: scf.if %c {
    // CHECK: ttl.store %p, %o
    // CHECK: } else {
    // CHECK: ttl.store %x, %o
    %v = scf.if %c -> (!block) {
      %p = ttl.neg %x : (!block) -> !block
      scf.yield %p : !block
    } else {
      scf.yield %x : !block
    }
    ttl.store %v, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// Another choice is kept: in 32 bits, since a square is none of bfloat16.
// CHECK-LABEL: ttl.kernel @chosen
ttl.kernel @chosen grid [2, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.create_cb "v_cb" {compiler_made = true, purpose = "chosen by its paths", widened = true} : {{.*}}f32>, 1>
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %column = ttl.core_x
    %c = arith.cmpi eq, %column, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: scf.if %c {
    // CHECK: ttl.store %p, [[one:%[0-9]+]]
    // CHECK-NEXT: ttl.cb_push %v_cb
    // CHECK: ttl.store %x, [[other:%[0-9]+]]
    // CHECK-NEXT: ttl.cb_push %v_cb
    // CHECK: %v = ttl.cb_wait %v_cb
    %v = scf.if %c -> (!block) {
      %p = ttl.mul %x, %x : (!block, !block) -> !block
      scf.yield %p : !block
    } else {
      scf.yield %x : !block
    }
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %w = ttl.neg %v : (!block) -> !block
    ttl.store %w, %o : !block, !block
    // CHECK: ttl.cb_pop %v_cb
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}
