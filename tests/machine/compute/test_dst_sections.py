"""Math that is right: chains in DST, accumulation, formats, slots, loops."""

from __future__ import annotations

import numpy as np

from tests.support.ttkernel_programs import (
    Buffer,
    Tensor,
    integers,
    loop,
    pops,
    program,
    push,
    read_block,
    reserve,
    section,
    startup,
    waits,
    write_block,
    zeros,
)
from ttlang.backends.simulator import run
from ttlang.machine.tiles import decode, encode
from ttlang.tables.dtypes import BFP8

DST32 = "fp32_dest_acc_en = true"


def unary(math: str, *, tiles=1, formats=("bf16", "bf16"), config="", flags="", pack="ttkernel.pack_tile(%c0, @o_cb)"):
    """A program that copies a block of x to DST slots from 0 on, does `math` and packs."""
    copies = "\n".join(f"ttkernel.copy_tile(@x_cb, %c{i}, %c{i})" for i in range(tiles))
    return program(
        buffers=[Buffer("x_cb", tiles, formats[0], flags), Buffer("o_cb", 8, formats[1])],
        tensors=[("x", tiles, formats[0]), ("o", 8, formats[1])],
        config=config,
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.copy_tile_init(@x_cb)",
                waits("x_cb", pages=tiles),
                reserve("o_cb", 8),
                section(copies + math, pack),
                push("o_cb", 8),
                pops("x_cb", pages=tiles),
            ]
        ),
        read=read_block("x_cb", "x", tiles),
        write="ttkernel.cb_wait_front(@o_cb, 8)\nttkernel.cb_pop_front(@o_cb, 8)"
        if not pack
        else write_block_of_packed(pack.count("pack_tile(")),
    )


def write_block_of_packed(pages: int) -> str:
    """Writes the packed pages and lets go of all."""
    lines = ["ttkernel.cb_wait_front(@o_cb, 8)", "%ptr = ttkernel.get_read_ptr(@o_cb)"]
    for page in range(pages):
        lines += [
            f"%size{page} = ttkernel.get_tile_size(@o_cb)",
            f"%offset{page} = arith.muli %size{page}, %c{page} : i32",
            f"%l1{page} = arith.addi %ptr, %offset{page} : i32",
            f"ttkernel.noc_async_write_page(%c{page}, %o, %l1{page})",
        ]
    return "\n".join([*lines, "ttkernel.noc_async_write_barrier()", "ttkernel.cb_pop_front(@o_cb, 8)"])


def test_chain_in_dst():
    chain = """
    ttkernel.negative_tile_init()
    ttkernel.negative_tile(%c0)
    ttkernel.binop_with_scalar_tile_init()
    ttkernel.add_unary_tile(%c0) [3.0]
    ttkernel.abs_tile_init()
    ttkernel.abs_tile(%c0)
    """
    x, o = integers(1), zeros(8)
    run(unary(chain), [x, o])
    assert (o.values[0] == np.abs(3 - x.values[0])).all()


def test_two_operands_in_dst_and_copies_of_slots():
    math = """
    ttkernel.sub_binary_tile_init()
    ttkernel.sub_binary_tile(%c0, %c1, %c2)
    ttkernel.copy_dest_values_init()
    ttkernel.copy_dest_values(%c2, %c5, "bf16")
    ttkernel.abs_tile_init()
    ttkernel.abs_tile(%c2)
    """
    pack = "ttkernel.pack_tile(%c2, @o_cb)\nttkernel.pack_tile(%c5, @o_cb)\nttkernel.pack_tile(%c1, @o_cb)"
    x, o = integers(2), zeros(8)
    run(unary(math, tiles=2, pack=pack), [x, o])
    difference = x.values[0] - x.values[1]
    assert (o.values[0] == np.abs(difference)).all()
    assert (o.values[1] == difference).all()
    assert (o.values[2] == x.values[1]).all()


def test_fill_needs_no_operand():
    math = """
    ttkernel.fill_tile_init()
    scf.for %i = %c2 to %c4 step %c1 : i32 {
      ttkernel.fill_tile(%i) [2.5]
    }
    """
    pack = "ttkernel.pack_tile(%c3, @o_cb)\nttkernel.pack_tile(%c0, @o_cb)"
    x, o = integers(1), zeros(8)
    run(unary(math, pack=pack), [x, o])
    assert (o.values[0] == 2.5).all()
    assert (o.values[1] == x.values[0]).all()


def test_each_trip_sees_what_the_one_before_wrote():
    """Copies of slot i to slot i + 1 in a loop spread slot 0 over all."""
    math = """
    ttkernel.copy_dest_values_init()
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      %j = arith.addi %i, %c1 : i32
      ttkernel.copy_dest_values(%i, %j, "bf16")
    }
    """
    pack = "ttkernel.pack_tile(%c4, @o_cb)\nttkernel.pack_tile(%c1, @o_cb)"
    x, o = integers(1), zeros(8)
    run(unary(math, pack=pack), [x, o])
    assert (o.values[:2] == x.values[0]).all()


def test_slots_that_only_the_run_knows():
    math = """
    ttkernel.abs_tile_init()
    scf.while (%k = %c0) : (i32) -> () {
      %more = arith.cmpi slt, %k, %c3 : i32
      scf.condition(%more) %k : i32
    } do {
    ^bb0(%k: i32):
      ttkernel.abs_tile(%k)
      %next = arith.addi %k, %c1 : i32
      scf.yield %next : i32
    }
    """.replace("-> ()", "-> (i32)").replace("scf.while", "%last = scf.while")
    pack = "ttkernel.pack_tile(%last, @o_cb)\nttkernel.pack_tile(%c1, @o_cb)"
    x, o = integers(4), zeros(8)
    run(unary(math, tiles=4, pack=pack), [x, o])
    assert (o.values[0] == x.values[3]).all()
    assert (o.values[1] == np.abs(x.values[1])).all()


def test_float32_stays_whole_with_unpack_to_dest():
    values = np.random.default_rng(0).standard_normal((1, 1024)).astype(np.float32)
    x, o = Tensor(values, "f32"), zeros(8, "f32")
    run(unary("", formats=("f32", "f32"), config=DST32, flags="unpack_to_dest_fp32 = true"), [x, o])
    assert (o.values[0] == values[0]).all()


def test_integers_in_dst():
    math = """
    ttkernel.add_int_tile_init() {format = "si32"}
    ttkernel.add_int_tile(%c0, %c1, %c0) {format = "si32"}
    """
    values = np.random.default_rng(0).integers(-(2**30), 2**30, (2, 1024))
    program_op = unary(_integer_call(math), tiles=2, formats=("si32", "si32"), config=DST32)
    x, o = Tensor(values, "si32"), zeros(8, "si32")
    run(program_op, [x, o])
    assert (o.values[0] == values[0] + values[1]).all()


def _integer_call(text: str) -> str:
    """The operations are named after the call for floats."""
    return text.replace("add_int_tile_init", "add_binary_tile_init").replace("add_int_tile", "add_binary_tile")


def test_typecast():
    math = """
    ttkernel.typecast_tile_init("si32", "f32")
    ttkernel.typecast_tile(%c0, "si32", "f32")
    """
    values = np.random.default_rng(0).integers(-(2**20), 2**20, (1, 1024))
    x, o = Tensor(values, "si32"), zeros(8, "f32")
    run(unary(math, formats=("si32", "f32"), config=DST32), [x, o])
    assert (o.values[0] == values[0]).all()


def test_formats_change_on_the_way():
    """A bfp8 and a bf16 operand, then a bf16 one alone; a bf16 and a bfp8 result."""
    compute = "\n".join(
        [
            startup("x_cb", "y_cb", "o_cb"),
            waits("x_cb", "y_cb"),
            reserve("o_cb"),
            reserve("q_cb"),
            "ttkernel.add_tiles_init(@x_cb, @y_cb)",
            section("ttkernel.add_tiles(@x_cb, @y_cb, %c0, %c0, %c0)", "ttkernel.pack_tile(%c0, @o_cb)"),
            "ttkernel.reconfig_data_format_srca(@y_cb)\nttkernel.pack_reconfig_data_format(@q_cb)",
            "ttkernel.copy_tile_init(@y_cb)",
            section("ttkernel.copy_tile(@y_cb, %c0, %c0)", "ttkernel.pack_tile(%c0, @q_cb)"),
            push("o_cb"),
            push("q_cb"),
            pops("x_cb", "y_cb"),
        ]
    )
    program_op = program(
        buffers=[Buffer("x_cb", 2, "bfp_bf8"), Buffer("y_cb", 2), Buffer("o_cb", 2), Buffer("q_cb", 2, "bfp_bf8")],
        tensors=[("x", 1, "bfp_bf8"), ("y", 1), ("o", 1), ("q", 1, "bfp_bf8")],
        compute=compute,
        read=read_block("x_cb", "x", 1) + read_block("y_cb", "y", 1),
        write=write_block("o_cb", "o", 1) + write_block("q_cb", "q", 1),
    )
    x, y, o, q = integers(1, 1, format="bfp_bf8"), integers(1, 2), zeros(1), zeros(1, "bfp_bf8")
    run(program_op, [x, y, o, q])
    assert (o.values == x.values + y.values).all()
    assert (q.values == decode(encode(y.values, BFP8), BFP8)).all()


def test_products_accumulate_in_a_section_across_waits():
    """One section around a loop that waits, multiplies into the same slot, and pops: DST outlives the pops."""
    compute = "\n".join(
        [
            startup("x_cb", "y_cb", "o_cb"),
            "ttkernel.mul_tiles_init(@x_cb, @y_cb)",
            reserve("o_cb"),
            section(
                loop(
                    6,
                    waits("x_cb", "y_cb")
                    + "\nttkernel.mul_tiles(@x_cb, @y_cb, %c0, %c0, %c0)\n"
                    + pops("x_cb", "y_cb"),
                    "%k",
                ),
                "ttkernel.pack_tile(%c0, @o_cb)",
            ),
            push("o_cb"),
        ]
    )
    body = loop(6, read_block("x_cb", "x", 1, "%k") + read_block("y_cb", "y", 1, "%k"), "%k")
    for grid, tensors in (((1, 1), 6), ((2, 2), 6)):
        program_op = program(
            buffers=[Buffer("x_cb", 2), Buffer("y_cb", 2), Buffer("o_cb", 1)],
            tensors=[("x", tensors), ("y", tensors), ("o", 4)],
            grid=grid,
            core_args={"core": list(range(grid[0] * grid[1]))},
            compute=compute,
            read=body,
            write=write_block("o_cb", "o", 1, "%core"),
            config=DST32,
        )
        x, y, o = integers(6, 1, -5, 5), integers(6, 2, -5, 5), zeros(4)
        run(program_op, [x, y, o])
        wanted = (x.values * y.values).sum(0)
        assert (o.values[: grid[0] * grid[1]] == wanted).all()


def test_products_of_a_loop_accumulate_in_one_slot():
    compute = "\n".join(
        [
            startup("x_cb", "x_cb", "o_cb"),
            "ttkernel.mul_tiles_init(@x_cb, @x_cb)",
            waits("x_cb", pages=5),
            reserve("o_cb"),
            section(loop(5, "ttkernel.mul_tiles(@x_cb, @x_cb, %i, %c0, %c3)"), "ttkernel.pack_tile(%c3, @o_cb)"),
            push("o_cb"),
            pops("x_cb", pages=5),
        ]
    )
    program_op = program(
        buffers=[Buffer("x_cb", 5), Buffer("o_cb", 1)],
        tensors=[("x", 5), ("o", 1)],
        compute=compute,
        read=read_block("x_cb", "x", 5),
        write=write_block("o_cb", "o", 1),
        config=DST32,
    )
    x, o = integers(5, 1, -4, 4), zeros(1)
    run(program_op, [x, o])
    assert (o.values == (x.values * x.values[0]).sum(0)).all()


def test_one_tile_with_each_of_a_block():
    """The second operand's tile stays the same over the loop; the first one's goes in steps of 2."""
    math = """
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      %t = arith.muli %i, %c2 : i32
      ttkernel.sub_tiles(@x_cb, @x_cb, %t, %c3, %i)
    }
    """
    pack = """
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      %s = arith.subi %c3, %i : i32
      ttkernel.pack_tile(%s, @o_cb)
    }
    """
    program_op = program(
        buffers=[Buffer("x_cb", 8), Buffer("o_cb", 4)],
        tensors=[("x", 8), ("o", 4)],
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.sub_tiles_init(@x_cb, @x_cb)",
                waits("x_cb", pages=8),
                reserve("o_cb", 4),
                section(math, pack),
                push("o_cb", 4),
                pops("x_cb", pages=8),
            ]
        ),
        read=read_block("x_cb", "x", 8),
        write=write_block("o_cb", "o", 4),
    )
    x, o = integers(8), zeros(4)
    run(program_op, [x, o])
    assert (o.values == (x.values[0:8:2] - x.values[3])[::-1]).all()


def test_dst_does_not_change_with_the_page_that_it_was_copied_from():
    """Float32 tiles unpacked to DST, each popped before the next one takes its page."""
    copies = loop(4, waits("x_cb") + "\nttkernel.copy_tile(@x_cb, %c0, %k)\n" + pops("x_cb"), "%k")
    program_op = program(
        buffers=[Buffer("x_cb", 1, "f32", "unpack_to_dest_fp32 = true"), Buffer("o_cb", 4, "f32")],
        tensors=[("x", 4, "f32"), ("o", 4, "f32")],
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.copy_tile_init(@x_cb)",
                reserve("o_cb", 4),
                section(copies, "ttkernel.pack_tile_block(%c0, @o_cb, 4)"),
                push("o_cb", 4),
            ]
        ),
        read=loop(4, read_block("x_cb", "x", 1, "%k"), "%k"),
        write=write_block("o_cb", "o", 4),
        config=DST32,
    )
    x, o = integers(4, format="f32"), zeros(4, "f32")
    run(program_op, [x, o])
    assert (o.values == x.values).all()


def test_a_section_starts_anew_in_the_middle_of_a_trace():
    """Two sections with no push or pop between them: the second one's products do not add to the first one's."""
    products = (
        "ttkernel.mul_tiles(@x_cb, @x_cb, %c{0}, %c{0}, %c0)\nttkernel.mul_tiles(@x_cb, @x_cb, %c{0}, %c{0}, %c1)"
    )
    sections = [section(products.format(tile), "ttkernel.pack_tile_block(%c0, @o_cb, 2)") for tile in range(2)]
    program_op = program(
        buffers=[Buffer("x_cb", 2), Buffer("o_cb", 4)],
        tensors=[("x", 2), ("o", 4)],
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.mul_tiles_init(@x_cb, @x_cb)",
                waits("x_cb", pages=2),
                reserve("o_cb", 4),
                *sections,
                push("o_cb", 4),
                pops("x_cb", pages=2),
            ]
        ),
        read=read_block("x_cb", "x", 2),
        write=write_block("o_cb", "o", 4),
    )
    x, o = integers(2, 1, -9, 9), zeros(4)
    run(program_op, [x, o])
    assert (o.values == (x.values * x.values)[[0, 0, 1, 1]]).all()


def test_cores_come_to_a_section_on_different_ways():
    """Core 1 has a section of its own first. Both acquire and then pop: one with something to run, one with nothing."""
    first = section("ttkernel.copy_tile(@y_cb, %c0, %c0)", "ttkernel.pack_tile(%c0, @q_cb)")
    compute = "\n".join(
        [
            startup("x_cb", "x_cb", "o_cb"),
            "ttkernel.copy_tile_init(@y_cb)",
            waits("x_cb", "y_cb"),
            reserve("o_cb"),
            reserve("q_cb"),
            "%second = arith.cmpi eq, %core, %c1 : i32",
            f"scf.if %second {{\n{first}\n}}",
            "ttkernel.tile_regs_acquire()",
            pops("y_cb"),
            "ttkernel.mul_tiles_init(@x_cb, @x_cb)",
            "ttkernel.mul_tiles(@x_cb, @x_cb, %c0, %c0, %c0)",
            "%third = arith.cmpi eq, %core, %c2 : i32",
            "scf.if %third {\nttkernel.pack_reconfig_data_format(@o_cb)\n}",
            "ttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()\nttkernel.pack_tile(%c0, @o_cb)",
            "ttkernel.tile_regs_release()",
            push("o_cb"),
            pops("x_cb"),
        ]
    )
    program_op = program(
        buffers=[Buffer("x_cb", 1), Buffer("y_cb", 1), Buffer("o_cb", 1), Buffer("q_cb", 1)],
        tensors=[("x", 3), ("o", 3)],
        grid=(3, 1),
        core_args={"core": [0, 1, 2]},
        compute=compute,
        read=read_block("x_cb", "x", 1, "%core") + read_block("y_cb", "x", 1, "%core"),
        write=write_block("o_cb", "o", 1, "%core"),
    )
    x, o = integers(3, 1, -9, 9), zeros(3)
    result = run(program_op, [x, o])
    assert (o.values == x.values * x.values).all()
    assert result.counts["compute"] == {
        "compute_kernel_hw_startup": 3,
        "copy_tile_init": 3,
        "tile_regs_acquire": 4,
        "copy_tile": 1,
        "tile_regs_commit": 4,
        "tile_regs_wait": 4,
        "pack_tile": 4,
        "tile_regs_release": 4,
        "mul_tiles_init": 3,
        "mul_tiles": 3,
        "pack_reconfig_data_format": 1,
    }


def test_cores_whose_sections_hold_different_slots():
    """Core 0 has written a slot more than core 1 when the section lives through a pop."""
    compute = "\n".join(
        [
            startup("x_cb", "x_cb", "o_cb"),
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.abs_tile_init()",
            waits("x_cb", pages=2),
            reserve("o_cb"),
            "ttkernel.tile_regs_acquire()\nttkernel.copy_tile(@x_cb, %c0, %c0)",
            "%more = arith.cmpi eq, %core, %c0 : i32",
            "scf.if %more {\nttkernel.copy_tile(@x_cb, %c1, %c1)\n}",
            pops("x_cb", pages=2),
            "ttkernel.abs_tile(%c0)\nttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()",
            "ttkernel.pack_tile(%c0, @o_cb)\nttkernel.tile_regs_release()",
            push("o_cb"),
        ]
    )
    program_op = program(
        buffers=[Buffer("x_cb", 2), Buffer("o_cb", 1)],
        tensors=[("x", 3), ("o", 2)],
        grid=(2, 1),
        core_args={"core": [0, 1]},
        compute=compute,
        read=read_block("x_cb", "x", 2, "%core"),
        write=write_block("o_cb", "o", 1, "%core"),
    )
    x, o = integers(3), zeros(2)
    run(program_op, [x, o])
    assert (o.values == np.abs(x.values[:2])).all()
