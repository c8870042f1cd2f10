// RUN: ttlang-opt %s -p ttl-select-parts | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!x = !ttl.block<[2, 2], !tile>
!c = !ttl.block<[2, 1], !tile>
ttl.kernel @k grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !ttl.cb<[2, 2], !tile, 2>
  %c_cb = ttl.create_cb "c_cb" : !ttl.cb<[2, 1], !tile, 2>
  %o_cb = ttl.create_cb "o_cb" : !ttl.cb<[2, 2], !tile, 2>
  ttl.compute_thread @compute {
    %x = ttl.cb_wait %x_cb : !ttl.cb<[2, 2], !tile, 2> -> !x
    %c = ttl.cb_wait %c_cb : !ttl.cb<[2, 1], !tile, 2> -> !c
    %o = ttl.cb_reserve %o_cb : !ttl.cb<[2, 2], !tile, 2> -> !x

    // A reduction is defined in column 0, and so is what is computed of it.
    // CHECK: ttl.reduce_max
    // CHECK-NEXT: ttl.max {{.*}} {part = #ttl<dim col>}
    // CHECK-NEXT: ttl.exp {{.*}} {part = #ttl<dim col>}
    %r = ttl.reduce_max row %x : !x -> !c
    %top = ttl.max %c, %r : (!c, !c) -> !c
    %e = ttl.exp %top : (!c) -> !c

    // A select may have taken the other: nothing is known of it, and all of it is stored.
    // CHECK: ttl.where
    // CHECK-NEXT: ttl.exp %{{[a-z_0-9]+}} : (
    %m = ttl.gtz %c : (!c) -> !c
    %w = ttl.where %m, %c, %e : (!c, !c, !c) -> !c
    %f = ttl.exp %w : (!c) -> !c
    %p = ttl.cb_reserve %c_cb : !ttl.cb<[2, 1], !tile, 2> -> !c
    ttl.store %f, %p : !c, !c
    ttl.cb_push %c_cb : !ttl.cb<[2, 1], !tile, 2>

    // Read by a broadcast alone, through a function that has no such call: its operand is asked for in part as well.
    // CHECK: ttl.recip {{.*}} {part = #ttl<dim col>}
    // CHECK-NEXT: ttl.sqrt %{{[a-z_0-9]+}} : (
    %q = ttl.recip %c : (!c) -> !c
    %s = ttl.sqrt %q : (!c) -> !c
    %b = ttl.broadcast col %s : !c -> !x

    // Read by a broadcast, and by a function of whole tiles.
    // CHECK: ttl.exp %{{[a-z_0-9]+}} : (
    %g = ttl.exp %c : (!c) -> !c
    %h = ttl.broadcast col %g : !c -> !x
    %d = ttl.cb_reserve %c_cb : !ttl.cb<[2, 1], !tile, 2> -> !c
    ttl.store %g, %d : !c, !c
    ttl.cb_push %c_cb : !ttl.cb<[2, 1], !tile, 2>
    %t = ttl.add %b, %h : (!x, !x) -> !x
    ttl.store %t, %o : !x, !x
    ttl.cb_push %o_cb : !ttl.cb<[2, 2], !tile, 2>
  }
}
