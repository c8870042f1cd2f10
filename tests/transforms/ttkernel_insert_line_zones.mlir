// RUN: ttlang-opt %s -p ttkernel-insert-line-zones{line_zones=true} | filecheck %s
// RUN: ttlang-opt %s -p ttkernel-insert-line-zones | filecheck %s --check-prefix=NONE

// The calls of a line that follow each other, with the loop that was made of it, are a region. What only computes an
// address is in it where it lies between them. A loop of two lines has regions in it, and is none; so does a region of
// the author's. What is marked is not marked again.
// NONE-NOT: signpost_begin "k.py:{{[1-4]}}"
// CHECK-LABEL: ttkernel.program @lines
ttkernel.program @lines grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.kernel @read on reader {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%args, %address)
    // CHECK: scf.for
    scf.for %i = %zero to %one step %one : i32 {
      // CHECK-NEXT: ttkernel.signpost_begin "k.py:2"
      // CHECK-NEXT: ttkernel.cb_reserve_back(@x_cb, 4)
      // CHECK-NEXT: ttkernel.signpost_end
      ttkernel.cb_reserve_back(@x_cb, 4) loc("a/k.py":2:1)
      // CHECK-NEXT: ttkernel.get_write_ptr
      // CHECK-NEXT: ttkernel.signpost_begin "k.py:3"
      // CHECK-NEXT: scf.for
      // CHECK-NEXT: ttkernel.noc_async_read_page
      // CHECK-NEXT: }
      // CHECK-NEXT: ttkernel.noc_async_read_barrier
      // CHECK-NEXT: ttkernel.signpost_end
      %p = ttkernel.get_write_ptr(@x_cb) loc("a/k.py":3:1)
      scf.for %j = %zero to %one step %one : i32 {
        ttkernel.noc_async_read_page(%j, %x, %p) loc("a/k.py":3:1)
      } loc("a/k.py":3:1)
      ttkernel.noc_async_read_barrier() loc("a/k.py":3:1)
      // CHECK-NEXT: ttkernel.signpost_begin "push"
      // CHECK-NEXT: ttkernel.signpost_begin "k.py:4"
      // CHECK-NEXT: ttkernel.cb_push_back
      // CHECK-NEXT: ttkernel.signpost_end
      // CHECK-NEXT: ttkernel.signpost_end
      ttkernel.signpost_begin "push" loc("a/k.py":4:1)
      ttkernel.cb_push_back(@x_cb, 4) loc("a/k.py":4:1)
      ttkernel.signpost_end loc("a/k.py":4:1)
    } loc("a/k.py":1:1)
    // CHECK: ttkernel.signpost_begin "k.py:5"
    // CHECK-NEXT: ttkernel.noc_async_read_barrier
    // CHECK-NEXT: ttkernel.signpost_end
    // CHECK-NOT: signpost
    ttkernel.signpost_begin "k.py:5" loc("a/k.py":5:1)
    ttkernel.noc_async_read_barrier() loc("a/k.py":5:1)
    ttkernel.signpost_end loc("a/k.py":5:1)
  }
}
