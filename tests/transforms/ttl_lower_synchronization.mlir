// RUN: ttlang-opt %s -p ttl-lower-synchronization | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 3], !tile, 2>
!block = !ttl.block<[2, 3], !tile>
!one_cb = !ttl.cb<[1, 1], !tile, 4>
!one = !ttl.block<[1, 1], !tile>

// Blocks are counted in pages of a tile, however many of them the buffer holds.
// CHECK-LABEL: ttl.kernel @k
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !one_cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    // CHECK-NEXT: ttkernel.cb_wait_front(@x_cb, 6)
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK-NEXT: ttkernel.cb_reserve_back(@y_cb, 1)
    %y = ttl.cb_reserve %y_cb : !one_cb -> !one
    // CHECK-NEXT: ttkernel.cb_push_back(@y_cb, 1)
    ttl.cb_push %y_cb : !one_cb
    // CHECK-NEXT: ttkernel.cb_pop_front(@x_cb, 6)
    ttl.cb_pop %x_cb : !cb
    // CHECK-NEXT: }
  }
  // In control flow, and in each thread.
  // CHECK: ttl.datamovement_thread @read {
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    // CHECK: scf.for
    scf.for %i = %zero to %one step %one : i32 {
      // CHECK-NEXT: ttkernel.cb_reserve_back(@x_cb, 6)
      %x = ttl.cb_reserve %x_cb : !cb -> !block
      // CHECK-NEXT: ttkernel.cb_push_back(@x_cb, 6)
      ttl.cb_push %x_cb : !cb
    }
  }
  // CHECK: ttl.datamovement_thread @write {
  ttl.datamovement_thread @write {
    // CHECK-NEXT: ttkernel.cb_wait_front(@y_cb, 1)
    %y = ttl.cb_wait %y_cb : !one_cb -> !one
    // CHECK-NEXT: ttkernel.cb_pop_front(@y_cb, 1)
    ttl.cb_pop %y_cb : !one_cb
  }
}
