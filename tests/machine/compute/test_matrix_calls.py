"""Matrix products, broadcasts, reductions, reuse of DST, transposes and packs to chosen pages, on whole numbers."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.ttkernel_matrix_programs import (
    DST32,
    O_TILES,
    block_program,
    block_tensor,
    output,
    packed,
    small,
    to_matrix,
)
from tests.support.ttkernel_programs import (
    Buffer,
    Tensor,
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

MODES = pytest.mark.parametrize("numerics", ["chip", "fast"])
SWAPPED = ("y_cb", "x_cb")
"""As matmul wants the registers: the first operand goes to SrcB."""


# -------------------------------------------------------------------------------------------------------- matmul


def matmul(x: str, y: str, sizes: str, dst: str = "%c0") -> str:
    """The loop over two tiles of K."""
    return loop(
        2,
        f"%m = arith.muli %i, %c{y} : i32\n%a = arith.addi %i, %c{x} : i32\n"
        f"ttkernel.matmul_block(@x_cb, @y_cb, %a, %m, {dst}, {sizes})",
    )


@MODES
@pytest.mark.parametrize("config", ["", DST32])
def test_matmul_block(config, numerics):
    """2x2 tiles by 2x2 tiles."""
    a, b = small(64, 64, 1), small(64, 64, 2)
    math = "ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 2, 2, 2)\n" + matmul("0", "2", "0, 2, 2, 2")
    o = output()
    result = run(
        block_program(math, packed(4), start=SWAPPED, config=config),
        [block_tensor(a), block_tensor(b), o],
        numerics=numerics,
    )
    assert (to_matrix(o.values[:4], 2) == a @ b).all()
    assert result.counts["compute"]["matmul_block"] == 2


def test_matmul_transposes_each_tile_of_the_second_operand():
    a, b = small(32, 64, 1), small(32, 64, 2)
    math = "ttkernel.mm_block_init_short(@x_cb, @y_cb, 1, 1, 1, 2)\n" + matmul("0", "1", "1, 1, 1, 2")
    o = output()
    run(block_program(math, packed(1), start=SWAPPED), [block_tensor(a), block_tensor(b), o])
    assert (to_matrix(o.values[:1]) == a @ b.T).all()


def test_matmul_adds_to_what_is_there():
    """A copy in slot 1, zeros in slot 0."""
    a, b, c = small(32, 64, 1), small(64, 64, 2), small(32, 32, 3)
    math = (
        "ttkernel.reconfig_data_format_srca(@x_cb)\nttkernel.copy_tile_init(@x_cb)\n"
        "ttkernel.copy_tile(@x_cb, %c2, %c1)\n"
        "ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 2, 1, 2)\n" + matmul("0", "2", "0, 2, 1, 2")
    )
    x = block_tensor(a)
    x.pages[2] = block_tensor(c).pages[0]
    o = output()
    run(block_program(math, packed(2), start=SWAPPED), [x, block_tensor(b), o])
    wanted = a @ b
    wanted[:, 32:] += c
    assert (to_matrix(o.values[:2], 2) == wanted).all()


def test_matmul_of_blocks_inside_larger_ones():
    """Columns 1 and 2 of tiles of a 2x4 block, row 1 of a 2x2 block: pages with gaps, slots from 3 on."""
    a, b = small(64, 64, 1), small(64, 128, 2)
    body = """
    ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 2, 1, 2)
    scf.for %k = %c0 to %c2 step %c1 : i32 {
      %tile = arith.addi %k, %c2 : i32
      %row = arith.muli %k, %c4 : i32
      %other = arith.addi %row, %c1 : i32
      ttkernel.matmul_block(@x_cb, @y_cb, %tile, %other, %c3, 0, 2, 1, 2)
    }
    """
    o = output()
    pack = "\n".join(f"ttkernel.pack_tile(%c{3 + i % 2}, @o_cb)" for i in range(O_TILES))
    run(block_program(body, pack, start=SWAPPED), [block_tensor(a), block_tensor(b), o])
    assert (to_matrix(o.values[:2], 2) == (a @ b)[32:, 32:96]).all()


def test_matmul_of_two_formats():
    """in0 goes to SrcB, in1 to SrcA."""
    a, b = small(32, 32, 1), small(32, 32, 2)
    math = """
    ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 1, 1, 1)
    ttkernel.matmul_block(@x_cb, @y_cb, %c0, %c0, %c0, 0, 1, 1, 1)
    """
    o = output()
    formats = ("bfp_bf8", "bf16", "bf16")
    tensors = [block_tensor(a, format="bfp_bf8"), block_tensor(b), o]
    run(block_program(math, packed(1), start=SWAPPED, formats=formats), tensors)
    assert (to_matrix(o.values[:1]) == a @ b).all()


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_a_section_that_stays_open_over_blocks(seed):
    """Six cores add four products of 1x2 by 2x1 tiles up in DST, and pop the operands of each meanwhile."""
    body = [
        startup("y_cb", "x_cb", "o_cb"),
        "ttkernel.mm_block_init_short(@x_cb, @y_cb, 0, 1, 1, 2)",
        reserve("o_cb"),
        section(
            loop(
                4,
                waits("x_cb", "y_cb", pages=2)
                + loop(2, "ttkernel.matmul_block(@x_cb, @y_cb, %k, %k, %c0, 0, 1, 1, 2)", "%k")
                + pops("x_cb", "y_cb", pages=2),
            ),
            "ttkernel.pack_tile(%c0, @o_cb)",
        ),
        push("o_cb"),
    ]
    page = "%eight = arith.muli %core, %c8 : i32\n"
    turn = "%two = arith.muli %t, %c2 : i32\n%page = arith.addi %eight, %two : i32\n"
    op = program(
        buffers=[Buffer("x_cb", 4), Buffer("y_cb", 4), Buffer("o_cb", 1)],
        tensors=[("x", 48), ("y", 48), ("o", 6)],
        grid=(3, 2),
        core_args={"core": range(6)},
        compute="\n".join(body),
        read=page + loop(4, turn + read_block("x_cb", "x", 2, "%page") + read_block("y_cb", "y", 2, "%page"), "%t"),
        write=write_block("o_cb", "o", 1, "%core"),
    )
    a, b = small(32, 32 * 48, 1), small(32 * 48, 32, 2)
    o = zeros(6)
    run(op, [block_tensor(a, 48), block_tensor(b, 48), o], seed=seed)
    for core in range(6):
        part = slice(256 * core, 256 * (core + 1))
        assert (to_matrix(o.values[core : core + 1]) == a[:, part] @ b[part]).all()


# ---------------------------------------------------------------------------------------------- broadcasts, reuse

KINDS = {"add": np.add, "sub": np.subtract, "mul": np.multiply}
DIMS = {"rows": np.s_[:1, :], "cols": np.s_[:, :1], "scalar": np.s_[:1, :1]}


@MODES
@pytest.mark.parametrize("dim", DIMS)
@pytest.mark.parametrize("kind", KINDS)
def test_broadcast_of_the_second_tile(kind, dim, numerics):
    """Tile i of x with tile 1 of y; twice: only products add up."""
    a, b = small(32, 128, 1, -5, 6), small(32, 64, 2, -5, 6)
    call = loop(4, f"ttkernel.{kind}_tiles_bcast_{dim}(@x_cb, @y_cb, %i, %c1, %i)")
    math = f"ttkernel.{kind}_bcast_{dim}_init(@x_cb, @y_cb)\n{call}\n{call.replace('%i', '%j')}"
    o = output()
    run(block_program(math, packed(4)), [block_tensor(a), block_tensor(b), o], numerics=numerics)
    wanted = KINDS[kind](a, b[:, 32:][DIMS[dim]]) if dim != "rows" else KINDS[kind](a, np.tile(b[:1, 32:], 4))
    assert (to_matrix(o.values[:4], 4) == wanted * (2 if kind == "mul" else 1)).all()


@MODES
@pytest.mark.parametrize("dest", ["srca", "srcb"])
@pytest.mark.parametrize("kind", KINDS)
def test_reuse_of_dst(kind, dest, numerics):
    """Twice: each takes the place of what it was computed from."""
    a, b = small(32, 128, 1, -5, 6), small(32, 128, 2, -5, 6)
    call = loop(4, f'ttkernel.binary_dest_reuse_tiles "{kind}" "{dest}" (@y_cb, %i, %i)')
    math = "\n".join(
        [
            "ttkernel.copy_tile_init(@x_cb)",
            loop(4, "ttkernel.copy_tile(@x_cb, %i, %i)", "%i"),
            f'ttkernel.binary_dest_reuse_tiles_init "{kind}" "{dest}" (@y_cb)',
            call.replace("%i", "%j"),
            call.replace("%i", "%k"),
        ]
    )
    o = output()
    run(block_program(math, packed(4)), [block_tensor(a), block_tensor(b), o], numerics=numerics)
    wanted = a
    for _ in range(2):
        wanted = KINDS[kind](wanted, b) if dest == "srca" else KINDS[kind](b, wanted)
    assert (to_matrix(o.values[:4], 4) == wanted).all()


# -------------------------------------------------------------------------------------------- reduce, transpose

RESULT = {"row": np.s_[:, :1], "col": np.s_[:1, :], "scalar": np.s_[:1, :1]}
AXES = {"row": 1, "col": 0, "scalar": None}


def reduction(pool: str, dim: str, body: str) -> str:
    return f"""
    ttkernel.reduce_init "{pool}" "{dim}" (@x_cb, @y_cb, @o_cb)
    {body}
    ttkernel.reduce_uninit()
    """


def reduce_call(pool: str, dim: str, tile: str, dst: str, scaler: str = "%c0") -> str:
    return f'ttkernel.reduce_tile "{pool}" "{dim}" to @o_cb (@x_cb, @y_cb, {tile}, {scaler}, {dst})'


@MODES
@pytest.mark.parametrize("config", ["", DST32])
@pytest.mark.parametrize("dim", RESULT)
@pytest.mark.parametrize("pool", ["sum", "max"])
def test_reduce(pool, dim, config, numerics):
    """Slot i takes tiles 4i to 4i + 3. All numbers are negative: a maximum does not start from zero."""
    values = small(32, 256, 1, -3, 0) if pool == "max" else small(32, 256, 1)
    body = loop(
        2,
        loop(
            4,
            "%row = arith.muli %i, %c4 : i32\n%tile = arith.addi %row, %k : i32\n"
            + reduce_call(pool, dim, "%tile", "%i"),
            "%k",
        ),
    )
    o = output()
    tensors = [block_tensor(values), block_tensor(np.ones((32, 32), np.float32)), o]
    result = run(block_program(reduction(pool, dim, body), packed(2), config=config), tensors, numerics=numerics)
    assert result.counts["compute"]["reduce_tile"] == 8
    reduce = np.sum if pool == "sum" else np.max
    for slot, part in enumerate(np.split(values, 2, axis=1)):
        four = np.stack(np.split(part, 4, axis=1))
        wanted = reduce(reduce(four, axis=0), axis=AXES[dim], keepdims=True)
        got = to_matrix(o.values[slot : slot + 1])
        assert (got[RESULT[dim]] == wanted).all()
        undefined = np.ones((32, 32), bool)
        undefined[RESULT[dim]] = False
        assert not np.isfinite(got[undefined]).any(), "nobody may use what is outside the result"


def test_scalers_that_differ():
    """Slot i takes tile i with scaler i, and the second loop adds tile i with scaler 0."""
    values = small(32, 64, 1)
    calls = [loop(2, reduce_call("sum", "col", f"%{v}", f"%{v}", s), f"%{v}") for v, s in (("i", "%i"), ("j", "%c0"))]
    scalers = block_tensor(np.concatenate([np.full((32, 32), 2, np.float32), np.full((32, 32), 3, np.float32)]))
    o = output()
    run(block_program(reduction("sum", "col", "\n".join(calls)), packed(2)), [block_tensor(values), scalers, o])
    assert (to_matrix(o.values[:1])[0] == 4 * values[:, :32].sum(axis=0)).all()
    assert (to_matrix(o.values[1:2])[0] == 5 * values[:, 32:].sum(axis=0)).all()


def test_a_scaler_that_moves_along_the_sum():
    """Not one step of the trace: each tile has a scaler of its own."""
    values = small(32, 64, 1)
    body = loop(2, reduce_call("sum", "row", "%i", "%c0", "%i"))
    scalers = block_tensor(np.concatenate([np.full((32, 32), 2, np.float32), np.full((32, 32), 3, np.float32)]))
    o = output()
    run(block_program(reduction("sum", "row", body), packed(1)), [block_tensor(values), scalers, o])
    wanted = 2 * values[:, :32].sum(axis=1) + 3 * values[:, 32:].sum(axis=1)
    assert (to_matrix(o.values[:1])[:, 0] == wanted).all()


@MODES
@pytest.mark.parametrize(
    ("format", "config", "flags"),
    [("bf16", "", ""), ("bfp_bf8", "", ""), ("f32", DST32, "unpack_to_dest_fp32 = true")],
)
def test_transpose(format, config, flags, numerics):
    values = small(32, 128, 1, -60, 60)
    if format == "f32":
        values += np.float32(2.0**-16)
    math = "ttkernel.transpose_wh_init_short(@x_cb)\n" + loop(4, "ttkernel.transpose_wh_tile(@x_cb, %i, %i)")
    o = output(format=format)
    tensors = [block_tensor(values, format=format), block_tensor(small(32, 32, 2), format=format), o]
    op = block_program(math, packed(4), formats=(format,) * 3, config=config, flags=flags)
    run(op, tensors, numerics=numerics)
    given = to_matrix(tensors[0].values[:4], 4)
    assert (to_matrix(o.values[:4]) == given.T).all()


# ------------------------------------------------------------------------------------ packs to chosen pages, in L1


def copied(tiles: int) -> str:
    return "ttkernel.copy_tile_init(@x_cb)\n" + loop(tiles, "ttkernel.copy_tile(@x_cb, %i, %i)")


def test_pack_out_of_order_leaves_the_cursor_alone():
    pack = """
    ttkernel.pack_tile(%c0, @o_cb, %c6)
    ttkernel.pack_tile(%c1, @o_cb)
    ttkernel.pack_tile(%c2, @o_cb, %c1)
    ttkernel.pack_tile_block(%c3, @o_cb, 3)
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      %page = arith.addi %i, %c4 : i32
      ttkernel.pack_tile(%i, @o_cb, %page)
    }
    """
    x, o = Tensor(small(8, 1024, 1, -60, 60)), output()
    run(block_program(copied(8), pack), [x, block_tensor(small(32, 32, 2)), o])
    # The cursor writes 1, then 3, 4, 5; the loop pages 4 to 7.
    assert (o.values == x.values[[1, 3, 4, 5, 0, 1, 2, 3]]).all()


@MODES
@pytest.mark.parametrize(("format", "config"), [("bf16", ""), ("bf16", DST32), ("f32", DST32)])
def test_packs_that_add_to_l1(format, config, numerics):
    """Three turns of a loop; the first replaces, and so does a pack after the loop."""
    turn = section(
        copied(4),
        """
    scf.for %r = %c0 to %c2 step %c1 : i32 {
      scf.for %c = %c0 to %c2 step %c1 : i32 {
        %s0 = arith.muli %r, %c2 : i32
        %s = arith.addi %s0, %c : i32
        %p0 = arith.muli %r, %c4 : i32
        %p = arith.addi %p0, %c : i32
        ttkernel.pack_tile(%s, @o_cb, %p)
      }
    }
    """,
    )
    fill = section(copied(4), "\n".join(f"ttkernel.pack_tile(%c0, @o_cb, %c{p})" for p in (2, 3, 6, 7)))
    sections = f"""
    scf.for %turn = %c0 to %c3 step %c1 : i32 {{
      %later = arith.cmpi ne, %turn, %c0 : i32
      %enable = arith.extui %later : i1 to i32
      ttkernel.pack_reconfig_l1_acc(%enable)
      {turn}
    }}
    ttkernel.pack_reconfig_l1_acc(%c0)
    {fill}
    """
    x, o = Tensor(small(8, 1024, 1, -20, 20)), output(format=format)
    op = block_program("", "", sections=sections, formats=("bf16", "bf16", format), config=config)
    result = run(op, [x, block_tensor(small(32, 32, 2)), o], numerics=numerics)
    assert (o.values[[0, 1, 4, 5]] == 3 * x.values[:4]).all()
    assert (o.values[[2, 3, 6, 7]] == x.values[0]).all()
    assert result.counts["compute"]["pack_reconfig_l1_acc"] == 4


def test_packs_in_order_and_to_one_page_add_too():
    """A loop over slots that all go to page 2."""
    pack = """
    ttkernel.pack_tile_block(%c0, @o_cb, 8)
    ttkernel.pack_reconfig_l1_acc(%c1)
    scf.for %i = %c0 to %c4 step %c1 : i32 {
      ttkernel.pack_tile(%i, @o_cb, %c2)
    }
    """
    x, o = Tensor(small(8, 1024, 1, -20, 20)), output()
    run(block_program(copied(8), pack), [x, block_tensor(small(32, 32, 2)), o])
    wanted = x.values.copy()
    wanted[2] += x.values[:4].sum(axis=0)
    assert (o.values == wanted).all()
