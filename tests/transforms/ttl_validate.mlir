// RUN: ttlang-opt %s -p ttl-validate | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[8, 8], !tile, dram>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!slice = !ttl.slice<[2, 2], !tile>

// A correct kernel is left as it is. What is wrong with others stands in test_validate.py.
// CHECK: ttl.kernel @correct grid [8, 8] on "wormhole_b0" {
ttl.kernel @correct grid [8, 8] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    // CHECK-NEXT: %a = ttl.cb_wait %x_cb
    %a = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK-NEXT: %o = ttl.cb_reserve %o_cb
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: %e = ttl.exp %a
    %e = ttl.exp %a : (!block) -> !block
    // CHECK-NEXT: ttl.store %e, %o
    ttl.store %e, %o : !block, !block
    // CHECK-NEXT: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
    // CHECK-NEXT: ttl.cb_pop %x_cb
    ttl.cb_pop %x_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @move {
  ttl.datamovement_thread @move {
    // CHECK-NEXT: %zero = arith.constant 0 : i32
    %zero = arith.constant 0 : i32
    // CHECK-NEXT: %s = ttl.tensor_slice %x[%zero, %zero]
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    // CHECK-NEXT: %b = ttl.cb_reserve %x_cb
    %b = ttl.cb_reserve %x_cb : !cb -> !block
    // CHECK-NEXT: %h = ttl.copy %s to %b
    %h = ttl.copy %s to %b : !slice to !block -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttl.wait %h
    ttl.wait %h : !ttl.transfer_handle<read>
    // CHECK-NEXT: ttl.cb_push %x_cb
    ttl.cb_push %x_cb : !cb
    // CHECK-NEXT: %p = ttl.cb_wait %o_cb
    %p = ttl.cb_wait %o_cb : !cb -> !block
    // CHECK-NEXT: %i = ttl.copy %p to %s
    %i = ttl.copy %p to %s : !block to !slice -> !ttl.transfer_handle<write>
    // CHECK-NEXT: ttl.wait %i
    ttl.wait %i : !ttl.transfer_handle<write>
    // CHECK-NEXT: ttl.cb_pop %o_cb
    ttl.cb_pop %o_cb : !cb
  }
}
