"""A call that this file alone knows: what its class declares is all that the compiler needs."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

import pytest
from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr, i32, i64
from xdsl.irdl import irdl_op_definition, operand_def, prop_def
from xdsl.parser import Parser

from ttlang.backends.cpp.printer import print_kernel
from ttlang.backends.simulator.counted_calls import work_of
from ttlang.backends.simulator.read_program import read_program
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import (
    Configuration,
    Configures,
    Needs,
    ReadsThrough,
    Tiles,
    Unit,
    Unpacks,
    UsesDst,
    facets,
)
from ttlang.dialects.walking import operations_of
from ttlang.driver.universe import make_context
from ttlang.tables.kernel_api import GENERATIONS
from ttlang.transforms.ttkernel_insert_inits import TTKernelInsertInitsPass


@irdl_op_definition
class SmoothInitOp(ttkernel.ComputeOp):
    name = "ttkernel.smooth_init"
    HEADER: ClassVar[str] = "smooth.h"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    cb = prop_def(SymbolRefAttr)
    width = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "width")
    assembly_format = "`(` $cb `,` $width `)` attr-dict"


@irdl_op_definition
class SmoothTilesOp(ttkernel.ComputeOp):
    """Smooths `width` tiles of a buffer into as many DST slots."""

    name = "ttkernel.smooth_tiles"
    HEADER: ClassVar[str] = "smooth.h"
    FACETS: ClassVar = facets(
        UsesDst(("dst",), count=("width",)),
        Unpacks((Tiles("cb", "tile", ("width",)),)),
        ReadsThrough(a="cb"),
        Needs(SmoothInitOp),
    )
    cb = prop_def(SymbolRefAttr)
    tile = operand_def(i32)
    dst = operand_def(i32)
    width = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "tile", "dst", "width")
    assembly_format = "`(` $cb `,` $tile `,` $dst `,` $width `)` attr-dict"


@irdl_op_definition
class FlipInitOp(ttkernel.ComputeOp):
    name = "ttkernel.flip_init"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    assembly_format = "`(` `)` attr-dict"


@irdl_op_definition
class FlipTileOp(ttkernel.ComputeOp):
    """The FPU turns a tile that is in DST already: no buffer tells which format it has."""

    name = "ttkernel.flip_tile"
    FACETS: ClassVar = facets(UsesDst(("dst",), reads=1), Needs(FlipInitOp))
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("dst",)
    assembly_format = "`(` $dst `)` attr-dict"


def parse(body: str, thread: str = "compute") -> ttkernel.ProgramOp:
    """A program with three buffers and one kernel."""
    context = make_context()
    for kind in (SmoothInitOp, SmoothTilesOp, FlipInitOp, FlipTileOp):
        context.load_op(kind)
    text = f"""
      ttkernel.program @p grid [1, 1] on "wormhole_b0" {{
        ttkernel.circular_buffer @a_cb 0 pages 8 of <32x32, bf16> at 0
        ttkernel.circular_buffer @b_cb 1 pages 8 of <32x32, f32> at 16384
        ttkernel.circular_buffer @o_cb 2 pages 8 of <32x32, bf16> at 65536
        ttkernel.kernel @k on {thread} {{
          %zero = arith.constant 0 : i32
          %one = arith.constant 1 : i32
          %four = arith.constant 4 : i32
          {body}
        }}
      }}
    """
    module = Parser(context, text).parse_module()
    module.verify()
    TTKernelInsertInitsPass().apply(context, module)
    program = module.body.block.first_op
    assert isinstance(program, ttkernel.ProgramOp)
    return program


def calls(program: ttkernel.ProgramOp) -> list[str]:
    """Those of its kernel, as text."""
    return [str(op).removeprefix("ttkernel.") for op in operations_of(program.kernels[0], ttkernel.CallOp)]


def test_its_init_stands_where_what_it_needs_changes():
    body = """
      scf.for %i = %zero to %four step %one : i32 {
        ttkernel.smooth_tiles(@a_cb, %i, %zero, 2)
      }
      ttkernel.smooth_tiles(@a_cb, %zero, %zero, 2)
      ttkernel.smooth_tiles(@a_cb, %zero, %zero, 4)
      ttkernel.smooth_tiles(@b_cb, %zero, %zero, 4)
      ttkernel.exp_tile(%zero)
      ttkernel.smooth_tiles(@b_cb, %zero, %zero, 4)
      ttkernel.copy_tile(@b_cb, %zero, %zero)
      ttkernel.smooth_tiles(@b_cb, %zero, %zero, 4)
      ttkernel.pack_tile(%zero, @o_cb)
    """
    assert [call for call in calls(parse(body)) if "(%" not in call and "tiles(" not in call] == [
        "compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)",
        "smooth_init(@a_cb, 2)",
        "smooth_init(@a_cb, 4)",
        "reconfig_data_format_srca(@b_cb)",
        "smooth_init(@b_cb, 4)",
        "exp_tile_init()",
        "copy_tile_init(@b_cb)",
        "copy_tile(@b_cb, %zero, %zero)",
        "smooth_init(@b_cb, 4)",
    ]


def test_what_works_in_dst_gets_its_init_between_others():
    body = """
      ttkernel.copy_tile(@a_cb, %zero, %zero)
      ttkernel.flip_tile(%zero)
      ttkernel.flip_tile(%one)
      ttkernel.exp_tile(%zero)
      ttkernel.flip_tile(%zero)
      ttkernel.copy_tile(@a_cb, %zero, %one)
      ttkernel.pack_tile(%zero, @o_cb)
    """
    assert [call for call in calls(parse(body)) if "_tile(" not in call] == [
        "compute_kernel_hw_startup(@a_cb, @a_cb, @o_cb)",
        "copy_tile_init(@a_cb)",
        "flip_init()",
        "exp_tile_init()",
        "copy_tile_init(@a_cb)",
    ]


@pytest.mark.parametrize("generation", GENERATIONS)
def test_it_is_printed(generation: str):
    program = parse("ttkernel.smooth_tiles(@a_cb, %four, %zero, 2) ttkernel.pack_tile(%zero, @o_cb)")
    text = print_kernel(program.kernels[0], metal_api=generation)
    assert "smooth.h" in text
    assert "    smooth_init(a_cb, 2);\n" in text
    assert "    smooth_tiles(a_cb, 4, 0, 2);\n" in text


def test_its_work_is_counted():
    program = parse("ttkernel.smooth_tiles(@a_cb, %four, %zero, 2) ttkernel.pack_tile(%zero, @o_cb)")
    info = read_program(program)
    (init,) = operations_of(program, SmoothInitOp)
    (tiles,) = operations_of(program, SmoothTilesOp)
    assert work_of(init, info) == Counter(inits=1)
    assert work_of(tiles, info) == Counter(tiles=2, unpacks=2)


def test_a_data_movement_kernel_can_t_make_it():
    with pytest.raises(DiagnosticError, match="a data movement kernel, 'k', can't call smooth_tiles"):
        read_program(parse("ttkernel.smooth_tiles(@a_cb, %zero, %zero, 2)", "reader"))
