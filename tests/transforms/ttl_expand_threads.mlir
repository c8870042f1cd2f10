// RUN: ttlang-opt %s -p ttl-expand-threads | filecheck %s
// RUN: ttlang-opt %s -p 'ttl-expand-threads{metal_api="0.69"}' | filecheck %s --check-prefix=OLDER

!bf16 = !ttcore.tile<32x32, bf16>
!f32 = !ttcore.tile<32x32, f32>

// The resources become what the host configures. 32-bit data goes to a 32-bit DST unshortened.
// CHECK: ttkernel.program @everything grid [2, 2] on "blackhole" attributes {fp32_dest_acc_en = true, dst_full_sync_en = true, math_fidelity = "HiFi2", math_approx_mode = true} {
// CHECK-NEXT: ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
// CHECK-NEXT: ttkernel.tensor @y at 1 : <[8, 4], !ttcore.tile<32x32, f32>, l1>
// CHECK-NEXT: ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 111104{{$}}
// CHECK-NEXT: ttkernel.circular_buffer @b_cb 1 pages 3 of <32x32, f32> at 127488 {unpack_to_dest_fp32 = true}
ttl.kernel @everything grid [2, 2] on "blackhole" attributes {fp32_dest_acc_en = true, dst_full_sync_en = true, math_fidelity = "HiFi2", math_approx_mode = true} {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !bf16, dram>
  %y = ttl.tensor_accessor "y" at 1 : !ttcore.tensor<[8, 4], !f32, l1>
  %a_cb = ttl.create_cb "a_cb" {buffer_index = 0 : i64, address = 111104 : i64} : !ttl.cb<[2, 2], !bf16, 2>
  %b_cb = ttl.create_cb "b_cb" {buffer_index = 1 : i64, address = 127488 : i64} : !ttl.cb<[1, 1], !f32, 3>
  %first = ttl.core_argument "first" [1, 2, 3, 4]
  %second = ttl.core_argument "second" [5, 6, 7, 8]
  %third = ttl.core_argument "third" [9, 9, 9, 9]
  // Threads keep their order. A per-core integer is an argument of each thread that uses it, in loops as well; one that
  // nobody uses is none's.
  // CHECK-NEXT: ttkernel.kernel @calculate on compute attributes {core_args = ["first"], core_values = [array<i32: 1, 2, 3, 4>]} {
  // CHECK-NEXT:   %zero = arith.constant 0 : i32
  // CHECK-NEXT:   [[FIRST:%\w+]] = ttkernel.get_arg_val(0)
  // CHECK-NEXT:   %column = ttkernel.my_logical_x_
  // CHECK-NEXT:   %row = ttkernel.my_logical_y_
  // CHECK-NEXT:   scf.for %i = %zero to [[FIRST]] step [[FIRST]] : i32 {
  ttl.compute_thread @calculate {
    %zero = arith.constant 0 : i32
    %column = ttl.core_x
    %row = ttl.core_y
    scf.for %i = %zero to %first step %first : i32 {
      ttkernel.cb_wait_front(@a_cb, 4)
    }
  }
  // The first data movement thread reads, on NOC 0; its tensors are in the order of their arguments.
  // CHECK: ttkernel.kernel @one on reader attributes {tensors = [@y, @x], core_args = ["first", "second"], core_values = [array<i32: 1, 2, 3, 4>, array<i32: 5, 6, 7, 8>]} {
  // CHECK-NEXT:   [[A:%\w+]] = ttkernel.get_arg_val(1)
  // CHECK-NEXT:   [[B:%\w+]] = ttkernel.get_arg_val(0)
  // CHECK-NEXT:   ttkernel.TensorAccessorArgs(@y)
  // CHECK:        arith.addi [[A]], [[B]] : i32
  ttl.datamovement_thread @one {
    %y_args = ttkernel.TensorAccessorArgs(@y)
    %y_address = ttkernel.get_common_arg_val(0)
    %y_accessor = ttkernel.TensorAccessor(%y_args, %y_address)
    %x_args = ttkernel.TensorAccessorArgs(@x)
    %x_address = ttkernel.get_common_arg_val(1)
    %x_accessor = ttkernel.TensorAccessor(%x_args, %x_address)
    %sum = arith.addi %second, %first : i32
    ttkernel.noc_async_write_page(%sum, %y_accessor, %sum)
    ttkernel.noc_async_write_page(%sum, %x_accessor, %sum)
    ttkernel.noc_async_write_barrier()
  }
  // The second writes, on NOC 1, whatever it does.
  // CHECK: ttkernel.kernel @two on writer {
  ttl.datamovement_thread @two {
    ttkernel.cb_reserve_back(@a_cb, 4)
    ttkernel.cb_push_back(@a_cb, 4)
  }
  // CHECK-NOT: third
  // CHECK-NOT: ttl.
}

// A data movement thread alone writes if it reads nothing.
// CHECK: ttkernel.program @only_writes
ttl.kernel @only_writes grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !bf16, dram>
  // A 16-bit DST takes no 32-bit data.
  // CHECK: ttkernel.circular_buffer @a_cb 0 pages 4 of <32x32, f32> at 105856{{$}}
  %a_cb = ttl.create_cb "a_cb" {buffer_index = 0 : i64, address = 105856 : i64} : !ttl.cb<[2, 2], !f32, 1>
  // CHECK: ttkernel.kernel @alone on writer attributes {tensors = [@x]} {
  ttl.datamovement_thread @alone {
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %accessor = ttkernel.TensorAccessor(%args, %address)
    ttkernel.cb_wait_front(@a_cb, 4)
    %from = ttkernel.get_read_ptr(@a_cb)
    ttkernel.noc_async_write_page(%from, %accessor, %from)
    ttkernel.noc_async_write_barrier()
    ttkernel.cb_pop_front(@a_cb, 4)
  }
}

// One that reads and writes is the reader.
// CHECK: ttkernel.program @reads_and_writes
ttl.kernel @reads_and_writes grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
  %x = ttl.tensor_accessor "x" at 0 : !ttcore.tensor<[8, 8], !bf16, dram>
  %a_cb = ttl.create_cb "a_cb" {buffer_index = 0 : i64, address = 105856 : i64} : !ttl.cb<[2, 2], !f32, 1>
  // CHECK: ttkernel.kernel @alone on reader attributes {tensors = [@x]} {
  ttl.datamovement_thread @alone {
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %accessor = ttkernel.TensorAccessor(%args, %address)
    %from = ttkernel.get_read_ptr(@a_cb)
    ttkernel.noc_async_write_page(%from, %accessor, %from)
    ttkernel.noc_async_write_barrier()
    ttkernel.noc_async_read_page(%from, %accessor, %from)
    ttkernel.noc_async_read_barrier()
  }
}

// Prints and assertions stay where they are, in threads of either kind.
// CHECK: ttkernel.program @messages
ttl.kernel @messages grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = false, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
  // CHECK: ttkernel.kernel @calculate on compute {
  ttl.compute_thread @calculate {
    %x = ttl.core_x
    %holds = arith.cmpi eq, %x, %x : i32
    // CHECK: ttkernel.dprint("column {}\\n", %x : i32)
    ttl.print "column {}\\n", %x : i32
    // CHECK-NEXT: ttkernel.assert(%holds, "is {}", %x : i32)
    ttl.assert %holds, "is {}", %x : i32
    // CHECK-NEXT: ttkernel.assert(%holds, "")
    ttl.assert %holds, ""
  }
  // CHECK: ttkernel.kernel @move on writer {
  ttl.datamovement_thread @move {
    // CHECK-NEXT: ttkernel.dprint("here\\n")
    ttl.print "here\\n"
  }
}

// A program for another generation of the kernel API than the newest names it.
// OLDER: ttkernel.program @messages {{.*}} attributes {metal_api = "0.69"}

// A call that is as accurate as a 32-bit DST only behind a macro gives it to its kernel, where DST is that wide.
// CHECK: ttkernel.program @wide
// CHECK: ttkernel.kernel @calculate on compute attributes {defines = ["INP_FLOAT32"]} {
ttl.kernel @wide grid [1, 1] on "blackhole" attributes {fp32_dest_acc_en = true, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
  ttl.compute_thread @calculate {
    %zero = arith.constant 0 : i32
    ttkernel.erf_tile(%zero)
    ttkernel.gelu_tile(%zero)
  }
}

// CHECK: ttkernel.program @narrow
// CHECK: ttkernel.kernel @calculate on compute {
ttl.kernel @narrow grid [1, 1] on "blackhole" attributes {fp32_dest_acc_en = false, dst_full_sync_en = false, math_fidelity = "HiFi4", math_approx_mode = false} {
  ttl.compute_thread @calculate {
    %zero = arith.constant 0 : i32
    ttkernel.erf_tile(%zero)
  }
}
