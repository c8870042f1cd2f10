"""Rows of elements to tiles, and back. Each call has DST sections of its own, but for what untilizes what DST holds."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, SymbolRefAttr, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def, prop_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import ComputeOp, OneBufferOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Count, Spelling
from ttlang.dialects.ttkernel.facets import (
    Configuration,
    Configures,
    Needs,
    OpensSections,
    PackerFormat,
    Packs,
    ReadsThrough,
    Tiles,
    Unit,
    Unpacks,
    UsesDst,
    facets,
)


class _TilizeOp(ComputeOp, ABC):
    FACETS: ClassVar = facets(ReadsThrough(a="in0", moves=True), PackerFormat("out"))
    in0 = prop_def(SymbolRefAttr)
    width = prop_def(IntegerAttr.constr(i64))
    """Tiles across."""
    out = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "width", "out")
    assembly_format = "`(` $in0 `,` $width `,` $out `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, width: int | IntegerAttr, out: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "width": number(width), "out": symbol(out)})


@irdl_op_definition
class TilizeUninitOp(ComputeOp):
    """Brings the units back from `tilize_init`."""

    name = "ttkernel.tilize_uninit"
    HEADER: ClassVar[str] = "tilize.h"
    FACETS: ClassVar = facets(Configures(Configuration.UNINIT, clobbers=(Unit.MOP,)))
    in0 = prop_def(SymbolRefAttr)
    out = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "out")
    assembly_format = "`(` $in0 `,` $out `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, out: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "out": symbol(out)})


@irdl_op_definition
class TilizeInitOp(_TilizeOp):
    """Prepares unpack, math and pack for `tilize_block`. `tilize_uninit` is owed."""

    name = "ttkernel.tilize_init"
    HEADER: ClassVar[str] = "tilize.h"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,), owes=TilizeUninitOp))


@irdl_op_definition
class TilizeBlockOp(_TilizeOp):
    """32 rows of `width` * 32 elements at the front of `in0` become the first `width` reserved tiles of `out`."""

    name = "ttkernel.tilize_block"
    HEADER: ClassVar[str] = "tilize.h"
    FACETS: ClassVar = facets(
        Unpacks((Tiles("in0", count=("width",)),)),
        Packs(Tiles("out", count=("width",))),
        OpensSections(("width",)),
        Needs(TilizeInitOp, explicit=True),
    )


class _UntilizeOp(ComputeOp, ABC):
    SPELLING: ClassVar[Spelling] = Spelling(template=(Count("part"), Count("width")))
    FACETS: ClassVar = facets(ReadsThrough(a="in0", moves=True), PackerFormat("out"))
    part = prop_def(IntegerAttr.constr(i64))
    """Tiles that a call takes."""
    width = prop_def(IntegerAttr.constr(i64))
    """Tiles across, a multiple of `part`."""
    in0 = prop_def(SymbolRefAttr)
    out = prop_def(SymbolRefAttr)


@irdl_op_definition
class PackUntilizeUninitOp(OneBufferOp):
    """Brings the packer back from `pack_untilize_init`. `cb` is what was packed to."""

    name = "ttkernel.pack_untilize_uninit"
    HEADER: ClassVar[str] = "pack_untilize.h"
    FACETS: ClassVar = facets(Configures(Configuration.UNINIT, clobbers=(Unit.MOP,)))


@irdl_op_definition
class PackUntilizeInitOp(_UntilizeOp):
    """Prepares unpack, math and pack for `pack_untilize_block`. `pack_untilize_uninit` is owed."""

    name = "ttkernel.pack_untilize_init"
    HEADER: ClassVar[str] = "pack_untilize.h"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,), owes=PackUntilizeUninitOp))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "out")
    assembly_format = "`<` $part `,` $width `>` `(` $in0 `,` $out `)` attr-dict"

    def __init__(self, part: int, width: int, in0: str | SymbolRefAttr, out: str | SymbolRefAttr):
        super().__init__(
            properties={"part": number(part), "width": number(width), "in0": symbol(in0), "out": symbol(out)}
        )


@irdl_op_definition
class PackUntilizeBlockOp(_UntilizeOp):
    """
    The first `part` tiles at the front of `in0` become 32 parts of rows of `width` * 32 elements, from the tile
    `column` * `part` across on, in the pages that are reserved of `out`. `rows` is 1: it would not move on in `in0`.
    """

    name = "ttkernel.pack_untilize_block"
    HEADER: ClassVar[str] = "pack_untilize.h"
    FACETS: ClassVar = facets(
        Unpacks((Tiles("in0", count=("part",)),)),
        Packs(Tiles("out", count=("part",))),
        OpensSections(),
        Needs(PackUntilizeInitOp, explicit=True),
    )
    rows = prop_def(IntegerAttr.constr(i64))
    column = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "rows", "out", "column")
    assembly_format = "`<` $part `,` $width `>` `(` $in0 `,` $rows `,` $out `,` $column `)` attr-dict"

    def __init__(self, part: int, width: int, in0: str | SymbolRefAttr, out: str | SymbolRefAttr, column: SSAValue):
        super().__init__(
            operands=[column],
            properties={
                "part": number(part),
                "width": number(width),
                "in0": symbol(in0),
                "out": symbol(out),
                "rows": number(1),
            },
        )


# ------------------------------------------------------------------------------------------------------------ from DST


class _UntilizeDestOp(ComputeOp, ABC):
    HEADER: ClassVar[str] = "pack_untilize.h"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Count("part"), Count("width")))
    FACETS: ClassVar = facets(PackerFormat("cb"))
    part = prop_def(IntegerAttr.constr(i64))
    """Tiles that a call takes."""
    width = prop_def(IntegerAttr.constr(i64))
    """Tiles across, a multiple of `part`."""
    cb = prop_def(SymbolRefAttr)


@irdl_op_definition
class PackUntilizeDestInitOp(_UntilizeDestOp):
    """Prepares pack for `pack_untilize_dest`, and sets its format. `pack_untilize_uninit` is owed."""

    name = "ttkernel.pack_untilize_dest_init"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.PACK,), owes=PackUntilizeUninitOp))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`<` $part `,` $width `>` `(` $cb `)` attr-dict"

    def __init__(self, part: int, width: int, cb: str | SymbolRefAttr):
        super().__init__(properties={"part": number(part), "width": number(width), "cb": symbol(cb)})


@irdl_op_definition
class PackUntilizeDestOp(_UntilizeDestOp):
    """
    `part` DST slots from `dst` on become 32 parts of rows of `width` * 32 elements, from the tile `column` * `part`
    across on, in the pages that are reserved of `cb`. `rows`, of such blocks, is 1.
    """

    name = "ttkernel.pack_untilize_dest"
    FACETS: ClassVar = facets(
        UsesDst(("dst",), reads=1, writes=False, count=("part",)),
        Packs(Tiles("cb", count=("part",))),
        Needs(PackUntilizeDestInitOp, explicit=True),
    )
    rows = prop_def(IntegerAttr.constr(i64))
    column = operand_def(i32)
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "rows", "column", "dst")
    assembly_format = "`<` $part `,` $width `>` `(` $cb `,` $rows `,` $column `,` $dst `)` attr-dict"

    def __init__(self, part: int, width: int, cb: str | SymbolRefAttr, column: SSAValue, dst: SSAValue):
        properties = {"part": number(part), "width": number(width), "cb": symbol(cb), "rows": number(1)}
        super().__init__(operands=[column, dst], properties=properties)
