// RUN: ttlang-opt %s -p ttkernel-insert-inits | filecheck %s

// Nothing in the loops disturbs what one function needs: startup and init stand before all of them, behind the
// arguments.
// CHECK-LABEL: ttkernel.program @hoisted
ttkernel.program @hoisted grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, bf16> at 16384
  ttkernel.circular_buffer @o_cb 2 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute attributes {core_args = ["n"], core_values = [array<i32: 1>]} {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    // CHECK: %n = ttkernel.get_arg_val(0)
    // CHECK-NEXT: ttkernel.compute_kernel_hw_startup(@a_cb, @b_cb, @o_cb)
    // CHECK-NEXT: ttkernel.add_tiles_init(@a_cb, @b_cb)
    // CHECK-NEXT: ttkernel.exp_tile_init()
    // CHECK-NEXT: scf.for
    // CHECK-NOT: init
    // CHECK-NOT: reconfig
    // CHECK: ttkernel.kernel @other
    %n = ttkernel.get_arg_val(0)
    scf.for %i = %zero to %n step %one : i32 {
      ttkernel.cb_wait_front(@a_cb, 4)
      scf.for %j = %zero to %n step %one : i32 {
        ttkernel.tile_regs_acquire()
        scf.for %k = %zero to %n step %one : i32 {
          ttkernel.add_tiles(@a_cb, @b_cb, %k, %k, %k)
        }
        scf.for %k = %zero to %n step %one : i32 {
          ttkernel.exp_tile(%k)
        }
        ttkernel.pack_tile_block(%zero, @o_cb, 4)
      }
    }
    ttkernel.add_tiles(@b_cb, @a_cb, %zero, %zero, %zero)
    ttkernel.exp_tile(%zero)
  }
  // Data movement has nothing to set up.
  ttkernel.kernel @other on reader {
    // CHECK-NEXT: ttkernel.cb_reserve_back
    ttkernel.cb_reserve_back(@a_cb, 4)
    // CHECK-NEXT: }
  }
}

// Two functions in turn: each needs its init in every turn of the loop. What they share with nobody stays outside.
// CHECK-LABEL: ttkernel.program @alternating
ttkernel.program @alternating grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @o_cb 1 pages 8 of <32x32, bf16> at 16384
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %four step %one : i32 {
      // CHECK-NEXT: ttkernel.copy_tile(
      ttkernel.copy_tile(@a_cb, %i, %zero)
      // A loop inside keeps its one function.
      // CHECK-NEXT: ttkernel.exp_tile_init()
      // CHECK-NEXT: scf.for
      scf.for %j = %zero to %four step %one : i32 {
        // CHECK-NEXT: ttkernel.exp_tile(%j)
        ttkernel.exp_tile(%j)
      }
      // CHECK-NEXT: }
      // CHECK-NEXT: ttkernel.sin_tile_init()
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%zero)
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%one)
      // CHECK-NEXT: ttkernel.copy_dest_values_init()
      // CHECK-NEXT: ttkernel.copy_dest_values(
      ttkernel.copy_dest_values(%zero, %one, "bf16")
      // CHECK-NEXT: ttkernel.typecast_tile_init("bf16", "f32")
      // CHECK-NEXT: ttkernel.typecast_tile(
      ttkernel.typecast_tile(%zero, "bf16", "f32")
      // CHECK-NEXT: ttkernel.typecast_tile_init("f32", "bf16")
      // CHECK-NEXT: ttkernel.typecast_tile(
      ttkernel.typecast_tile(%zero, "f32", "bf16")
      // The scalar forms share an init, whose integer form is another.
      // CHECK-NEXT: ttkernel.binop_with_scalar_tile_init()
      // CHECK-NEXT: ttkernel.add_unary_tile(
      ttkernel.add_unary_tile(%zero) [1.0]
      // CHECK-NEXT: ttkernel.mul_unary_tile(
      ttkernel.mul_unary_tile(%zero) [2.0]
      // CHECK-NEXT: ttkernel.binop_with_scalar_tile_init() {format = "si32"}
      // CHECK-NEXT: ttkernel.add_unary_tile(
      ttkernel.add_unary_tile(%zero) [1.0] {format = "si32"}
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @o_cb)
    }
  }
}

// Buffers of other formats: a copy and the left operand of the FPU concern source A, the right one source B. Both at
// once where both change.
// CHECK-LABEL: ttkernel.program @formats
ttkernel.program @formats grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, bfp_bf8> at 16384
  ttkernel.circular_buffer @c_cb 2 pages 8 of <32x32, bf16> at 32768
  ttkernel.circular_buffer @o_cb 3 pages 8 of <32x32, bf16> at 49152
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile(@a_cb
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.copy_tile(@c_cb
    ttkernel.copy_tile(@c_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@b_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@b_cb)
    // CHECK-NEXT: ttkernel.copy_tile(@b_cb
    ttkernel.copy_tile(@b_cb, %zero, %zero)
    // Back, for one of them: B is as it was.
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@a_cb)
    // CHECK-NEXT: ttkernel.mul_tiles_init(@a_cb, @c_cb)
    // CHECK-NEXT: ttkernel.mul_tiles(@a_cb, @c_cb
    ttkernel.mul_tiles(@a_cb, @c_cb, %zero, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format(@b_cb, @b_cb)
    // CHECK-NEXT: ttkernel.mul_tiles_init(@b_cb, @b_cb)
    // CHECK-NEXT: ttkernel.mul_tiles(@b_cb, @b_cb
    ttkernel.mul_tiles(@b_cb, @b_cb, %zero, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srcb(@a_cb)
    // CHECK-NEXT: ttkernel.mul_tiles_init(@b_cb, @a_cb)
    // CHECK-NEXT: ttkernel.mul_tiles(@b_cb, @a_cb
    ttkernel.mul_tiles(@b_cb, @a_cb, %zero, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format(@a_cb, @b_cb)
    // CHECK-NEXT: ttkernel.sub_tiles_init(@a_cb, @b_cb)
    // CHECK-NEXT: ttkernel.sub_tiles(@a_cb, @b_cb
    ttkernel.sub_tiles(@a_cb, @b_cb, %zero, %zero, %zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// Outputs of two formats: the packer changes its own, in every turn of a loop, since it ends with the other.
// CHECK-LABEL: ttkernel.program @outputs
ttkernel.program @outputs grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @o_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @p_cb 1 pages 8 of <32x32, f32> at 16384
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    // Nothing is read, so the startup names an output.
    // CHECK: ttkernel.compute_kernel_hw_startup(@o_cb, @o_cb, @o_cb)
    // CHECK-NEXT: ttkernel.fill_tile_init()
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %four step %one : i32 {
      // CHECK-NEXT: ttkernel.fill_tile(
      ttkernel.fill_tile(%zero) [1.0]
      // CHECK-NEXT: ttkernel.pack_reconfig_data_format(@o_cb)
      // CHECK-NEXT: ttkernel.pack_tile({{.*}}, @o_cb)
      ttkernel.pack_tile(%zero, @o_cb)
      // CHECK-NEXT: ttkernel.pack_reconfig_data_format(@p_cb)
      // CHECK-NEXT: ttkernel.pack_tile({{.*}}, @p_cb)
      ttkernel.pack_tile(%zero, @p_cb)
    }
    // The loop runs four times, so it is known how it ends.
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.pack_tile({{.*}}, @p_cb)
    ttkernel.pack_tile(%zero, @p_cb)
  }
}

// Where the ways part, each gets what it needs; where they meet, only what both left is known.
// CHECK-LABEL: ttkernel.program @branches
ttkernel.program @branches grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, f32> at 16384
  ttkernel.circular_buffer @o_cb 2 pages 8 of <32x32, bf16> at 49152
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %column = ttkernel.my_logical_x_
    // CHECK: %first = arith.cmpi
    %first = arith.cmpi eq, %column, %zero : i32
    // CHECK-NEXT: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: scf.if
    scf.if %first {
      // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
      // CHECK-NEXT: ttkernel.copy_tile(
      ttkernel.copy_tile(@a_cb, %zero, %zero)
      // CHECK-NEXT: ttkernel.exp_tile_init()
      // CHECK-NEXT: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
      // CHECK-NEXT: } else {
    } else {
      // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@b_cb)
      // CHECK-NEXT: ttkernel.copy_tile_init(@b_cb)
      // CHECK-NEXT: ttkernel.copy_tile(
      ttkernel.copy_tile(@b_cb, %zero, %zero)
      // CHECK-NEXT: ttkernel.sin_tile_init()
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%zero)
      // CHECK-NEXT: ttkernel.exp_tile_init()
      // CHECK-NEXT: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.exp_tile(
    ttkernel.exp_tile(%zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: scf.if
    scf.if %first {
      // CHECK-NEXT: ttkernel.copy_tile(
      ttkernel.copy_tile(@a_cb, %zero, %zero)
      // CHECK-NEXT: ttkernel.cos_tile_init()
      // CHECK-NEXT: ttkernel.cos_tile(
      ttkernel.cos_tile(%zero)
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.cos_tile_init()
    // CHECK-NEXT: ttkernel.cos_tile(
    ttkernel.cos_tile(%zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// Loops that may not run: what they set is not known behind them, unless it was set before them.
// CHECK-LABEL: ttkernel.program @maybe
ttkernel.program @maybe grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @o_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %n = ttkernel.my_logical_x_
    // CHECK: ttkernel.compute_kernel_hw_startup(
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %n step %one : i32 {
      // CHECK-NEXT: ttkernel.exp_tile_init()
      // CHECK-NEXT: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
      // CHECK-NEXT: ttkernel.sin_tile_init()
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%zero)
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.sin_tile_init()
    // CHECK-NEXT: ttkernel.sin_tile(
    ttkernel.sin_tile(%zero)
    // The same loop again: now it is known, whether it runs or not.
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %n step %one : i32 {
      // CHECK-NEXT: ttkernel.exp_tile_init()
      // CHECK-NEXT: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
      // CHECK-NEXT: ttkernel.sin_tile_init()
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%zero)
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.sin_tile(
    ttkernel.sin_tile(%zero)
    // CHECK-NEXT: ttkernel.cos_tile_init()
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %n step %one : i32 {
      // CHECK-NEXT: ttkernel.cos_tile(
      ttkernel.cos_tile(%zero)
    }
    // CHECK-NEXT: }
    // CHECK-NEXT: ttkernel.cos_tile(
    ttkernel.cos_tile(%zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// A while loop: its condition runs once more than its body, and is where the loop ends.
// CHECK-LABEL: ttkernel.program @while
ttkernel.program @while grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @o_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(
    // CHECK-NEXT: ttkernel.exp_tile_init()
    // CHECK-NEXT: scf.while
    %end = scf.while (%i = %zero) : (i32) -> i32 {
      %again = arith.cmpi slt, %i, %four : i32
      scf.condition(%again) %i : i32
    } do {
    ^bb0(%j: i32):
      // CHECK: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
      // CHECK-NEXT: arith.addi
      %k = arith.addi %j, %one : i32
      scf.yield %k : i32
    }
    // CHECK: }
    // CHECK-NEXT: ttkernel.exp_tile(
    ttkernel.exp_tile(%zero)
    // CHECK-NEXT: scf.while
    %end2 = scf.while (%i = %zero) : (i32) -> i32 {
      // CHECK-NEXT: arith.cmpi
      %again = arith.cmpi slt, %i, %four : i32
      // CHECK-NEXT: ttkernel.sin_tile_init()
      // CHECK-NEXT: ttkernel.sin_tile(
      ttkernel.sin_tile(%zero)
      scf.condition(%again) %i : i32
    } do {
    ^bb0(%j: i32):
      // CHECK: ttkernel.cos_tile_init()
      // CHECK-NEXT: ttkernel.cos_tile(
      ttkernel.cos_tile(%zero)
      %k = arith.addi %j, %one : i32
      scf.yield %k : i32
    }
    // CHECK: }
    // CHECK-NEXT: ttkernel.sin_tile(
    ttkernel.sin_tile(%zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// A kernel that only moves.
// CHECK-LABEL: ttkernel.program @copies
ttkernel.program @copies grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.circular_buffer @o_cb 1 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute {
    // CHECK: ttkernel.kernel @compute on compute {
    // CHECK-NEXT: %zero
    %zero = arith.constant 0 : i32
    // CHECK-NEXT: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.cb_wait_front
    ttkernel.cb_wait_front(@a_cb, 4)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// One that only waits has no use for the compute units.
// CHECK-LABEL: ttkernel.program @idle
ttkernel.program @idle grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, f32> at 0
  ttkernel.kernel @compute on compute {
    // CHECK: ttkernel.kernel @compute on compute {
    // CHECK-NEXT: ttkernel.cb_wait_front
    ttkernel.cb_wait_front(@a_cb, 4)
    // CHECK-NEXT: ttkernel.cb_pop_front
    ttkernel.cb_pop_front(@a_cb, 4)
    // CHECK-NEXT: }
  }
}

// The init of a reduction leaves an edge mask in the packer, so it is undone before the pack, and done again in the next
// turn; within the loop over the data it stands outside. A matmul's init stands before all loops that keep it. Data go to
// SrcB and the second operand to SrcA.
// CHECK-LABEL: ttkernel.program @matrices
ttkernel.program @matrices grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, f32> at 16384
  ttkernel.circular_buffer @o_cb 2 pages 8 of <32x32, bf16> at 49152
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@b_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.mm_block_init_short(@a_cb, @b_cb, 0, 2, 1, 4)
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %one step %one : i32 {
      // CHECK-NEXT: ttkernel.cb_wait_front
      ttkernel.cb_wait_front(@a_cb, 4)
      // CHECK-NEXT: scf.for
      scf.for %k = %zero to %one step %one : i32 {
        // CHECK-NEXT: ttkernel.matmul_block
        ttkernel.matmul_block(@a_cb, @b_cb, %k, %k, %zero, 0, 2, 1, 4)
      }
    }
    // CHECK: ttkernel.pack_tile
    ttkernel.pack_tile(%zero, @o_cb)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@a_cb)
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %one step %one : i32 {
      // CHECK-NEXT: ttkernel.reduce_init "sum" "row"(@a_cb, @a_cb, @o_cb)
      // CHECK-NEXT: ttkernel.tile_regs_acquire
      ttkernel.tile_regs_acquire()
      // CHECK-NEXT: scf.for
      scf.for %k = %zero to %one step %one : i32 {
        // CHECK-NEXT: ttkernel.reduce_tile
        ttkernel.reduce_tile "sum" "row" to @o_cb(@a_cb, @a_cb, %k, %zero, %zero)
      }
      // CHECK: ttkernel.tile_regs_wait
      ttkernel.tile_regs_wait()
      // CHECK-NEXT: ttkernel.reduce_uninit
      // CHECK-NEXT: ttkernel.pack_tile
      ttkernel.pack_tile(%zero, @o_cb)
      // CHECK-NEXT: ttkernel.pack_tile
      ttkernel.pack_tile(%zero, @o_cb)
    }
    // What a reduction leaves is also undone before another program of unpack and math, which then is set up.
    // CHECK: ttkernel.reduce_init "max" "col"
    // CHECK-NEXT: ttkernel.reduce_tile
    ttkernel.reduce_tile "max" "col" to @o_cb(@a_cb, @a_cb, %zero, %zero, %zero)
    // CHECK-NEXT: ttkernel.reduce_uninit
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile
    ttkernel.copy_tile(@a_cb, %zero, %one)
    // CHECK-NEXT: ttkernel.binary_dest_reuse_tiles_init "sub" "srcb"(@a_cb)
    ttkernel.binary_dest_reuse_tiles "sub" "srcb"(@a_cb, %zero, %one)
    // CHECK: ttkernel.transpose_wh_init_short(@a_cb)
    ttkernel.transpose_wh_tile(@a_cb, %zero, %one)
    // CHECK: ttkernel.sub_bcast_cols_init(@a_cb, @b_cb)
    ttkernel.sub_tiles_bcast_cols(@a_cb, @b_cb, %zero, %zero, %one)
  }
}

// A print changes no unit: the inits still stand before the loop.
// CHECK-LABEL: ttkernel.program @printing
ttkernel.program @printing grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @o_cb 1 pages 8 of <32x32, bf16> at 16384
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    %four = arith.constant 4 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.dprint
    ttkernel.dprint("start\\n")
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.exp_tile_init()
    // CHECK-NEXT: scf.for
    scf.for %i = %zero to %four step %one : i32 {
      // CHECK-NEXT: ttkernel.copy_tile(
      ttkernel.copy_tile(@a_cb, %i, %zero)
      // CHECK-NEXT: ttkernel.dprint
      ttkernel.dprint("{}\\n", %i : i32)
      // CHECK-NEXT: ttkernel.exp_tile(
      ttkernel.exp_tile(%zero)
      // CHECK-NEXT: ttkernel.pack_tile(
      ttkernel.pack_tile(%zero, @o_cb)
      // CHECK-NEXT: }
    }
  }
}

// float32 has two formats in a source register: whole, for DST, and tf32, for the FPU. The packer has one for both.
// CHECK-LABEL: ttkernel.program @unpack_modes
ttkernel.program @unpack_modes grid [1, 1] on "wormhole_b0" attributes {fp32_dest_acc_en = true} {
  ttkernel.circular_buffer @whole_cb 0 pages 8 of <32x32, f32> at 0 {unpack_to_dest_fp32 = true}
  ttkernel.circular_buffer @cut_cb 1 pages 8 of <32x32, f32> at 32768
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    %one = arith.constant 1 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@whole_cb, @whole_cb, @cut_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@whole_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@whole_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format(@cut_cb, @cut_cb)
    // CHECK-NEXT: ttkernel.add_tiles_init(@cut_cb, @cut_cb)
    // CHECK-NEXT: ttkernel.add_tiles(
    ttkernel.add_tiles(@cut_cb, @cut_cb, %zero, %zero, %one)
    // The inits, too: a copy to DST is another program of the unpacker.
    // CHECK-NEXT: ttkernel.copy_tile_init(@cut_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@cut_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@whole_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@whole_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@whole_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @cut_cb)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @whole_cb)
  }
}

// A configuration that stands in the kernel already counts: what it sets is not what calls before it needed.
// CHECK-LABEL: ttkernel.program @configured
ttkernel.program @configured grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, bfp_bf8> at 16384
  ttkernel.circular_buffer @o_cb 2 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@b_cb)
    ttkernel.reconfig_data_format_srca(@b_cb)
    // CHECK-NEXT: ttkernel.reconfig_data_format_srca(@a_cb)
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.pack_tile(
    ttkernel.pack_tile(%zero, @o_cb)
  }
}

// A tile of a constant is packed before anything is read: the startup is for what is read then. Where the FPU would be in
// its mode for integers, it is not.
// CHECK-LABEL: ttkernel.program @constants
ttkernel.program @constants grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @ones_cb 0 pages 1 of <32x32, f32> at 0
  ttkernel.circular_buffer @a_cb 1 pages 8 of <32x32, bf16> at 16384
  ttkernel.circular_buffer @b_cb 2 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@a_cb, @b_cb, @ones_cb)
    // CHECK-NEXT: ttkernel.fill_tile_init()
    ttkernel.fill_tile(%zero) [1.0]
    ttkernel.pack_tile(%zero, @ones_cb)
    // CHECK: ttkernel.add_tiles_init(@a_cb, @b_cb)
    // CHECK-NOT: reconfig_data_format
    // CHECK: ttkernel.add_tiles(
    ttkernel.add_tiles(@a_cb, @b_cb, %zero, %zero, %zero)
  }
}

// CHECK-LABEL: ttkernel.program @integers_behind
ttkernel.program @integers_behind grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @ones_cb 0 pages 1 of <32x32, f32> at 0
  ttkernel.circular_buffer @a_cb 1 pages 8 of <32x32, u8> at 16384
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup(@ones_cb, @ones_cb, @ones_cb)
    ttkernel.fill_tile(%zero) [1.0]
    ttkernel.pack_tile(%zero, @ones_cb)
    // CHECK: ttkernel.reconfig_data_format_srca(@a_cb) {{.*}}to_from_int8
    ttkernel.copy_tile(@a_cb, %zero, %zero)
  }
}

// What comes before waits is done while the unit waits; the SFPU is set before the section that it computes in, but not
// before what it does there first.
// CHECK-LABEL: ttkernel.program @waits
ttkernel.program @waits grid [1, 1] on "wormhole_b0" {
  ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
  ttkernel.circular_buffer @o_cb 1 pages 8 of <32x32, bf16> at 32768
  ttkernel.kernel @compute on compute {
    %zero = arith.constant 0 : i32
    // CHECK: ttkernel.compute_kernel_hw_startup
    // CHECK-NEXT: ttkernel.copy_tile_init(@a_cb)
    // CHECK-NEXT: ttkernel.exp_tile_init()
    // CHECK-NEXT: ttkernel.cb_wait_front
    // CHECK-NEXT: ttkernel.cb_reserve_back
    // CHECK-NEXT: ttkernel.tile_regs_acquire
    // CHECK-NEXT: ttkernel.copy_tile(
    // CHECK-NEXT: ttkernel.exp_tile(
    // CHECK-NEXT: ttkernel.recip_tile_init()
    // CHECK-NEXT: ttkernel.recip_tile(
    ttkernel.cb_wait_front(@a_cb, 4)
    ttkernel.cb_reserve_back(@o_cb, 4)
    ttkernel.tile_regs_acquire()
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    ttkernel.exp_tile(%zero)
    ttkernel.recip_tile(%zero)
    ttkernel.tile_regs_commit()
    ttkernel.tile_regs_wait()
    ttkernel.pack_tile(%zero, @o_cb)
    // CHECK: ttkernel.tile_regs_release
    // CHECK-NEXT: ttkernel.cb_push_back
    // CHECK-NEXT: ttkernel.exp_tile_init()
    // CHECK-NEXT: ttkernel.tile_regs_acquire
    ttkernel.tile_regs_release()
    ttkernel.cb_push_back(@o_cb, 4)
    ttkernel.tile_regs_acquire()
    // CHECK-NEXT: ttkernel.copy_tile(
    ttkernel.copy_tile(@a_cb, %zero, %zero)
    // CHECK-NEXT: ttkernel.exp_tile(
    ttkernel.exp_tile(%zero)
  }
}
