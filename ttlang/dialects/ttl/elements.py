"""Single elements of blocks, which data movement threads read and write; and what they do with the values."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import FloatAttr, f64, i32
from xdsl.ir import SSAValue
from xdsl.irdl import prop_def, result_def, traits_def
from xdsl.traits import Pure
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.operation import DialectOperation
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl.effects import EffectOp, ThreadKind
from ttlang.dialects.ttl.types import BlockType, ElementType
from ttlang.dialects.typed_values import operand_of, var_operand_of
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH


class ElementOp(EffectOp, ABC):
    """An element of `block` at `coordinates`, one for each dimension, in elements also where the block has tiles."""

    THREAD: ClassVar[ThreadKind | None] = ThreadKind.DATA_MOVEMENT
    block = operand_of(BlockType)
    coordinates = var_operand_of(i32)

    def verify_(self) -> None:
        if len(self.coordinates) != len(self.block.type.sizes):
            raise VerifyException("an element has a coordinate for each dimension of its block")


class LoadOp(ElementOp, ABC):
    """Reads an element."""

    assembly_format = "$block `[` $coordinates `]` attr-dict `:` type($block)"


@irdl_op_definition
class LoadElementOp(LoadOp):
    """The value of a float element."""

    name = "ttl.load_element"
    result = result_def(ElementType)

    def __init__(self, block: SSAValue, coordinates: Sequence[SSAValue]):
        super().__init__(operands=[block, list(coordinates)], result_types=[ElementType()])


@irdl_op_definition
class LoadIndexOp(LoadOp):
    """An element as an index: an integer from 0 to 2^31 - 1, without its fraction."""

    name = "ttl.load_index"
    result = result_def(i32)

    def __init__(self, block: SSAValue, coordinates: Sequence[SSAValue]):
        super().__init__(operands=[block, list(coordinates)], result_types=[i32])


@irdl_op_definition
class StoreElementOp(ElementOp):
    """Writes a float32 to an element; what a narrower format does not hold is cut off."""

    name = "ttl.store_element"
    value = operand_of(ElementType)
    assembly_format = "$value `to` $block `[` $coordinates `]` attr-dict `:` type($block)"

    def __init__(self, value: SSAValue, block: SSAValue, coordinates: Sequence[SSAValue]):
        super().__init__(operands=[value, block, list(coordinates)])


@irdl_op_definition
class ElementConstantOp(DialectOperation):
    """A number that is written to elements, or compared with them: the nearest float32."""

    name = "ttl.element_constant"
    value = prop_def(FloatAttr)
    result = result_def(ElementType)
    traits = traits_def(Pure())
    assembly_format = "$value attr-dict"

    def __init__(self, value: float):
        super().__init__(properties={"value": FloatAttr(value, f64)}, result_types=[ElementType()])


@irdl_op_definition
class CompareElementsOp(DialectOperation):
    """-1, 0 or 1, as one float32 is less than, equal to or greater than another; 2 if one is NaN."""

    name = "ttl.compare_elements"
    left = operand_of(ElementType)
    right = operand_of(ElementType)
    result = result_def(i32)
    traits = traits_def(Pure())
    assembly_format = "$left `,` $right attr-dict"

    def __init__(self, left: SSAValue, right: SSAValue):
        super().__init__(operands=[left, right], result_types=[i32])


def extents_of(type: BlockType) -> tuple[int, ...]:
    """Elements of a block in each dimension."""
    if not isinstance(type.element, TileType):
        return type.sizes
    *outer, rows, columns = type.sizes
    return (*outer, rows * TILE_HEIGHT, columns * TILE_WIDTH)
