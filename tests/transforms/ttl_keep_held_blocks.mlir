// RUN: ttlang-opt %s -p ttl-keep-held-blocks | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>

// The first of two is a value where the second is waited for, and is released there, whichever the author pops first.
// CHECK-LABEL: ttl.kernel @two
ttl.kernel @two grid [1, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    // CHECK: %a = ttl.cb_wait %x_cb
    // CHECK-NEXT: [[kept:%a[_0-9]*]] = ttl.view {{.*}} %a
    // CHECK-NEXT: ttl.cb_pop %x_cb : !ttl.cb
    // CHECK-NEXT: %b = ttl.cb_wait %x_cb
    %a = ttl.cb_wait %x_cb : !cb -> !block
    %b = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.sub [[kept]], %b
    %v = ttl.sub %a, %b : (!block, !block) -> !block
    ttl.store %v, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    // CHECK: ttl.cb_pop %x_cb : !ttl.cb
    // CHECK-NOT: ttl.cb_pop
    ttl.cb_pop %x_cb of %b : !block : !cb
    ttl.cb_pop %x_cb of %a : !block : !cb
  }
}

// One that all turns of a loop read is kept before it.
// CHECK-LABEL: ttl.kernel @all_turns
ttl.kernel @all_turns grid [1, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %w = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: ttl.view {{.*}} %w
    // CHECK-NEXT: ttl.cb_pop %x_cb : !ttl.cb
    // CHECK-NEXT: scf.for
    scf.for %i = %lb to %ub step %st : i32 {
      %b = ttl.cb_wait %x_cb : !cb -> !block
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      %v = ttl.mul %w, %b : (!block, !block) -> !block
      ttl.store %v, %o : !block, !block
      ttl.cb_push %o_cb : !cb
      // CHECK: ttl.cb_pop %x_cb : !ttl.cb
      // CHECK-NEXT: }
      ttl.cb_pop %x_cb of %b : !block : !cb
    }
    // CHECK-NOT: ttl.cb_pop
    ttl.cb_pop %x_cb of %w : !block : !cb
  }
}

// What nothing reads any more needs no value.
// CHECK-LABEL: ttl.kernel @in_turn
ttl.kernel @in_turn grid [1, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NOT: ttl.view
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %x_cb : !cb -> !block
    %v = ttl.neg %a : (!block) -> !block
    %b = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %w = ttl.sub %v, %b : (!block, !block) -> !block
    ttl.store %w, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}
