// RUN: ttlang-opt %s -p ttl-insert-synchronization | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[8, 8], !tile, dram>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!slice = !ttl.slice<[2, 2], !tile>
!read = !ttl.transfer_handle<read>
!write = !ttl.transfer_handle<write>

// Waits that stand together: the first becomes a barrier, which serves the others.
// CHECK-LABEL: ttl.kernel @together
ttl.kernel @together grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    %h = ttl.copy %s to %a : !slice to !block -> !read
    %b = ttl.cb_reserve %b_cb : !cb -> !block
    // CHECK: ttl.copy %s to %b
    %i = ttl.copy %s to %b : !slice to !block -> !read
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %i : !read
    ttl.wait %h : !read
    // CHECK-NEXT: ttl.cb_push %a_cb
    ttl.cb_push %a_cb : !cb
    // CHECK-NEXT: ttl.cb_push %b_cb
    ttl.cb_push %b_cb : !cb
  }
}

// A wait is covered by a barrier since the copy, however far back; a copy after that barrier needs another one.
// CHECK-LABEL: ttl.kernel @covered
ttl.kernel @covered grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  %c_cb = ttl.create_cb "c_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    %h = ttl.copy %s to %a : !slice to !block -> !read
    %b = ttl.cb_reserve %b_cb : !cb -> !block
    // CHECK: ttl.copy %s to %b
    %i = ttl.copy %s to %b : !slice to !block -> !read
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %h : !read
    // CHECK-NEXT: ttl.cb_push %a_cb
    ttl.cb_push %a_cb : !cb
    %c = ttl.cb_reserve %c_cb : !cb -> !block
    // CHECK: ttl.copy %s to %c
    %j = ttl.copy %s to %c : !slice to !block -> !read
    ttl.wait %i : !read
    // CHECK-NEXT: ttl.cb_push %b_cb
    ttl.cb_push %b_cb : !cb
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %j : !read
    // CHECK-NEXT: ttl.cb_push %c_cb
    ttl.cb_push %c_cb : !cb
  }
}

// Reads and writes have barriers of their own.
// CHECK-LABEL: ttl.kernel @directions
ttl.kernel @directions grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.datamovement_thread @both {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    %h = ttl.copy %s to %a : !slice to !block -> !read
    %b = ttl.cb_wait %b_cb : !cb -> !block
    // CHECK: ttl.copy %b to %s
    %i = ttl.copy %b to %s : !block to !slice -> !write
    // CHECK-NEXT: ttl.dma_barrier write
    ttl.wait %i : !write
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %h : !read
    // CHECK-NEXT: ttl.cb_push
    ttl.cb_push %a_cb : !cb
    ttl.cb_pop %b_cb : !cb
  }
}

// In a loop: a barrier a turn. One that passed in an inner loop, which may not run, covers nothing outside; one outside
// covers nothing that is issued inside.
// CHECK-LABEL: ttl.kernel @loops
ttl.kernel @loops grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %count = ttl.core_x
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    // CHECK: ttl.copy %s to %a
    %h = ttl.copy %s to %a : !slice to !block -> !read
    // CHECK-NEXT: scf.for
    scf.for %k = %zero to %count step %one : i32 {
      %b = ttl.cb_reserve %b_cb : !cb -> !block
      // CHECK: ttl.copy %s to %b
      %i = ttl.copy %s to %b : !slice to !block -> !read
      // CHECK-NEXT: ttl.dma_barrier read
      ttl.wait %i : !read
      // CHECK-NEXT: ttl.cb_push %b_cb
      ttl.cb_push %b_cb : !cb
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %h : !read
    // CHECK-NEXT: ttl.cb_push %a_cb
    ttl.cb_push %a_cb : !cb
    %c = ttl.cb_reserve %a_cb : !cb -> !block
    // CHECK: ttl.copy %s to %c
    %j = ttl.copy %s to %c : !slice to !block -> !read
    // CHECK-NEXT: %first = arith.cmpi
    %first = arith.cmpi eq, %count, %zero : i32
    // CHECK-NEXT: scf.if
    scf.if %first {
      // CHECK-NEXT: ttl.dma_barrier read
      ttl.wait %j : !read
      // CHECK-NEXT: } else {
    } else {
      // CHECK-NEXT: ttl.dma_barrier read
      ttl.wait %j : !read
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.cb_push %a_cb
    ttl.cb_push %a_cb : !cb
  }
}

// Threads know nothing of each other.
// CHECK-LABEL: ttl.kernel @threads
ttl.kernel @threads grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  // CHECK: ttl.datamovement_thread @first
  ttl.datamovement_thread @first {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    // CHECK: ttl.copy
    %h = ttl.copy %s to %a : !slice to !block -> !read
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %h : !read
    ttl.cb_push %a_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @second
  ttl.datamovement_thread @second {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %b = ttl.cb_reserve %b_cb : !cb -> !block
    // CHECK: ttl.copy
    %h = ttl.copy %s to %b : !slice to !block -> !read
    // CHECK-NEXT: ttl.dma_barrier read
    ttl.wait %h : !read
    ttl.cb_push %b_cb : !cb
  }
}

// A transfer goes on under another name: no loop hands on its handle, and a barrier is for all that a turn begins with.
// CHECK-LABEL: ttl.kernel @handed_on
ttl.kernel @handed_on grid [2, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %count = ttl.core_x
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    %b = ttl.cb_reserve %b_cb : !cb -> !block
    // CHECK: ttl.copy %s to %a
    %h = ttl.copy %s to %a : !slice to !block -> !read
    // CHECK-NEXT: ttl.copy %s to %b
    %i = ttl.copy %s to %b : !slice to !block -> !read
    ttl.hand_on %a : !block
    ttl.hand_on %b : !block
    // CHECK: scf.for %k = %zero to %count step %one  : i32 {
    %m, %n = scf.for %k = %zero to %count step %one iter_args(%h2 = %h, %i2 = %i) -> (!read, !read) : i32 {
      %a2 = ttl.cb_reserve %a_cb {held} : !cb -> !block
      %b2 = ttl.cb_reserve %b_cb {held} : !cb -> !block
      // CHECK: ttl.dma_barrier read
      ttl.wait %h2 : !read
      // CHECK-NEXT: ttl.cb_push %a_cb
      ttl.cb_push %a_cb : !cb
      ttl.wait %i2 : !read
      // CHECK-NEXT: ttl.cb_push %b_cb
      ttl.cb_push %b_cb : !cb
      %a3 = ttl.cb_reserve %a_cb : !cb -> !block
      %b3 = ttl.cb_reserve %b_cb : !cb -> !block
      // CHECK: ttl.copy %s to %a3
      %h3 = ttl.copy %s to %a3 : !slice to !block -> !read
      // CHECK-NEXT: ttl.copy %s to %b3
      %i3 = ttl.copy %s to %b3 : !slice to !block -> !read
      ttl.hand_on %a3 : !block
      ttl.hand_on %b3 : !block
      scf.yield %h3, %i3 : !read, !read
    }
    %a4 = ttl.cb_reserve %a_cb {held} : !cb -> !block
    %b4 = ttl.cb_reserve %b_cb {held} : !cb -> !block
    // CHECK: ttl.dma_barrier read
    ttl.wait %m : !read
    ttl.wait %n : !read
    // CHECK-NEXT: ttl.cb_push %a_cb
    ttl.cb_push %a_cb : !cb
    // CHECK-NEXT: ttl.cb_push %b_cb
    ttl.cb_push %b_cb : !cb
  }
}
