// RUN: ttlang-opt %s -p ttl-lower-data-movement | filecheck %s

!tile = !ttcore.tile<32x32, bf16>
!tensor = !ttcore.tensor<[64, 48], !tile, dram>
!one_cb = !ttl.cb<[1, 1], !tile, 2>
!one = !ttl.block<[1, 1], !tile>
!one_slice = !ttl.slice<[1, 1], !tile>
!row_cb = !ttl.cb<[1, 3], !tile, 2>
!row = !ttl.block<[1, 3], !tile>
!row_slice = !ttl.slice<[1, 3], !tile>
!column_cb = !ttl.cb<[3, 1], !tile, 2>
!column = !ttl.block<[3, 1], !tile>
!column_slice = !ttl.slice<[3, 1], !tile>
!cb = !ttl.cb<[2, 3], !tile, 2>
!block = !ttl.block<[2, 3], !tile>
!slice = !ttl.slice<[2, 3], !tile>

// No loop over one tile, one loop over a row or a column. The tensor is 48 tiles wide; what is constant is folded. One
// accessor serves the thread, and one question for each buffer's tile size.
// CHECK-LABEL: ttl.kernel @shapes
ttl.kernel @shapes grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !one_cb
  %b_cb = ttl.create_cb "b_cb" : !row_cb
  %c_cb = ttl.create_cb "c_cb" : !column_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    // CHECK-DAG: %five = arith.constant 5 : i32
    // CHECK-DAG: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-DAG: [[C1:%\w+]] = arith.constant 1 : i32
    // CHECK-DAG: [[C3:%\w+]] = arith.constant 3 : i32
    // CHECK-DAG: [[C48:%\w+]] = arith.constant 48 : i32
    // CHECK-DAG: [[C240:%\w+]] = arith.constant 240 : i32
    // CHECK-DAG: %a_tile_bytes = ttkernel.get_tile_size(@a_cb)
    // CHECK-DAG: %b_tile_bytes = ttkernel.get_tile_size(@b_cb)
    // CHECK-DAG: %c_tile_bytes = ttkernel.get_tile_size(@c_cb)
    // CHECK: %x_args = ttkernel.TensorAccessorArgs(@x)
    // CHECK-NEXT: %x_address = ttkernel.get_common_arg_val(0)
    // CHECK-NEXT: [[X:%\w+]] = ttkernel.TensorAccessor(%x_args, %x_address)
    // CHECK-NEXT: %place = ttl.core_x
    %five = arith.constant 5 : i32
    %place = ttl.core_x
    %s = ttl.tensor_slice %x[%five, %place] : !tensor -> !one_slice
    // CHECK-NEXT: ttl.cb_reserve %a_cb
    %a = ttl.cb_reserve %a_cb : !one_cb -> !one
    // CHECK-NEXT: %a_ptr = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: [[PAGE:%\w+]] = arith.addi [[C240]], %place : i32
    // CHECK-NEXT: ttkernel.noc_async_read_page([[PAGE]], [[X]], %a_ptr)
    %h = ttl.copy %s to %a : !one_slice to !one -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttkernel.noc_async_read_barrier()
    ttl.dma_barrier read
    // CHECK-NEXT: ttl.cb_push
    ttl.cb_push %a_cb : !one_cb
    %t = ttl.tensor_slice %x[%five, %five] : !tensor -> !row_slice
    %b = ttl.cb_reserve %b_cb : !row_cb -> !row
    // CHECK: %b_ptr = ttkernel.get_write_ptr(@b_cb)
    // CHECK-NEXT: scf.for [[C:%\w+]] = [[C0]] to [[C3]] step [[C1]] : i32 {
    // CHECK-NEXT:   [[PLACE:%\w+]] = arith.addi %five, [[C]] : i32
    // CHECK-NEXT:   [[PAGE:%\w+]] = arith.addi [[C240]], [[PLACE]] : i32
    // CHECK-NEXT:   [[BYTES:%\w+]] = arith.muli [[C]], %b_tile_bytes : i32
    // CHECK-NEXT:   [[TO:%\w+]] = arith.addi %b_ptr, [[BYTES]] : i32
    // CHECK-NEXT:   ttkernel.noc_async_read_page([[PAGE]], [[X]], [[TO]])
    // CHECK-NEXT: }
    %i = ttl.copy %t to %b : !row_slice to !row -> !ttl.transfer_handle<read>
    %u = ttl.tensor_slice %x[%place, %five] : !tensor -> !column_slice
    %c = ttl.cb_reserve %c_cb : !column_cb -> !column
    // CHECK: %c_ptr = ttkernel.get_write_ptr(@c_cb)
    // CHECK-NEXT: scf.for [[R:%\w+]] = [[C0]] to [[C3]] step [[C1]] : i32 {
    // CHECK-NEXT:   [[ROW:%\w+]] = arith.addi %place, [[R]] : i32
    // CHECK-NEXT:   [[BEFORE:%\w+]] = arith.muli [[ROW]], [[C48]] : i32
    // CHECK-NEXT:   [[PAGE:%\w+]] = arith.addi [[BEFORE]], %five : i32
    // CHECK-NEXT:   [[BYTES:%\w+]] = arith.muli [[R]], %c_tile_bytes : i32
    // CHECK-NEXT:   [[TO:%\w+]] = arith.addi %c_ptr, [[BYTES]] : i32
    // CHECK-NEXT:   ttkernel.noc_async_read_page([[PAGE]], [[X]], [[TO]])
    // CHECK-NEXT: }
    %j = ttl.copy %u to %c : !column_slice to !column -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttkernel.noc_async_read_barrier()
    ttl.dma_barrier read
    ttl.cb_push %b_cb : !row_cb
    ttl.cb_push %c_cb : !column_cb
    // CHECK-NOT: ttl.tensor_slice
    // CHECK: }
  }
}

// A block of rows and columns, from a place that a loop computes. The accessor stands before the loop.
// CHECK-LABEL: ttl.kernel @loop
ttl.kernel @loop grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %x_cb = ttl.create_cb "x_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %ten = arith.constant 10 : i32
    // CHECK-DAG: [[C2:%\w+]] = arith.constant 2 : i32
    // CHECK-DAG: [[C3:%\w+]] = arith.constant 3 : i32
    // CHECK-DAG: [[C48:%\w+]] = arith.constant 48 : i32
    // CHECK: [[X:%\w+]] = ttkernel.TensorAccessor(%x_args, %x_address)
    // CHECK-NEXT: scf.for %k = %zero to %ten step %one : i32 {
    scf.for %k = %zero to %ten step %one : i32 {
      // CHECK-NEXT: %row = arith.addi %k, %k : i32
      %row = arith.addi %k, %k : i32
      %s = ttl.tensor_slice %x[%row, %k] : !tensor -> !slice
      // CHECK-NEXT: ttl.cb_reserve
      %a = ttl.cb_reserve %x_cb : !cb -> !block
      // CHECK-NEXT: %x_ptr = ttkernel.get_write_ptr(@x_cb)
      // CHECK-NEXT: scf.for [[R:%\w+]] = %zero to [[C2]] step %one : i32 {
      // CHECK-NEXT:   scf.for [[C:%\w+]] = %zero to [[C3]] step %one : i32 {
      // CHECK-NEXT:     [[ROW:%\w+]] = arith.addi %row, [[R]] : i32
      // CHECK-NEXT:     [[BEFORE:%\w+]] = arith.muli [[ROW]], [[C48]] : i32
      // CHECK-NEXT:     [[COLUMN:%\w+]] = arith.addi %k, [[C]] : i32
      // CHECK-NEXT:     [[PAGE:%\w+]] = arith.addi [[BEFORE]], [[COLUMN]] : i32
      // CHECK-NEXT:     [[ROWS:%\w+]] = arith.muli [[R]], [[C3]] : i32
      // CHECK-NEXT:     [[TILE:%\w+]] = arith.addi [[ROWS]], [[C]] : i32
      // CHECK-NEXT:     [[BYTES:%\w+]] = arith.muli [[TILE]], %x_tile_bytes : i32
      // CHECK-NEXT:     [[TO:%\w+]] = arith.addi %x_ptr, [[BYTES]] : i32
      // CHECK-NEXT:     ttkernel.noc_async_read_page([[PAGE]], [[X]], [[TO]])
      // CHECK-NEXT:   }
      // CHECK-NEXT: }
      %h = ttl.copy %s to %a : !slice to !block -> !ttl.transfer_handle<read>
      // CHECK-NEXT: ttkernel.noc_async_read_barrier()
      ttl.dma_barrier read
      ttl.cb_push %x_cb : !cb
    }
  }
}

// Arguments are in the order in which tensors are first used, whatever their order in the call. A window that is read
// twice is no matter; writes read from the front of their buffer.
// CHECK-LABEL: ttl.kernel @tensors
ttl.kernel @tensors grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %y = ttl.tensor_accessor "y" at 1 : !tensor
  %z = ttl.tensor_accessor "z" at 2 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !one_cb
  %b_cb = ttl.create_cb "b_cb" : !one_cb
  // CHECK: ttl.datamovement_thread @both
  ttl.datamovement_thread @both {
    // CHECK: %z_args = ttkernel.TensorAccessorArgs(@z)
    // CHECK-NEXT: %z_address = ttkernel.get_common_arg_val(0)
    // CHECK-NEXT: [[Z:%\w+]] = ttkernel.TensorAccessor(%z_args, %z_address)
    // CHECK-NEXT: %x_args = ttkernel.TensorAccessorArgs(@x)
    // CHECK-NEXT: %x_address = ttkernel.get_common_arg_val(1)
    // CHECK-NEXT: [[X:%\w+]] = ttkernel.TensorAccessor(%x_args, %x_address)
    %zero = arith.constant 0 : i32
    %s = ttl.tensor_slice %z[%zero, %zero] : !tensor -> !one_slice
    // CHECK-NEXT: ttl.cb_reserve %a_cb
    // CHECK-NEXT: %a_ptr = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: ttkernel.noc_async_read_page(%zero, [[Z]], %a_ptr)
    %a = ttl.cb_reserve %a_cb : !one_cb -> !one
    %h = ttl.copy %s to %a : !one_slice to !one -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttl.cb_reserve %b_cb
    // CHECK-NEXT: %b_ptr = ttkernel.get_write_ptr(@b_cb)
    // CHECK-NEXT: ttkernel.noc_async_read_page(%zero, [[Z]], %b_ptr)
    %b = ttl.cb_reserve %b_cb : !one_cb -> !one
    %i = ttl.copy %s to %b : !one_slice to !one -> !ttl.transfer_handle<read>
    // CHECK-NEXT: ttkernel.noc_async_read_barrier()
    ttl.dma_barrier read
    ttl.cb_push %a_cb : !one_cb
    ttl.cb_push %b_cb : !one_cb
    // CHECK: %c = ttl.cb_wait %b_cb
    %c = ttl.cb_wait %b_cb : !one_cb -> !one
    %t = ttl.tensor_slice %x[%zero, %zero] : !tensor -> !one_slice
    // CHECK-NEXT: [[P:%\w+]] = ttkernel.get_read_ptr(@b_cb)
    // CHECK-NEXT: ttkernel.noc_async_write_page(%zero, [[X]], [[P]])
    %j = ttl.copy %c to %t : !one to !one_slice -> !ttl.transfer_handle<write>
    // CHECK-NEXT: ttkernel.noc_async_write_barrier()
    ttl.dma_barrier write
    ttl.cb_pop %b_cb : !one_cb
  }
}

// Leading dimensions are flattened: the page is ((first * 4 + 3) * 6 + row) * 8 + column.
// CHECK-LABEL: ttl.kernel @dimensions
!deep = !ttcore.tensor<[5, 4, 6, 8], !tile, dram>
!deep_slice = !ttl.slice<[1, 1, 1, 1], !tile>
ttl.kernel @dimensions grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !deep
  %a_cb = ttl.create_cb "a_cb" : !one_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    // CHECK: %first = ttl.core_x
    %first = ttl.core_x
    %row = ttl.core_y
    %three = arith.constant 3 : i32
    %s = ttl.tensor_slice %x[%first, %three, %row, %three] : !deep -> !deep_slice
    %a = ttl.cb_reserve %a_cb : !one_cb -> !one
    // CHECK: %a_ptr = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: [[A:%\w+]] = arith.muli %first, [[C4:%\w+]] : i32
    // CHECK-NEXT: [[B:%\w+]] = arith.addi [[A]], [[C3:%\w+]] : i32
    // CHECK-NEXT: [[C:%\w+]] = arith.muli [[B]], [[C6:%\w+]] : i32
    // CHECK-NEXT: [[D:%\w+]] = arith.addi [[C]], %row : i32
    // CHECK-NEXT: [[E:%\w+]] = arith.muli [[D]], [[C8:%\w+]] : i32
    // CHECK-NEXT: [[PAGE:%\w+]] = arith.addi [[E]], [[C3]] : i32
    // CHECK-NEXT: ttkernel.noc_async_read_page([[PAGE]], [[X:%\w+]], %a_ptr)
    %h = ttl.copy %s to %a : !deep_slice to !one -> !ttl.transfer_handle<read>
    ttl.dma_barrier read
    ttl.cb_push %a_cb : !one_cb
  }
}

// A shard in one call.
// CHECK-LABEL: ttl.kernel @shards
!sharded = !ttcore.tensor<[8, 3], !tile, l1, #ttcore.shards<height, [2, 3], row_major, [0, 0, 3, 0]>>
ttl.kernel @shards grid [4, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !sharded
  %a_cb = ttl.create_cb "a_cb" : !cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @both {
    %place = ttl.core_x
    %s = ttl.tensor_shard %x[%place] : !sharded -> !slice
    %a = ttl.cb_reserve %a_cb : !cb -> !block
    // CHECK: %a_ptr = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: ttkernel.noc_async_read_shard(%place, [[X:%\w+]], %a_ptr)
    // CHECK-NEXT: ttkernel.noc_async_read_barrier()
    %h = ttl.copy %s to %a : !slice to !block -> !ttl.transfer_handle<read>
    ttl.dma_barrier read
    // CHECK: %a_ptr_1 = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: ttkernel.noc_async_write_shard(%place, [[X]], %a_ptr_1)
    %t = ttl.tensor_shard %x[%place] : !sharded -> !slice
    %g = ttl.copy %a to %t : !block to !slice -> !ttl.transfer_handle<write>
    ttl.dma_barrier write
    ttl.cb_push %a_cb : !cb
  }
}

// A slice of a sharded tensor: what one shard holds in one piece goes as one transfer. Here rows lie in two
// shards each, so two rows of a shard do not follow each other in the block.
// CHECK-LABEL: ttl.kernel @pieces
!blocks = !ttcore.tensor<[8, 6], !tile, l1, #ttcore.shards<block, [2, 3], row_major, [0, 0, 1, 3]>>
!four_cb = !ttl.cb<[4, 6], !tile, 2>
!four = !ttl.block<[4, 6], !tile>
!four_slice = !ttl.slice<[4, 6], !tile>
ttl.kernel @pieces grid [4, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !blocks
  %a_cb = ttl.create_cb "a_cb" : !four_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    // CHECK-DAG: [[C0:%\w+]] = arith.constant 0 : i32
    // CHECK-DAG: [[C3:%\w+]] = arith.constant 3 : i32
    // CHECK-DAG: [[C6:%\w+]] = arith.constant 6 : i32
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    %eight = arith.constant 8 : i32
    // CHECK: scf.for %r = [[C0]] to %eight step %four : i32 {
    scf.for %r = %zero to %eight step %four : i32 {
      %s = ttl.tensor_slice %x[%r, %zero] : !blocks -> !four_slice
      %a = ttl.cb_reserve %a_cb : !four_cb -> !four
      // CHECK: scf.for [[R:%\w+]] = [[C0]] to %four step %one : i32 {
      // CHECK-NEXT: scf.for [[C:%\w+]] = [[C0]] to [[C6]] step [[C3]] : i32 {
      // CHECK: ttkernel.noc_async_read_run({{%\w+}}, {{%\w+}}, {{%\w+}}, 3)
      %h = ttl.copy %s to %a : !four_slice to !four -> !ttl.transfer_handle<read>
      ttl.dma_barrier read
      ttl.cb_push %a_cb : !four_cb
    }
  }
}

// Row-major: a part of each row, whose place in L1 is padded to 64 bytes.
// CHECK-LABEL: ttl.kernel @rows
!scalar = !ttcore.scalar<f32>
!rows = !ttcore.tensor<[5, 9, 100], !scalar, dram>
!rows_cb = !ttl.cb<[3, 20], !scalar, 2>
ttl.kernel @rows grid [4, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !rows
  %a_cb = ttl.create_cb "a_cb" : !rows_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @both {
    // CHECK-DAG: [[C9:%\w+]] = arith.constant 9 : i32
    // CHECK-DAG: [[C4:%\w+]] = arith.constant 4 : i32
    // CHECK-DAG: [[C128:%\w+]] = arith.constant 128 : i32
    // CHECK: [[X:%\w+]] = ttkernel.TensorAccessor(
    // CHECK: %first = ttl.core_x
    %first = ttl.core_x
    %column = ttl.core_y
    %two = arith.constant 2 : i32
    %s = ttl.tensor_slice %x[%first, %two, %column] : !rows -> !ttl.slice<[1, 3, 20], !scalar>
    %a = ttl.cb_reserve %a_cb : !rows_cb -> !ttl.block<[3, 20], !scalar>
    // CHECK: %a_ptr = ttkernel.get_write_ptr(@a_cb)
    // CHECK-NEXT: [[MATRIX:%\w+]] = arith.muli %first, [[C9]] : i32
    // CHECK-NEXT: %row = arith.addi [[MATRIX]], %two : i32
    // CHECK-NEXT: [[OFFSET:%\w+]] = arith.muli %column, [[C4]] : i32
    // CHECK-NEXT: scf.for [[R:%\w+]] =
    // CHECK-NEXT:   [[DOWN:%\w+]] = arith.muli [[R]], [[C128]] : i32
    // CHECK-NEXT:   [[ADDRESS:%\w+]] = arith.addi %a_ptr, [[DOWN]] : i32
    // CHECK-NEXT:   [[PAGE:%\w+]] = arith.addi %row, [[R]] : i32
    // CHECK-NEXT:   ttkernel.noc_async_read_row([[PAGE]], [[X]], [[OFFSET]], [[ADDRESS]], 80)
    %h = ttl.copy %s to %a : !ttl.slice<[1, 3, 20], !scalar> to !ttl.block<[3, 20], !scalar> -> !ttl.transfer_handle<read>
    ttl.dma_barrier read
    // CHECK: ttkernel.noc_async_write_row({{%\w+}}, [[X]], {{%\w+}}, {{%\w+}}, 80)
    %g = ttl.copy %a to %s : !ttl.block<[3, 20], !scalar> to !ttl.slice<[1, 3, 20], !scalar> -> !ttl.transfer_handle<write>
    ttl.dma_barrier write
    ttl.cb_push %a_cb : !rows_cb
  }
}

// Places without a name get one that C++ can show: by what they are of all slices. Not where something else reads them.
// CHECK-LABEL: ttl.kernel @names
ttl.kernel @names grid [1, 1] on "wormhole_b0" {
  %x = ttl.tensor_accessor "x" at 0 : !tensor
  %a_cb = ttl.create_cb "a_cb" : !one_cb
  // CHECK: ttl.datamovement_thread
  ttl.datamovement_thread @read {
    %two = arith.constant 2 : i32
    %x_place = ttl.core_x
    %y_place = ttl.core_y
    // CHECK: %first_row = arith.muli %x_place, %two : i32
    // CHECK-NEXT: %first_column = arith.muli %y_place, %two : i32
    // CHECK-NEXT: %inner = arith.addi %x_place, %y_place : i32
    // CHECK-NEXT: %author = arith.muli %x_place, %x_place : i32
    // CHECK-NEXT: [[ELSE:%[0-9]+]] = arith.muli %y_place, %y_place : i32
    // CHECK-NEXT: ttl.print
    %0 = arith.muli %x_place, %two : i32
    %1 = arith.muli %y_place, %two : i32
    %2 = arith.addi %x_place, %y_place : i32
    %author = arith.muli %x_place, %x_place : i32
    %3 = arith.muli %y_place, %y_place : i32
    ttl.print "{}", %3 : i32
    %s = ttl.tensor_slice %x[%0, %2] : !tensor -> !one_slice
    %t = ttl.tensor_slice %x[%2, %1] : !tensor -> !one_slice
    %u = ttl.tensor_slice %x[%author, %3] : !tensor -> !one_slice
    %a = ttl.cb_reserve %a_cb : !one_cb -> !one
    %h = ttl.copy %s to %a : !one_slice to !one -> !ttl.transfer_handle<read>
    %i = ttl.copy %t to %a : !one_slice to !one -> !ttl.transfer_handle<read>
    %j = ttl.copy %u to %a : !one_slice to !one -> !ttl.transfer_handle<read>
    ttl.dma_barrier read
    ttl.cb_push %a_cb : !one_cb
  }
}

// What may pass the end is cut there, and the rest of the block gets zeros: behind the rows inside in one piece, behind
// the columns inside row by row. Rows that surely lie inside are gone through as ever.
// CHECK-LABEL: ttl.kernel @ends
!ends = !ttcore.tensor<[5, 48], !tile, dram>
ttl.kernel @ends grid [2, 1] on "wormhole_b0" attributes {pad} {
  %x = ttl.tensor_accessor "x" at 0 : !ends
  %a_cb = ttl.create_cb "a_cb" : !cb
  ttl.datamovement_thread @read {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %two = arith.constant 2 : i32
    %five = arith.constant 5 : i32
    %edge = arith.constant 47 : i32
    // CHECK: [[C3:%\w+]] = arith.constant 3 : i32
    // CHECK-NEXT: [[C48:%\w+]] = arith.constant 48 : i32
    // CHECK: scf.for %r = %zero to %five step %two : i32 {
    scf.for %r = %zero to %five step %two : i32 {
      // CHECK: %a_ptr = ttkernel.get_write_ptr(@a_cb)
      // CHECK-NEXT: [[LEFT:%\w+]] = arith.subi %five, %r : i32
      // CHECK-NEXT: %rows_inside = arith.minsi [[LEFT]], %two : i32
      // CHECK-NEXT: scf.for {{%\w+}} = %zero to %rows_inside step %one : i32 {
      // CHECK-NEXT:   scf.for {{%\w+}} = %zero to [[C3]] step %one : i32 {
      // CHECK:          ttkernel.noc_async_read_page(
      // CHECK:      [[ENDS:%\w+]] = arith.cmpi slt, %rows_inside, %two : i32
      // CHECK-NEXT: scf.if [[ENDS]] {
      // CHECK-NEXT:   %row_bytes = arith.muli [[C3]], %a_tile_bytes : i32
      // CHECK-NEXT:   [[BEFORE:%\w+]] = arith.muli %rows_inside, %row_bytes : i32
      // CHECK-NEXT:   [[ADDRESS:%\w+]] = arith.addi %a_ptr, [[BEFORE]] : i32
      // CHECK-NEXT:   [[ROWS:%\w+]] = arith.subi %two, %rows_inside : i32
      // CHECK-NEXT:   [[SIZE:%\w+]] = arith.muli [[ROWS]], %row_bytes : i32
      // CHECK-NEXT:   ttkernel.noc_async_read_zeros([[ADDRESS]], [[SIZE]])
      // CHECK-NEXT: }
      // CHECK-NEXT: ttkernel.noc_async_read_barrier()
      %s = ttl.tensor_slice %x[%r, %zero] : !ends -> !slice
      %a = ttl.cb_reserve %a_cb : !cb -> !block
      %h = ttl.copy %s to %a : !slice to !block -> !ttl.transfer_handle<read>
      ttl.dma_barrier read
      ttl.cb_push %a_cb : !cb
    }
    %place = ttl.core_x
    %column = arith.addi %place, %edge : i32
    %t = ttl.tensor_slice %x[%one, %column] : !ends -> !slice
    // CHECK: [[LEFT:%\w+]] = arith.subi [[C48]], %column : i32
    // CHECK-NEXT: %columns_inside = arith.minsi [[LEFT]], [[C3]] : i32
    // CHECK-NEXT: scf.for {{%\w+}} = %zero to %two step %one : i32 {
    // CHECK-NEXT:   scf.for {{%\w+}} = %zero to %columns_inside step %one : i32 {
    // CHECK:          ttkernel.noc_async_read_page(
    // CHECK:      [[ENDS:%\w+]] = arith.cmpi slt, %columns_inside, [[C3]] : i32
    // CHECK-NEXT: scf.if [[ENDS]] {
    // CHECK-NEXT:   scf.for [[R:%\w+]] = %zero to %two step %one : i32 {
    // CHECK-NEXT:     [[ROW:%\w+]] = arith.muli [[R]], [[C3]] : i32
    // CHECK-NEXT:     [[PLACE:%\w+]] = arith.addi [[ROW]], %columns_inside : i32
    // CHECK:          ttkernel.noc_async_read_zeros(
    %b = ttl.cb_reserve %a_cb : !cb -> !block
    %i = ttl.copy %t to %b : !slice to !block -> !ttl.transfer_handle<read>
    ttl.dma_barrier read
    ttl.cb_push %a_cb : !cb
  }
}
