"""
Expressions of blocks and their stores. The elementwise functions, one operation each, are made from the rows of
`ttlang.tables.functions`. The same operations work on tiles inside `ttl.compute`.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from functools import cache
from typing import ClassVar, get_args

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, UnitAttr, f64
from xdsl.ir import Attribute, SSAValue
from xdsl.irdl import ParsePropInAttrDict, base, opt_prop_def, prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import UNIT, f64_array
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.guarantees import Guarantee, given
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.types import BlockType, Dim, DimAttr, EngineAttr
from ttlang.dialects.ttl.views import MATRIX, ViewAttr, whole
from ttlang.dialects.typed_values import operand_of, opt_operand_of, type_of, var_operand_of
from ttlang.tables.functions import Function

_BLOCK_OR_TILE = base(BlockType) | base(TileType)


class TileOp(DialectOperation, ABC):
    """Makes a block of blocks; inside `ttl.compute`, a tile in DST."""

    dst = opt_prop_def(IntegerAttr)
    """The DST slot of the result, within the slots of its tile: `ttl-assign-dst-registers` sets it."""
    traits = traits_def(Pure())
    irdl_options = (ParsePropInAttrDict(),)

    @property
    def slot(self) -> int:
        return given(self.dst, Guarantee.DST_SLOTS).value.data


class ElementwiseOp(TileOp, ABC):
    """A function of `ttlang.tables.functions`, on blocks or on tiles of one shape."""

    ROW: ClassVar[Function]
    inputs = var_operand_of(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    parameters = opt_prop_def(DenseArrayBase.constr(f64))
    """The numbers that the function takes, in the order of its row."""
    engine = opt_prop_def(EngineAttr)
    broadcast = opt_prop_def(DimAttr)
    """What the FPU repeats of the second tile."""
    part = opt_prop_def(DimAttr)
    """Of what the SFPU computes: the row 0 or the column 0 that is asked for, where that is not all of each tile."""
    assembly_format = "$inputs ($parameters^)? attr-dict `:` functional-type($inputs, $result)"

    def __init__(self, inputs: Sequence[SSAValue], result_type: Attribute, parameters: Sequence[float] = ()):
        properties: dict[str, Attribute] = {}
        if parameters:
            properties["parameters"] = f64_array(parameters)
        super().__init__(operands=[list(inputs)], result_types=[result_type], properties=properties)

    @property
    def parameter_values(self) -> tuple[float, ...]:
        return tuple(float(v) for v in self.parameters.iter_values()) if self.parameters else ()

    def verify_(self) -> None:
        if len(self.inputs) != self.ROW.arity:
            raise VerifyException(f"takes {self.ROW.arity} operands")
        if len(self.parameter_values) != len(self.ROW.inputs):
            raise VerifyException(f"takes {len(self.ROW.inputs)} parameters")
        _verify_alike(self.inputs, self.result.type)


def _verify_alike(inputs: Sequence[SSAValue], result: Attribute) -> None:
    for value in inputs:
        if type(value.type) is not type(result):
            raise VerifyException("operands and result are all blocks or all tiles")
        if isinstance(value.type, BlockType) and isinstance(result, BlockType) and value.type.sizes != result.sizes:
            raise VerifyException("operands and result have one shape")


@cache
def elementwise_op(row: Function) -> type[ElementwiseOp]:
    """The operation of a row: `ttl.exp`."""
    fields: dict[str, object] = {
        "name": f"ttl.{row.name}",
        "ROW": row,
        "__annotations__": {"ROW": ClassVar[Function]},
        "__module__": __name__,
        "__doc__": row.doc,
    }
    return irdl_op_definition(type(f"{row.name.title().replace('_', '')}Op", (ElementwiseOp,), fields))


@irdl_op_definition
class TypecastOp(TileOp):
    """The values of a block (or tile) in another format."""

    name = "ttl.typecast"
    input = operand_of(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    assembly_format = "$input attr-dict `:` type($input) `to` type($result)"

    def __init__(self, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type])

    def verify_(self) -> None:
        _verify_alike((self.input,), self.result.type)


def _sizes(value: SSAValue) -> tuple[int, ...]:
    return type_of(value, BlockType).sizes


def _verify_level(values: Sequence[SSAValue]) -> bool:
    """Checks that values are all blocks or all tiles. Whether they are blocks."""
    kinds = {type(value.type) for value in values}
    if len(kinds) != 1:
        raise VerifyException("operands and result are all blocks or all tiles")
    return BlockType in kinds


class FromL1Op(TileOp, ABC):
    """A function that the hardware reads its operands for from L1: within `ttl.compute` they are tiles of inputs."""


@irdl_op_definition
class MatmulOp(FromL1Op):
    """
    The matrix product: (M, K) by (K, N) is (M, N), for each of the matrices that blocks of more dimensions have. With
    `transpose`, the second is (N, K). Inside `ttl.compute`, the sum over K of the tiles' products, added to the tile
    `addend` if there is one.
    """

    name = "ttl.matmul"
    lhs = operand_of(_BLOCK_OR_TILE)
    rhs = operand_of(_BLOCK_OR_TILE)
    addend = opt_operand_of(TileType)
    result = result_def(_BLOCK_OR_TILE)
    transpose = opt_prop_def(UnitAttr)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = (
        "$lhs `,` $rhs (`,` $addend^)? attr-dict `:` type($lhs) `,` type($rhs) (`,` type($addend)^)? `->` type($result)"
    )

    def __init__(
        self,
        lhs: SSAValue,
        rhs: SSAValue,
        result_type: Attribute,
        *,
        addend: SSAValue | None = None,
        transpose: bool = False,
    ):
        super().__init__(
            operands=[lhs, rhs, addend],
            result_types=[result_type],
            properties={"transpose": UNIT if transpose else None},
        )

    def verify_(self) -> None:
        if not _verify_level((self.lhs, self.rhs, self.result)):
            return
        (*leading, m, inner), (*others, first, second) = _sizes(self.lhs), _sizes(self.rhs)
        outer, n = (second, first) if self.transpose else (first, second)
        if inner != outer or others != leading or _sizes(self.result) != (*leading, m, n):
            raise VerifyException("(M, K) by (K, N) is (M, N), and leading dimensions are the same")


class ReduceOp(FromL1Op, ABC):
    """
    Over whole matrices, from (M, N): `row` is (M, 1), `col` is (1, N), `scalar` is (1, 1). Dimensions before these stay
    as they are. `scaler` is a uniform tile (1, 1) that a sum is multiplied by; without it, the compiler's tile of ones
    is used. Elements of the result's tiles outside the result are not defined. `none` adds whole tiles: over dimensions
    before rows and columns, those that are 1 in the result.
    """

    POOL: ClassVar[str]
    input = operand_of(_BLOCK_OR_TILE)
    scaler = opt_operand_of(_BLOCK_OR_TILE)
    dim = prop_def(DimAttr)
    result = result_def(_BLOCK_OR_TILE)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$dim $input (`,` $scaler^)? attr-dict `:` type($input) (`,` type($scaler)^)? `->` type($result)"

    def __init__(self, dim: Dim, input: SSAValue, result_type: Attribute, scaler: SSAValue | None = None):
        super().__init__(operands=[input, scaler], result_types=[result_type], properties={"dim": DimAttr(dim)})

    def verify_(self) -> None:
        if not _verify_level((self.input, self.result)):
            return
        if self.dim.data is Dim.NONE:
            self._verify_matrices(_sizes(self.input), _sizes(self.result))
            return
        if _sizes(self.result) != reduced_sizes(_sizes(self.input), self.dim.data):
            raise VerifyException(f"the result of {self.dim.data} has the size 1 where it was reduced")
        if self.scaler and _sizes(self.scaler) != (1, 1):
            raise VerifyException("the scaler is one tile")

    def _verify_matrices(self, whole: tuple[int, ...], left: tuple[int, ...]) -> None:
        leading = zip(whole[:-MATRIX], left[:-MATRIX], strict=False)
        if len(whole) != len(left) or whole[-MATRIX:] != left[-MATRIX:] or any(b not in (a, 1) for a, b in leading):
            raise VerifyException("the result of none has size 1 along dimensions before rows and columns")
        if self.scaler:
            raise VerifyException("a sum of whole tiles has no scaler")


def reduced_sizes(sizes: tuple[int, ...], dim: Dim) -> tuple[int, ...]:
    """The tiles of a block (..., M, N) reduced."""
    *leading, rows, cols = sizes
    return (*leading, rows if dim is Dim.ROW else 1, cols if dim is Dim.COL else 1)


@irdl_op_definition
class ReduceSumOp(ReduceOp):
    name = "ttl.reduce_sum"
    POOL: ClassVar[str] = "sum"


@irdl_op_definition
class ReduceMaxOp(ReduceOp):
    name = "ttl.reduce_max"
    POOL: ClassVar[str] = "max"

    def verify_(self) -> None:
        super().verify_()
        if self.scaler and isinstance(self.scaler.type, BlockType):
            raise VerifyException("the hardware has no scaled maximum: multiply the result")


@irdl_op_definition
class BroadcastOp(FromL1Op):
    """A row, a column or an element repeated, from a block of size 1 along each repetition."""

    name = "ttl.broadcast"
    dim = prop_def(DimAttr)
    input = operand_of(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    assembly_format = "$dim $input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, dim: Dim, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type], properties={"dim": DimAttr(dim)})

    def verify_(self) -> None:
        if not _verify_level((self.input, self.result)):
            return
        repeated = {Dim.ROW: (True, False), Dim.COL: (False, True)}.get(self.dim.data, (True, True))
        (*leading, rows, columns), (*others, height, width) = _sizes(self.input), _sizes(self.result)
        if others != leading:
            raise VerifyException("repeats along rows and columns, and keeps the other dimensions")
        for source, size, may in zip((rows, columns), (height, width), repeated, strict=True):
            if source != size and not (may and source == 1):
                raise VerifyException("repeats along sizes of 1, and keeps the other sizes")


@irdl_op_definition
class TransposeOp(FromL1Op):
    """The transpose of each matrix: (M, N) becomes (N, M)."""

    name = "ttl.transpose"
    input = operand_of(_BLOCK_OR_TILE)
    result = result_def(_BLOCK_OR_TILE)
    assembly_format = "$input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue, result_type: Attribute):
        super().__init__(operands=[input], result_types=[result_type])

    def verify_(self) -> None:
        if not _verify_level((self.input, self.result)):
            return
        *leading, rows, columns = _sizes(self.input)
        if _sizes(self.result) != (*leading, columns, rows):
            raise VerifyException("(M, N) becomes (N, M)")


@irdl_op_definition
class ViewOp(TileOp):
    """
    Tiles of a block in L1 as one of another shape, or all of them as the value that it has where this stands. Nothing
    is moved: what reads the view reads these tiles.
    """

    name = "ttl.view"
    view = prop_def(ViewAttr)
    input = operand_of(BlockType)
    result = result_def(BlockType)
    assembly_format = "$view $input attr-dict `:` type($input) `->` type($result)"

    def __init__(self, input: SSAValue, view: ViewAttr | None = None):
        """`view`: all of it, unless it is given."""
        type = type_of(input, BlockType)
        result = type if view is None else BlockType(view.sizes, type.element)
        super().__init__(operands=[input], result_types=[result], properties={"view": view or whole(type.sizes)})

    def verify_(self) -> None:
        if self.view.end > self.input.type.tiles:
            raise VerifyException("a view ends with its block")
        if self.result.type == self.input.type and self.view == whole(self.input.type.sizes):
            return
        if self.result.type != BlockType(self.view.sizes, self.input.type.element):
            raise VerifyException("a view has the shape that it says, and the element of its block")


EXPRESSION = ElementwiseOp | TypecastOp | FromL1Op | ViewOp
"""The operations that expressions of blocks are made of."""
EXPRESSIONS: tuple[type[EXPRESSION], ...] = get_args(EXPRESSION)


@irdl_op_definition
class StoreOp(EffectOp):
    """
    Computes a block and stores it in a reserved one. With `acc`, adds it to what was stored in this acquisition; the
    first such store of an acquisition adds to zero.
    """

    name = "ttl.store"
    THREAD: ClassVar[ThreadKind | None] = ThreadKind.COMPUTE
    value = operand_of(BlockType)
    block = operand_of(BlockType)
    acc = opt_prop_def(UnitAttr)
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$value `,` $block attr-dict `:` type($value) `,` type($block)"

    def __init__(self, value: SSAValue, block: SSAValue, *, acc: bool = False):
        super().__init__(operands=[value, block], properties={"acc": UNIT if acc else None})

    def verify_(self) -> None:
        if self.value.type.sizes != self.block.type.sizes:
            raise VerifyException("the value has the shape of the block it is stored in")
