// Expressions of every kind, with as few parentheses as they need.
ttkernel.program @expressions grid [1, 1] on "wormhole_b0" {
  ttkernel.tensor @x at 0 : <[8, 8], !ttcore.tile<32x32, bf16>, dram>
  ttkernel.circular_buffer @x_cb 0 pages 8 of <32x32, bf16> at 105856
  ttkernel.kernel @read on reader attributes {tensors = [@x], core_args = ["a", "b", "c"], core_values = [array<i32: 1>, array<i32: 2>, array<i32: 3>]} {
    %c1 = arith.constant 1 : i32
    %cm1 = arith.constant -1 : i32
    %c2 = arith.constant 2 : i32
    %c8 = arith.constant 8 : i32
    %least = arith.constant -2147483648 : i32
    %true = arith.constant true
    %false = arith.constant false
    %args = ttkernel.TensorAccessorArgs(@x)
    %address = ttkernel.get_common_arg_val(0)
    %x = ttkernel.TensorAccessor(%args, %address)
    %a = ttkernel.get_arg_val(0)
    %b = ttkernel.get_arg_val(1)
    %c = ttkernel.get_arg_val(2)
    %ptr = ttkernel.get_write_ptr(@x_cb)
    // sums and products
    %0 = arith.addi %b, %c : i32
    %1 = arith.muli %a, %0 : i32
    %2 = arith.subi %b, %c : i32
    %3 = arith.subi %a, %2 : i32
    ttkernel.noc_async_read_page(%1, %x, %3)
    %4 = arith.subi %b, %c : i32
    %5 = arith.addi %a, %4 : i32
    %6 = arith.divsi %b, %c : i32
    %7 = arith.muli %a, %6 : i32
    ttkernel.noc_async_read_page(%5, %x, %7)
    %8 = arith.addi %a, %cm1 : i32
    %9 = arith.subi %a, %cm1 : i32
    ttkernel.noc_async_read_page(%8, %x, %9)
    %10 = arith.muli %a, %cm1 : i32
    %11 = arith.addi %a, %least : i32
    ttkernel.noc_async_read_page(%10, %x, %11)
    %12 = arith.floordivsi %a, %b : i32
    %13 = arith.remsi %12, %c : i32
    %14 = arith.minsi %a, %c8 : i32
    %15 = arith.maxsi %14, %c1 : i32
    ttkernel.noc_async_read_page(%13, %x, %15)
    // bits
    %16 = arith.shli %a, %c2 : i32
    %17 = arith.andi %16, %c8 : i32
    %18 = arith.ori %17, %b : i32
    %19 = arith.xori %b, %c : i32
    %20 = arith.shrsi %19, %c1 : i32
    ttkernel.noc_async_read_page(%18, %x, %20)
    // pointers are unsigned; where that matters they are cast
    %21 = arith.addi %ptr, %a : i32
    %22 = arith.divsi %ptr, %c2 : i32
    ttkernel.noc_async_read_page(%21, %x, %22)
    %23 = arith.cmpi slt, %ptr, %a : i32
    %24 = arith.cmpi ult, %ptr, %a : i32
    %25 = arith.ori %23, %24 : i1
    %26 = arith.select %25, %ptr, %a : i32
    %27 = arith.select %25, %b, %c : i32
    ttkernel.noc_async_read_page(%26, %x, %27)
    // conditions
    %ab = arith.cmpi slt, %a, %b : i32
    %bc = arith.cmpi sge, %b, %c : i32
    %ac = arith.cmpi eq, %a, %c : i32
    %28 = arith.andi %ab, %bc : i1
    %29 = arith.ori %28, %ac : i1
    %30 = arith.xori %29, %true : i1
    scf.if %30 {
      ttkernel.noc_async_read_barrier()
    }
    %31 = arith.cmpi ne, %a, %b : i32
    %32 = arith.xori %31, %true : i1
    %33 = arith.extui %32 : i1 to i32
    %34 = arith.addi %33, %a : i32
    %35 = arith.cmpi sle, %b, %c : i32
    %36 = arith.select %35, %c8, %c2 : i32
    %37 = arith.muli %36, %a : i32
    ttkernel.noc_async_read_page(%34, %x, %37)
    %38 = arith.cmpi sgt, %a, %b : i32
    %39 = arith.cmpi sgt, %b, %c : i32
    %40 = arith.xori %38, %39 : i1
    scf.if %40 {
    } else {
      ttkernel.noc_async_read_barrier()
    }
    // unused: not printed
    %41 = arith.minsi %a, %b : i32
  }
}
