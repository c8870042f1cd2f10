// Prints and assertions, in both kinds of kernels: what is escaped, and how values become what the API prints.
ttkernel.program @messages grid [2, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @in_cb 0 pages 2 of <32x32, bf16> at 105856
  ttkernel.circular_buffer @out_cb 1 pages 2 of <32x32, bf16> at 109952
  ttkernel.kernel @compute on compute attributes {core_args = ["n"], core_values = [array<i32: 1, 2>]} {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %n = ttkernel.get_arg_val(0)
    ttkernel.compute_kernel_hw_startup(@in_cb, @in_cb, @out_cb)
    ttkernel.copy_tile_init(@in_cb)
    scf.for %i = %c0 to %n step %c1 : i32 {
      ttkernel.cb_wait_front(@in_cb, 1)
      ttkernel.dprint("turn {} of {}\\n", %i, %n : i32, i32)
      %odd = arith.cmpi ne, %i, %c0 : i32
      ttkernel.assert(%odd, "turn {}", %i : i32)
      ttkernel.cb_reserve_back(@out_cb, 1)
      ttkernel.tile_regs_acquire()
      ttkernel.copy_tile(@in_cb, %c0, %c0)
      ttkernel.tile_regs_commit()
      ttkernel.tile_regs_wait()
      ttkernel.pack_tile(%c0, @out_cb)
      ttkernel.tile_regs_release()
      ttkernel.cb_push_back(@out_cb, 1)
      ttkernel.cb_pop_front(@in_cb, 1)
    }
    ttkernel.dprint("done\\n")
  }
  ttkernel.kernel @read on reader attributes {core_args = ["a", "b"], core_values = [array<i32: 1, 2>, array<i32: 3, 4>]} {
    %c2 = arith.constant 2 : i32
    %false = arith.constant false
    %a = ttkernel.get_arg_val(0)
    %b = ttkernel.get_arg_val(1)
    %x = ttkernel.my_logical_x_
    %sum = arith.addi %a, %b : i32
    %less = arith.cmpi slt, %a, %b : i32
    %p = arith.cmpi eq, %a, %c2 : i32
    %flag = arith.extui %p : i1 to i32
    %some = arith.select %less, %a, %b : i32
    ttkernel.dprint("\\n")
    ttkernel.dprint("a \22quoted\22 back\\\\slash, a tab\\t, a bell\\x071, {{}} and \\xe9\\n")
    ttkernel.dprint("two\\nlines\\n\\n")
    ttkernel.dprint("{} {:4}{:12}|{}, ", %a, %b, %sum, %x : i32, i32, i32, i32)
    ttkernel.dprint("{}{} {} {}\\n", %less, %flag, %some, %false : i1, i32, i32, i1)
    %q = arith.cmpi sgt, %b, %c2 : i32
    %r = arith.ori %p, %q : i1
    ttkernel.assert(%r, "")
    %t = arith.addi %a, %c2 : i32
    ttkernel.assert(%p, "{} + 2 is {}, not\\n{{2}}\\\\", %a, %t : i32, i32)
    ttkernel.assert(%false, "never here")
  }
}
