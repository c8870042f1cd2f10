// RUN: ttlang-opt %s -p ttl-pack-partial-sums | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 8], !tile, 1>
!block = !ttl.block<[2, 8], !tile>
!column_cb = !ttl.cb<[2, 1], !tile, 1>
!column = !ttl.block<[2, 1], !tile>
!row_cb = !ttl.cb<[1, 8], !tile, 1>
!row = !ttl.block<[1, 8], !tile>
!one_cb = !ttl.cb<[1, 1], !tile, 1>
!one = !ttl.block<[1, 1], !tile>

// The rows of a block are summed up, which something else reads as well: its tiles are packed twice.
// CHECK-LABEL: ttl.kernel @rows
ttl.kernel @rows grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, math_fidelity = "HiFi4"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %s_cb = ttl.create_cb "s_cb" : !column_cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  %p_cb = ttl.create_cb "p_cb" {compiler_made = true} : !cb
  %ones_cb = ttl.create_cb "ones_cb" {compiler_made = true} : !one_cb
  // CHECK: %p_sums_cb = ttl.create_cb "p_sums_cb" {compiler_made = true} : !ttl.cb<[2, 1], !ttcore.tile<32x32, bf16>, 1>
  ttl.compute_thread @compute {
    %ones = ttl.cb_wait %ones_cb : !one_cb -> !one
    %x = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK: %p = ttl.cb_reserve %p_cb
    // CHECK-NEXT: %0 = ttl.cb_reserve %p_sums_cb
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    // CHECK-NEXT: ttl.compute ins(%x : {{.*}}) outs(%p, %0 : {{.*}}) attributes {maps = ["mn"], output_maps = ["mn", "m1"]} {
    ttl.compute ins(%x : !block) outs(%p : !block) {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a : !tile
      %c = ttl.exp %b : (!tile) -> !tile
      // CHECK: ttl.yield %c, %c
      ttl.yield %c : !tile
    }
    // CHECK: ttl.cb_push %p_cb
    // CHECK-NEXT: ttl.cb_push %p_sums_cb
    ttl.cb_push %p_cb : !cb
    // CHECK-NEXT: %q = ttl.cb_wait %p_cb
    // CHECK-NEXT: %1 = ttl.cb_wait %p_sums_cb
    %q = ttl.cb_wait %p_cb : !cb -> !block
    %s = ttl.cb_reserve %s_cb : !column_cb -> !column
    // CHECK: ttl.compute ins(%1, %ones : {{.*}}) outs(%s : {{.*}}) attributes {maps = ["mk", "11"]} {
    ttl.compute ins(%q, %ones : !block, !one) outs(%s : !column) attributes {maps = ["mk", "11"]} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.reduce_sum row %a, %b : !tile, !tile -> !tile
      ttl.yield %c : !tile
    }
    // CHECK: ttl.cb_pop %p_sums_cb
    ttl.cb_push %s_cb : !column_cb
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK: ttl.compute ins(%q : {{.*}}) outs(%o : {{.*}}) {
    ttl.compute ins(%q : !block) outs(%o : !block) {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a : !tile
      ttl.yield %b : !tile
    }
    // CHECK: ttl.cb_pop %p_cb
    ttl.cb_pop %p_cb : !cb
  }
}

// Nobody reads the block but sums of its columns, and one of all of it: it is not stored.
// CHECK-LABEL: ttl.kernel @sums_alone
// CHECK-NOT: ttl.create_cb "p_cb"
// CHECK: ttl.create_cb "p_sums_cb" {compiler_made = true} : !ttl.cb<[1, 8], !ttcore.tile<32x32, bf16>, 1>
// CHECK-NEXT: ttl.create_cb "p_sums1_cb" {compiler_made = true} : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 1>
// CHECK: outs(%1, %0 : {{.*}}) attributes {maps = ["mn"], output_maps = ["1n", "11"], sizes = array<i64: 2, 8>} {
// CHECK: ttl.compute ins(%3, %ones : {{.*}}) outs(%r : {{.*}}) attributes {maps = ["kn", "11"]} {
// CHECK: ttl.compute ins(%2, %ones : {{.*}}) outs(%s : {{.*}}) attributes {maps = ["k", "11"]} {
ttl.kernel @sums_alone grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, math_fidelity = "HiFi4"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %r_cb = ttl.create_cb "r_cb" : !row_cb
  %s_cb = ttl.create_cb "s_cb" : !one_cb
  %p_cb = ttl.create_cb "p_cb" {compiler_made = true} : !cb
  %ones_cb = ttl.create_cb "ones_cb" {compiler_made = true} : !one_cb
  ttl.compute_thread @compute {
    %ones = ttl.cb_wait %ones_cb : !one_cb -> !one
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    ttl.compute ins(%x : !block) outs(%p : !block) {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a : !tile
      %c = ttl.exp %b : (!tile) -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %p_cb : !cb
    %q = ttl.cb_wait %p_cb : !cb -> !block
    %r = ttl.cb_reserve %r_cb : !row_cb -> !row
    ttl.compute ins(%q, %ones : !block, !one) outs(%r : !row) attributes {maps = ["kn", "11"]} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.reduce_sum col %a, %b : !tile, !tile -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %r_cb : !row_cb
    %s = ttl.cb_reserve %s_cb : !one_cb -> !one
    ttl.compute ins(%q, %ones : !block, !one) outs(%s : !one) attributes {maps = ["k", "11"]} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.reduce_sum scalar %a, %b : !tile, !tile -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %s_cb : !one_cb
    ttl.cb_pop %p_cb : !cb
  }
}

// A 32-bit DST sums up bfloat16 whole, and a sum in float32 would be cut to tf32. A maximum is no sum.
// CHECK-LABEL: ttl.kernel @left_to_the_fpu
// CHECK-NOT: sums
ttl.kernel @left_to_the_fpu grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true, math_fidelity = "HiFi4"} {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %s_cb = ttl.create_cb "s_cb" : !column_cb
  %p_cb = ttl.create_cb "p_cb" {compiler_made = true} : !cb
  %ones_cb = ttl.create_cb "ones_cb" {compiler_made = true} : !one_cb
  ttl.compute_thread @compute {
    %ones = ttl.cb_wait %ones_cb : !one_cb -> !one
    %x = ttl.cb_wait %x_cb : !cb -> !block
    %p = ttl.cb_reserve %p_cb : !cb -> !block
    ttl.compute ins(%x : !block) outs(%p : !block) {
    ^bb0(%a: !tile):
      %b = ttl.copy_tile %a : !tile
      %c = ttl.exp %b : (!tile) -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %p_cb : !cb
    %q = ttl.cb_wait %p_cb : !cb -> !block
    %s = ttl.cb_reserve %s_cb : !column_cb -> !column
    ttl.compute ins(%q, %ones : !block, !one) outs(%s : !column) attributes {maps = ["mk", "11"]} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.reduce_sum row %a, %b : !tile, !tile -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %s_cb : !column_cb
    ttl.cb_pop %p_cb : !cb
    %t = ttl.cb_reserve %s_cb : !column_cb -> !column
    ttl.compute ins(%x, %ones : !block, !one) outs(%t : !column) attributes {maps = ["mk", "11"]} {
    ^bb0(%a: !tile, %b: !tile):
      %c = ttl.reduce_max row %a, %b : !tile, !tile -> !tile
      ttl.yield %c : !tile
    }
    ttl.cb_push %s_cb : !column_cb
  }
}
