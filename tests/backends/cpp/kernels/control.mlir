// Branches, loops and what they carry; expressions of every kind.
ttkernel.program @control grid [1, 1] on "wormhole_b0" {
  ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
  // a, b = b, a + b; count and total change in branches; limit falls while the loop runs to the limit it began with
  ttkernel.kernel @carried on reader attributes {tensors = [@x], core_args = ["n"], core_values = [array<i32: 7>]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %c3 = arith.constant 3 : i32
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%args, %address)
    %n = ttkernel.get_arg_val(0)
    %bytes = ttkernel.get_tile_size(@x_cb)
    %ptr = ttkernel.get_write_ptr(@x_cb)
    %limit0 = arith.muli %n, %c2 : i32
    %0:4 = scf.for %i = %c0 to %limit0 step %c2 iter_args(%a = %c0, %b = %c1, %count = %c0, %limit = %limit0) -> (i32, i32, i32, i32) : i32 {
      %even = arith.remsi %a, %c2 : i32
      %is_even = arith.cmpi eq, %even, %c0 : i32
      %large = arith.cmpi sgt, %b, %n : i32
      %1 = scf.if %is_even -> (i32) {
        %5 = arith.addi %count, %c1 : i32
        scf.yield %5 : i32
      } else {
        %2 = scf.if %large -> (i32) {
          %page = arith.muli %count, %c3 : i32
          ttkernel.noc_async_read_page(%page, %x, %ptr)
          %6 = arith.subi %count, %c2 : i32
          scf.yield %6 : i32
        } else {
          scf.yield %count : i32
        }
        scf.yield %2 : i32
      }
      %3 = arith.addi %a, %b : i32
      %4 = arith.subi %limit, %i : i32
      scf.yield %b, %3, %1, %4 : i32, i32, i32, i32
    }
    %total = arith.addi %0#0, %0#1 : i32
    ttkernel.noc_async_read_page(%total, %x, %ptr)
    ttkernel.noc_async_read_page(%0#2, %x, %ptr)
    ttkernel.noc_async_read_page(%0#3, %x, %ptr)
    ttkernel.noc_async_read_barrier()
  }
  // while halves > 0 and not found: ...; while True with a break in the middle; a swap
  ttkernel.kernel @loops on writer attributes {tensors = [@x], core_args = ["n"], core_values = [array<i32: 7>]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c2 = arith.constant 2 : i32
    %true = arith.constant true
    %false = arith.constant false
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%args, %address)
    %n = ttkernel.get_arg_val(0)
    %ptr = ttkernel.get_read_ptr(@x_cb)
    %w:2 = scf.while (%half = %n, %found = %false) : (i32, i1) -> (i32, i1) {
      %positive = arith.cmpi sgt, %half, %c0 : i32
      %missing = arith.xori %found, %true : i1
      %go = arith.andi %positive, %missing : i1
      scf.condition(%go) %half, %found : i32, i1
    } do {
    ^bb0(%half: i32, %found: i1):
      %0 = arith.shrsi %half, %c1 : i32
      %1 = arith.cmpi eq, %0, %c2 : i32
      scf.yield %0, %1 : i32, i1
    }
    %found_number = arith.extui %w#1 : i1 to i32
    ttkernel.noc_async_write_page(%found_number, %x, %ptr)
    %k:2 = scf.while (%step = %c0, %other = %n) : (i32, i32) -> (i32, i32) {
      %0 = arith.addi %step, %c1 : i32
      ttkernel.noc_async_write_page(%0, %x, %ptr)
      %go = arith.cmpi slt, %step, %other : i32
      scf.condition(%go) %0, %other : i32, i32
    } do {
    ^bb0(%step: i32, %other: i32):
      ttkernel.noc_async_write_barrier()
      scf.yield %other, %step : i32, i32
    }
    ttkernel.noc_async_write_page(%k#0, %x, %ptr)
    ttkernel.noc_async_write_page(%k#1, %x, %ptr)
    ttkernel.noc_async_write_barrier()
  }
  // loops whose bounds are what their bodies change, and a sum over two loops
  ttkernel.kernel @bounds on reader attributes {tensors = [@x], core_args = ["n"], core_values = [array<i32: 7>]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %c3 = arith.constant 3 : i32
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%args, %address)
    %n = ttkernel.get_arg_val(0)
    %ptr = ttkernel.get_write_ptr(@x_cb)
    %first = scf.for %i = %c0 to %c3 step %c1 iter_args(%start = %c1) -> (i32) : i32 {
      %after = arith.addi %start, %c1 : i32
      // begins after the old start, and sets the new one
      %sum = scf.for %j = %after to %n step %c1 iter_args(%new = %c0) -> (i32) : i32 {
        %more = arith.addi %new, %j : i32
        scf.yield %more : i32
      }
      ttkernel.noc_async_read_page(%sum, %x, %ptr)
      scf.yield %sum : i32
    }
    %second = scf.for %i = %c0 to %n step %c1 iter_args(%end = %n) -> (i32) : i32 {
      // runs to the old end, and sets the new one
      %shorter = scf.for %j = %c0 to %end step %c3 iter_args(%new = %end) -> (i32) : i32 {
        %less = arith.subi %new, %c1 : i32
        scf.yield %less : i32
      }
      ttkernel.noc_async_read_page(%shorter, %x, %ptr)
      scf.yield %shorter : i32
    }
    %total = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %second) -> (i32) : i32 {
      %inner = scf.for %j = %c0 to %i step %c1 iter_args(%acc = %sum) -> (i32) : i32 {
        %product = arith.muli %i, %j : i32
        %more = arith.addi %product, %acc : i32
        scf.yield %more : i32
      }
      scf.yield %inner : i32
    }
    ttkernel.noc_async_read_page(%total, %x, %ptr)
    ttkernel.noc_async_read_page(%first, %x, %ptr)
    ttkernel.noc_async_read_barrier()
  }
}
