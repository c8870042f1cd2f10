// RUN: ttlang-opt %s | ttlang-opt | filecheck %s
// RUN: ttlang-opt %s --print-op-generic | ttlang-opt | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!tensor = !ttcore.tensor<[64, 64], !tile, dram>
!slice = !ttl.slice<[2, 2], !tile>

// CHECK: ttl.kernel @k grid [8, 4] on "wormhole_b0" {
ttl.kernel @k grid [8, 4] on "wormhole_b0" {
  // CHECK-NEXT: %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[64, 64], !ttcore.tile<32x32, bf16>, dram>
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  // CHECK-NEXT: %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>
  %x_cb = ttl.create_cb "x_cb" : !cb
  // CHECK-NEXT: %o_cb = ttl.create_cb "o_cb" {buffer_index = 1 : i64} : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>
  %o_cb = ttl.create_cb "o_cb" {buffer_index = 1 : i64} : !cb
  // CHECK-NEXT: %start = ttl.core_argument "start" [1, 2]
  %start = ttl.core_argument "start" [1, 2]
  // CHECK-NEXT: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    // CHECK-NEXT: %b = ttl.cb_wait %x_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>
    %b = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK-NEXT: %o = ttl.cb_reserve %o_cb :
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: %e = ttl.exp %b : (!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) -> !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>
    %e = ttl.exp %b : (!block) -> !block
    // CHECK-NEXT: %a = ttl.add_unary %e [1.500000e+00] :
    %a = ttl.add_unary %e [1.5] : (!block) -> !block
    // CHECK-NEXT: %t = ttl.typecast %a : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>> to !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>
    %t = ttl.typecast %a : !block to !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>
    // CHECK-NEXT: ttl.store %a, %o : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>, !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>
    ttl.store %a, %o : !block, !block
    // CHECK-NEXT: ttl.compute ins(%b : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) outs(%o : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) attributes {slots = 1 : i64} {
    ttl.compute ins(%b : !block) outs(%o : !block) attributes {slots = 1 : i64} {
    ^bb0(%l1: !tile):
      // CHECK: %c = ttl.copy_tile %l1 {dst = 0 : i64} : !ttcore.tile<32x32, bf16>
      %c = ttl.copy_tile %l1 {dst = 0 : i64} : !tile
      // CHECK: ttl.mul_add %l1, %l1, %c {broadcast = #ttl<dim col>} :
      %ma = ttl.mul_add %l1, %l1, %c {broadcast = #ttl<dim col>} : !tile, !tile, !tile -> !tile
      // CHECK-NEXT: %f = ttl.exp %c {dst = 0 : i64} : (!ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
      %f = ttl.exp %c {dst = 0 : i64} : (!tile) -> !tile
      // CHECK-NEXT: ttl.yield %f : !ttcore.tile<32x32, bf16>
      ttl.yield %f : !tile
    }
    // CHECK: ttl.cb_push %o_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>
    ttl.cb_push %o_cb : !cb
    // CHECK-NEXT: ttl.cb_pop %x_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>
    ttl.cb_pop %x_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @dm {
  ttl.datamovement_thread @dm {
    // CHECK-NEXT: %column = ttl.core_x
    %column = ttl.core_x
    // CHECK-NEXT: %row = ttl.core_y
    %row = ttl.core_y
    // CHECK-NEXT: %s = ttl.tensor_slice %x[%row, %start] : !ttcore.tensor<[64, 64], !ttcore.tile<32x32, bf16>, dram> -> !ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>>
    %s = ttl.tensor_slice %x[%row, %start] : !tensor -> !slice
    %r = ttl.cb_reserve %x_cb : !cb -> !block
    // CHECK: %h = ttl.copy %s to %r : !ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>> to !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>> -> !ttl.transfer_handle<read>
    %h = ttl.copy %s to %r : !slice to !block -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttl.wait %h : !ttl.transfer_handle<read>
    ttl.wait %h : !ttl.transfer_handle<read>
    // CHECK-NEXT: ttl.dma_barrier write
    ttl.dma_barrier write
    ttl.cb_push %x_cb : !cb
  }
}

// Cores that talk to each other.
// CHECK: ttl.kernel @talk grid [2, 2] on "blackhole" {
ttl.kernel @talk grid [2, 2] on "blackhole" {
  %t_cb = ttl.create_cb "t_cb" : !cb
  // CHECK: %p = ttl.create_pipe "p" from [0, 0] to [0, 0] : [1, 1] -> !ttl.pipe
  %p = ttl.create_pipe "p" from [0, 0] to [0, 0] : [1, 1] -> !ttl.pipe
  // CHECK-NEXT: %q = ttl.create_pipe "q" from [1, 0] to [0, 1] : [0, 1] {room = 1 : i64, data = 2 : i64, slot = 0 : i64, stride = 1 : i64, landing = "t_cb"} -> !ttl.pipe
  %q = ttl.create_pipe "q" from [1, 0] to [0, 1] : [0, 1] {room = 1 : i64, data = 2 : i64, slot = 0 : i64, stride = 1 : i64, landing = "t_cb"} -> !ttl.pipe
  // CHECK-NEXT: %s = ttl.create_semaphore "s" = 3 {index = 0 : i64} -> !ttl.semaphore
  %s = ttl.create_semaphore "s" = 3 {index = 0 : i64} -> !ttl.semaphore
  // CHECK-NEXT: %table = ttl.core_table "table" 2 [0, 1, 2, 3, 4, 5, 6, 7]
  %table = ttl.core_table "table" 2 [0, 1, 2, 3, 4, 5, 6, 7]
  // CHECK-NEXT: ttl.datamovement_thread @dm {
  ttl.datamovement_thread @dm {
    %zero = arith.constant 0 : i32
    %b = ttl.cb_reserve %t_cb : !cb -> !block
    // CHECK: ttl.if_pipe_dst %p, %q : !ttl.pipe, !ttl.pipe {
    ttl.if_pipe_dst %p, %q : !ttl.pipe, !ttl.pipe {
    // CHECK-NEXT: ^bb0(%pipe: !ttl.pipe):
    ^bb0(%pipe: !ttl.pipe):
      // CHECK-NEXT: %x = ttl.pipe_coordinate src_x of %pipe
      %x = ttl.pipe_coordinate src_x of %pipe
      // CHECK-NEXT: %h = ttl.copy %pipe to %b : !ttl.pipe to !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>> -> !ttl.transfer_handle<receive>
      %h = ttl.copy %pipe to %b : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      // CHECK-NEXT: ttl.wait %h : !ttl.transfer_handle<receive>
      ttl.wait %h : !ttl.transfer_handle<receive>
      %other = ttl.copy %pipe to %b : !ttl.pipe to !block -> !ttl.transfer_handle<receive>
      // CHECK: %ready = ttl.wait_any %h, %other from %zero{{.*}} : !ttl.transfer_handle<receive>, !ttl.transfer_handle<receive>
      %ready = ttl.wait_any %h, %other from %zero : !ttl.transfer_handle<receive>, !ttl.transfer_handle<receive>
    }
    // CHECK: ttl.if_pipe_src %q : !ttl.pipe {
    ttl.if_pipe_src %q : !ttl.pipe {
    ^bb0(%pipe: !ttl.pipe):
      // CHECK: ttl.copy %b to %{{.*}} : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>> to !ttl.pipe -> !ttl.transfer_handle<send>
      %h = ttl.copy %b to %pipe : !block to !ttl.pipe -> !ttl.transfer_handle<send>
      ttl.wait %h : !ttl.transfer_handle<send>
    }
    // CHECK: %entry = ttl.core_table_entry %table[%zero
    %entry = ttl.core_table_entry %table[%zero]
    // CHECK-NEXT: ttl.semaphore_wait %s ge %entry
    ttl.semaphore_wait %s ge %entry
    // CHECK-NEXT: ttl.semaphore_wait %s eq %entry
    ttl.semaphore_wait %s eq %entry
    // CHECK-NEXT: ttl.semaphore_set %s[] = %entry
    ttl.semaphore_set %s[] = %entry
    // CHECK-NEXT: ttl.semaphore_set %s[%zero{{.*}}, %zero{{.*}}] = %entry
    ttl.semaphore_set %s[%zero, %zero] = %entry
    // CHECK-NEXT: ttl.semaphore_inc %s[%zero{{.*}}, %entry] + = %zero
    ttl.semaphore_inc %s[%zero, %entry] + = %zero
    %holds = arith.cmpi eq, %entry, %zero : i32
    // CHECK: ttl.print "hello\\n"
    ttl.print "hello\\n"
    // CHECK-NEXT: ttl.print "{} of {:4}: {} {{\{\{}}\\n", %entry, %zero{{.*}}, %holds : i32, i32, i1
    ttl.print "{} of {:4}: {} {{\\n", %entry, %zero, %holds : i32, i32, i1
    // CHECK-NEXT: ttl.assert %holds, ""
    ttl.assert %holds, ""
    // CHECK-NEXT: ttl.assert %holds, "is {}", %entry : i32
    ttl.assert %holds, "is {}", %entry : i32
    // CHECK-NEXT: ttl.signpost_begin "load"
    ttl.signpost_begin "load"
    // CHECK-NEXT: ttl.signpost_end
    ttl.signpost_end
  }
}
