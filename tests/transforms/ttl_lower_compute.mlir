// RUN: ttlang-opt %s -p ttl-lower-compute | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[3, 3], !tile, 2>
!block = !ttl.block<[3, 3], !tile>
!two_cb = !ttl.cb<[1, 2], !tile, 2>
!two = !ttl.block<[1, 2], !tile>
!one_cb = !ttl.cb<[1, 1], !tile, 2>
!one = !ttl.block<[1, 1], !tile>
!int = !ttcore.tile<32x32, si32>
!int_cb = !ttl.cb<[1, 1], !int, 2>
!int_block = !ttl.block<[1, 1], !int>

// Nine tiles in sections of four: two turns of a loop, and a section of one. Slot k of tile i in a batch of n tiles is
// k * n + i. Each function is a loop over the batch, except for a batch of one.
// CHECK-LABEL: ttl.kernel @remainder
ttl.kernel @remainder grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread
  ttl.compute_thread @compute {
    // CHECK-NEXT: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-NEXT: [[C8:%\w+]] = arith.constant 8 : i32
    // CHECK-NEXT: [[C4:%\w+]] = arith.constant 4 : i32
    // CHECK-NEXT: [[C1:%\w+]] = arith.constant 1 : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: %p = ttl.cb_reserve
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK-NEXT: scf.for [[T:%\w+]] = [[C0]] to [[C8]] step [[C4]] : i32 {
    // CHECK-NEXT:   ttkernel.tile_regs_acquire()
    // CHECK-NEXT:   scf.for [[I:%\w+]] = [[C0]] to [[C4]] step [[C1]] : i32 {
    // CHECK-NEXT:     [[A:%\w+]] = arith.addi [[T]], [[I]] : i32
    // CHECK-NEXT:     ttkernel.copy_tile(@x_cb, [[A]], [[I]])
    // CHECK-NEXT:   }
    // CHECK-NEXT:   scf.for [[I:%\w+]] = [[C0]] to [[C4]] step [[C1]] : i32 {
    // CHECK-NEXT:     ttkernel.exp_tile([[I]])
    // CHECK-NEXT:   }
    // CHECK-NEXT:   scf.for [[I:%\w+]] = [[C0]] to [[C4]] step [[C1]] : i32 {
    // CHECK-NEXT:     [[A:%\w+]] = arith.addi [[T]], [[I]] : i32
    // CHECK-NEXT:     [[D:%\w+]] = arith.addi [[I]], [[C4]] : i32
    // CHECK-NEXT:     ttkernel.copy_tile(@y_cb, [[A]], [[D]])
    // CHECK-NEXT:   }
    // CHECK-NEXT:   scf.for [[I:%\w+]] = [[C0]] to [[C4]] step [[C1]] : i32 {
    // CHECK-NEXT:     [[A:%\w+]] = arith.addi [[I]], [[C4]] : i32
    // CHECK-NEXT:     [[D:%\w+]] = arith.addi [[I]], [[C4]] : i32
    // CHECK-NEXT:     ttkernel.sub_binary_tile([[I]], [[A]], [[D]])
    // CHECK-NEXT:   }
    // CHECK-NEXT:   ttkernel.tile_regs_commit()
    // CHECK-NEXT:   ttkernel.tile_regs_wait()
    // CHECK-NEXT:   ttkernel.pack_tile_block([[C0]], @o_cb, 4)
    // CHECK-NEXT:   ttkernel.pack_tile_block([[C4]], @p_cb, 4)
    // CHECK-NEXT:   ttkernel.tile_regs_release()
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.tile_regs_acquire()
    // CHECK-NEXT: ttkernel.copy_tile(@x_cb, [[C8]], [[C0]])
    // CHECK-NEXT: ttkernel.exp_tile([[C0]])
    // CHECK-NEXT: ttkernel.copy_tile(@y_cb, [[C8]], [[C1]])
    // CHECK-NEXT: ttkernel.sub_binary_tile([[C0]], [[C1]], [[C1]])
    // CHECK-NEXT: ttkernel.tile_regs_commit()
    // CHECK-NEXT: ttkernel.tile_regs_wait()
    // CHECK-NEXT: ttkernel.pack_tile([[C0]], @o_cb)
    // CHECK-NEXT: ttkernel.pack_tile([[C1]], @p_cb)
    // CHECK-NEXT: ttkernel.tile_regs_release()
    // CHECK-NEXT: ttl.cb_push
    ttl.compute ins(%x, %y : !block, !block) outs(%o, %p : !block, !block) attributes {slots = 2 : i64, subblock = array<i64: 1, 4>} {
    ^bb0(%t: !tile, %u: !tile):
      %a = ttl.copy_tile %t {dst = 0 : i64} : !tile
      %b = ttl.exp %a {dst = 0 : i64} : (!tile) -> !tile
      %c = ttl.copy_tile %u {dst = 1 : i64} : !tile
      %d = ttl.sub %b, %c {dst = 1 : i64} : (!tile, !tile) -> !tile
      ttl.yield %b, %d : !tile, !tile
    }
    ttl.cb_push %o_cb : !cb
  }
}

// A remainder of more than one tile has loops of its own, and its slots lie closer together.
// CHECK-LABEL: ttl.kernel @large_remainder
ttl.kernel @large_remainder grid [1, 1] on "wormhole_b0" {
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  ttl.compute_thread @compute {
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK-DAG: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-DAG: [[C7:%\w+]] = arith.constant 7 : i32
    // CHECK-DAG: [[C2:%\w+]] = arith.constant 2 : i32
    // CHECK-DAG: [[C1:%\w+]] = arith.constant 1 : i32
    // CHECK: ttl.cb_reserve %p_cb
    // A single full section needs no loop around it.
    // CHECK-NEXT: ttkernel.tile_regs_acquire()
    // CHECK-NEXT: scf.for {{%\w+}} = [[C0]] to [[C7]] step [[C1]] : i32 {
    // CHECK-NEXT:   ttkernel.fill_tile({{%\w+}}) [1.000000e+00]
    // CHECK-NEXT: }
    // CHECK-NEXT: scf.for [[I:%\w+]] = [[C0]] to [[C7]] step [[C1]] : i32 {
    // CHECK-NEXT:   [[D:%\w+]] = arith.addi [[I]], [[C7]] : i32
    // CHECK-NEXT:   ttkernel.fill_tile([[D]]) [2.000000e+00]
    // CHECK-NEXT: }
    // CHECK:      ttkernel.pack_tile_block([[C0]], @o_cb, 7)
    // CHECK-NEXT: ttkernel.pack_tile_block([[C7]], @p_cb, 7)
    // CHECK-NEXT: ttkernel.tile_regs_release()
    // CHECK-NEXT: ttkernel.tile_regs_acquire()
    // CHECK-NEXT: scf.for {{%\w+}} = [[C0]] to [[C2]] step [[C1]] : i32 {
    // CHECK-NEXT:   ttkernel.fill_tile({{%\w+}}) [1.000000e+00]
    // CHECK-NEXT: }
    // CHECK-NEXT: scf.for [[I:%\w+]] = [[C0]] to [[C2]] step [[C1]] : i32 {
    // CHECK-NEXT:   [[D:%\w+]] = arith.addi [[I]], [[C2]] : i32
    // CHECK-NEXT:   ttkernel.fill_tile([[D]]) [2.000000e+00]
    // CHECK-NEXT: }
    // CHECK:      ttkernel.pack_tile_block([[C0]], @o_cb, 2)
    // CHECK-NEXT: ttkernel.pack_tile_block([[C2]], @p_cb, 2)
    // CHECK-NEXT: ttkernel.tile_regs_release()
    // CHECK-NEXT: }
    ttl.compute ins(:) outs(%o, %p : !block, !block) attributes {slots = 2 : i64, subblock = array<i64: 1, 7>} {
      %a = ttl.fill [1.0] {dst = 0 : i64} : () -> !tile
      %b = ttl.fill [2.0] {dst = 1 : i64} : () -> !tile
      ttl.yield %a, %b : !tile, !tile
    }
  }
}

// A batch of one, twice: a loop over the tiles, and none inside.
// CHECK-LABEL: ttl.kernel @one_by_one
ttl.kernel @one_by_one grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !two_cb
  %o_cb = ttl.create_cb "o_cb" : !two_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !two_cb -> !two
    %o = ttl.cb_reserve %o_cb : !two_cb -> !two
    // CHECK-DAG: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-DAG: [[C2:%\w+]] = arith.constant 2 : i32
    // CHECK-DAG: [[C1:%\w+]] = arith.constant 1 : i32
    // CHECK-DAG: [[C4:%\w+]] = arith.constant 4 : i32
    // CHECK: scf.for [[T:%\w+]] = [[C0]] to [[C2]] step [[C1]] : i32 {
    // CHECK-NEXT:   ttkernel.tile_regs_acquire()
    // CHECK-NEXT:   ttkernel.copy_tile(@x_cb, [[T]], [[C4]])
    // CHECK-NEXT:   ttkernel.tile_regs_commit()
    // CHECK-NEXT:   ttkernel.tile_regs_wait()
    // CHECK-NEXT:   ttkernel.pack_tile([[C4]], @o_cb)
    // CHECK-NEXT:   ttkernel.tile_regs_release()
    // CHECK-NEXT: }
    ttl.compute ins(%x : !two) outs(%o : !two) attributes {slots = 5 : i64, subblock = array<i64: 1, 1>} {
    ^bb0(%t: !tile):
      %a = ttl.copy_tile %t {dst = 4 : i64} : !tile
      ttl.yield %a : !tile
    }
  }
}

// The calls of all kinds of functions.
// CHECK-LABEL: ttl.kernel @calls
ttl.kernel @calls grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !one_cb
  %y_cb = ttl.create_cb "y_cb" : !one_cb
  %n_cb = ttl.create_cb "n_cb" : !int_cb
  %o_cb = ttl.create_cb "o_cb" : !one_cb
  %m_cb = ttl.create_cb "m_cb" : !int_cb
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !one_cb -> !one
    %y = ttl.cb_wait %y_cb : !one_cb -> !one
    %n = ttl.cb_wait %n_cb : !int_cb -> !int_block
    %o = ttl.cb_reserve %o_cb : !one_cb -> !one
    %m = ttl.cb_reserve %m_cb : !int_cb -> !int_block
    // CHECK-DAG: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-DAG: [[C1:%\w+]] = arith.constant 1 : i32
    // CHECK-DAG: [[C2:%\w+]] = arith.constant 2 : i32
    // CHECK: ttkernel.tile_regs_acquire()
    ttl.compute ins(%x, %y, %x, %y : !one, !one, !one, !one) outs(%o : !one) attributes {slots = 3 : i64, subblock = array<i64: 1, 1>} {
    ^bb0(%t: !tile, %u: !tile, %v: !tile, %w: !tile):
      // CHECK-NEXT: ttkernel.sub_tiles(@x_cb, @y_cb, [[C0]], [[C0]], [[C0]])
      %a = ttl.sub %t, %u {engine = #ttl<engine fpu>, dst = 0 : i64} : (!tile, !tile) -> !tile
      // CHECK-NEXT: ttkernel.mul_tiles(@x_cb, @y_cb, [[C0]], [[C0]], [[C1]])
      %b = ttl.mul %v, %w {engine = #ttl<engine fpu>, dst = 1 : i64} : (!tile, !tile) -> !tile
      // The copy of a DST tile names its format.
      // CHECK-NEXT: ttkernel.copy_dest_values([[C1]], [[C2]], "bf16")
      %c = ttl.copy_tile %b {dst = 2 : i64} : !tile
      // CHECK-NEXT: ttkernel.sqrt_tile([[C2]])
      %d = ttl.sqrt %c {dst = 2 : i64} : (!tile) -> !tile
      // Three operands and the result.
      // CHECK-NEXT: ttkernel.where_tile([[C0]], [[C1]], [[C2]], [[C0]])
      %e = ttl.where %a, %b, %d {dst = 0 : i64} : (!tile, !tile, !tile) -> !tile
      // Parameters, those that are derived from others included: 4 is divided by through its reciprocal.
      // CHECK-NEXT: ttkernel.clamp_tile([[C0]]) [-1.000000e+00, 2.000000e+00]
      %f = ttl.clamp %e [-1.0, 2.0] {dst = 0 : i64} : (!tile) -> !tile
      // CHECK-NEXT: ttkernel.div_unary_tile([[C0]]) [4.000000e+00, 2.500000e-01]
      %g = ttl.div_unary %f [4.0] {dst = 0 : i64} : (!tile) -> !tile
      // CHECK-NEXT: ttkernel.typecast_tile([[C0]], "bf16", "f32")
      %h = ttl.typecast %g {dst = 0 : i64} : !tile to !ttcore.tile<32x32, f32>
      // CHECK-NEXT: ttkernel.tile_regs_commit()
      ttl.yield %h : !ttcore.tile<32x32, f32>
    }
    // Functions of integers say which.
    // CHECK: ttkernel.tile_regs_acquire()
    ttl.compute ins(%n : !int_block) outs(%m : !int_block) attributes {slots = 2 : i64, subblock = array<i64: 1, 1>} {
    ^bb0(%t: !int):
      // CHECK-NEXT: ttkernel.copy_tile(@n_cb, [[C0]], [[C0]])
      %a = ttl.copy_tile %t {dst = 0 : i64} : !int
      // CHECK-NEXT: ttkernel.fill_tile([[C1]]) [3.000000e+00] {format = "si32"}
      %b = ttl.fill [3.0] {dst = 1 : i64} : () -> !int
      // CHECK-NEXT: ttkernel.add_binary_tile([[C0]], [[C1]], [[C0]]) {format = "si32"}
      %c = ttl.add %a, %b {dst = 0 : i64} : (!int, !int) -> !int
      // CHECK-NEXT: ttkernel.abs_tile([[C0]]) {format = "si32"}
      %d = ttl.abs %c {dst = 0 : i64} : (!int) -> !int
      ttl.yield %d : !int
    }
  }
}
