// RUN: ttlang-opt %s -p ttl-lower-layouts,ttl-lower-synchronization | filecheck %s

!rows = !ttcore.scalar<bf16>
!tile = !ttcore.tile<32x32, bf16>
!rows_cb = !ttl.cb<[64, 320], !rows, 2>
!rows_block = !ttl.block<[64, 320], !rows>
!tiles_cb = !ttl.cb<[2, 10], !tile, 1>
!tiles_block = !ttl.block<[2, 10], !tile>

// Pages go on a row of tiles at a time. An untilize takes as many tiles as DST holds and divide the width; the
// acquisitions and releases of whole blocks go with it.
// CHECK-LABEL: ttl.kernel @both
ttl.kernel @both grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false} {
  %x_cb = ttl.create_cb "x_cb" {in_tiles = true} : !rows_cb
  %t_cb = ttl.create_cb "t_cb" : !tiles_cb
  %out_cb = ttl.create_cb "out_cb" {in_tiles = true} : !rows_cb
  // CHECK: ttl.compute_thread @compute
  ttl.compute_thread @compute {
    // CHECK: ttkernel.tilize_init(@x_cb, 10, @t_cb)
    // CHECK-NEXT: scf.for %row = {{%\w+}} to [[C2:%\w+]] step {{%\w+}} : i32 {
    // CHECK-NEXT:   ttkernel.cb_wait_front(@x_cb, 10)
    // CHECK-NEXT:   ttkernel.cb_reserve_back(@t_cb, 10)
    // CHECK-NEXT:   ttkernel.tilize_block(@x_cb, 10, @t_cb)
    // CHECK-NEXT:   ttkernel.cb_pop_front(@x_cb, 10)
    // CHECK-NEXT:   ttkernel.cb_push_back(@t_cb, 10)
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.tilize_uninit(@x_cb, @t_cb)
    %a = ttl.cb_wait %x_cb : !rows_cb -> !rows_block
    %b = ttl.cb_reserve %t_cb : !tiles_cb -> !tiles_block
    ttl.tilize %a to %b : !rows_block to !tiles_block
    ttl.cb_push %t_cb : !tiles_cb
    ttl.cb_pop %x_cb : !rows_cb
    // CHECK-NEXT: ttkernel.pack_untilize_init<5, 10> (@t_cb, @out_cb)
    // CHECK-NEXT: scf.for %row_1 = {{%\w+}} to [[C2]] step {{%\w+}} : i32 {
    // CHECK-NEXT:   ttkernel.cb_reserve_back(@out_cb, 10)
    // CHECK-NEXT:   scf.for %column = {{%\w+}} to [[C2]] step {{%\w+}} : i32 {
    // CHECK-NEXT:     ttkernel.cb_wait_front(@t_cb, 5)
    // CHECK-NEXT:     ttkernel.pack_untilize_block<5, 10> (@t_cb, 1, @out_cb, %column)
    // CHECK-NEXT:     ttkernel.cb_pop_front(@t_cb, 5)
    // CHECK-NEXT:   }
    // CHECK-NEXT:   ttkernel.cb_push_back(@out_cb, 10)
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.pack_untilize_uninit(@out_cb)
    // CHECK-NEXT: }
    %c = ttl.cb_wait %t_cb : !tiles_cb -> !tiles_block
    %d = ttl.cb_reserve %out_cb : !rows_cb -> !rows_block
    ttl.untilize %c to %d : !tiles_block to !rows_block
    ttl.cb_push %out_cb : !rows_cb
    ttl.cb_pop %t_cb : !tiles_cb
  }
  // The pages of a buffer that the compute thread has in tiles are as large as tiles.
  // CHECK: ttl.datamovement_thread @write
  ttl.datamovement_thread @write {
    // CHECK-NEXT: ttkernel.cb_wait_front(@out_cb, 20)
    // CHECK-NEXT: ttkernel.cb_pop_front(@out_cb, 20)
    %e = ttl.cb_wait %out_cb : !rows_cb -> !rows_block
    ttl.cb_pop %out_cb : !rows_cb
  }
}
