// RUN: ttlang-opt %s -p ttl-lower-elements | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!cb = !ttl.cb<[2, 3], !tile, 2>
!block = !ttl.block<[2, 3], !tile>
!rows = !ttcore.scalar<u16>
!rows_cb = !ttl.cb<[4, 20], !rows, 1>
!rows_block = !ttl.block<[4, 20], !rows>

// One pointer serves all elements of a block; what others wrote to one that was waited for shows behind the call that
// forgets. Constants fold: tile 4, lower right face, row 2, column 5. A bfloat16 is the upper half of a float32.
// CHECK-LABEL: ttl.kernel @tiles
ttl.kernel @tiles grid [4, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !cb
  %b_cb = ttl.create_cb "b_cb" : !cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    %row = arith.constant 50 : i32
    %column = arith.constant 53 : i32
    %x = ttl.core_x
    // CHECK: ttl.cb_wait %a_cb
    // CHECK-NEXT: ttkernel.invalidate_l1_cache()
    // CHECK-NEXT: %a_ptr = ttkernel.get_read_ptr(@a_cb)
    // CHECK-NEXT: %a_elements = ttkernel.cast_to_element_ptr "16"(%a_ptr)
    // CHECK-NEXT: ttl.cb_reserve %b_cb
    // CHECK-NEXT: %b_ptr = ttkernel.get_write_ptr(@b_cb)
    // CHECK-NEXT: %b_elements = ttkernel.cast_to_element_ptr "16"(%b_ptr)
    %a = ttl.cb_wait %a_cb : !cb -> !block
    %b = ttl.cb_reserve %b_cb : !cb -> !block
    // CHECK-NEXT: [[RAW:%\w+]] = ttkernel.load_element(%a_elements, [[INDEX:%\w+]])
    // CHECK-NEXT: %found = arith.shli [[RAW]], [[C16:%\w+]] : i32
    %found = ttl.load_element %a[%row, %column] : !block
    // A column that is known to be less than 16 needs no tile, no face, no remainder, and no assertion.
    // CHECK-NOT: ttl.assert
    // CHECK: [[CUT:%\w+]] = arith.shrsi %found, [[C16]] : i32
    // CHECK-NEXT: ttkernel.store_element(%b_elements, [[PLACE:%\w+]], [[CUT]])
    ttl.store_element %found to %b[%row, %x] : !block
    // CHECK-NEXT: [[ORDER:%\w+]] = ttkernel.compare_floats(%found, [[BITS:%\w+]])
    %number = ttl.element_constant 1.5 : f64
    %order = ttl.compare_elements %found, %number
    %again = arith.addi %order, %x : i32
    // CHECK: ttl.cb_push %b_cb
    ttl.cb_push %b_cb : !cb
    ttl.cb_pop %a_cb : !cb
  }
}

// Rows are padded to 64 bytes, 32 elements. What may be outside of the block is asserted to be inside; 16 bits without a
// sign are an index as they are.
// CHECK-LABEL: ttl.kernel @rows
ttl.kernel @rows grid [8, 1] on "wormhole_b0" {
  %a_cb = ttl.create_cb "a_cb" : !rows_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    // CHECK-DAG: [[PITCH:%\w+]] = arith.constant 32 : i32
    %column = arith.constant 7 : i32
    %x = ttl.core_x
    %a = ttl.cb_wait %a_cb : !rows_cb -> !rows_block
    // CHECK: [[INSIDE:%\w+]] = arith.cmpi ult, %x, [[SIZE:%\w+]] : i32
    // CHECK-NEXT: ttl.assert [[INSIDE]], "coordinate 0 is {}, outside of the block of a_cb, 4x20 elements", %x : i32 {code = "TTL0816"}
    // CHECK-NEXT: [[ROW:%\w+]] = arith.muli %x, [[PITCH]] : i32
    // CHECK-NEXT: [[PLACE:%\w+]] = arith.addi [[ROW]], %column : i32
    // CHECK-NEXT: %index = ttkernel.load_element(%a_elements, [[PLACE]])
    // CHECK-NEXT: [[SUM:%\w+]] = arith.addi %index, %x : i32
    %index = ttl.load_index %a[%x, %column] : !rows_block
    %sum = arith.addi %index, %x : i32
    ttl.cb_pop %a_cb : !rows_cb
  }
}
