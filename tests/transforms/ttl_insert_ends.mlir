// RUN: ttlang-opt %s -p ttl-insert-ends | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[8, 8], !tile, dram>
!cb = !ttl.cb<[1, 2], !tile, 2>
!block = !ttl.block<[1, 2], !tile>
!slice = !ttl.slice<[1, 2], !tile>
!read = !ttl.transfer_handle<read>

// The edition of 2026 leaves releases and waits to the compiler. Where these go stands in test_inferred_ends.py.
// CHECK-LABEL: ttl.kernel @newest
ttl.kernel @newest grid [1, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %x_cb = ttl.create_cb "x_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %x_cb : !cb -> !block
    // CHECK: %h = ttl.copy
    %h = ttl.copy %s to %a : !slice to !block -> !read
    // CHECK-NEXT: ttl.wait %h
    // CHECK-NEXT: ttl.cb_push %x_cb
    // CHECK-NEXT: }
  }
}

// That of 2025 does not: it is as the author wrote it.
// CHECK-LABEL: ttl.kernel @oldest
ttl.kernel @oldest grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %x_cb = ttl.create_cb "x_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !slice
    %a = ttl.cb_reserve %x_cb : !cb -> !block
    // CHECK: %h = ttl.copy
    %h = ttl.copy %s to %a : !slice to !block -> !read
    // CHECK-NEXT: }
  }
}

// In a ring, each core starts to receive and to send before it waits; with a wait between them nobody would send.
// CHECK-LABEL: ttl.kernel @ring
ttl.kernel @ring grid [2, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %right = ttl.create_pipe "right" from [0, 0] to [1, 0] : [1, 0] -> !ttl.pipe
  %left = ttl.create_pipe "left" from [1, 0] to [0, 0] : [0, 0] -> !ttl.pipe
  ttl.datamovement_thread @move {
    %b = ttl.cb_wait %x_cb : !cb -> !block
    %r = ttl.cb_reserve %y_cb : !cb -> !block
    // CHECK: %t = ttl.copy %left to %r
    %t = ttl.copy %left to %r : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
    // CHECK-NEXT: %u = ttl.copy %b to %right
    %u = ttl.copy %b to %right : !block to !ttl.pipe -> !ttl.transfer_handle<send>
    // CHECK-NEXT: ttl.wait %t
    // CHECK-NEXT: ttl.wait %u
    // CHECK-NEXT: ttl.cb_pop %x_cb
    // CHECK-NEXT: ttl.cb_push %y_cb
  }
}

// What a callback leaves open ends in it: it runs for any number of pipes.
// CHECK-LABEL: ttl.kernel @callback
ttl.kernel @callback grid [2, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %y_cb = ttl.create_cb "y_cb" : !cb
  %right = ttl.create_pipe "right" from [0, 0] to [1, 0] : [1, 0] -> !ttl.pipe
  ttl.datamovement_thread @move {
    ttl.if_pipe_dst %right : !ttl.pipe {
    ^bb0(%q: !ttl.pipe):
      %r = ttl.cb_reserve %y_cb : !cb -> !block
      // CHECK: %t = ttl.copy
      %t = ttl.copy %q to %r : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      // CHECK-NEXT: ttl.wait %t
      // CHECK-NEXT: ttl.cb_push %y_cb
      // CHECK-NEXT: }
    }
  }
}
