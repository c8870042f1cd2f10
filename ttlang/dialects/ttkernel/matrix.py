"""Matrix products, reductions and transposes of tiles in L1."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, StringAttr, SymbolRefAttr, UnitAttr, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def, opt_prop_def, prop_def

from ttlang.dialects.attributes import UNIT, string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import ComputeOp, OneBufferOp, number, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Enumerator, Flag, Spelling
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
from ttlang.tables.kernel_api import TTNN_0_81

# -------------------------------------------------------------------------------------------------------- matmul


@irdl_op_definition
class MatmulBlockInitOp(ComputeOp):
    """
    Prepares unpack and math for `matmul_block` of `rt` by `ct` tiles. `in0` goes to SrcB and `in1` to SrcA; with
    `transpose`, each tile of `in1` is transposed.
    """

    name = "ttkernel.mm_block_init_short"
    HEADER: ClassVar[str] = "matmul.h"
    SPELLING: ClassVar[Spelling] = Spelling(name="matmul_block_init", since=TTNN_0_81, before=Spelling())
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    transpose = prop_def(IntegerAttr.constr(i64))
    ct = prop_def(IntegerAttr.constr(i64))
    rt = prop_def(IntegerAttr.constr(i64))
    kt = prop_def(IntegerAttr.constr(i64))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "transpose", "ct", "rt", "kt")
    assembly_format = "`(` $in0 `,` $in1 `,` $transpose `,` $ct `,` $rt `,` $kt `)` attr-dict"

    def __init__(
        self,
        in0: str | SymbolRefAttr,
        in1: str | SymbolRefAttr,
        transpose: int | IntegerAttr,
        ct: int | IntegerAttr,
        rt: int | IntegerAttr,
        kt: int | IntegerAttr,
    ):
        super().__init__(
            properties={
                "in0": symbol(in0),
                "in1": symbol(in1),
                "transpose": number(transpose),
                "ct": number(ct),
                "rt": number(rt),
                "kt": number(kt),
            }
        )


@irdl_op_definition
class MatmulBlockOp(ComputeOp):
    """
    One step along K of a product of blocks: to DST slot `dst + r * ct + c` it adds the product of the tiles
    `tile0 + r * kt` of `in0` and `tile1 + c` of `in1`, for `rt` rows r and `ct` columns c.
    """

    name = "ttkernel.matmul_block"
    HEADER: ClassVar[str] = "matmul.h"
    FACETS: ClassVar = facets(
        UsesDst(("dst",), count=("rt", "ct"), accumulates=True),
        Unpacks((Tiles("in0", "tile0", ("rt",)), Tiles("in1", "tile1", ("ct",)))),
        ReadsThrough(a="in1", b="in0"),
        Needs(MatmulBlockInitOp),
    )
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    tile0 = operand_def(i32)
    tile1 = operand_def(i32)
    dst = operand_def(i32)
    transpose = prop_def(IntegerAttr.constr(i64))
    ct = prop_def(IntegerAttr.constr(i64))
    """Columns of tiles."""
    rt = prop_def(IntegerAttr.constr(i64))
    """Rows of tiles."""
    kt = prop_def(IntegerAttr.constr(i64))
    """Tiles from a row of `in0` to the next."""
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "tile0", "tile1", "dst", "transpose", "ct", "rt", "kt")
    assembly_format = (
        "`(` $in0 `,` $in1 `,` $tile0 `,` $tile1 `,` $dst `,` $transpose `,` $ct `,` $rt `,` $kt `)` attr-dict"
    )

    def __init__(
        self,
        in0: str | SymbolRefAttr,
        in1: str | SymbolRefAttr,
        tile0: SSAValue,
        tile1: SSAValue,
        dst: SSAValue,
        *,
        transpose: bool,
        ct: int,
        rt: int,
        kt: int,
    ):
        super().__init__(
            operands=[tile0, tile1, dst],
            properties={
                "in0": symbol(in0),
                "in1": symbol(in1),
                "transpose": number(int(transpose)),
                "ct": number(ct),
                "rt": number(rt),
                "kt": number(kt),
            },
        )


# -------------------------------------------------------------------------------------------------------- reduce


_POOL = Enumerator("pool", "PoolType")
_DIM = Enumerator("dim", "ReduceDim", "REDUCE_")
_REDUCE_DEFAULTS = (
    "// What the calls below would default to: the header is not complete without.",
    "#define REDUCE_OP PoolType::SUM",
    "#define REDUCE_DIM ReduceDim::REDUCE_ROW",
)


class _ReduceOp(ComputeOp, ABC):
    """
    `in0` holds the data, `in1` the scaler. `pool` is "sum" or "max", `dim` what is left: "row", "col", "scalar".

    `full_fp32`: ttnn 0.69 keeps the float32 of DST where it would cut it to the buffer's format on the way from a row
    to a column. Since 0.81 there is no such way.
    """

    HEADER: ClassVar[str] = "reduce.h"
    SPELLING: ClassVar[Spelling] = Spelling(
        template=(_POOL, _DIM),
        since=TTNN_0_81,
        before=Spelling(template=(_POOL, _DIM, Flag("full_fp32")), above_include=_REDUCE_DEFAULTS),
    )
    pool = prop_def(StringAttr)
    dim = prop_def(StringAttr)
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    full_fp32 = opt_prop_def(UnitAttr)


@irdl_op_definition
class ReduceUninitOp(ComputeOp):
    """
    Gives pack back what `reduce_init` took. What unpack and math are prepared for is not known after it. After one with
    `full_fp32` it names the data's buffer: ttnn 0.69 sets SrcA to the format that this has in L1.
    """

    name = "ttkernel.reduce_uninit"
    HEADER: ClassVar[str] = "reduce.h"
    SPELLING: ClassVar[Spelling] = Spelling(
        since=TTNN_0_81, before=Spelling(template=(Flag("cb"),), above_include=_REDUCE_DEFAULTS)
    )
    FACETS: ClassVar = facets(Configures(Configuration.UNINIT, sets=(Unit.EDGE_MASK,), clobbers=(Unit.MOP,)))
    cb = opt_prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "`(` ($cb^)? `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr | None = None):
        super().__init__(properties={} if cb is None else {"cb": symbol(cb)})


@irdl_op_definition
class ReduceInitOp(_ReduceOp):
    """Prepares unpack, math and pack, which from here on writes zeros outside the result, until `reduce_uninit`."""

    name = "ttkernel.reduce_init"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP, Unit.EDGE_MASK), owes=ReduceUninitOp))
    out = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "out")
    assembly_format = "$pool $dim `(` $in0 `,` $in1 `,` $out `)` attr-dict"

    def __init__(
        self,
        pool: str,
        dim: str,
        in0: str | SymbolRefAttr,
        in1: str | SymbolRefAttr,
        out: str | SymbolRefAttr,
        *,
        full_fp32: bool = False,
    ):
        super().__init__(
            properties={
                "pool": string_attr(pool),
                "dim": string_attr(dim),
                "in0": symbol(in0),
                "in1": symbol(in1),
                "out": symbol(out),
                **({"full_fp32": UNIT} if full_fp32 else {}),
            }
        )


@irdl_op_definition
class ReduceTileOp(_ReduceOp):
    """
    Reduces a tile, times the scaler's, into DST slot `dst`: added to what it holds, or the larger of the two. `out` is
    the buffer that the result is packed to, which `reduce_init` wants to know.
    """

    name = "ttkernel.reduce_tile"
    FACETS: ClassVar = facets(
        UsesDst(("dst",), accumulates=True),
        Unpacks((Tiles("in0", "tile0"), Tiles("in1", "tile1"))),
        ReadsThrough(a="in0", b="in1"),
        Needs(ReduceInitOp, aside=("out",)),
    )
    tile0 = operand_def(i32)
    tile1 = operand_def(i32)
    dst = operand_def(i32)
    out = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "tile0", "tile1", "dst")
    assembly_format = "$pool $dim `to` $out `(` $in0 `,` $in1 `,` $tile0 `,` $tile1 `,` $dst `)` attr-dict"

    def __init__(
        self,
        pool: str,
        dim: str,
        in0: str | SymbolRefAttr,
        in1: str | SymbolRefAttr,
        tile0: SSAValue,
        tile1: SSAValue,
        dst: SSAValue,
        out: str | SymbolRefAttr,
        *,
        full_fp32: bool = False,
    ):
        super().__init__(
            operands=[tile0, tile1, dst],
            properties={
                "pool": string_attr(pool),
                "dim": string_attr(dim),
                "in0": symbol(in0),
                "in1": symbol(in1),
                "out": symbol(out),
                **({"full_fp32": UNIT} if full_fp32 else {}),
            },
        )


# ----------------------------------------------------------------------------------------------------- transpose


@irdl_op_definition
class TransposeInitOp(OneBufferOp):
    """Prepares unpack and math to move transposed tiles of a buffer to DST."""

    name = "ttkernel.transpose_wh_init_short"
    HEADER: ClassVar[str] = "transpose_wh.h"
    SPELLING: ClassVar[Spelling] = Spelling(
        name="transpose_init", header="transpose.h", since=TTNN_0_81, before=Spelling()
    )
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))


@irdl_op_definition
class TransposeTileOp(ComputeOp):
    """Moves the transpose of the tile at `tile` of the waited block to DST slot `dst`."""

    name = "ttkernel.transpose_wh_tile"
    HEADER: ClassVar[str] = "transpose_wh.h"
    SPELLING: ClassVar[Spelling] = Spelling(
        name="transpose_tile", header="transpose.h", since=TTNN_0_81, before=Spelling()
    )
    FACETS: ClassVar = facets(
        UsesDst(("dst",)),
        Unpacks((Tiles("cb", "tile"),)),
        ReadsThrough(a="cb", moves=True),
        Needs(TransposeInitOp),
    )
    cb = prop_def(SymbolRefAttr)
    tile = operand_def(i32)
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "tile", "dst")
    assembly_format = "`(` $cb `,` $tile `,` $dst `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, tile: SSAValue, dst: SSAValue):
        super().__init__(operands=[tile, dst], properties={"cb": symbol(cb)})
