// RUN: ttlang-opt %s -p ttl-assign-dst-registers | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[3, 3], !tile, 2>
!block = !ttl.block<[3, 3], !tile>
!one_cb = !ttl.cb<[1, 2], !tile, 2>
!one = !ttl.block<[1, 2], !tile>

// Functions of one tile, and of two, work in place where their operand is not needed any more.
// CHECK-LABEL: ttl.kernel @in_place
ttl.kernel @in_place grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // Two slots a tile: four tiles a section of eight.
    // CHECK: ttl.compute {{.*}} attributes {slots = 2 : i64, subblock = array<i64: 1, 4>} {
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%t: !tile, %u: !tile):
      // CHECK: %a = ttl.copy_tile %t {dst = 0 : i64}
      %a = ttl.copy_tile %t : !tile
      // CHECK-NEXT: %c = ttl.exp %a {dst = 0 : i64}
      %c = ttl.exp %a : (!tile) -> !tile
      // CHECK-NEXT: %b = ttl.copy_tile %u {dst = 1 : i64}
      %b = ttl.copy_tile %u : !tile
      // CHECK-NEXT: %d = ttl.typecast %b {dst = 1 : i64}
      %d = ttl.typecast %b : !tile to !ttcore.tile<32x32, f32>
      // CHECK-NEXT: %e = ttl.sub %c, %d {dst = 0 : i64}
      %e = ttl.sub %c, %d : (!tile, !ttcore.tile<32x32, f32>) -> !tile
      // CHECK-NEXT: ttl.yield %e
      ttl.yield %e : !tile
    }
  }
}

// An operand that is needed later is copied first. The heavier operand is computed first, whatever the order was.
// CHECK-LABEL: ttl.kernel @copies
ttl.kernel @copies grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute {{.*}} attributes {slots = 2 : i64, subblock = array<i64: 1, 2>} {
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%t: !tile, %u: !tile):
      // CHECK: %a = ttl.copy_tile %t {dst = 0 : i64}
      %light = ttl.copy_tile %u : !tile
      %a = ttl.copy_tile %t : !tile
      // CHECK-NEXT: [[C:%\w+]] = ttl.copy_tile %a {dst = 1 : i64}
      // CHECK-NEXT: %b = ttl.exp [[C]] {dst = 1 : i64}
      %b = ttl.exp %a : (!tile) -> !tile
      // CHECK-NEXT: %c = ttl.mul %a, %b {dst = 0 : i64}
      %c = ttl.mul %a, %b : (!tile, !tile) -> !tile
      // CHECK-NEXT: %light = ttl.copy_tile %u {dst = 1 : i64}
      // CHECK-NEXT: %d = ttl.sub %light, %c {dst = 1 : i64}
      %d = ttl.sub %light, %c : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield %d
      ttl.yield %d : !tile
    }
  }
}

// A product on the FPU adds to its slot, so the slot is one that nothing has used, even where one is free. A sum or a
// difference takes the free one.
// CHECK-LABEL: ttl.kernel @fresh
ttl.kernel @fresh grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute {{.*}} attributes {slots = 3 : i64, subblock = array<i64: 1, 2>} {
    ttl.compute ins(%x, %y, %x, %y, %x, %y, %x, %y : !block, !block, !block, !block, !block, !block, !block, !block) outs(%o : !block) {
    ^bb0(%0: !tile, %1: !tile, %2: !tile, %3: !tile, %4: !tile, %5: !tile, %6: !tile, %7: !tile):
      // CHECK: %a = ttl.add {{%\w+, %\w+}} {engine = #ttl<engine fpu>, dst = 0 : i64}
      %a = ttl.add %0, %1 {engine = #ttl<engine fpu>} : (!tile, !tile) -> !tile
      // CHECK-NEXT: %b = ttl.sub {{%\w+, %\w+}} {engine = #ttl<engine fpu>, dst = 1 : i64}
      %b = ttl.sub %2, %3 {engine = #ttl<engine fpu>} : (!tile, !tile) -> !tile
      // CHECK-NEXT: %s = ttl.max %a, %b {dst = 0 : i64}
      %s = ttl.max %a, %b : (!tile, !tile) -> !tile
      // CHECK-NEXT: %c = ttl.mul {{%\w+, %\w+}} {engine = #ttl<engine fpu>, dst = 2 : i64}
      %c = ttl.mul %4, %5 {engine = #ttl<engine fpu>} : (!tile, !tile) -> !tile
      // CHECK-NEXT: %t = ttl.max %s, %c {dst = 0 : i64}
      %t = ttl.max %s, %c : (!tile, !tile) -> !tile
      // CHECK-NEXT: %d = ttl.sub {{%\w+, %\w+}} {engine = #ttl<engine fpu>, dst = 1 : i64}
      %d = ttl.sub %6, %7 {engine = #ttl<engine fpu>} : (!tile, !tile) -> !tile
      // CHECK-NEXT: %u = ttl.max %t, %d {dst = 0 : i64}
      %u = ttl.max %t, %d : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield %u
      ttl.yield %u : !tile
    }
  }
}

// Outputs live to the end of the section; one that is packed twice has one slot. A block may have fewer tiles than would
// fit.
// CHECK-LABEL: ttl.kernel @outputs
ttl.kernel @outputs grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, dst_full_sync_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !one_cb
  %o_cb = ttl.create_cb "o_cb" : !one_cb
  %p_cb = ttl.create_cb "p_cb" : !one_cb
  %q_cb = ttl.create_cb "q_cb" : !one_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !one_cb -> !one
    %o = ttl.cb_reserve %o_cb : !one_cb -> !one
    %p = ttl.cb_reserve %p_cb : !one_cb -> !one
    %q = ttl.cb_reserve %q_cb : !one_cb -> !one
    // CHECK: ttl.compute {{.*}} attributes {slots = 2 : i64, subblock = array<i64: 1, 2>} {
    ttl.compute ins(%x : !one) outs(%o, %p, %q : !one, !one, !one) {
    ^bb0(%t: !tile):
      // CHECK: %a = ttl.copy_tile %t {dst = 0 : i64}
      %a = ttl.copy_tile %t : !tile
      // CHECK-NEXT: [[C:%\w+]] = ttl.copy_tile %a {dst = 1 : i64}
      // CHECK-NEXT: %b = ttl.exp [[C]] {dst = 1 : i64}
      %b = ttl.exp %a : (!tile) -> !tile
      // CHECK-NEXT: ttl.yield %a, %b, %b
      ttl.yield %a, %b, %b : !tile, !tile, !tile
    }
    // Functions of three tiles, and of none.
    // CHECK: ttl.compute {{.*}} attributes {slots = 3 : i64, subblock = array<i64: 1, 2>} {
    ttl.compute ins(%x : !one) outs(%o : !one) {
    ^bb0(%t: !tile):
      // CHECK: [[A:%\w+]] = ttl.copy_tile {{%\w+}} {dst = 0 : i64}
      %a = ttl.copy_tile %t : !tile
      // CHECK-NEXT: %f = ttl.fill [1.000000e+00] {dst = 1 : i64}
      %f = ttl.fill [1.0] : () -> !tile
      // CHECK-NEXT: %g = ttl.fill [2.000000e+00] {dst = 2 : i64}
      %g = ttl.fill [2.0] : () -> !tile
      // CHECK-NEXT: %w = ttl.where [[A]], %f, %g {dst = 0 : i64}
      %w = ttl.where %a, %f, %g : (!tile, !tile, !tile) -> !tile
      ttl.yield %w : !tile
    }
  }
}
