// RUN: ttlang-opt %s -p ttl-read-ahead | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[8, 8], !tile, dram>
!cb = !ttl.cb<[2, 2], !tile, 3>
!two = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!slice = !ttl.slice<[2, 2], !tile>
!read = !ttl.transfer_handle<read>

// The reads of the first turn, then of each next one before the barrier of the last, whose tag the loop carries.
// CHECK-LABEL: ttl.kernel @ahead
ttl.kernel @ahead grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %two = arith.constant 2 : i32
    %eight = arith.constant 8 : i32
    // CHECK: ttl.tag_reads %[[ONE:.*]]
    // CHECK-NEXT: ttl.cb_reserve %a_cb
    // CHECK-NEXT: ttl.tensor_slice %x[%zero, %zero]
    // CHECK-NEXT: ttl.copy
    // CHECK-NEXT: scf.for %i = %{{.*}} to %eight step %two iter_args(%tag = %[[ONE]])
    scf.for %i = %zero to %eight step %two : i32 {
      // CHECK-NEXT: %next_tag = arith.subi %{{.*}}, %tag
      // CHECK-NEXT: ttl.tag_reads %next_tag
      // CHECK-NEXT: ttl.cb_reserve %a_cb {{.*}}ahead = 1
      %a = ttl.cb_reserve %a_cb : !cb -> !block
      // CHECK-NEXT: ttl.tensor_slice %x[%i, %zero]
      %s = ttl.tensor_slice %x[%i, %zero] : !tensor -> !slice
      // CHECK-NEXT: ttl.copy
      %h = ttl.copy %s to %a : !slice to !block -> !read
      // CHECK-NEXT: ttl.dma_barrier read of %tag
      ttl.wait %h : !read
      // CHECK-NEXT: ttl.cb_push %a_cb
      ttl.cb_push %a_cb : !cb
      // CHECK-NEXT: scf.yield %next_tag
    }
    // CHECK: ttl.dma_barrier read of %last_tag
    // CHECK-NEXT: ttl.cb_push %a_cb
    // CHECK-NEXT: ttl.tag_reads %zero
  }
  ttl.datamovement_thread @drop {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    scf.for %i = %zero to %four step %one : i32 {
      %a = ttl.cb_wait %a_cb : !cb -> !block
      ttl.cb_pop %a_cb : !cb
    }
  }
}

// A buffer of two blocks has no room.
// CHECK-LABEL: ttl.kernel @no_room
// CHECK-NOT: ttl.tag_reads
ttl.kernel @no_room grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !two
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %two = arith.constant 2 : i32
    %eight = arith.constant 8 : i32
    scf.for %i = %zero to %eight step %two : i32 {
      %a = ttl.cb_reserve %a_cb : !two -> !block
      %s = ttl.tensor_slice %x[%i, %zero] : !tensor -> !slice
      %h = ttl.copy %s to %a : !slice to !block -> !read
      ttl.wait %h : !read
      ttl.cb_push %a_cb : !two
    }
  }
  ttl.datamovement_thread @drop {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    scf.for %i = %zero to %four step %one : i32 {
      %a = ttl.cb_wait %a_cb : !two -> !block
      ttl.cb_pop %a_cb : !two
    }
  }
}

// The other thread has three blocks of b_cb before it releases one of a_cb: it would wait for the third one forever.
// CHECK-LABEL: ttl.kernel @skewed
// CHECK-NOT: ttl.tag_reads
ttl.kernel @skewed grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %two = arith.constant 2 : i32
    %eight = arith.constant 8 : i32
    scf.for %i = %zero to %eight step %two : i32 {
      %a = ttl.cb_reserve %a_cb : !cb -> !block
      %b = ttl.cb_reserve %b_cb : !cb -> !block
      %s = ttl.tensor_slice %x[%i, %zero] : !tensor -> !slice
      %h = ttl.copy %s to %a : !slice to !block -> !read
      %j = ttl.copy %s to %b : !slice to !block -> !read
      ttl.wait %h : !read
      ttl.wait %j : !read
      ttl.cb_push %a_cb : !cb
      ttl.cb_push %b_cb : !cb
    }
  }
  ttl.datamovement_thread @drop {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    %four = arith.constant 4 : i32
    scf.for %i = %zero to %three step %one : i32 {
      %b = ttl.cb_wait %b_cb : !cb -> !block
      ttl.cb_pop %b_cb : !cb
    }
    scf.for %i = %zero to %four step %one : i32 {
      %a = ttl.cb_wait %a_cb : !cb -> !block
      ttl.cb_pop %a_cb : !cb
    }
    %b = ttl.cb_wait %b_cb : !cb -> !block
    ttl.cb_pop %b_cb : !cb
  }
}
