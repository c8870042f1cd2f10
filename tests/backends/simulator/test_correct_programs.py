"""Programs that are right: cores, arguments, control flow, transfers, runs."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.ttkernel_programs import (
    Buffer,
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
from ttlang.backends.simulator import prepare, run
from ttlang.machine.compute import trace as trace_module


def add_program(*, grid=(1, 1), core_args=None, first="%c0"):
    return program(
        buffers=[Buffer("x_cb", 2), Buffer("y_cb", 2), Buffer("o_cb", 2)],
        tensors=[("x", 4), ("y", 4), ("o", 4)],
        grid=grid,
        core_args=core_args,
        compute="\n".join(
            [
                startup("x_cb", "y_cb", "o_cb"),
                "ttkernel.add_tiles_init(@x_cb, @y_cb)",
                waits("x_cb", "y_cb"),
                reserve("o_cb"),
                section("ttkernel.add_tiles(@x_cb, @y_cb, %c0, %c0, %c0)", "ttkernel.pack_tile(%c0, @o_cb)"),
                push("o_cb"),
                pops("x_cb", "y_cb"),
            ]
        ),
        read=read_block("x_cb", "x", 1, first) + read_block("y_cb", "y", 1, first),
        write=write_block("o_cb", "o", 1, first),
    )


@pytest.mark.parametrize("numerics", ["chip", "fast"])
def test_one_tile(numerics):
    x, y, o = integers(4, 1), integers(4, 2), zeros(4)
    result = run(add_program(), [x, y, o], numerics=numerics)
    assert (o.values[0] == x.values[0] + y.values[0]).all()
    assert not o.values[1:].any()
    assert result.warnings == ()
    assert result.counts["compute"]["add_tiles"] == 1
    assert result.counts["compute"]["compute_kernel_hw_startup"] == 1
    assert result.counts["read"] == {"noc_async_read_page": 2}
    assert result.counts["write"] == {"noc_async_write_page": 1}


def test_each_core_its_own_argument():
    x, y, o = integers(4, 1), integers(4, 2), zeros(4)
    text = add_program(grid=(2, 2), core_args={"page": [3, 1, 0, 2]}, first="%page")
    result = run(text, [x, y, o])
    assert (o.values == x.values + y.values).all()
    assert result.counts["compute"]["add_tiles"] == 4


def test_core_coordinates_are_column_and_row():
    program_op = program(
        buffers=[Buffer("x_cb", 2)],
        tensors=[("x", 6), ("o", 6)],
        grid=(3, 2),
        read="""
        %x_ = ttkernel.my_logical_x_
        %y_ = ttkernel.my_logical_y_
        %r = arith.muli %y_, %c3 : i32
        %p = arith.addi %r, %x_ : i32
        """
        + read_block("x_cb", "x", 1, "%p"),
        write="""
        %x_ = ttkernel.my_logical_x_
        %y_ = ttkernel.my_logical_y_
        %r = arith.muli %x_, %c2 : i32
        %p = arith.addi %r, %y_ : i32
        """
        + write_block("x_cb", "o", 1, "%p"),
    )
    x, o = integers(6), zeros(6)
    run(program_op, [x, o])
    assert (o.values.reshape(3, 2, 1024) == x.values.reshape(2, 3, 1024).transpose(1, 0, 2)).all()


def test_batches_with_a_remainder():
    """A block of 11 tiles: a batch of 8 and one of 3, each operation in a loop."""
    batch = """
    scf.for %i = %c0 to %c{n} step %c1 : i32 {{
      %t = arith.addi %i, %c{first} : i32
      ttkernel.add_tiles(@x_cb, @y_cb, %t, %t, %i)
    }}
    ttkernel.relu_tile_init()
    scf.for %i = %c0 to %c{n} step %c1 : i32 {{
      ttkernel.relu_tile(%i)
    }}
    """
    sections = "\n".join(
        section(batch.format(n=n, first=first), f"ttkernel.pack_tile_block(%c0, @o_cb, {n})")
        for first, n in ((0, 8), (8, 3))
    )
    program_op = program(
        buffers=[Buffer("x_cb", 11), Buffer("y_cb", 11), Buffer("o_cb", 22)],
        tensors=[("x", 11), ("y", 11), ("o", 11)],
        compute="\n".join(
            [
                startup("x_cb", "y_cb", "o_cb"),
                "ttkernel.add_tiles_init(@x_cb, @y_cb)",
                waits("x_cb", "y_cb", pages=11),
                reserve("o_cb", 11),
                sections,
                push("o_cb", 11),
                pops("x_cb", "y_cb", pages=11),
            ]
        ),
        read=read_block("x_cb", "x", 11) + read_block("y_cb", "y", 11),
        write=write_block("o_cb", "o", 11),
    )
    x, y, o = integers(11, 1), integers(11, 2), zeros(11)
    result = run(program_op, [x, y, o])
    assert (o.values == np.maximum(x.values + y.values, 0)).all()
    assert result.counts["compute"]["add_tiles"] == 11
    assert result.counts["compute"]["relu_tile"] == 11
    assert result.counts["compute"]["pack_tile_block"] == 2


UNEVEN = {"skip": [0, 1, 2, 1, 0, 3], "core": list(range(6))}
"""How many tiles each core drops first, so that the cores' rings stand at different pages."""


def uneven_program():
    """out[core] = |x[skip]| on 6 cores."""
    drop = "scf.for %k = %c0 to %skip step %c1 : i32 {\n" + waits("x_cb") + "\n" + pops("x_cb") + "\n}\n"
    return program(
        buffers=[Buffer("x_cb", 3), Buffer("o_cb", 2)],
        tensors=[("x", 6), ("o", 6)],
        grid=(3, 2),
        core_args=UNEVEN,
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.copy_tile_init(@x_cb)\nttkernel.abs_tile_init()",
                drop,
                waits("x_cb"),
                reserve("o_cb"),
                section(
                    "ttkernel.copy_tile(@x_cb, %c0, %c0)\nttkernel.abs_tile(%c0)", "ttkernel.pack_tile(%c0, @o_cb)"
                ),
                push("o_cb"),
                pops("x_cb"),
            ]
        ),
        read="%stop = arith.addi %skip, %c1 : i32\nscf.for %k = %c0 to %stop step %c1 : i32 {"
        + read_block("x_cb", "x", 1, "%k")
        + "}",
        write=write_block("o_cb", "o", 1, "%core"),
    )


@pytest.mark.parametrize("seed", [None, *range(21)])
def test_cores_at_different_pages_run_together_whatever_the_order(seed):
    x, o = integers(6), zeros(6)
    run(uneven_program(), [x, o], seed=seed)
    assert (o.values == np.abs(x.values[UNEVEN["skip"]])).all()


def test_branches_and_carried_values():
    """Core c sums its first c + 1 pages, taken in the order of a carried page number; odd cores double it."""
    compute = "\n".join(
        [
            startup("x_cb", "y_cb", "o_cb"),
            "%n = arith.addi %core, %c1 : i32",
            reserve("o_cb"),
            "ttkernel.tile_regs_acquire()\nttkernel.fill_tile_init()\nttkernel.fill_tile(%c0) [0.0]",
            "%slot = scf.for %k = %c0 to %n step %c1 iter_args(%s = %c0) -> (i32) : i32 {",
            waits("x_cb"),
            "%other = arith.subi %c1, %s : i32",
            "ttkernel.copy_tile_init(@x_cb)\nttkernel.copy_tile(@x_cb, %c0, %c2)",
            "ttkernel.add_binary_tile_init()\nttkernel.add_binary_tile(%s, %c2, %other)",
            pops("x_cb"),
            "scf.yield %other : i32\n}",
            "%bit = arith.andi %core, %c1 : i32",
            "%odd = arith.cmpi eq, %bit, %c1 : i32",
            "%from = scf.if %odd -> (i32) {",
            "ttkernel.add_binary_tile(%slot, %slot, %c3)\nscf.yield %c3 : i32\n} else {\nscf.yield %slot : i32\n}",
            "ttkernel.tile_regs_commit()\nttkernel.tile_regs_wait()",
            "ttkernel.pack_tile(%from, @o_cb)\nttkernel.tile_regs_release()",
            push("o_cb"),
        ]
    )
    read = (
        "%n = arith.addi %core, %c1 : i32\n"
        "%end = scf.for %k = %c0 to %n step %c1 iter_args(%page = %c0) -> (i32) : i32 {\n"
        + read_block("x_cb", "x", 1, "%page")
        + "%next = arith.addi %page, %c1 : i32\nscf.yield %next : i32\n}"
    )
    program_op = program(
        buffers=[Buffer("x_cb", 2), Buffer("y_cb", 1), Buffer("o_cb", 1)],
        tensors=[("x", 4), ("o", 4)],
        grid=(4, 1),
        core_args={"core": range(4)},
        compute=compute,
        read=read,
        write=write_block("o_cb", "o", 1, "%core"),
    )
    x, o = integers(4, low=-9, high=9), zeros(4)
    run(program_op, [x, o])
    sums = np.cumsum(x.values, axis=0)
    assert (o.values == sums * np.array([[1], [2], [1], [2]])).all()


def test_a_tensor_may_be_read_and_written_in_place_by_its_core():
    x = integers(4)
    before = x.values.copy()
    text = add_program(grid=(4, 1), core_args={"page": [0, 1, 2, 3]}, first="%page")
    run(text, [x, x, x])
    assert (x.values == 2 * before).all()


def test_a_kernel_may_use_a_reserved_block_as_its_own():
    """A data movement kernel reads into a block and writes out of it, and never pushes it."""
    program_op = program(
        buffers=[Buffer("x_cb", 4)],
        tensors=[("x", 4), ("o", 4)],
        read=read_block("x_cb", "x", 4).replace("ttkernel.cb_push_back(@x_cb, 4)", "")
        + "ttkernel.noc_async_write_page(%c2, %o, %p_x_cb)\nttkernel.noc_async_write_barrier()",
    )
    x, o = integers(4), zeros(4)
    run(program_op, [x, o])
    assert (o.values[2] == x.values[0]).all()


def test_a_simulation_runs_again_on_other_tensors():
    simulation = prepare(add_program(grid=(2, 2), core_args={"page": [3, 1, 0, 2]}, first="%page"))
    for seed in (None, 1, 2):
        x, y, o = integers(4, 3), integers(4, 4), zeros(4)
        first = simulation.run([x, y, o], seed=seed)
        assert (o.values == x.values + y.values).all()
        assert simulation.run([y, o, x], numerics="fast").counts == first.counts
        assert (x.values == y.values + o.values).all()


def test_pages_left_in_a_buffer_are_a_warning():
    program_op = program(buffers=[Buffer("x_cb", 4)], tensors=[("x", 4)], grid=(2, 1), read=read_block("x_cb", "x", 2))
    (warning,) = run(program_op, [integers(4)]).warnings
    assert warning.code == "TTL0812"
    assert warning.message == "x_cb is left with 2 pages on cores (0, 0)-(1, 0)"
    assert warning.span is not None
    assert warning.span.line == 900


@pytest.mark.parametrize("arch", ["wormhole_b0", "blackhole"])
def test_a_loop_nest_of_transfers_takes_any_bounds(arch):
    """Rows of a matrix of tiles, whose count and width only the run knows."""
    nest = """
    ttkernel.cb_reserve_back(@x_cb, 12)
    %ptr = ttkernel.get_write_ptr(@x_cb)
    %size = ttkernel.get_tile_size(@x_cb)
    scf.for %r = %c1 to %rows step %c1 : i32 {
      %before = arith.subi %r, %c1 : i32
      scf.for %c = %c0 to %columns step %c2 : i32 {
        %line = arith.muli %before, %c8 : i32
        %page = arith.addi %line, %c : i32
        %half = arith.floordivsi %columns, %c2 : i32
        %first = arith.muli %before, %half : i32
        %step = arith.shrsi %c, %c1 : i32
        %at = arith.addi %first, %step : i32
        %offset = arith.muli %at, %size : i32
        %l1 = arith.addi %ptr, %offset : i32
        ttkernel.noc_async_read_page(%page, %x, %l1)
      }
    }
    ttkernel.noc_async_read_barrier()
    ttkernel.cb_push_back(@x_cb, 12)
    """
    program_op = program(
        buffers=[Buffer("x_cb", 12)],
        tensors=[("x", 32), ("o", 12)],
        core_args={"rows": [4], "columns": [8]},
        read=nest,
        write=write_block("x_cb", "o", 12),
        arch=arch,
    )
    x, o = integers(32), zeros(12)
    run(program_op, [x, o])
    assert (o.values.reshape(3, 4, 1024) == x.values.reshape(4, 8, 1024)[:3, ::2]).all()


def test_a_kernel_that_never_repeats_itself_forgets(monkeypatch):
    """What was checked is checked again; nothing else changes."""
    monkeypatch.setattr(trace_module, "MOST_NODES", 3)
    x, o = integers(6), zeros(6)
    run(uneven_program(), [x, o])
    assert (o.values == np.abs(x.values[UNEVEN["skip"]])).all()


def test_a_block_may_be_pushed_page_by_page():
    """The packer goes on at the next page after each push, with no new reservation."""
    parts = [section(f"ttkernel.copy_tile(@x_cb, %c{i}, %c0)", "ttkernel.pack_tile(%c0, @o_cb)") for i in range(3)]
    program_op = program(
        buffers=[Buffer("x_cb", 3), Buffer("o_cb", 3)],
        tensors=[("x", 3), ("o", 3)],
        compute="\n".join(
            [
                startup("x_cb", "x_cb", "o_cb"),
                "ttkernel.copy_tile_init(@x_cb)",
                waits("x_cb", pages=3),
                reserve("o_cb", 3),
                *(part + push("o_cb") for part in parts),
                pops("x_cb", pages=3),
            ]
        ),
        read=read_block("x_cb", "x", 3),
        write=loop(3, write_block("o_cb", "o", 1, "%k"), "%k"),
    )
    x, o = integers(3), zeros(3)
    run(program_op, [x, o])
    assert (o.values == x.values).all()
