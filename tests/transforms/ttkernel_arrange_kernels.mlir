// RUN: ttlang-opt %s -p ttkernel-arrange-kernels | filecheck %s
// RUN: ttlang-opt %s -p ttkernel-arrange-kernels,ttkernel-arrange-kernels | filecheck %s
// RUN: ttlang-opt %s -p ttkernel-arrange-kernels -t tt-metal | filecheck %s --check-prefix=CPP
// RUN: ttlang-opt %s -t tt-metal | filecheck %s --check-prefix=CPP

ttkernel.program @arranged grid [1, 1] on "blackhole" {
  ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @x_cb 0 pages 4 of <32x32, bf16> at 111104
  ttkernel.kernel @read on reader attributes {tensors = [@x], core_args = ["first"], core_values = [array<i32: 1>]} {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    ttkernel.cb_reserve_back(@x_cb, 4)
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %accessor = ttkernel.TensorAccessor(%args, %address)
    %first = ttkernel.get_arg_val(0)
    %pointer = ttkernel.get_write_ptr(@x_cb)
    %end = scf.for %i = %zero to %four step %one iter_args(%page = %first) -> (i32) : i32 {
      %bytes = arith.constant 2048 : i32
      %offset = arith.muli %i, %bytes : i32
      %place = arith.addi %pointer, %offset : i32
      ttkernel.noc_async_read_page(%page, %accessor, %place)
      %next = arith.addi %page, %one : i32
      %unused = arith.addi %i, %one : i32
      scf.yield %next : i32
    }
    ttkernel.noc_async_read_page(%end, %accessor, %pointer)
  }
}

// What the host hands over comes first. What is used once stands in place, and what nobody uses nowhere: neither has a
// name. What the loop carries is a variable; a line is shown where another begins.
// CHECK:      ttkernel.kernel @read on reader
// CHECK-NEXT:   %args = ttkernel.TensorAccessorArgs(@x){{$}}
// CHECK-NEXT:   %first = ttkernel.get_arg_val(0) {ttkernel.names = ["first"]}
// CHECK-NEXT:   %address = ttkernel.get_common_arg_val(0) {ttkernel.names = ["x_address"]}
// CHECK-NEXT:   %accessor = ttkernel.TensorAccessor(%args, %address) {ttkernel.names = ["x"]}
// CHECK:        ttkernel.cb_reserve_back(@x_cb, 4) {ttkernel.body, ttkernel.line}
// CHECK-NEXT:   %pointer = ttkernel.get_write_ptr(@x_cb) {ttkernel.names = ["pointer"], ttkernel.line}
// CHECK-NEXT:   %end = scf.for
// CHECK-NEXT:     %bytes = arith.constant 2048 : i32
// CHECK-NEXT:     %offset = arith.muli %i, %bytes : i32
// CHECK-NEXT:     %place = arith.addi %pointer, %offset : i32
// CHECK-NEXT:     ttkernel.noc_async_read_page(%page, %accessor, %place) {ttkernel.line}
// CHECK-NEXT:     %next = arith.addi %page, %one : i32
// CHECK-NEXT:     %unused = arith.addi %i, %one : i32
// CHECK-NEXT:     scf.yield %next : i32
// CHECK-NEXT:   } {ttkernel.names = ["i", "i", "j", "k", "l", "m", "n", "index"], ttkernel.variables = ["0: page"], ttkernel.line}
// CHECK-NEXT:   ttkernel.noc_async_read_page(%end, %accessor, %pointer) {ttkernel.line}

// The text is the same with the pass and without.
// CPP:      const int32_t first = get_arg_val<int32_t>(0);
// CPP-NEXT: const uint32_t x_address = get_common_arg_val<uint32_t>(0);
// CPP-NEXT: const auto x = TensorAccessor(x_args, x_address);
// CPP-EMPTY:
// CPP-NEXT: // {{.*}}cb_reserve_back
// CPP-NEXT: cb_reserve_back(x_cb, 4);
// CPP:      const uint32_t pointer = get_write_ptr(x_cb);
// CPP:      int32_t page = first;
// CPP-NEXT: for (int32_t i = 0; i < 4; ++i) {
// CPP:        noc_async_read_page(page, x, pointer + i * 2048);
// CPP-NEXT:   ++page;
// CPP-NEXT: }
// CPP:      noc_async_read_page(page, x, pointer);
