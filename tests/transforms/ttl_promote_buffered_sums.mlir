// RUN: ttlang-opt %s -p ttl-promote-buffered-sums | filecheck %s

!t = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !t, 2>
!block = !ttl.block<[2, 2], !t>

// The ring has one block before each turn and behind the loop: what is in it is a value that the loop carries.
// CHECK-LABEL: ttl.kernel @sum
ttl.kernel @sum grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  // CHECK-NEXT: %x_cb = ttl.create_cb "x_cb"
  %x_cb = ttl.create_cb "x_cb" : !cb
  %s_cb = ttl.create_cb "s_cb" : !cb
  // CHECK-NEXT: %o_cb = ttl.create_cb "o_cb"
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    // CHECK: %zero = ttl.fill
    %zero = ttl.fill [0.0] : () -> !block
    %first = ttl.cb_reserve %s_cb : !cb -> !block
    ttl.store %zero, %first : !block, !block
    ttl.cb_push %s_cb : !cb
    // CHECK-NEXT: %total = scf.for %i = %lb to %ub step %st iter_args(%before = %zero) -> ({{.*}}) : i32 {
    scf.for %i = %lb to %ub step %st : i32 {
      // CHECK-NEXT: %x = ttl.cb_wait %x_cb
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %before = ttl.cb_wait %s_cb : !cb -> !block
      %after = ttl.cb_reserve %s_cb : !cb -> !block
      // CHECK-NEXT: %p = ttl.matmul %x, %x
      %p = ttl.matmul %x, %x : !block, !block -> !block
      // CHECK-NEXT: %n = ttl.add %before, %p
      %n = ttl.add %before, %p : (!block, !block) -> !block
      ttl.store %n, %after : !block, !block
      ttl.cb_push %s_cb : !cb
      ttl.cb_pop %s_cb : !cb
      // CHECK-NEXT: ttl.cb_pop %x_cb
      ttl.cb_pop %x_cb : !cb
      // CHECK-NEXT: scf.yield %n
    }
    // CHECK: %o = ttl.cb_reserve %o_cb
    %total = ttl.cb_wait %s_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: ttl.store %total, %o
    ttl.store %total, %o : !block, !block
    // CHECK-NEXT: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %s_cb : !cb
  }
}

// What else reads the sum needs it in L1: here it is stored a second time.
// CHECK-LABEL: ttl.kernel @read_on_the_way
ttl.kernel @read_on_the_way grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  // CHECK: ttl.create_cb "s_cb"
  %s_cb = ttl.create_cb "s_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %lb = arith.constant 0 : i32
    %ub = arith.constant 2 : i32
    %st = arith.constant 1 : i32
    %zero = ttl.fill [0.0] : () -> !block
    %first = ttl.cb_reserve %s_cb : !cb -> !block
    ttl.store %zero, %first : !block, !block
    ttl.cb_push %s_cb : !cb
    // CHECK-NOT: iter_args
    scf.for %i = %lb to %ub step %st : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %before = ttl.cb_wait %s_cb : !cb -> !block
      %after = ttl.cb_reserve %s_cb : !cb -> !block
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      ttl.store %before, %o : !block, !block
      ttl.cb_push %o_cb : !cb
      %n = ttl.add %before, %x : (!block, !block) -> !block
      ttl.store %n, %after : !block, !block
      ttl.cb_push %s_cb : !cb
      ttl.cb_pop %s_cb : !cb
      ttl.cb_pop %x_cb : !cb
    }
    %total = ttl.cb_wait %s_cb : !cb -> !block
    ttl.cb_pop %s_cb : !cb
  }
}
