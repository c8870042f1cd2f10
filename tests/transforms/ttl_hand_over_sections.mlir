// RUN: ttlang-opt %s -p ttl-hand-over-sections | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[1, 8], !tile, 1>
!block = !ttl.block<[1, 8], !tile>
!one_cb = !ttl.cb<[1, 1], !tile, 1>
!one = !ttl.block<[1, 1], !tile>

// A value on its way through L1, and a block that leaves the core: sections push, and readers wait part by part. What is
// in one section goes whole, and so does what another thread has filled.
// CHECK-LABEL: ttl.kernel @parts
ttl.kernel @parts grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %v_cb = ttl.create_cb "v_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %t = ttl.tensor_accessor "t" at 0 : !ttcore.tensor<[1, 8], !tile, dram>
  ttl.compute_thread @compute {
    // CHECK: ttl.cb_wait %x_cb :
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %v = ttl.cb_reserve %v_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%v : {{.*}}) attributes {slots = 1 : i64, subblock = array<i64: 1, 4>, pushed = array<i64: 0>} {
    ttl.compute ins(%x : !block) outs(%v : !block) attributes {slots = 1 : i64, subblock = array<i64: 1, 4>} {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a {dst = 0 : i64} : !tile
      %c = ttl.exp %b {dst = 0 : i64} : (!tile) -> !tile
      ttl.yield %c : !tile
    }
    // CHECK-NOT: ttl.cb_push %v_cb
    ttl.cb_push %v_cb : !cb
    // CHECK: %w = ttl.cb_wait %v_cb {in_parts}
    %w = ttl.cb_wait %v_cb : !cb -> !block
    // CHECK: ttl.compute ins(%w, %x : {{.*}}) outs(%o : {{.*}}) attributes {slots = 2 : i64, subblock = array<i64: 1, 2>, awaited = array<i64: 4, 0>, pushed = array<i64: 0>} {
    ttl.compute ins(%w, %x : !block, !block) outs(%o : !block) attributes {slots = 2 : i64, subblock = array<i64: 1, 2>} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.copy_tile %a {dst = 0 : i64} : !tile
      %d = ttl.copy_tile %b {dst = 1 : i64} : !tile
      %e = ttl.sub %c, %d {dst = 0 : i64} : (!tile, !tile) -> !tile
      ttl.yield %e : !tile
    }
    // CHECK: ttl.cb_pop %v_cb
    ttl.cb_pop %v_cb : !cb
    // CHECK: ttl.cb_reserve %v_cb
    %y = ttl.cb_reserve %v_cb : !cb -> !block
    // CHECK: ttl.compute {{.*}} attributes {slots = 1 : i64, subblock = array<i64: 1, 8>} {
    ttl.compute ins(%x : !block) outs(%y : !block) attributes {slots = 1 : i64, subblock = array<i64: 1, 8>} {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a {dst = 0 : i64} : !tile
      ttl.yield %b : !tile
    }
    // CHECK: ttl.cb_push %v_cb
    ttl.cb_push %v_cb : !cb
    // CHECK-NEXT: %z = ttl.cb_wait %v_cb :
    %z = ttl.cb_wait %v_cb : !cb -> !block
    ttl.cb_pop %v_cb : !cb
    ttl.cb_pop %x_cb : !cb
    // CHECK-NOT: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @write
  ttl.datamovement_thread @write {
    %c0 = arith.constant 0 : i32
    // CHECK: %p = ttl.cb_wait %o_cb {in_parts}
    %p = ttl.cb_wait %o_cb : !cb -> !block
    %s = ttl.tensor_slice %t[%c0, %c0] : !ttcore.tensor<[1, 8], !tile, dram> -> !ttl.slice<[1, 8], !tile>
    // CHECK: ttl.copy %p to %s {awaited = 2 : i64}
    %h = ttl.copy %p to %s : !block to !ttl.slice<[1, 8], !tile> -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    // CHECK: ttl.cb_pop %o_cb
    ttl.cb_pop %o_cb : !cb
  }
}

// What one of its readers looks at as a whole, or another way, goes whole: here a part of it in another shape.
// CHECK-LABEL: ttl.kernel @viewed
ttl.kernel @viewed grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %v_cb = ttl.create_cb "v_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !one_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !one_cb -> !one
    %v = ttl.cb_reserve %v_cb : !cb -> !block
    ttl.compute ins(%x : !block) outs(%v : !block) attributes {slots = 1 : i64, subblock = array<i64: 1, 4>} {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a {dst = 0 : i64} : !tile
      ttl.yield %b : !tile
    }
    // CHECK: ttl.cb_push %v_cb
    ttl.cb_push %v_cb : !cb
    // CHECK-NEXT: %w = ttl.cb_wait %v_cb :
    %w = ttl.cb_wait %v_cb : !cb -> !block
    ttl.compute ins(%w : !block) outs(%o : !one) attributes {maps = ["mn"], views = [#ttl.view<[1, 1], [], 3>], slots = 1 : i64, subblock = array<i64: 1, 1>} {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a {dst = 0 : i64} : !tile
      ttl.yield %b : !tile
    }
    ttl.cb_pop %v_cb : !cb
    ttl.cb_push %o_cb : !one_cb
    ttl.cb_pop %x_cb : !cb
  }
}

// The push comes behind a pop of a block whose memory others take once they have what is pushed.
// CHECK-LABEL: ttl.kernel @frees
ttl.kernel @frees grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" {group = 0 : i64} : !cb
  %y_cb = ttl.create_cb "y_cb" {group = 0 : i64} : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %t = ttl.tensor_accessor "t" at 0 : !ttcore.tensor<[1, 8], !tile, dram>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute {{.*}} attributes {slots = 1 : i64, subblock = array<i64: 1, 4>} {
    ttl.compute ins(%x : !block) outs(%o : !block) attributes {slots = 1 : i64, subblock = array<i64: 1, 4>} {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a {dst = 0 : i64} : !tile
      ttl.yield %b : !tile
    }
    // CHECK: ttl.cb_pop %x_cb
    ttl.cb_pop %x_cb : !cb
    // CHECK-NEXT: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
  }
  ttl.datamovement_thread @write {
    %c0 = arith.constant 0 : i32
    // CHECK: %p = ttl.cb_wait %o_cb :
    %p = ttl.cb_wait %o_cb : !cb -> !block
    %s = ttl.tensor_slice %t[%c0, %c0] : !ttcore.tensor<[1, 8], !tile, dram> -> !ttl.slice<[1, 8], !tile>
    %h = ttl.copy %p to %s : !block to !ttl.slice<[1, 8], !tile> -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !cb
  }
}

// A sum that the packer adds up in L1: its tiles are complete in the last turn of all loops.
// CHECK-LABEL: ttl.kernel @sum
ttl.kernel @sum grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %t = ttl.tensor_accessor "t" at 0 : !ttcore.tensor<[1, 8], !tile, dram>
  ttl.compute_thread @compute {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c6 = arith.constant 6 : i32
    %x_is = ttl.core_x
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: scf.for %i = %c0 to %c6 step %c2
    scf.for %i = %c0 to %c6 step %c2 : i32 {
      // CHECK: scf.for %j = %x_is to %c2 step %c1
      scf.for %j = %x_is to %c2 step %c1 : i32 {
        %x = ttl.cb_wait %x_cb : !cb -> !block
        %a = arith.cmpi ne, %i, %c0 : i32
        %b = arith.cmpi ne, %j, %x_is : i32
        %later = arith.ori %a, %b : i1
        %adds = arith.extui %later : i1 to i32
        // CHECK: [[OUTER:%.*]] = arith.cmpi eq, %i, %{{.*}} : i32
        // CHECK-NEXT: [[REST:%.*]] = arith.subi %c2, %j : i32
        // CHECK-NEXT: [[INNER:%.*]] = arith.cmpi sle, [[REST]], %c1 : i32
        // CHECK-NEXT: %is_last = arith.andi [[OUTER]], [[INNER]] : i1
        // CHECK: ttl.compute {{.*}} accumulate %adds last %is_last attributes {slots = 1 : i64, subblock = array<i64: 1, 4>, pushed = array<i64: 0>} {
        ttl.compute ins(%x : !block) outs(%o : !block) accumulate %adds attributes {slots = 1 : i64, subblock = array<i64: 1, 4>} {
        ^bb0(%c: !tile):
          %d = ttl.copy_tile %c {dst = 0 : i64} : !tile
          ttl.yield %d : !tile
        }
        ttl.cb_pop %x_cb : !cb
      }
    }
    // CHECK-NOT: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @write
  ttl.datamovement_thread @write {
    %z = arith.constant 0 : i32
    // CHECK: %p = ttl.cb_wait %o_cb {in_parts}
    %p = ttl.cb_wait %o_cb : !cb -> !block
    %s = ttl.tensor_slice %t[%z, %z] : !ttcore.tensor<[1, 8], !tile, dram> -> !ttl.slice<[1, 8], !tile>
    %h = ttl.copy %p to %s : !block to !ttl.slice<[1, 8], !tile> -> !ttl.transfer_handle<write>
    ttl.wait %h : !ttl.transfer_handle<write>
    ttl.cb_pop %o_cb : !cb
  }
}
