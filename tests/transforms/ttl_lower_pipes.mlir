// RUN: ttlang-opt %s -p ttl-place-pipes,ttl-lower-pipes | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[1, 2], !tile, 2>
!block = !ttl.block<[1, 2], !tile>

// Every core sends and receives once: no test of the core, its neighbour is an argument, whose place on the NOC is looked
// up once. A word follows the block; the block may change when both have left, and the thread waits in the end for them
// to land.
// CHECK-LABEL: ttl.kernel @sends_first
// CHECK: %left_1 = ttl.core_argument "left" [1, 0]
// CHECK: %[[vy:[0-9]+]] = ttkernel.convert_logical_y_to_translated(
// CHECK-NEXT: %[[vx:[0-9]+]] = ttkernel.convert_logical_x_to_translated(%left_1)
// CHECK: ttl.cb_wait
// CHECK-NEXT: %[[bytes:[0-9]+]] = arith.muli
// CHECK-NEXT: %x_ptr = ttkernel.get_read_ptr(@x_cb)
// CHECK-NEXT: ttkernel.noc_semaphore_set(%dm_flag_ptr, %
// CHECK-NEXT: %[[to:[0-9]+]] = ttkernel.get_noc_addr(%[[vx]], %[[vy]], %landing2_base)
// CHECK-NEXT: ttkernel.noc_async_write(%x_ptr, %[[to]], %[[bytes]])
// CHECK: ttkernel.noc_semaphore_set_remote(%dm_flag_address, %
// CHECK-NEXT: ttkernel.noc_async_writes_flushed()
// CHECK-NEXT: ttl.cb_pop
// CHECK-NEXT: ttl.cb_reserve
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%ring_data_ptr,
// CHECK: %[[own:[0-9]+]] = ttkernel.get_local_noc_addr(%landing2_base)
// CHECK-NEXT: %y_ptr = ttkernel.get_write_ptr(@y_cb)
// CHECK-NEXT: ttkernel.noc_async_read(%[[own]], %y_ptr,
// CHECK-NEXT: ttkernel.noc_async_read_barrier()
// CHECK-NEXT: ttl.cb_push
// CHECK-NEXT: ttkernel.noc_async_write_barrier()
ttl.kernel @sends_first grid [2, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %right = ttl.create_pipe "ring_0" from [0, 0] to [1, 0] : [1, 0] -> !ttl.pipe
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

// The sender counts its blocks: that says how many announcements it needs, where in the receivers' ring it writes, and
// what the word says that follows the block on the same path.
// CHECK-LABEL: ttl.kernel @receives_first
// CHECK: %row_sent = ttkernel.make_counters 1
// CHECK: scf.for
// CHECK: scf.if
// CHECK-NEXT: %[[count:[0-9]+]] = ttkernel.count %row_sent
// CHECK-NEXT: %[[wanted:[0-9]+]] = arith.muli %[[count]], %
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%row_room_ptr, %[[wanted]])
// CHECK: arith.remsi
// CHECK: ttkernel.noc_semaphore_set(%send_flag_ptr, %[[count]])
// CHECK: ttkernel.noc_async_write_multicast(%x_ptr, %{{.*}}) {linked}
// CHECK: ttkernel.noc_semaphore_set_multicast(%send_flag_address, %
// CHECK-NEXT: ttkernel.noc_async_writes_flushed()
// A value for one other core is copied from a word of this one.
// CHECK: ttkernel.noc_semaphore_set(%staging_send_ptr,
// CHECK: ttkernel.noc_semaphore_set_remote(%staging_send_address,
// CHECK-NEXT: ttkernel.noc_async_write_barrier()
// A receiver announces its block, and waits for the count of what it has announced.
// CHECK: ttl.cb_reserve
// CHECK: ttkernel.noc_semaphore_inc(
// CHECK-NEXT: %[[turn:[0-9]+]] = ttkernel.count %row_received
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%row_data_ptr, %[[turn]])
// CHECK-NEXT: ttl.cb_push
// CHECK: ttkernel.noc_semaphore_wait_min(%done_ptr,
// CHECK: ttkernel.noc_semaphore_inc(
// CHECK-NEXT: }
// CHECK-NEXT: ttkernel.noc_async_atomic_barrier()
ttl.kernel @receives_first grid [3, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %done = ttl.create_semaphore "done" = 4 -> !ttl.semaphore
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

// One of several receives: a loop looks at their semaphores, from a place on that only the run knows.
// Where command buffers keep no order, the block has left before the word that follows it.
// CHECK-LABEL: ttl.kernel @first_come
// CHECK: ttkernel.noc_async_write(
// CHECK-NEXT: ttkernel.noc_async_writes_flushed()
// CHECK: ttkernel.noc_semaphore_set_remote(
// CHECK-NEXT: ttkernel.noc_async_writes_flushed()
// CHECK: %[[ready:ready[_0-9]*]] = scf.while () : () -> i32 {
// CHECK-NEXT: ttkernel.invalidate_l1_cache()
// CHECK-NEXT: %[[one:[0-9]+]] = ttkernel.load_semaphore(%a_data_ptr)
// CHECK-NEXT: %[[other:[0-9]+]] = ttkernel.load_semaphore(%b_data_ptr)
// CHECK-NEXT: arith.cmpi uge, %[[one]], %
// CHECK-NEXT: arith.cmpi uge, %[[other]], %
// CHECK: arith.select
// CHECK: scf.condition
// CHECK: scf.if
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%a_data_ptr,
// CHECK-NEXT: } else {
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%b_data_ptr,
// CHECK: ttkernel.noc_semaphore_wait_min(%a_data_ptr,
// CHECK: ttkernel.noc_semaphore_wait_min(%b_data_ptr,
ttl.kernel @first_come grid [3, 1] on "blackhole" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  %a = ttl.create_pipe "a" from [1, 0] to [0, 0] : [0, 0] -> !ttl.pipe
  %b = ttl.create_pipe "b" from [2, 0] to [0, 0] : [0, 0] -> !ttl.pipe
  ttl.datamovement_thread @send {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    ttl.if_pipe_src %a : !ttl.pipe {
    ^bb0(%p: !ttl.pipe):
      %t = ttl.copy %x to %p : !block to !ttl.pipe -> !ttl.transfer_handle<send>
      ttl.wait %t : !ttl.transfer_handle<send>
    }
    ttl.if_pipe_src %b : !ttl.pipe {
    ^bb0(%p: !ttl.pipe):
      %t = ttl.copy %x to %p : !block to !ttl.pipe -> !ttl.transfer_handle<send>
      ttl.wait %t : !ttl.transfer_handle<send>
    }
    ttl.cb_pop %x_cb : !cb
  }
  ttl.datamovement_thread @receive {
    %zero = arith.constant 0 : i32
    %x = ttl.core_x
    %first = arith.cmpi eq, %x, %zero : i32
    scf.if %first {
      %one = ttl.cb_reserve %a_cb : !cb -> !block
      %other = ttl.cb_reserve %b_cb : !cb -> !block
      %r = ttl.copy %a to %one : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      %s = ttl.copy %b to %other : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      %ready = ttl.wait_any %r, %s from %x : !ttl.transfer_handle<receive>, !ttl.transfer_handle<receive>
      ttl.wait %r : !ttl.transfer_handle<receive>
      ttl.wait %s : !ttl.transfer_handle<receive>
      ttl.cb_push %a_cb : !cb
      ttl.cb_push %b_cb : !cb
    }
  }
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %x = ttl.core_x
    %first = arith.cmpi eq, %x, %zero : i32
    %o = ttl.cb_reserve %x_cb : !cb -> !block
    ttl.cb_push %x_cb : !cb
    scf.if %first {
      %v = ttl.cb_wait %a_cb : !cb -> !block
      ttl.cb_pop %a_cb : !cb
      %w = ttl.cb_wait %b_cb : !cb -> !block
      ttl.cb_pop %b_cb : !cb
    }
  }
}

// What a loop and a branch hand on of a receive is its number among those through its pipe.
// CHECK-LABEL: ttl.kernel @handed_on
// CHECK: ttl.datamovement_thread @receive
// CHECK: %[[first:[0-9]+]] = ttkernel.count %a_received
// CHECK: %[[last:[a-z_0-9]+]] = scf.for {{.*}} iter_args(%[[number:[a-z_0-9]+]] = %[[first]]) -> (i32)
// CHECK: %[[chosen:[a-z_0-9]+]] = scf.if
// CHECK: ttkernel.noc_semaphore_wait_min(%a_data_ptr, %[[number]])
// CHECK: %[[next:[0-9]+]] = ttkernel.count %a_received
// CHECK: scf.yield %[[next]] : i32
// CHECK-NEXT: } else {
// CHECK: scf.yield %[[number]] : i32
// CHECK: scf.yield %[[chosen]] : i32
// CHECK: ttkernel.noc_semaphore_wait_min(%a_data_ptr, %[[last]])
ttl.kernel @handed_on grid [2, 1] on "blackhole" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %a_cb = ttl.create_cb "a_cb" : !cb
  %a = ttl.create_pipe "a" from [1, 0] to [0, 0] : [0, 0] -> !ttl.pipe
  ttl.datamovement_thread @send {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    scf.for %i = %zero to %three step %one : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      ttl.if_pipe_src %a : !ttl.pipe {
      ^bb0(%p: !ttl.pipe):
        %t = ttl.copy %x to %p : !block to !ttl.pipe -> !ttl.transfer_handle<send>
        ttl.wait %t : !ttl.transfer_handle<send>
      }
      ttl.cb_pop %x_cb : !cb
    }
  }
  ttl.datamovement_thread @receive {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    %x = ttl.core_x
    %first = arith.cmpi eq, %x, %zero : i32
    scf.if %first {
      %b = ttl.cb_reserve %a_cb : !cb -> !block
      %r = ttl.copy %a to %b : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      ttl.hand_on %b : !block
      %last = scf.for %i = %zero to %four step %one iter_args(%r2 = %r) -> (!ttl.transfer_handle<receive>) : i32 {
        %b2 = ttl.cb_reserve %a_cb {held} : !cb -> !block
        %two = arith.constant 2 : i32
        %half = arith.remsi %i, %two : i32
        %odd = arith.cmpi eq, %half, %one : i32
        %chosen = scf.if %odd -> (!ttl.transfer_handle<receive>) {
          ttl.wait %r2 : !ttl.transfer_handle<receive>
          ttl.cb_push %a_cb : !cb
          %b3 = ttl.cb_reserve %a_cb : !cb -> !block
          %r3 = ttl.copy %a to %b3 : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
          ttl.hand_on %b3 : !block
          scf.yield %r3 : !ttl.transfer_handle<receive>
        } else {
          ttl.hand_on %b2 : !block
          scf.yield %r2 : !ttl.transfer_handle<receive>
        }
        %b4 = ttl.cb_reserve %a_cb {held} : !cb -> !block
        ttl.hand_on %b4 : !block
        scf.yield %chosen : !ttl.transfer_handle<receive>
      }
      %b5 = ttl.cb_reserve %a_cb {held} : !cb -> !block
      ttl.wait %last : !ttl.transfer_handle<receive>
      ttl.cb_push %a_cb : !cb
    }
  }
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %three = arith.constant 3 : i32
    %x = ttl.core_x
    %first = arith.cmpi eq, %x, %zero : i32
    scf.if %first {
      scf.for %i = %zero to %three step %one : i32 {
        %v = ttl.cb_wait %a_cb : !cb -> !block
        ttl.cb_pop %a_cb : !cb
      }
    } else {
      scf.for %i = %zero to %three step %one : i32 {
        %o = ttl.cb_reserve %x_cb : !cb -> !block
        ttl.cb_push %x_cb : !cb
      }
    }
  }
}

// Semaphores that are words of a buffer: a thread of each core sets them, and counts its core; no thread changes any
// before all are counted.
// CHECK-LABEL: ttl.kernel @words
// CHECK: ttl.datamovement_thread @tell
// CHECK: scf.for %word = %{{.*}} to %{{.*}} step
// CHECK: ttkernel.noc_semaphore_set(%{{.*}}, %{{.*}})
// CHECK: ttkernel.noc_semaphore_set(%s16_ptr, %{{.*}})
// CHECK: ttkernel.get_noc_addr(%{{.*}}, %{{.*}}, %started_address)
// CHECK-NEXT: ttkernel.noc_semaphore_inc(
// CHECK: scf.if
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%started_ptr, %[[cores:[0-9a-z]+]])
// CHECK-NEXT: ttkernel.get_noc_multicast_addr(
// CHECK-NEXT: ttkernel.noc_semaphore_set_multicast(%started_address,
// CHECK-NEXT: }
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%started_ptr, %[[cores]])
// CHECK: ttkernel.get_noc_addr(%{{.*}}, %{{.*}}, %s16_address)
// CHECK-NEXT: ttkernel.noc_semaphore_inc(
// CHECK-NEXT: ttkernel.noc_async_write_barrier()
// CHECK-NEXT: ttkernel.noc_async_atomic_barrier()
// CHECK: ttl.datamovement_thread @hear
// CHECK-NOT: scf.for
// CHECK: ttkernel.noc_semaphore_wait_min(%started_ptr_1,
// CHECK-NEXT: ttkernel.noc_semaphore_wait_min(%s16_ptr_1,
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
