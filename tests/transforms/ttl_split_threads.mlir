// RUN: ttlang-opt %s -p ttl-split-threads | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[8, 8], !tile, dram>
!cb = !ttl.cb<[1, 1], !tile, 2>
!block = !ttl.block<[1, 1], !tile>
!slice = !ttl.slice<[1, 1], !tile>
!read = !ttl.transfer_handle<read>
!write = !ttl.transfer_handle<write>

// A loop that carries two numbers: each thread gets the operations that are its own, and carries what it needs.
// CHECK-LABEL: ttl.kernel @carried
ttl.kernel @carried grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %y = ttl.tensor_accessor "y" at 1 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.unified_thread @carried {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %eight = arith.constant 8 : i32
    // CHECK: ttl.compute_thread @compute attributes {unified = "carried"}
    // CHECK: scf.for %i = %zero to %eight step %one : i32 {
    // CHECK-NEXT: ttl.cb_wait %a_cb
    // CHECK-NEXT: ttl.cb_reserve %b_cb
    // CHECK-NEXT: ttl.neg
    // CHECK-NEXT: ttl.store
    // CHECK-NEXT: ttl.cb_push %b_cb
    // CHECK-NEXT: ttl.cb_pop %a_cb
    // CHECK-NEXT: }
    // CHECK: ttl.datamovement_thread @read
    // CHECK: scf.for %i_1 = %zero_1 to %eight_1 step %one_1 : i32 {
    // CHECK: ttl.cb_reserve %a_cb
    // CHECK: ttl.cb_push %a_cb
    // CHECK: ttl.datamovement_thread @write
    // CHECK: scf.for %i_2 = %zero_2 to %eight_2 step %one_2 iter_args(%at = %zero_2) -> (i32)
    // CHECK: ttl.cb_wait %b_cb
    // CHECK: ttl.cb_pop %b_cb
    // CHECK-NOT: ttl.unified_thread
    %end, %unused = scf.for %i = %zero to %eight step %one iter_args(%at = %zero, %other = %one) -> (i32, i32) : i32 {
      %a = ttl.cb_reserve %a_cb : !cb -> !block
      %s = ttl.tensor_slice %x[%i, %zero] : !tensor -> !slice
      %h = ttl.copy %s to %a : !slice to !block -> !read
      ttl.wait %h : !read
      ttl.cb_push %a_cb : !cb
      %v = ttl.cb_wait %a_cb : !cb -> !block
      %o = ttl.cb_reserve %b_cb : !cb -> !block
      %n = ttl.neg %v : (!block) -> !block
      ttl.store %n, %o : !block, !block
      ttl.cb_push %b_cb : !cb
      ttl.cb_pop %a_cb : !cb
      %b = ttl.cb_wait %b_cb : !cb -> !block
      %t = ttl.tensor_slice %y[%at, %zero] : !tensor -> !slice
      %w = ttl.copy %b to %t : !block to !slice -> !write
      ttl.wait %w : !write
      ttl.cb_pop %b_cb : !cb
      %next = arith.addi %at, %two : i32
      %more = arith.addi %other, %two : i32
      scf.yield %next, %more : i32, i32
    }
  }
}
