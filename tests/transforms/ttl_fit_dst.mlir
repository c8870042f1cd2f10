// RUN: ttlang-opt %s -p ttl-fit-dst | filecheck %s

!bf16 = !ttcore.tile<32x32, bf16>
!f32 = !ttcore.tile<32x32, f32>
!si32 = !ttcore.tile<32x32, si32>
!cb = !ttl.cb<[2, 2], !bf16, 2>
!block = !ttl.block<[2, 2], !bf16>
!int_cb = !ttl.cb<[2, 2], !si32, 2>
!int_block = !ttl.block<[2, 2], !si32>

// A DST of 4: the largest part that fits is computed first. Its buffer holds one block, in a format that keeps what a
// 32-bit DST holds.
// CHECK-LABEL: ttl.kernel @capacity_4
ttl.kernel @capacity_4 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  // CHECK: %o_cb = ttl.create_cb "o_cb"
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NEXT: %spill0_cb = ttl.create_cb "spill0_cb" {compiler_made = true} : !ttl.cb<[2, 2], !ttcore.tile<32x32, f32>, 1>
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %o = ttl.cb_reserve %o_cb
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: [[R:%\w+]] = ttl.cb_reserve %spill0_cb : !ttl.cb<[2, 2], !ttcore.tile<32x32, f32>, 1> -> !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>
    // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs([[R]] : !ttl.block<[2, 2], !ttcore.tile<32x32, f32>>) {
    // CHECK-NEXT: ^bb0
    // CHECK-NEXT:   ttl.copy_tile
    // CHECK-NEXT:   ttl.exp
    // CHECK-NEXT:   ttl.sin
    // CHECK-NEXT:   ttl.cos
    // CHECK-NEXT:   ttl.tan
    // CHECK-NEXT:   ttl.add
    // CHECK-NEXT:   ttl.mul
    // CHECK-NEXT:   [[S:%\w+]] = ttl.sub
    // CHECK-NEXT:   ttl.yield [[S]]
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.cb_push %spill0_cb
    // CHECK-NEXT: [[W:%\w+]] = ttl.cb_wait %spill0_cb
    // What the rest needs beside it is computed again.
    // CHECK-NEXT: ttl.compute ins(%x, [[W]] : {{.*}}) outs(%o : {{.*}}) {
    // CHECK-NEXT: ^bb0({{%\w+}}: !ttcore.tile<32x32, bf16>, [[T:%\w+]]: !ttcore.tile<32x32, f32>):
    // CHECK-NEXT:   [[L:%\w+]] = ttl.copy_tile [[T]] : !ttcore.tile<32x32, f32>
    // CHECK-NEXT:   ttl.copy_tile
    // CHECK-NEXT:   ttl.exp
    // CHECK-NEXT:   ttl.sin
    // CHECK-NEXT:   [[D:%\w+]] = ttl.cos
    // CHECK-NEXT:   [[M:%\w+]] = ttl.max [[L]], [[D]]
    // CHECK-NEXT:   ttl.yield [[M]]
    // CHECK-NEXT: }
    // CHECK-NEXT: ttl.cb_pop %spill0_cb
    // CHECK-NEXT: ttl.cb_push %o_cb
    ttl.compute ins(%x : !block) outs(%o : !block) {
    ^bb0(%t: !bf16):
      %a = ttl.copy_tile %t : !bf16
      %b = ttl.exp %a : (!bf16) -> !bf16
      %c = ttl.sin %b : (!bf16) -> !bf16
      %d = ttl.cos %c : (!bf16) -> !bf16
      %e = ttl.tan %d : (!bf16) -> !bf16
      %s0 = ttl.add %e, %a : (!bf16, !bf16) -> !bf16
      %s1 = ttl.mul %s0, %b : (!bf16, !bf16) -> !bf16
      %s2 = ttl.sub %s1, %c : (!bf16, !bf16) -> !bf16
      %s3 = ttl.max %s2, %d : (!bf16, !bf16) -> !bf16
      ttl.yield %s3 : !bf16
    }
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// A DST of 8 holds the same expression whole.
// CHECK-LABEL: ttl.kernel @capacity_8
ttl.kernel @capacity_8 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NOT: ttl.create_cb "spill0_cb"
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute ins(%x
    // CHECK-NEXT: ^bb0
    // CHECK-NEXT: %a = ttl.copy_tile
    // CHECK-NEXT: %b = ttl.exp %a
    // CHECK-NEXT: %c = ttl.sin %b
    // CHECK-NEXT: %d = ttl.cos %c
    // CHECK-NEXT: %e = ttl.tan %d
    // CHECK-NEXT: %s0 = ttl.add %e, %a
    // CHECK-NEXT: %s1 = ttl.mul %s0, %b
    // CHECK-NEXT: %s2 = ttl.sub %s1, %c
    // CHECK-NEXT: %s3 = ttl.max %s2, %d
    // CHECK-NEXT: ttl.yield %s3
    ttl.compute ins(%x : !block) outs(%o : !block) {
    ^bb0(%t: !bf16):
      %a = ttl.copy_tile %t : !bf16
      %b = ttl.exp %a : (!bf16) -> !bf16
      %c = ttl.sin %b : (!bf16) -> !bf16
      %d = ttl.cos %c : (!bf16) -> !bf16
      %e = ttl.tan %d : (!bf16) -> !bf16
      %s0 = ttl.add %e, %a : (!bf16, !bf16) -> !bf16
      %s1 = ttl.mul %s0, %b : (!bf16, !bf16) -> !bf16
      %s2 = ttl.sub %s1, %c : (!bf16, !bf16) -> !bf16
      %s3 = ttl.max %s2, %d : (!bf16, !bf16) -> !bf16
      ttl.yield %s3 : !bf16
    }
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
}

// Nine values alive at a time are more than 8, too. A 16-bit DST needs no more than bf16 in the buffer. In a loop, the
// buffer is filled and emptied in each turn.
// CHECK-LABEL: ttl.kernel @more_than_8
ttl.kernel @more_than_8 grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.create_cb "spill0_cb" {compiler_made = true} : !ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 1>
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    // CHECK: scf.for
    scf.for %i = %zero to %one step %one : i32 {
      %x = ttl.cb_wait %x_cb : !cb -> !block
      %o = ttl.cb_reserve %o_cb : !cb -> !block
      // CHECK: ttl.cb_reserve %spill0_cb
      // CHECK: ttl.compute
      // CHECK: ttl.cb_push %spill0_cb
      // CHECK-NEXT: ttl.cb_wait %spill0_cb
      // CHECK-NEXT: ttl.compute
      // CHECK: ttl.cb_pop %spill0_cb
      // CHECK-NEXT: ttl.cb_push %o_cb
      ttl.compute ins(%x : !block) outs(%o : !block) {
      ^bb0(%t: !bf16):
        %v0 = ttl.copy_tile %t : !bf16
        %v1 = ttl.exp %v0 : (!bf16) -> !bf16
        %v2 = ttl.exp %v1 : (!bf16) -> !bf16
        %v3 = ttl.exp %v2 : (!bf16) -> !bf16
        %v4 = ttl.exp %v3 : (!bf16) -> !bf16
        %v5 = ttl.exp %v4 : (!bf16) -> !bf16
        %v6 = ttl.exp %v5 : (!bf16) -> !bf16
        %v7 = ttl.exp %v6 : (!bf16) -> !bf16
        %v8 = ttl.exp %v7 : (!bf16) -> !bf16
        %s0 = ttl.sub %v8, %v0 : (!bf16, !bf16) -> !bf16
        %s1 = ttl.sub %s0, %v1 : (!bf16, !bf16) -> !bf16
        %s2 = ttl.sub %s1, %v2 : (!bf16, !bf16) -> !bf16
        %s3 = ttl.sub %s2, %v3 : (!bf16, !bf16) -> !bf16
        %s4 = ttl.sub %s3, %v4 : (!bf16, !bf16) -> !bf16
        %s5 = ttl.sub %s4, %v5 : (!bf16, !bf16) -> !bf16
        %s6 = ttl.sub %s5, %v6 : (!bf16, !bf16) -> !bf16
        %s7 = ttl.sub %s6, %v7 : (!bf16, !bf16) -> !bf16
        ttl.yield %s7 : !bf16
      }
      ttl.cb_push %o_cb : !cb
      ttl.cb_pop %x_cb : !cb
    }
  }
}

// Five products on the FPU want five fresh slots. On the SFPU they fit into four.
// CHECK-LABEL: ttl.kernel @products
ttl.kernel @products grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %y_cb = ttl.create_cb "y_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK-NOT: ttl.create_cb "spill0_cb"
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %y = ttl.cb_wait %y_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute
    ttl.compute ins(%x, %y, %x, %y, %x, %y, %x, %y, %x, %y : !block, !block, !block, !block, !block, !block, !block, !block, !block, !block) outs(%o : !block) {
    ^bb0(%a: !bf16, %b: !bf16, %c: !bf16, %d: !bf16, %e: !bf16, %f: !bf16, %g: !bf16, %h: !bf16, %i: !bf16, %j: !bf16):
      // CHECK: [[A:%\w+]] = ttl.copy_tile %a
      // CHECK-NEXT: [[B:%\w+]] = ttl.copy_tile %b
      // CHECK-NEXT: %p0 = ttl.mul [[A]], [[B]] : (
      %p0 = ttl.mul %a, %b {engine = #ttl<engine fpu>} : (!bf16, !bf16) -> !bf16
      // CHECK-NOT: engine
      %p1 = ttl.mul %c, %d {engine = #ttl<engine fpu>} : (!bf16, !bf16) -> !bf16
      %p2 = ttl.mul %e, %f {engine = #ttl<engine fpu>} : (!bf16, !bf16) -> !bf16
      %p3 = ttl.mul %g, %h {engine = #ttl<engine fpu>} : (!bf16, !bf16) -> !bf16
      %p4 = ttl.mul %i, %j {engine = #ttl<engine fpu>} : (!bf16, !bf16) -> !bf16
      %s0 = ttl.max %p0, %p1 : (!bf16, !bf16) -> !bf16
      %s1 = ttl.max %s0, %p2 : (!bf16, !bf16) -> !bf16
      %s2 = ttl.max %s1, %p3 : (!bf16, !bf16) -> !bf16
      %s3 = ttl.max %s2, %p4 : (!bf16, !bf16) -> !bf16
      // CHECK: ttl.yield
      ttl.yield %s3 : !bf16
    }
  }
}

// Several outputs: what two of them need comes first, then each of them. A part that is made for one of them only frees
// its buffer for the next.
// CHECK-LABEL: ttl.kernel @outputs
ttl.kernel @outputs grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" : !cb
  %q_cb = ttl.create_cb "q_cb" : !cb
  // CHECK: ttl.create_cb "spill0_cb"
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    %q = ttl.cb_reserve %q_cb : !cb -> !block
    // CHECK: [[R:%\w+]] = ttl.cb_reserve %spill0_cb
    // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs([[R]] : {{.*}}) {
    // CHECK:   ttl.exp
    // CHECK-NEXT:   ttl.yield
    // CHECK: ttl.cb_push %spill0_cb
    // CHECK-NEXT: [[W:%\w+]] = ttl.cb_wait %spill0_cb
    // CHECK-NEXT: ttl.compute ins([[W]] : {{.*}}) outs(%o : {{.*}}) {
    // CHECK:   ttl.sin
    // CHECK: ttl.compute ins(%x, [[W]] : {{.*}}) outs(%p : {{.*}}) {
    // CHECK:   ttl.sub
    // CHECK:   ttl.abs
    // CHECK: ttl.compute ins(%x : {{.*}}) outs(%q : {{.*}}) {
    // CHECK:   ttl.cos
    // CHECK:   ttl.mul
    // CHECK: }
    // CHECK-NEXT: ttl.cb_pop %spill0_cb
    ttl.compute ins(%x : !block) outs(%o, %p, %q : !block, !block, !block) {
    ^bb0(%t: !bf16):
      %a = ttl.copy_tile %t : !bf16
      %b = ttl.exp %a : (!bf16) -> !bf16
      %c = ttl.sin %b : (!bf16) -> !bf16
      %d = ttl.sub %a, %b : (!bf16, !bf16) -> !bf16
      %e = ttl.abs %d : (!bf16) -> !bf16
      %f = ttl.cos %a : (!bf16) -> !bf16
      %g = ttl.mul %f, %a : (!bf16, !bf16) -> !bf16
      %h = ttl.sin %g : (!bf16) -> !bf16
      %i = ttl.mul %h, %g : (!bf16, !bf16) -> !bf16
      %j = ttl.mul %i, %f : (!bf16, !bf16) -> !bf16
      ttl.yield %c, %e, %j : !bf16, !bf16, !bf16
    }
    ttl.cb_push %o_cb : !cb
  }
}

// Two stores, one after the other, spill to one buffer, whose name is free. Integers keep their format.
// CHECK-LABEL: ttl.kernel @again
ttl.kernel @again grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  %spill0 = ttl.tensor_accessor "spill0_cb" at 0 : !ttcore.tensor<[2, 2], !si32, dram>
  %x_cb = ttl.create_cb "x_cb" : !int_cb
  %o_cb = ttl.create_cb "o_cb" : !int_cb
  // CHECK: %spill1_cb = ttl.create_cb "spill1_cb" {compiler_made = true} : !ttl.cb<[2, 2], !ttcore.tile<32x32, si32>, 1>
  // CHECK-NEXT: ttl.compute_thread
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !int_cb -> !int_block
    %o = ttl.cb_reserve %o_cb : !int_cb -> !int_block
    // CHECK-COUNT-2: ttl.cb_pop %spill1_cb
    ttl.compute ins(%x : !int_block) outs(%o : !int_block) {
    ^bb0(%t: !si32):
      %v0 = ttl.copy_tile %t : !si32
      %v1 = ttl.abs %v0 : (!si32) -> !si32
      %v2 = ttl.neg %v1 : (!si32) -> !si32
      %v3 = ttl.relu %v2 : (!si32) -> !si32
      %v4 = ttl.neg %v3 : (!si32) -> !si32
      %s0 = ttl.sub %v4, %v0 : (!si32, !si32) -> !si32
      %s1 = ttl.sub %s0, %v1 : (!si32, !si32) -> !si32
      %s2 = ttl.sub %s1, %v2 : (!si32, !si32) -> !si32
      %s3 = ttl.sub %s2, %v3 : (!si32, !si32) -> !si32
      ttl.yield %s3 : !si32
    }
    ttl.cb_push %o_cb : !int_cb
    %p = ttl.cb_reserve %o_cb : !int_cb -> !int_block
    ttl.compute ins(%x : !int_block) outs(%p : !int_block) {
    ^bb0(%t: !si32):
      %v0 = ttl.copy_tile %t : !si32
      %v1 = ttl.abs %v0 : (!si32) -> !si32
      %v2 = ttl.neg %v1 : (!si32) -> !si32
      %v3 = ttl.relu %v2 : (!si32) -> !si32
      %v4 = ttl.neg %v3 : (!si32) -> !si32
      %s0 = ttl.sub %v4, %v0 : (!si32, !si32) -> !si32
      %s1 = ttl.sub %s0, %v1 : (!si32, !si32) -> !si32
      %s2 = ttl.sub %s1, %v2 : (!si32, !si32) -> !si32
      %s3 = ttl.sub %s2, %v3 : (!si32, !si32) -> !si32
      ttl.yield %s3 : !si32
    }
    // CHECK: ttl.cb_push %o_cb
    ttl.cb_push %o_cb : !int_cb
  }
}
