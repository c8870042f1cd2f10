// RUN: ttlang-opt %s -p ttl-expand-reductions | filecheck %s

// A sum over the first dimension of (2, 1, 3) tiles: the second matrix begins three tiles on.
!tile = !ttcore.tile<32x32, bf16>
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[2, 1, 3], !tile, 2>
  %o_cb = ttl.create_cb "o_cb" : !ttl.cb<[1, 1, 3], !tile, 2>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !ttl.cb<[2, 1, 3], !tile, 2> -> !ttl.block<[2, 1, 3], !tile>
    %o = ttl.cb_reserve %o_cb : !ttl.cb<[1, 1, 3], !tile, 2> -> !ttl.block<[1, 1, 3], !tile>
    // CHECK: [[A:%\w+]] = ttl.view <[1, 1, 3], [3], 0> %x
    // CHECK-NEXT: [[B:%\w+]] = ttl.view <[1, 1, 3], [3], 3> %x
    // CHECK-NEXT: [[SUM:%\w+]] = ttl.add [[A]], [[B]]
    // CHECK-NEXT: ttl.store [[SUM]]
    %s = ttl.reduce_sum none %x : !ttl.block<[2, 1, 3], !tile> -> !ttl.block<[1, 1, 3], !tile>
    ttl.store %s, %o : !ttl.block<[1, 1, 3], !tile>, !ttl.block<[1, 1, 3], !tile>
    ttl.cb_push %o_cb : !ttl.cb<[1, 1, 3], !tile, 2>
    ttl.cb_pop %x_cb : !ttl.cb<[2, 1, 3], !tile, 2>
  }
}
