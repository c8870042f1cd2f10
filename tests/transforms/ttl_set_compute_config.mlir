// RUN: ttlang-opt %s -p ttl-set-compute-config | filecheck %s
// RUN: ttlang-opt %s -p 'ttl-set-compute-config{fp32_dest_acc_en=true dst_full_sync_en=true math_fidelity="LoFi" math_approx_mode=true allow_tf32=true}' | filecheck %s --check-prefix=SET

!bf16 = !ttcore.tile<32x32, bf16>
!bfp8 = !ttcore.tile<32x32, bfp_bf8>
!f32 = !ttcore.tile<32x32, f32>
!si32 = !ttcore.tile<32x32, si32>
!u32 = !ttcore.tile<32x32, u32>
!u16 = !ttcore.tile<32x32, u16>

// 16 bits are enough for all of these.
// CHECK: ttl.kernel @narrow grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
// SET: ttl.kernel @narrow grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true, dst_full_sync_en = true, math_fidelity = "LoFi", math_approx_mode = true, allow_tf32} {
ttl.kernel @narrow grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !bf16, 2>
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 1], !bfp8, 2>
  %c_cb = ttl.create_cb "c_cb" : !ttl.cb<[1, 1], !u16, 2>
}

// One buffer of 32-bit data makes DST 32 bits wide, be they floats or integers.
// CHECK: ttl.kernel @floats {{.*}}fp32_dest_acc_en = true
// SET: ttl.kernel @floats {{.*}}fp32_dest_acc_en = true
ttl.kernel @floats grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !bf16, 2>
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 1], !f32, 2>
}

// CHECK: ttl.kernel @integers {{.*}}fp32_dest_acc_en = true
ttl.kernel @integers grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !si32, 2>
}

// CHECK: ttl.kernel @unsigned {{.*}}fp32_dest_acc_en = true
ttl.kernel @unsigned grid [1, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !u32, 2>
}

// CHECK: ttl.kernel @nothing {{.*}}fp32_dest_acc_en = false
ttl.kernel @nothing grid [1, 1] on "wormhole_b0" {
^bb0:
}

// In 2026, a sum does so, too; in 2025 its author says it.
// CHECK: ttl.kernel @sums_of_2026 {{.*}}wide_for_sums, fp32_dest_acc_en = true
ttl.kernel @sums_of_2026 grid [1, 1] on "wormhole_b0" attributes {edition = "2026"} {
  %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[1, 1], !bf16, 2>
  %o_cb = ttl.create_cb "o_cb" : !ttl.cb<[1, 1], !bf16, 2>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !ttl.cb<[1, 1], !bf16, 2> -> !ttl.block<[1, 1], !bf16>
    %o = ttl.cb_reserve %o_cb : !ttl.cb<[1, 1], !bf16, 2> -> !ttl.block<[1, 1], !bf16>
    %m = ttl.matmul %x, %x : !ttl.block<[1, 1], !bf16>, !ttl.block<[1, 1], !bf16> -> !ttl.block<[1, 1], !bf16>
    ttl.store %m, %o : !ttl.block<[1, 1], !bf16>, !ttl.block<[1, 1], !bf16>
    ttl.cb_push %o_cb : !ttl.cb<[1, 1], !bf16, 2>
    ttl.cb_pop %x_cb : !ttl.cb<[1, 1], !bf16, 2>
  }
}

// CHECK: ttl.kernel @sums_of_2025 {{.*}}fp32_dest_acc_en = false
// CHECK-NOT: wide_for_sums
ttl.kernel @sums_of_2025 grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[1, 1], !bf16, 2>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !ttl.cb<[1, 1], !bf16, 2> -> !ttl.block<[1, 1], !bf16>
    %s = ttl.reduce_sum row %x : !ttl.block<[1, 1], !bf16> -> !ttl.block<[1, 1], !bf16>
    ttl.cb_pop %x_cb : !ttl.cb<[1, 1], !bf16, 2>
  }
}
