// RUN: ttlang-opt %s -p ttl-allocate-circular-buffers | filecheck %s

!bf16 = !ttcore.tile<32x32, bf16>
!bfp8 = !ttcore.tile<32x32, bfp_bf8>
!bfp4 = !ttcore.tile<32x32, bfp_bf4>

// Numbers in the order of the kernel; each buffer lies behind the one before it.
// CHECK-LABEL: ttl.kernel @wormhole
ttl.kernel @wormhole grid [8, 8] on "wormhole_b0" {
  // CHECK-NEXT: ttl.create_cb "a_cb" {buffer_index = 0 : i64, address = 105856 : i64} : !ttl.cb<[1, 1], !ttcore.tile<32x32, bfp_bf8>, 1>
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !bfp8, 1>
  // CHECK-NEXT: ttl.create_cb "b_cb" {buffer_index = 1 : i64, address = 106944 : i64}
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 3], !bfp4, 1>
  // CHECK-NEXT: ttl.create_cb "c_cb" {compiler_made = true, buffer_index = 2 : i64, address = 108672 : i64}
  %c_cb = ttl.create_cb "c_cb" {compiler_made = true} : !ttl.cb<[2, 2], !bf16, 2>
  // CHECK-NEXT: ttl.create_cb "d_cb" {buffer_index = 3 : i64, address = 125056 : i64}
  %d_cb = ttl.create_cb "d_cb" : !ttl.cb<[1, 1], !bf16, 2>
}

// Blackhole's buffers begin at another address.
// CHECK-LABEL: ttl.kernel @blackhole
ttl.kernel @blackhole grid [13, 10] on "blackhole" {
  // CHECK-NEXT: ttl.create_cb "a_cb" {buffer_index = 0 : i64, address = 111104 : i64}
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[1, 1], !bfp8, 1>
  // CHECK-NEXT: ttl.create_cb "b_cb" {buffer_index = 1 : i64, address = 112192 : i64}
  %b_cb = ttl.create_cb "b_cb" : !ttl.cb<[1, 3], !bfp4, 1>
  // CHECK-NEXT: ttl.create_cb "c_cb" {buffer_index = 2 : i64, address = 113920 : i64}
  %c_cb = ttl.create_cb "c_cb" : !ttl.cb<[1, 1], !bf16, 1>
}

// All of L1, to the byte: 85 blocks of 8 tiles are 1360 KiB.
// CHECK-LABEL: ttl.kernel @full
ttl.kernel @full grid [1, 1] on "wormhole_b0" {
  // CHECK-NEXT: buffer_index = 0 : i64, address = 105856 : i64
  %a_cb = ttl.create_cb "a_cb" : !ttl.cb<[2, 4], !bf16, 85>
}
