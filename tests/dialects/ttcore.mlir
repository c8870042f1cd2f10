// RUN: ttlang-opt %s | ttlang-opt | filecheck %s
// RUN: ttlang-opt %s --print-op-generic | ttlang-opt --print-op-generic | filecheck %s --check-prefix=GENERIC

// CHECK: builtin.module attributes {
// GENERIC: "builtin.module"() ({
builtin.module attributes {
  // All formats.
  // CHECK-SAME: a = !ttcore.tile<32x32, bf16>
  a = !ttcore.tile<32x32, bf16>,
  // CHECK-SAME: b = !ttcore.tile<32x32, f32>
  b = !ttcore.tile<32x32, f32>,
  // CHECK-SAME: c = !ttcore.tile<32x32, bfp_bf8>
  c = !ttcore.tile<32x32, bfp_bf8>,
  // CHECK-SAME: d = !ttcore.tile<32x32, bfp_bf4>
  d = !ttcore.tile<32x32, bfp_bf4>,
  // CHECK-SAME: e = !ttcore.tile<32x32, si32>
  e = !ttcore.tile<32x32, si32>,
  // CHECK-SAME: f = !ttcore.tile<32x32, u32>
  f = !ttcore.tile<32x32, u32>,
  // CHECK-SAME: g = !ttcore.tile<32x32, u16>
  g = !ttcore.tile<32x32, u16>,
  // CHECK-SAME: h = !ttcore.tile<32x32, u8>
  h = !ttcore.tile<32x32, u8>,
  // Any rank, in either memory.
  // CHECK-SAME: i = !ttcore.tensor<[64, 32], !ttcore.tile<32x32, bf16>, dram>
  // GENERIC: i = !ttcore.tensor<[64, 32], !ttcore.tile<32x32, bf16>, dram>
  i = !ttcore.tensor<[64, 32], !ttcore.tile<32x32, bf16>, dram>,
  // CHECK-SAME: j = !ttcore.tensor<[1, 2, 3], !ttcore.tile<32x32, f32>, l1>
  // GENERIC-SAME: j = !ttcore.tensor<[1, 2, 3], !ttcore.tile<32x32, f32>, l1>
  j = !ttcore.tensor<[1, 2, 3], !ttcore.tile<32x32, f32>, l1>,
  // CHECK-SAME: k = #ttcore<memory l1>
  // GENERIC-SAME: k = #ttcore<memory l1>
  k = #ttcore<memory l1>,
  // Sharded ones.
  // CHECK-SAME: l = !ttcore.tensor<[4, 8], !ttcore.tile<32x32, bf16>, l1, #ttcore.shards<block, [2, 4], col_major, [0, 0, 1, 1]>>
  // GENERIC-SAME: l = !ttcore.tensor<[4, 8], !ttcore.tile<32x32, bf16>, l1, #ttcore.shards<block, [2, 4], col_major, [0, 0, 1, 1]>>
  l = !ttcore.tensor<[4, 8], !ttcore.tile<32x32, bf16>, l1, #ttcore.shards<block, [2, 4], col_major, [0, 0, 1, 1]>>,
  // CHECK-SAME: m = #ttcore.shards<height, [1, 8], row_major, [0, 0, 1, 0, 3, 0, 4, 0]>
  m = #ttcore.shards<height, [1, 8], row_major, [0, 0, 1, 0, 3, 0, 4, 0]>,
  // Row-major ones.
  // CHECK-SAME: n = !ttcore.tensor<[7, 50], !ttcore.scalar<u16>, dram>
  // GENERIC-SAME: n = !ttcore.tensor<[7, 50], !ttcore.scalar<u16>, dram>
  n = !ttcore.tensor<[7, 50], !ttcore.scalar<u16>, dram>
} {
}
