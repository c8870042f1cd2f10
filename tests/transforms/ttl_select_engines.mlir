// RUN: ttlang-opt %s -p ttl-select-engines | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!wide_tile = !ttcore.tile<32x32, f32>
!wide_cb = !ttl.cb<[2, 2], !wide_tile, 2>
!wide = !ttl.block<[2, 2], !wide_tile>
!int_tile = !ttcore.tile<32x32, u16>
!int_cb = !ttl.cb<[2, 2], !int_tile, 2>
!int = !ttl.block<[2, 2], !int_tile>

// Add, sub and mul of two tiles in L1 are for the FPU; what follows in DST is not, but for the sum with a product. Other
// functions never are.
// CHECK-LABEL: ttl.kernel @fpu
ttl.kernel @fpu grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %z_cb = ttl.create_cb "z_cb" : !cb
  %w_cb = ttl.create_cb "w_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %z = ttl.cb_wait %z_cb : !cb -> !block
    %w = ttl.cb_wait %w_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ^bb0(%a: {{.*}}, %b: {{.*}}, %c: {{.*}}, %d: {{.*}}):
    ttl.compute ins(%x, %y, %z, %w : !block, !block, !block, !block) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !tile, %c: !tile, %d: !tile):
      // CHECK-NEXT: %s = ttl.sub %a, %b {engine = #ttl<engine fpu>} : (!ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
      %s = ttl.sub %a, %b : (!tile, !tile) -> !tile
      // CHECK-NEXT: %r = ttl.mul_add %c, %d, %s :
      %p = ttl.mul %c, %d : (!tile, !tile) -> !tile
      %r = ttl.add %s, %p : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield %r
      ttl.yield %r : !tile
    }
    // CHECK: ttl.compute
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK-DAG: [[A:%\w+]] = ttl.copy_tile %a
      // CHECK-DAG: [[B:%\w+]] = ttl.copy_tile %b
      // CHECK: ttl.max [[A]], [[B]] : (
      %r = ttl.max %a, %b : (!tile, !tile) -> !tile
      ttl.yield %r : !tile
    }
  }
}

// One operand is in DST already: the FPU takes it from there.
// CHECK-LABEL: ttl.kernel @one_in_dst
ttl.kernel @one_in_dst grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK: [[A:%\w+]] = ttl.copy_tile %a
      // CHECK-NEXT: %e = ttl.exp [[A]]
      %e = ttl.exp %a : (!tile) -> !tile
      // CHECK-NEXT: ttl.add %e, %b {engine = #ttl<engine fpu>} : (
      %r = ttl.add %e, %b : (!tile, !tile) -> !tile
      ttl.yield %r : !tile
    }
  }
}

// The FPU reads a tile again, where that costs less than the SFPU: also where both uses are operands of one function, or
// one of them is an output.
// CHECK-LABEL: ttl.kernel @used_twice
ttl.kernel @used_twice grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK-NEXT: ^bb0
      // CHECK-NEXT: %s = ttl.sub %a, %b {engine = #ttl<engine fpu>}
      %s = ttl.sub %a, %b : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.add %s, %a {engine = #ttl<engine fpu>}
      %r = ttl.add %s, %a : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield
      ttl.yield %r : !tile
    }
    // CHECK: ttl.compute ins(%x
    ttl.compute ins(%x : !block) outs(%o : !block) {
    ^bb0(%a: !tile):
      // CHECK-NEXT: ^bb0
      // CHECK-NEXT: ttl.mul [[A:%\w+]], [[A]] {engine = #ttl<engine fpu>}
      %r = ttl.mul %a, %a : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield
      ttl.yield %r : !tile
    }
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%o, %p : !block, !block) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK-NEXT: ^bb0([[X:%\w+]]
      // CHECK-NEXT: [[A:%\w+]] = ttl.copy_tile [[X]]
      // CHECK-NEXT: [[R:%\w+]] = ttl.add [[X]], {{%\w+}} {engine = #ttl<engine fpu>}
      %r = ttl.add %a, %b : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttl.yield [[A]], [[R]]
      ttl.yield %a, %r : !tile, !tile
    }
  }
}

// 32-bit DST and a 32-bit output: the FPU would lose bits that the output keeps.
// CHECK-LABEL: ttl.kernel @exact
ttl.kernel @exact grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %v_cb = ttl.create_cb "v_cb" : !wide_cb
  %w_cb = ttl.create_cb "w_cb" : !wide_cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !wide_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %v = ttl.cb_wait %v_cb : !wide_cb -> !wide
    %w = ttl.cb_wait %w_cb : !wide_cb -> !wide
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !wide_cb -> !wide
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%p : !wide) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK-COUNT-2: ttl.copy_tile
      // CHECK: ttl.add {{%\w+, %\w+ : \(}}
      %r = ttl.add %a, %b : (!tile, !tile) -> !wide_tile
      ttl.yield %r : !wide_tile
    }
    // An output of 16 bits keeps none of them.
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK: ttl.add {{%\w+, %\w+}} {engine = #ttl<engine fpu>}
      %r = ttl.add %a, %b : (!tile, !tile) -> !tile
      ttl.yield %r : !tile
    }
    // 32-bit inputs never go to the FPU, whatever the output is.
    // CHECK: ttl.compute ins(%v, %w
    ttl.compute ins(%v, %w : !wide, !wide) outs(%o : !block) {
    ^bb0(%a: !wide_tile, %b: !wide_tile):
      // CHECK-COUNT-2: ttl.copy_tile
      // CHECK: ttl.add {{%\w+, %\w+ : \(}}
      %r = ttl.add %a, %b : (!wide_tile, !wide_tile) -> !wide_tile
      ttl.yield %r : !wide_tile
    }
    // Nor does a pair of which one is so.
    // CHECK: ttl.compute ins(%x, %w
    ttl.compute ins(%x, %w : !block, !wide) outs(%o : !block) {
    ^bb0(%a: !tile, %b: !wide_tile):
      // CHECK-COUNT-2: ttl.copy_tile
      // CHECK: ttl.mul {{%\w+, %\w+ : \(}}
      %r = ttl.mul %a, %b : (!tile, !wide_tile) -> !wide_tile
      ttl.yield %r : !wide_tile
    }
    // A product of narrower formats is exact with all phases of the fidelity.
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%p : !wide) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK: ttl.mul {{%\w+, %\w+}} {engine = #ttl<engine fpu>}
      %r = ttl.mul %a, %b : (!tile, !tile) -> !wide_tile
      ttl.yield %r : !wide_tile
    }
  }
}

// With fewer phases it is not.
// CHECK-LABEL: ttl.kernel @two_phases
ttl.kernel @two_phases grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi2"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !wide_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !wide_cb -> !wide
    ttl.compute ins(%x : !block) outs(%p : !wide) {
    ^bb0(%a: !tile):
      // CHECK: [[A:%\w+]] = ttl.copy_tile
      // CHECK-NEXT: ttl.mul [[A]], [[A]] : (
      %r = ttl.mul %a, %a : (!tile, !tile) -> !wide_tile
      ttl.yield %r : !wide_tile
    }
  }
}

// What only the FPU reads has no more bits than it computes with, and it reads such a buffer.
// CHECK-LABEL: ttl.kernel @tf32
ttl.kernel @tf32 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %v_cb = ttl.create_cb "v_cb" {compiler_made = true, tf32} : !wide_cb
  %w_cb = ttl.create_cb "w_cb" {compiler_made = true, tf32} : !wide_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %v = ttl.cb_wait %v_cb : !wide_cb -> !wide
    %w = ttl.cb_reserve %w_cb : !wide_cb -> !wide
    // CHECK: ttl.compute ins(%x, %y
    ttl.compute ins(%x, %y : !block, !block) outs(%w : !wide) {
    ^bb0(%a: !tile, %b: !tile):
      // CHECK: ttl.add {{%\w+, %\w+}} {engine = #ttl<engine fpu>}
      %r = ttl.add %a, %b : (!tile, !tile) -> !tile
      ttl.yield %r : !tile
    }
    // CHECK: ttl.compute ins(%v, %y
    ttl.compute ins(%v, %y : !wide, !block) outs(%w : !wide) {
    ^bb0(%a: !wide_tile, %b: !tile):
      // CHECK: ttl.mul {{%\w+, %\w+}} {engine = #ttl<engine fpu>}
      %r = ttl.mul %a, %b : (!wide_tile, !tile) -> !tile
      ttl.yield %r : !tile
    }
  }
}

// Integers have no FPU form.
// CHECK-LABEL: ttl.kernel @integers
ttl.kernel @integers grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !int_cb
  %y_cb = ttl.create_cb "y_cb" : !int_cb
  %o_cb = ttl.create_cb "o_cb" : !int_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !int_cb -> !int
    %y = ttl.cb_wait %y_cb : !int_cb -> !int
    %o = ttl.cb_reserve %o_cb : !int_cb -> !int
    ttl.compute ins(%x, %y : !int, !int) outs(%o : !int) {
    ^bb0(%a: !int_tile, %b: !int_tile):
      // CHECK-COUNT-2: ttl.copy_tile
      // CHECK: ttl.add {{%\w+, %\w+ : \(}}
      %r = ttl.add %a, %b : (!int_tile, !int_tile) -> !int_tile
      ttl.yield %r : !int_tile
    }
  }
}

// A block that is stored as it is, and a value of no blocks.
// CHECK-LABEL: ttl.kernel @moves
ttl.kernel @moves grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    ttl.compute ins(%x : !block) outs(%o, %p : !block, !block) {
    ^bb0(%a: !tile):
      // CHECK: [[A:%\w+]] = ttl.copy_tile %a
      // CHECK-NEXT: %f = ttl.fill
      %f = ttl.fill [1.0] : () -> !tile
      // CHECK-NEXT: ttl.yield [[A]], %f
      ttl.yield %a, %f : !tile, !tile
    }
  }
}

// A product of the FPU is added to what was computed in DST, not to a tile in L1, and not where a 32-bit output keeps
// more.
// CHECK-LABEL: ttl.kernel @added
ttl.kernel @added grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  ttl.compute_thread @compute {
    %a = ttl.cb_wait %a_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    %o = ttl.cb_reserve %b_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2> -> !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>
    ttl.compute ins(%a : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) outs(%o : !ttl.block<[1, 1], !ttcore.tile<32x32, bf16>>) {
    ^bb0(%x: !ttcore.tile<32x32, bf16>):
      // CHECK: [[C:%\w+]] = ttl.copy_tile %x
      // CHECK-NEXT: [[E:%\w+]] = ttl.exp [[C]]
      // CHECK-NEXT: [[S:%\w+]] = ttl.mul_add %x, %x, [[E]]
      // CHECK-NEXT: ttl.yield [[S]]
      %p = ttl.mul %x, %x : (!ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
      %e = ttl.exp %x : (!ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
      %s = ttl.add %p, %e : (!ttcore.tile<32x32, bf16>, !ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
      ttl.yield %s : !ttcore.tile<32x32, bf16>
    }
    ttl.cb_push %b_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
    ttl.cb_pop %a_cb : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 2>
  }
}

// Where tf32 is enough, the FPU computes with float32 blocks; what it can't is moved.
// CHECK-LABEL: ttl.kernel @allow_tf32
ttl.kernel @allow_tf32 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true, allow_tf32} {
  %v_cb = ttl.create_cb "v_cb" : !wide_cb
  %w_cb = ttl.create_cb "w_cb" : !wide_cb
  %p_cb = ttl.create_cb "p_cb" : !wide_cb
  ttl.compute_thread @compute {
    %v = ttl.cb_wait %v_cb : !wide_cb -> !wide
    %w = ttl.cb_wait %w_cb : !wide_cb -> !wide
    %p = ttl.cb_reserve %p_cb : !wide_cb -> !wide
    // CHECK: ttl.compute ins(%v, %w
    ttl.compute ins(%v, %w : !wide, !wide) outs(%p : !wide) {
    ^bb0(%a: !wide_tile, %b: !wide_tile):
      // CHECK-NEXT: ^bb0
      // CHECK-NEXT: ttl.sub %a, %b {engine = #ttl<engine fpu>}
      %r = ttl.sub %a, %b : (!wide_tile, !wide_tile) -> !wide_tile
      // CHECK-NEXT: ttl.exp %r : (
      %e = ttl.exp %r : (!wide_tile) -> !wide_tile
      ttl.yield %e : !wide_tile
    }
  }
}
