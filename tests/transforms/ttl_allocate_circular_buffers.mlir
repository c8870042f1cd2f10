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

// 480 blocks of 2 KiB, and three of 200 KiB: L1 has no room for all, so those that the compute thread fills and releases one after
// the other lie in one place. The smaller has all of it. One that holds a block meanwhile does not, nor one that is full
// from turn to turn.
// CHECK-LABEL: ttl.kernel @shared
!ring = !ttl.cb<[1, 1], !bf16, 480>
!small = !ttl.cb<[1, 5], !bf16, 20>
!block = !ttl.block<[1, 1], !bf16>
!blocks = !ttl.block<[1, 5], !bf16>
ttl.kernel @shared grid [1, 1] on "wormhole_b0" {
  // CHECK-NEXT: "a_cb" {group = 0 : i64, buffer_index = 0 : i64, address = 105856 : i64} : !ttl.cb<[1, 1], !ttcore.tile<32x32, bf16>, 480>
  %a_cb = ttl.create_cb "a_cb" : !ring
  // CHECK-NEXT: "b_cb" {group = 0 : i64, buffer_index = 1 : i64, address = 105856 : i64} : !ttl.cb<[1, 5], !ttcore.tile<32x32, bf16>, 96>
  %b_cb = ttl.create_cb "b_cb" : !small
  // CHECK-NEXT: "c_cb" {buffer_index = 2 : i64, address = 1088896 : i64} : !ttl.cb<[1, 5], !ttcore.tile<32x32, bf16>, 20>
  %c_cb = ttl.create_cb "c_cb" : !small
  // CHECK-NEXT: "d_cb" {buffer_index = 3 : i64, address = 1293696 : i64} : !ttl.cb<[1, 5], !ttcore.tile<32x32, bf16>, 20>
  %d_cb = ttl.create_cb "d_cb" : !small
  ttl.compute_thread @compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %d0 = ttl.cb_reserve %d_cb : !small -> !blocks
    ttl.cb_push %d_cb : !small
    scf.for %i = %zero to %one step %one : i32 {
      %c = ttl.cb_reserve %c_cb : !small -> !blocks
      %a = ttl.cb_reserve %a_cb : !ring -> !block
      ttl.cb_push %a_cb : !ring
      %aa = ttl.cb_wait %a_cb : !ring -> !block
      ttl.cb_pop %a_cb : !ring
      ttl.cb_push %c_cb : !small
      %b = ttl.cb_reserve %b_cb : !small -> !blocks
      ttl.cb_push %b_cb : !small
      %bb = ttl.cb_wait %b_cb : !small -> !blocks
      ttl.cb_pop %b_cb : !small
      %cc = ttl.cb_wait %c_cb : !small -> !blocks
      ttl.cb_pop %c_cb : !small
      %d = ttl.cb_wait %d_cb : !small -> !blocks
      ttl.cb_pop %d_cb : !small
      %e = ttl.cb_reserve %d_cb : !small -> !blocks
      ttl.cb_push %d_cb : !small
    }
    %dd = ttl.cb_wait %d_cb : !small -> !blocks
    ttl.cb_pop %d_cb : !small
  }
}
