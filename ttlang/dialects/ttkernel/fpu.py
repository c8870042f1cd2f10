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
from xdsl.irdl import (
    irdl_op_definition,
    operand_def,
    prop_def,
)

from ttlang.dialects.ttkernel.calls import ComputeOp, symbol
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
    facets,
)


class FPUBinaryInitOp(ComputeOp, ABC):
    """Prepares unpack and math for a function of tiles of two buffers."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    in0 = prop_def(SymbolRefAttr)
    in1 = prop_def(SymbolRefAttr)
    assembly_format = "`(` $in0 `,` $in1 `)` attr-dict"

    def __init__(self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr):
        super().__init__(properties={"in0": symbol(in0), "in1": symbol(in1)})


class FPUBinaryOp(ComputeOp, ABC):
    """A function of two tiles in L1, to DST slot `dst`. `mul_tiles` adds to what the slot holds."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    KIND: ClassVar[str]
    INIT: ClassVar[type[FPUBinaryInitOp]]
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
    assembly_format = "`(` $in0 `,` $in1 `,` $tile0 `,` $tile1 `,` $dst `)` attr-dict"

    def __init__(
        self, in0: str | SymbolRefAttr, in1: str | SymbolRefAttr, tile0: SSAValue, tile1: SSAValue, dst: SSAValue
    ):
        super().__init__(operands=[tile0, tile1, dst], properties={"in0": symbol(in0), "in1": symbol(in1)})


@irdl_op_definition
class AddTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.add_tiles_init"
    NEWER: ClassVar[str] = "add_init"


@irdl_op_definition
class SubTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.sub_tiles_init"
    NEWER: ClassVar[str] = "sub_init"


@irdl_op_definition
class MulTilesInitOp(FPUBinaryInitOp):
    name = "ttkernel.mul_tiles_init"
    NEWER: ClassVar[str] = "mul_init"


@irdl_op_definition
class AddTilesOp(FPUBinaryOp):
    name = "ttkernel.add_tiles"
    KIND: ClassVar[str] = "add"
    INIT: ClassVar[type[FPUBinaryInitOp]] = AddTilesInitOp
    FACETS: ClassVar = facets(Needs(AddTilesInitOp))


@irdl_op_definition
class SubTilesOp(FPUBinaryOp):
    name = "ttkernel.sub_tiles"
    KIND: ClassVar[str] = "sub"
    INIT: ClassVar[type[FPUBinaryInitOp]] = SubTilesInitOp
    FACETS: ClassVar = facets(Needs(SubTilesInitOp))


@irdl_op_definition
class MulTilesOp(FPUBinaryOp):
    name = "ttkernel.mul_tiles"
    KIND: ClassVar[str] = "mul"
    INIT: ClassVar[type[FPUBinaryInitOp]] = MulTilesInitOp
    FACETS: ClassVar = facets(UsesDst(("dst",), accumulates=True), Needs(MulTilesInitOp))


FPU_BINARY: dict[str, type[FPUBinaryOp]] = {op.KIND: op for op in (AddTilesOp, SubTilesOp, MulTilesOp)}
"""The FPU forms, by `Function.fpu`."""


# ------------------------------------------------------------------------------------- the second tile broadcast

BROADCAST_DIMS: dict[str, str] = {"row": "rows", "col": "cols", "scalar": "scalar"}
"""How the calls name what they repeat of their second tile: its row 0, its column 0, its element [0, 0]."""

_OLDER_BROADCAST_INITS = {
    ("sub", "scalar"): "sub_tiles_bcast_scalar_init_short",
    ("mul", "scalar"): "mul_tiles_bcast_scalar_init_short",
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
    older = _OLDER_BROADCAST_INITS.get((kind, dim), f"{init}_short")
    init_op = _defined(init, FPUBinaryInitOp, HEADER="bcast.h", OLDER=older, __doc__="Prepares the call of this name.")
    doc = f"{kind} with the {dim} of the second tile."
    declared = facets(UsesDst(("dst",), accumulates=kind == MulTilesOp.KIND), Needs(init_op))
    fields = {"KIND": kind, "DIM": dim, "INIT": init_op, "FACETS": declared, "__doc__": doc}
    return _defined(f"{kind}_tiles_bcast_{name}", FPUBroadcastOp, **fields)


FPU_BROADCAST: dict[tuple[str, str], type[FPUBroadcastOp]] = {
    (kind, dim): _broadcast_op(kind, dim) for kind in FPU_BINARY for dim in BROADCAST_DIMS
}
"""The forms with a broadcast, by `Function.fpu` and what is repeated. The older generation lacks ("sub", "row")."""


def broadcast_ops() -> list[type[Operation]]:
    """These forms and their inits."""
    return [*FPU_BROADCAST.values(), *(op.INIT for op in FPU_BROADCAST.values())]


# ---------------------------------------------------------------------------------------------- one tile in DST

_ELTWISE_TYPES = {"add": "ELWADD", "sub": "ELWSUB", "mul": "ELWMUL"}


class _DestReuseOp(ComputeOp, ABC):
    """`kind` of the tile in DST and a tile in L1, in this order where `dest` is "srca", in the other for "srcb"."""

    HEADER: ClassVar[str] = "eltwise_binary.h"
    SUFFIX: ClassVar[str]
    cb = prop_def(SymbolRefAttr)
    kind = prop_def(StringAttr)
    dest = prop_def(StringAttr)

    def call_name(self, *, newer: bool) -> str:
        return f"{self.kind.data}_reuse_dest_{self.SUFFIX}" if newer else self.callee

    def template(self, *, newer: bool) -> tuple[str, ...]:
        reuse = f"EltwiseBinaryReuseDestType::DEST_TO_{self.dest.data.upper()}"
        return (reuse,) if newer else (f"EltwiseBinaryType::{_ELTWISE_TYPES[self.kind.data]}", reuse)


@irdl_op_definition
class BinaryDestReuseTilesInitOp(_DestReuseOp):
    """Prepares unpack and math for `binary_dest_reuse_tiles`."""

    name = "ttkernel.binary_dest_reuse_tiles_init"
    SUFFIX: ClassVar[str] = "init"
    FACETS: ClassVar = facets(Configures(Configuration.INIT, sets=(Unit.MOP,)))
    assembly_format = "$kind $dest `(` $cb `)` attr-dict"

    def __init__(self, kind: str, dest: str, cb: str | SymbolRefAttr):
        super().__init__(properties={"kind": StringAttr(kind), "dest": StringAttr(dest), "cb": symbol(cb)})


@irdl_op_definition
class BinaryDestReuseTilesOp(_DestReuseOp):
    """Replaces DST slot `dst` by a function of it and of a tile in L1. Its operands are those of a 16-bit format."""

    name = "ttkernel.binary_dest_reuse_tiles"
    SUFFIX: ClassVar[str] = "tiles"
    FACETS: ClassVar = facets(
        UsesDst(("dst",), reads=1),
        Unpacks((Tiles("cb", "tile"),)),
        ReadsBesideDst(),
        Needs(BinaryDestReuseTilesInitOp),
    )
    tile = operand_def(i32)
    dst = operand_def(i32)
    assembly_format = "$kind $dest `(` $cb `,` $tile `,` $dst `)` attr-dict"

    def __init__(self, kind: str, dest: str, cb: str | SymbolRefAttr, tile: SSAValue, dst: SSAValue):
        super().__init__(
            operands=[tile, dst],
            properties={"kind": StringAttr(kind), "dest": StringAttr(dest), "cb": symbol(cb)},
        )
