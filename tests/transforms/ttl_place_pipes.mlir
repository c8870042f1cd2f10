// RUN: ttlang-opt %s -p ttl-place-pipes | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[1, 2], !tile, 2>
!block = !ttl.block<[1, 2], !tile>

// Both cores send before they receive: with a landing slot each send finds room at once. One block goes through each
// pipe, so nothing has to tell that the slot is free again; no core takes part in both, so they share the semaphore.
// CHECK-LABEL: ttl.kernel @sends_first
ttl.kernel @sends_first grid [2, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  // CHECK: ttl.create_cb "landing2" {compiler_made = true, landing = true} : !ttl.cb<[1, 2], !ttcore.tile<32x32, bf16>, 1>
  // CHECK-NEXT: ttl.create_pipe "ring_0" {{.*}} {once = true, data = 0 : i64, flag = 1 : i64, slot = 0 : i64, landing = "landing2"}
  %right = ttl.create_pipe "ring_0" from [0, 0] to [1, 0] : [1, 0] -> !ttl.pipe
  // CHECK-NEXT: ttl.create_pipe "ring_1" {{.*}} {once = true, data = 0 : i64, flag = 1 : i64, slot = 0 : i64, landing = "landing2"}
  // CHECK-NEXT: ttl.create_semaphore "ring_data" = 0 {compiler_made = true, index = 0 : i64}
  // CHECK-NEXT: ttl.create_semaphore "dm_flag" = 0 {compiler_made = true, index = 1 : i64}
  %left = ttl.create_pipe "ring_1" from [1, 0] to [0, 0] : [0, 0] -> !ttl.pipe
  ttl.datamovement_thread @dm {
    %b = ttl.cb_wait %x_cb : !cb -> !block
    ttl.if_pipe_src %right, %left : !ttl.pipe, !ttl.pipe {
    ^bb0(%p: !ttl.pipe):
      %t = ttl.copy %b to %p : !block to !ttl.pipe -> !ttl.transfer_handle<send>
      ttl.wait %t : !ttl.transfer_handle<send>
    }
    ttl.cb_pop %x_cb : !cb
    %r = ttl.cb_reserve %y_cb : !cb -> !block
    ttl.if_pipe_dst %right, %left : !ttl.pipe, !ttl.pipe {
    ^bb0(%q: !ttl.pipe):
      %t2 = ttl.copy %q to %r : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      ttl.wait %t2 : !ttl.transfer_handle<receive>
    }
    ttl.cb_push %y_cb : !cb
  }
  ttl.compute_thread @compute {
    %o = ttl.cb_reserve %x_cb : !cb -> !block
    ttl.cb_push %x_cb : !cb
    %i = ttl.cb_wait %y_cb : !cb -> !block
    ttl.cb_pop %y_cb : !cb
  }
}

// The receivers reserve their blocks in a thread of its own: the sender writes there, to the next block of the ring each
// time. The author's semaphore comes first; a value for another core leaves from a semaphore of its own.
// CHECK-LABEL: ttl.kernel @receives_first
ttl.kernel @receives_first grid [3, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  // CHECK: ttl.create_semaphore "done" = 4 {index = 0 : i64}
  %done = ttl.create_semaphore "done" = 4 -> !ttl.semaphore
  // CHECK-NEXT: ttl.create_pipe "row" {{.*}} {room = 2 : i64, data = 3 : i64, flag = 4 : i64, landing = "y_cb", slot = 0 : i64, stride = 1 : i64}
  // CHECK-NEXT: ttl.create_semaphore "staging_send" = 0 {compiler_made = true, index = 1 : i64}
  // CHECK-NEXT: ttl.create_semaphore "row_room" = 0 {compiler_made = true, index = 2 : i64}
  // CHECK-NEXT: ttl.create_semaphore "row_data" = 0 {compiler_made = true, index = 3 : i64}
  // CHECK-NEXT: ttl.create_semaphore "send_flag" = 0 {compiler_made = true, index = 4 : i64}
  %row = ttl.create_pipe "row" from [0, 0] to [1, 0] : [2, 0] -> !ttl.pipe
  ttl.datamovement_thread @send {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    scf.for %i = %zero to %three step %one : i32 {
      %b = ttl.cb_wait %x_cb : !cb -> !block
      ttl.if_pipe_src %row : !ttl.pipe {
      ^bb0(%p: !ttl.pipe):
        %t = ttl.copy %b to %p : !block to !ttl.pipe -> !ttl.transfer_handle<send>
        ttl.wait %t : !ttl.transfer_handle<send>
      }
      ttl.cb_pop %x_cb : !cb
    }
    ttl.semaphore_set %done[%one, %zero] = %three
  }
  ttl.datamovement_thread @receive {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    ttl.if_pipe_dst %row : !ttl.pipe {
    ^bb0(%q: !ttl.pipe):
      scf.for %i = %zero to %three step %one : i32 {
        %r = ttl.cb_reserve %y_cb : !cb -> !block
        %t2 = ttl.copy %q to %r : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
        ttl.wait %t2 : !ttl.transfer_handle<receive>
        ttl.cb_push %y_cb : !cb
      }
      ttl.semaphore_wait %done ge %one
      ttl.semaphore_inc %done[%zero, %zero] + = %one
    }
  }
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    %x = ttl.core_x
    %first = arith.cmpi eq, %x, %zero : i32
    scf.for %i = %zero to %three step %one : i32 {
      %o = ttl.cb_reserve %x_cb : !cb -> !block
      ttl.cb_push %x_cb : !cb
      scf.if %first {
      } else {
        %v = ttl.cb_wait %y_cb : !cb -> !block
        ttl.cb_pop %y_cb : !cb
      }
    }
  }
}

// A program has 16 semaphores. More are words of a buffer, 16 bytes apart; one is left, which counts cores whose words are set.
// CHECK-LABEL: ttl.kernel @words
// CHECK: ttl.create_semaphore "s0" = 0 {index = 0 : i64, buffer = "words"}
// CHECK: ttl.create_semaphore "s16" = 5 {index = 16 : i64, buffer = "words"}
// CHECK-NEXT: ttl.create_cb "words" {compiler_made = true, landing = true, purpose = "semaphores"} : !ttl.cb<[1, 68], !ttcore.scalar<u32>, 1>
// CHECK-NEXT: ttl.create_semaphore "started" = 0 {compiler_made = true, index = 0 : i64}
ttl.kernel @words grid [2, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %s0 = ttl.create_semaphore "s0" = 0 -> !ttl.semaphore
  %s1 = ttl.create_semaphore "s1" = 0 -> !ttl.semaphore
  %s2 = ttl.create_semaphore "s2" = 0 -> !ttl.semaphore
  %s3 = ttl.create_semaphore "s3" = 0 -> !ttl.semaphore
  %s4 = ttl.create_semaphore "s4" = 0 -> !ttl.semaphore
  %s5 = ttl.create_semaphore "s5" = 0 -> !ttl.semaphore
  %s6 = ttl.create_semaphore "s6" = 0 -> !ttl.semaphore
  %s7 = ttl.create_semaphore "s7" = 0 -> !ttl.semaphore
  %s8 = ttl.create_semaphore "s8" = 0 -> !ttl.semaphore
  %s9 = ttl.create_semaphore "s9" = 0 -> !ttl.semaphore
  %s10 = ttl.create_semaphore "s10" = 0 -> !ttl.semaphore
  %s11 = ttl.create_semaphore "s11" = 0 -> !ttl.semaphore
  %s12 = ttl.create_semaphore "s12" = 0 -> !ttl.semaphore
  %s13 = ttl.create_semaphore "s13" = 0 -> !ttl.semaphore
  %s14 = ttl.create_semaphore "s14" = 0 -> !ttl.semaphore
  %s15 = ttl.create_semaphore "s15" = 0 -> !ttl.semaphore
  %s16 = ttl.create_semaphore "s16" = 5 -> !ttl.semaphore
  ttl.datamovement_thread @tell {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    ttl.semaphore_inc %s16[%one, %zero] + = %one
  }
  ttl.datamovement_thread @hear {
    %one = arith.constant 1 : i32
    ttl.semaphore_wait %s16 ge %one
  }
}
