// RUN: ttlang-opt %s -p ttl-lower-prints,ttl-lower-synchronization | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[1, 2], !tile, 2>
!block = !ttl.block<[1, 2], !tile>

// A line for each row of each tile. In the compute thread the unpacker prints what was waited for, the packer what was
// reserved; a data movement thread prints by itself.
// CHECK-LABEL: ttl.kernel @blocks
ttl.kernel @blocks grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !cb
  %o_cb = ttl.create_cb "o_cb" : !cb
  // CHECK: ttl.compute_thread @compute
  ttl.compute_thread @compute {
    // CHECK: ttkernel.cb_wait_front(@x_cb, 2)
    %a = ttl.cb_wait %x_cb : !cb -> !block
    // CHECK-NEXT: ttkernel.cb_reserve_back(@o_cb, 2)
    %o = ttl.cb_reserve %o_cb : !cb -> !block
    // CHECK-NEXT: scf.for %tile = {{%\w+}} to [[C2:%\w+]] step {{%\w+}} : i32 {
    // CHECK-NEXT:   ttkernel.dprint("tile {}:\\n", %tile : i32) {processor = #ttcore<processor unpack>}
    // CHECK-NEXT:   scf.for %row = {{%\w+}} to [[C32:%\w+]] step {{%\w+}} : i32 {
    // CHECK-NEXT:     ttkernel.dprint("  row {:2}: ", %row : i32) {processor = #ttcore<processor unpack>}
    // CHECK-NEXT:     ttkernel.dprint_row(@x_cb, %tile, %row)
    // CHECK-NEXT:     ttkernel.dprint("\\n") {processor = #ttcore<processor unpack>}
    // CHECK-NEXT:   }
    // CHECK-NEXT: }
    ttl.print_block %a : !block
    // CHECK: ttkernel.dprint_row(@o_cb, {{%\w+}}, {{%\w+}}) {back}
    // CHECK-NEXT: ttkernel.dprint("\\n") {processor = #ttcore<processor pack>}
    ttl.print_block %o : !block
    ttl.cb_push %o_cb : !cb
    ttl.cb_pop %x_cb : !cb
  }
  // CHECK: ttl.datamovement_thread @write
  ttl.datamovement_thread @write {
    %p = ttl.cb_wait %o_cb : !cb -> !block
    // CHECK: ttkernel.dprint("tile {}:\\n", {{%\w+}} : i32)
    // CHECK: ttkernel.dprint_row(@o_cb, {{%\w+}}, {{%\w+}})
    // CHECK-NEXT: ttkernel.dprint("\\n")
    ttl.print_block %p : !block
    // CHECK: %filled = ttkernel.filled_pages(@o_cb)
    // CHECK-NEXT: ttl.print "{} pages\\n", %filled : i32
    %n = ttl.filled_pages %o_cb : !cb
    ttl.print "{} pages\\n", %n : i32
    ttl.cb_pop %o_cb : !cb
  }
}

!rows = !ttl.cb<[3, 40], !ttcore.scalar<bf16>, 1>

// Of a row-major block each row is a line, printed in parts. In memory it takes 48 elements, the last of them padding.
// CHECK-LABEL: ttl.kernel @rows
ttl.kernel @rows grid [1, 1] on "wormhole_b0" {
  %x_cb = ttl.create_cb "x_cb" : !rows
  // CHECK: ttl.datamovement_thread @read
  ttl.datamovement_thread @read {
    %x = ttl.cb_reserve %x_cb : !rows -> !ttl.block<[3, 40], !ttcore.scalar<bf16>>
    // CHECK: scf.for %row = {{%\w+}} to [[C2:%\w+]] step {{%\w+}} : i32 {
    // CHECK-NEXT:   ttkernel.dprint("  row {:2}:", %row : i32)
    // CHECK-NEXT:   scf.for %column = {{%\w+}} to {{%\w+}} step {{%\w+}} : i32 {
    // CHECK-NEXT:     ttkernel.dprint(" ")
    // CHECK-NEXT:     [[START:%\w+]] = arith.muli %row, [[C48:%\w+]] : i32
    // CHECK-NEXT:     [[FIRST:%\w+]] = arith.addi [[START]], %column : i32
    // CHECK-NEXT:     ttkernel.dprint_elements(@x_cb, [[FIRST]], 32) {back}
    // CHECK-NEXT:   }
    // CHECK-NEXT:   ttkernel.dprint(" ")
    // CHECK-NEXT:   arith.muli %row, [[C48]] : i32
    // CHECK-NEXT:   arith.addi
    // CHECK-NEXT:   ttkernel.dprint_elements(@x_cb, {{%\w+}}, 8) {back}
    // CHECK-NEXT:   ttkernel.dprint("\\n")
    ttl.print_block %x {pages = 2 : i64} : !ttl.block<[3, 40], !ttcore.scalar<bf16>>
    ttl.cb_push %x_cb : !rows
  }
  // CHECK: ttl.datamovement_thread @write
  ttl.datamovement_thread @write {
    %p = ttl.cb_wait %x_cb : !rows -> !ttl.block<[3, 40], !ttcore.scalar<bf16>>
    // CHECK: ttkernel.dprint_elements(@x_cb, {{%\w+}}, 32)
    // CHECK-NOT: back
    ttl.print_block %p : !ttl.block<[3, 40], !ttcore.scalar<bf16>>
    ttl.cb_pop %x_cb : !rows
  }
}
