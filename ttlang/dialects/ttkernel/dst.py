"""The frame around math in DST, and moves to and from DST."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import (
    IntegerAttr,
    StringAttr,
    SymbolRefAttr,
    i32,
    i64,
)
from xdsl.ir import (
    SSAValue,
)
from xdsl.irdl import operand_def, opt_operand_def, prop_def

from ttlang.dialects.attributes import string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import BareOp, ComputeOp, OneBufferOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Flag, Format, Spelling
from ttlang.dialects.ttkernel.facets import (
    Awaited,
    ComputeOnly,
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
    Waits,
    facets,
)
from ttlang.tables.kernel_api import TTNN_0_81


class _DstOp(BareOp, ABC):
    HEADER: ClassVar[str] = "reg_api.h"
    FACETS: ClassVar = facets(ComputeOnly(), Configures(Configuration.FRAME))


@irdl_op_definition
class TileRegsAcquireOp(_DstOp):
    """Math waits for a free DST section."""

    name = "ttkernel.tile_regs_acquire"
    FACETS: ClassVar = facets(OpensSections(), Waits(Awaited.DST))


@irdl_op_definition
class TileRegsCommitOp(_DstOp):
    """Math hands its section to pack."""

    name = "ttkernel.tile_regs_commit"


@irdl_op_definition
class TileRegsWaitOp(_DstOp):
    """Pack waits for a section."""

    name = "ttkernel.tile_regs_wait"
    FACETS: ClassVar = facets(Waits(Awaited.DST))


@irdl_op_definition
class TileRegsReleaseOp(_DstOp):
    """Pack frees its section, whose contents are lost."""

    name = "ttkernel.tile_regs_release"


@irdl_op_definition
class CopyTileInitOp(OneBufferOp):
    """Prepares unpack and math to move tiles of a buffer to DST."""

    name = "ttkernel.copy_tile_init"
    HEADER: ClassVar[str] = "tile_move_copy.h"
    SPELLING: ClassVar[Spelling] = Spelling(name="copy_init", since=TTNN_0_81, before=Spelling())
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))


@irdl_op_definition
class CopyTileOp(ComputeOp):
    """Moves the tile at `tile` of the waited block to DST slot `dst`."""

    name = "ttkernel.copy_tile"
    HEADER: ClassVar[str] = "tile_move_copy.h"
    FACETS: ClassVar = facets(
        UsesDst(("dst",)),
        Unpacks((Tiles("cb", "tile"),)),
        ReadsThrough(a="cb", moves=True),
        Needs(CopyTileInitOp),
    )
    cb = prop_def(SymbolRefAttr)
    tile = operand_def(i32)
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "tile", "dst")
    assembly_format = "`(` $cb `,` $tile `,` $dst `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, tile: SSAValue, dst: SSAValue):
        super().__init__(operands=[tile, dst], properties={"cb": symbol(cb)})


@irdl_op_definition
class CopyDestValuesInitOp(BareOp):
    name = "ttkernel.copy_dest_values_init"
    HEADER: ClassVar[str] = "copy_dest_values.h"
    FACETS: ClassVar = facets(ComputeOnly(), Configures(Configuration.INIT, sets=(Unit.SFPU,)))


@irdl_op_definition
class CopyDestValuesOp(ComputeOp):
    """Copies DST slot `source` to slot `destination`; `format` is that of the data."""

    name = "ttkernel.copy_dest_values"
    HEADER: ClassVar[str] = "copy_dest_values.h"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Format("format"),))
    FACETS: ClassVar = facets(UsesDst(("source", "destination"), reads=1), Needs(CopyDestValuesInitOp))
    source = operand_def(i32)
    destination = operand_def(i32)
    format = prop_def(StringAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("source", "destination")
    assembly_format = "`(` $source `,` $destination `,` $format `)` attr-dict"

    def __init__(self, source: SSAValue, destination: SSAValue, format: str):
        super().__init__(operands=[source, destination], properties={"format": string_attr(format)})


@irdl_op_definition
class PackTileOp(ComputeOp):
    """Packs DST slot `dst` to the next page of the reserved block; or, out of order, to its page `tile`."""

    name = "ttkernel.pack_tile"
    HEADER: ClassVar[str] = "pack.h"
    SPELLING: ClassVar[Spelling] = Spelling(template=(Flag("tile"),))
    FACETS: ClassVar = facets(UsesDst(("dst",), reads=1, writes=False), Packs(Tiles("cb", "tile")), PackerFormat("cb"))
    dst = operand_def(i32)
    cb = prop_def(SymbolRefAttr)
    tile = opt_operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("dst", "cb", "tile")
    assembly_format = "`(` $dst `,` $cb (`,` $tile^)? `)` attr-dict"

    def __init__(self, dst: SSAValue, cb: str | SymbolRefAttr, tile: SSAValue | None = None):
        super().__init__(operands=[dst, tile], properties={"cb": symbol(cb)})


@irdl_op_definition
class PackTileBlockOp(ComputeOp):
    """Packs `tiles` DST slots from `dst` on to the next pages of the reserved block."""

    name = "ttkernel.pack_tile_block"
    HEADER: ClassVar[str] = "pack.h"
    SPELLING: ClassVar[Spelling] = Spelling(name="pack_block", since=TTNN_0_81, before=Spelling())
    FACETS: ClassVar = facets(
        UsesDst(("dst",), reads=1, writes=False, count=("tiles",)),
        Packs(Tiles("cb", count=("tiles",))),
        PackerFormat("cb"),
    )
    dst = operand_def(i32)
    cb = prop_def(SymbolRefAttr)
    tiles = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("dst", "cb", "tiles")
    assembly_format = "`(` $dst `,` $cb `,` $tiles `)` attr-dict"

    def __init__(self, dst: SSAValue, cb: str | SymbolRefAttr, tiles: int):
        super().__init__(operands=[dst], properties={"cb": symbol(cb), "tiles": number(tiles)})
