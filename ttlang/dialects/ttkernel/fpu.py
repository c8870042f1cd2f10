"""The FPU on tiles in L1."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar

from xdsl.dialects.builtin import (
    StringAttr,
    SymbolRefAttr,
    i32,
)
from xdsl.ir import (
    Operation,
    SSAValue,
)
from xdsl.irdl import operand_def, prop_def

from ttlang.dialects.attributes import string_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.ttkernel.call_families import ComputeOp, symbol
from ttlang.dialects.ttkernel.cpp_spelling import Enumerator, FidelityOf, Spelling
from ttlang.dialects.ttkernel.facets import (
    Configuration,
    Configures,
    Needs,
    ReadsBesideDst,
    ReadsThrough,
    Tiles,
    Unit,
    Unpacks,
    UsesDst,
    declared,
    facets,
)
from ttlang.tables.kernel_api import TTNN_0_81


class FPUBinaryInitOp(ComputeOp, ABC):
    """Prepares unpack and math for a function of tiles of two buffers."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1")
    assembly_format = "`(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1)})


class FPUBinaryOp(ComputeOp, ABC):
    """A function of two tiles in L1, to DST slot `dst`. `mul_tiles` adds to what the slot holds."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    KIND: ClassVar[str]
    FACETS: ClassVar = facets(
        UsesDst(("dst",)),
        Unpacks((Tiles("in0", "tile0"), Tiles("in1", "tile1"))),
        ReadsThrough(a="in0", b="in1"),
    )
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    tile0 = operand_def(i32)
    tile1 = operand_def(i32)
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1", "tile0", "tile1", "dst")
    assembly_format = "`(` $in0 `,` $in1 `,` $tile0 `,` $tile1 `,` $dst `)` attr-dict"

    def __init__(
        self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, tile0: SSAValue, tile1: SSAValue, dst: SSAValue
    ):
        super().__init__(operands=[tile0, tile1, dst], properties={"in0": symbol(in0), "in1": symbol(in1)})


@irdl_op_definition
class AddTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.add_tiles_init"
    SPELLING: ClassVar[Spelling] = Spelling(name="add_init", since=TTNN_0_81, before=Spelling())


@irdl_op_definition
class SubTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.sub_tiles_init"
    SPELLING: ClassVar[Spelling] = Spelling(name="sub_init", since=TTNN_0_81, before=Spelling())


@irdl_op_definition
class MulTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.mul_tiles_init"
    SPELLING: ClassVar[Spelling] = Spelling(name="mul_init", since=TTNN_0_81, before=Spelling())


@irdl_op_definition
class AddTilesOp(FPUBinaryOp):
    name = "ttkernel.add_tiles"
    KIND: ClassVar[str] = "add"
    FACETS: ClassVar = facets(Needs(AddTilesInitOp))


@irdl_op_definition
class SubTilesOp(FPUBinaryOp):
    name = "ttkernel.sub_tiles"
    KIND: ClassVar[str] = "sub"
    FACETS: ClassVar = facets(Needs(SubTilesInitOp))


@irdl_op_definition
class MulTilesOp(FPUBinaryOp):
    name = "ttkernel.mul_tiles"
    KIND: ClassVar[str] = "mul"
    FACETS: ClassVar = facets(UsesDst(("dst",), accumulates=True), Needs(MulTilesInitOp))


FPU_BINARY: dict[str, type[FPUBinaryOp]] = {op.KIND: op for op in (AddTilesOp, SubTilesOp, MulTilesOp)}
"""The FPU forms, by `Function.fpu`."""


# ------------------------------------------------------------------------------------- the second tile broadcast

BROADCAST_DIMS: dict[str, str] = {"row": "rows", "col": "cols", "scalar": "scalar"}
"""How the calls name what they repeat of their second tile: its row 0, its column 0, its element [0, 0]."""

_BROADCAST_INITS_OF_0_69: dict[tuple[str, str], Spelling | None] = {
    ("sub", "scalar"): Spelling(name="sub_tiles_bcast_scalar_init_short"),
    ("mul", "scalar"): Spelling(name="mul_tiles_bcast_scalar_init_short"),
    ("sub", "row"): None,
}


class FPUBroadcastOp(FPUBinaryOp, ABC):
    """A function of two tiles in L1, the second of which is broadcast. The multiplication adds to its slot."""

    HEADER: ClassVar[str] = "bcast.h"
    DIM: ClassVar[str]


def _defined(name: str, parent: type[Any], **fields: Any) -> type[Any]:
    annotations = {field: ClassVar[Any] for field in fields if field.isupper()}
    namespace = {"name": f"ttkernel.{name}", "__module__": __name__, "__annotations__": annotations, **fields}
    made: type[Any] = type("".join(part.title() for part in name.split("_")) + "Op", (parent,), namespace)
    return irdl_op_definition(made)


def _broadcast_op(kind: str, dim: str) -> type[FPUBroadcastOp]:
    name = BROADCAST_DIMS[dim]
    init = f"{kind}_bcast_{name}_init"
    before = _BROADCAST_INITS_OF_0_69.get((kind, dim), Spelling(name=f"{init}_short"))
    spelling = Spelling(since=TTNN_0_81, before=before)
    doc = "Prepares the call of this name."
    init_op = _defined(init, FPUBinaryInitOp, HEADER="bcast.h", SPELLING=spelling, __doc__=doc)
    doc = f"{kind} with the {dim} of the second tile."
    own = facets(UsesDst(("dst",), accumulates=kind == MulTilesOp.KIND), Needs(init_op))
    fields: dict[str, Any] = {"KIND": kind, "DIM": dim, "FACETS": own, "__doc__": doc}
    fields["SPELLING"] = Spelling(since=spelling.first)
    return _defined(f"{kind}_tiles_bcast_{name}", FPUBroadcastOp, **fields)


FPU_BROADCAST: dict[tuple[str, str], type[FPUBroadcastOp]] = {
    (kind, dim): _broadcast_op(kind, dim) for kind in FPU_BINARY for dim in BROADCAST_DIMS
}
"""The forms with a broadcast, by `Function.fpu` and what is repeated."""


def broadcast_ops() -> list[type[Operation]]:
    """These forms and their inits."""
    return [*FPU_BROADCAST.values(), *(needs.init for op in FPU_BROADCAST.values() if (needs := declared(op, Needs)))]


# ---------------------------------------------------------------------------------------------- inits of one unit


def _init_of_math(name: str, **dates: Any) -> Spelling:
    template = (Enumerator("kind", "EltwiseBinaryType", "ELW"), Enumerator("dim", "BroadcastType"), FidelityOf("kind"))
    return Spelling(name=name, template=template, processor="MATH", **dates)


class _InitOfOneUnitOp(ComputeOp, ABC):
    """An init of one unit for functions of two tiles in L1: `dim` is what of the second is repeated, or "none"."""

    HEADER: ClassVar[str] = "bcast.h"
    FACETS: ClassVar = facets(Configures(Configuration.PART, clobbers=(Unit.MOP,)))
    dim = prop_def(StringAttr)
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("in0", "in1")


@irdl_op_definition
class BinaryMathInitOp(_InitOfOneUnitOp):
    """That of the FPU."""

    name = "ttkernel.llk_math_eltwise_binary_init"
    SPELLING: ClassVar[Spelling] = _init_of_math(
        "llk_math_eltwise_binary_init",
        since=TTNN_0_81,
        before=_init_of_math("llk_math_eltwise_binary_init_with_operands"),
    )
    kind = prop_def(StringAttr)
    assembly_format = "$kind $dim `(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, kind: str, dim: str, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        properties = {"kind": string_attr(kind), "dim": string_attr(dim), "in0": symbol(in0), "in1": symbol(in1)}
        super().__init__(properties=properties)


@irdl_op_definition
class UnpackInitOp(_InitOfOneUnitOp):
    """That of unpack."""

    name = "ttkernel.llk_unpack_ab_init"
    SPELLING: ClassVar[Spelling] = Spelling(
        name="llk_unpack_AB_init", template=(Enumerator("dim", "BroadcastType"),), processor="UNPACK"
    )
    assembly_format = "$dim `(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, dim: str, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        super().__init__(properties={"dim": string_attr(dim), "in0": symbol(in0), "in1": symbol(in1)})


# ---------------------------------------------------------------------------------------------- one tile in DST

_REUSE = Enumerator("dest", "EltwiseBinaryReuseDestType", "DEST_TO_")


def _reuse_spelling(suffix: str) -> Spelling:
    before = Spelling(template=(Enumerator("kind", "EltwiseBinaryType", "ELW"), _REUSE))
    return Spelling(name=f"{{kind}}_reuse_dest_{suffix}", template=(_REUSE,), since=TTNN_0_81, before=before)


class _DestReuseOp(ComputeOp, ABC):
    """`kind` of the tile in DST and a tile in L1, in this order where `dest` is "srca", in the other for "srcb"."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    cb = prop_def(SymbolRefAttr)
    kind = prop_def(StringAttr)
    dest = prop_def(StringAttr)


@irdl_op_definition
class BinaryDestReuseTilesInitOp(_DestReuseOp):
    """Prepares unpack and math for `binary_dest_reuse_tiles`."""

    name = "ttkernel.binary_dest_reuse_tiles_init"
    SPELLING: ClassVar[Spelling] = _reuse_spelling("init")
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb",)
    assembly_format = "$kind $dest `(` $cb `)` attr-dict"

    def __init__(self, kind: str, dest: str, cb: str | SymbolRefAttr):
        super().__init__(properties={"kind": string_attr(kind), "dest": string_attr(dest), "cb": symbol(cb)})


@irdl_op_definition
class BinaryDestReuseTilesOp(_DestReuseOp):
    """Replaces DST slot `dst` by a function of it and of a tile in L1. Its operands are those of a 16-bit format."""

    name = "ttkernel.binary_dest_reuse_tiles"
    SPELLING: ClassVar[Spelling] = _reuse_spelling("tiles")
    FACETS: ClassVar = facets(
        UsesDst(("dst",), reads=1),
        Unpacks((Tiles("cb", "tile"),)),
        ReadsBesideDst(),
        Needs(BinaryDestReuseTilesInitOp),
    )
    tile = operand_def(i32)
    dst = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "tile", "dst")
    assembly_format = "$kind $dest `(` $cb `,` $tile `,` $dst `)` attr-dict"

    def __init__(self, kind: str, dest: str, cb: str | SymbolRefAttr, tile: SSAValue, dst: SSAValue):
        super().__init__(
            operands=[tile, dst],
            properties={"kind": string_attr(kind), "dest": string_attr(dest), "cb": symbol(cb)},
        )
