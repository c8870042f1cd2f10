// RUN: ttlang-opt %s -p ttl-form-compute | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 2], !tile, 2>
!block = !ttl.block<[2, 2], !tile>
!row_cb = !ttl.cb<[1, 2], !tile, 2>
!row = !ttl.block<[1, 2], !tile>

// One store: its expression, on tiles. What is not stored is gone.
// CHECK-LABEL: ttl.kernel @single
ttl.kernel @single grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    // CHECK-NEXT: %x = ttl.cb_wait
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK-NEXT: %o = ttl.cb_reserve
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %e = ttl.exp %x : (!block) -> !block
    %s = ttl.mul_unary %e [2.0] : (!block) -> !block
    %t = ttl.typecast %s : !block to !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>
    %unused = ttl.sin %e : (!block) -> !block
    %also_unused = ttl.cos %unused : (!block) -> !block
    // CHECK-NEXT: ttl.compute ins(%x : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) outs(%o : !ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>) {
    // CHECK-NEXT: ^bb0(%x_1: !ttcore.tile<32x32, bf16>):
    // CHECK-NEXT:   %e = ttl.exp %x_1 : (!ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
    // CHECK-NEXT:   %s = ttl.mul_unary %e [2.000000e+00] : (!ttcore.tile<32x32, bf16>) -> !ttcore.tile<32x32, bf16>
    // CHECK-NEXT:   %t = ttl.typecast %s : !ttcore.tile<32x32, bf16> to !ttcore.tile<32x32, f32>
    // CHECK-NEXT:   ttl.yield %t : !ttcore.tile<32x32, f32>
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.cb_push
    ttl.store %t, %o : !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>, !block
    ttl.cb_push %o_cb : !cb
  }
}

// A block is stored as it is, and a value without blocks has no inputs.
// CHECK-LABEL: ttl.kernel @plain
ttl.kernel @plain grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x :
    // CHECK-NEXT: ^bb0(%x_1: !ttcore.tile<32x32, bf16>):
    // CHECK-NEXT:   ttl.yield %x_1
    ttl.store %x, %o : !block, !block
    ttl.cb_push %o_cb : !cb
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    %zero = ttl.fill [0.0] : () -> !block
    // CHECK: ttl.compute ins(:) outs(%p :
    // CHECK-NEXT:   %zero = ttl.fill
    // CHECK-NEXT:   ttl.yield %zero
    ttl.store %zero, %p : !block, !block
    ttl.cb_push %p_cb : !cb
  }
}

// Stores that share a value: computed once. So is a value that an expression uses twice.
// CHECK-LABEL: ttl.kernel @shared_value
ttl.kernel @shared_value grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %e = ttl.exp %x : (!block) -> !block
    ttl.store %e, %o : !block, !block
    // Acquiring another block does not come between them.
    // CHECK: %p = ttl.cb_reserve
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    %d = ttl.mul %e, %e : (!block, !block) -> !block
    // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs(%o, %p : {{.*}}) {
    // CHECK-NEXT: ^bb0(%x_1: !ttcore.tile<32x32, bf16>):
    // CHECK-NEXT:   %e = ttl.exp %x_1
    // CHECK-NEXT:   %d = ttl.mul %e, %e
    // CHECK-NEXT:   ttl.yield %e, %d
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.cb_push
    ttl.store %d, %p : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_push %p_cb : !cb
  }
}

// Stores that share an input only.
// CHECK-LABEL: ttl.kernel @shared_input
ttl.kernel @shared_input grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    %e = ttl.exp %x : (!block) -> !block
    ttl.store %e, %o : !block, !block
    %d = ttl.sub %y, %x : (!block, !block) -> !block
    // CHECK: ttl.compute ins(%x, %y : {{.*}}) outs(%o, %p : {{.*}}) {
    // CHECK-NEXT: ^bb0(%x_1: {{.*}}, %y_1: {{.*}}):
    // CHECK-NEXT:   %e = ttl.exp %x_1
    // CHECK-NEXT:   %d = ttl.sub %y_1, %x_1
    // CHECK-NEXT:   ttl.yield %e, %d
    // CHECK-NOT: ttl.compute ins
    // CHECK: ttl.cb_push
    ttl.store %d, %p : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_push %p_cb : !cb
  }
}

// Nothing shared.
// CHECK-LABEL: ttl.kernel @nothing_shared
ttl.kernel @nothing_shared grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) {
    ttl.store %x, %o : !block, !block
    // CHECK: ttl.compute ins(%y : {{.*}}) outs(%p : {{.*}}) {
    ttl.store %y, %p : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_push %p_cb : !cb
  }
}

// A push in between: who waits for the first block may need it before the second store can happen.
// CHECK-LABEL: ttl.kernel @push_between
ttl.kernel @push_between grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) {
    ttl.store %x, %o : !block, !block
    // CHECK: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !cb
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%p : {{.*}}) {
    ttl.store %x, %p : !block, !block
    ttl.cb_push %p_cb : !cb
  }
}

// Blocks of other shapes.
// CHECK-LABEL: ttl.kernel @shapes
ttl.kernel @shapes grid [1, 1] on "wormhole_b0" {
  %o_cb = ttl.create_cb "o_cb" : !cb
  %r_cb = ttl.create_cb "r_cb" : !row_cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %r = ttl.cb_reserve %r_cb : !row_cb -> !row
    %f = ttl.fill [1.0] : () -> !block
    %g = ttl.fill [1.0] : () -> !row
    // CHECK: ttl.compute ins(:) outs(%o :
    ttl.store %f, %o : !block, !block
    // CHECK: ttl.compute ins(:) outs(%r :
    ttl.store %g, %r : !row, !row
    ttl.cb_push %o_cb : !cb
    ttl.cb_push %r_cb : !row_cb
  }
}

// A value from outside is computed where it is stored, in every place.
// CHECK-LABEL: ttl.kernel @nested
ttl.kernel @nested grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    %column = ttl.core_x
    %first = arith.cmpi eq, %column, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %e = ttl.exp %x : (!block) -> !block
    // CHECK: %x = ttl.cb_wait
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %four step %one : i32 {
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      // CHECK-NOT: ttl.exp
      // CHECK: scf.if
      scf.if %first {
        // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) {
        // CHECK: ttl.exp
        ttl.store %e, %o : !block, !block
        // CHECK: } else {
      } else {
        %s = ttl.sqrt %e : (!block) -> !block
        // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) {
        // CHECK: ttl.exp
        // CHECK: ttl.sqrt
        ttl.store %s, %o : !block, !block
      }
      ttl.cb_push %o_cb : !cb
    }
    ttl.cb_pop %x_cb : !cb
  }
}

// Control flow with a store in it separates the stores around it.
// CHECK-LABEL: ttl.kernel @around_an_if
ttl.kernel @around_an_if grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  // CHECK: ttl.compute_thread @compute {
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %column = ttl.core_x
    %first = arith.cmpi eq, %column, %zero : i32
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%o : {{.*}}) {
    ttl.store %x, %o : !block, !block
    // CHECK: scf.if
    scf.if %first {
      ttl.cb_push %o_cb : !cb
    }
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%p : {{.*}}) {
    ttl.store %x, %p : !block, !block
  }
}

// What a thread prints or asserts does not come between stores.
// CHECK-LABEL: ttl.kernel @messages
ttl.kernel @messages grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  ttl.compute_thread @compute {
    %holds = arith.constant true
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    %e = ttl.exp %x : (!block) -> !block
    ttl.store %e, %o : !block, !block
    // CHECK: ttl.print "half\\n"
    ttl.print "half\\n"
    // CHECK-NEXT: ttl.assert
    ttl.assert %holds, ""
    // CHECK-NEXT: scf.if %holds {
    // CHECK-NEXT:   ttl.print "so\\n"
    // CHECK-NEXT: }
    scf.if %holds {
      ttl.print "so\\n"
    }
    // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs(%o, %p : {{.*}}) {
    ttl.store %e, %p : !block, !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_push %p_cb : !cb
  }
}
