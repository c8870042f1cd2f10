"""Blocks that stand for one another: the paths of a branch, or the turns of a loop, give one or the other."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_formats import block_type, dtype_of, widest
from ttlang.frontend.blocks.elementwise import filled
from ttlang.frontend.blocks.stores import typecast
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Fill, Value
from ttlang.tables.dtypes import BF16


def is_block_value(value: Value | None) -> bool:
    """Whether a value can be handed on as a block: a block to read, the value of an expression, a filled one."""
    return isinstance(value, Fill) or (isinstance(value, BlockValue) and not value.reserved)


def common_type(c: ThreadBuilder, *values: Value) -> ttl.BlockType | None:
    """
    The type of a block that may be any of these; None if their shapes, or their kinds of format, differ. Data movement
    threads compute no blocks, and so can't choose one.
    """
    if not c.computes or not all(map(is_block_value, values)):
        return None
    shapes = {value.type.sizes for value in values if isinstance(value, BlockValue)}
    shapes |= {value.shape for value in values if isinstance(value, Fill) and value.shape is not None}
    formats = [dtype_of(value) for value in values if isinstance(value, BlockValue)]
    formats += [value.dtype for value in values if isinstance(value, Fill) and value.dtype is not None]
    formats = list(dict.fromkeys(formats)) or [BF16]
    if len(shapes) != 1 or (len(formats) > 1 and any(dtype.is_integer for dtype in formats)):
        return None
    return block_type(shapes.pop(), formats[0] if len(formats) == 1 else widest(formats))


def as_block(c: ThreadBuilder, value: Value, type_: ttl.BlockType) -> SSAValue:
    """A value as a block of a type that it has in common with others; anything, for what is no such value."""
    dtype = type_.element.dtype
    if not isinstance(value, BlockValue):
        value = filled(c, "fill", value if isinstance(value, Fill) else Fill(0), type_.sizes, dtype)
    converted = typecast(c, value, dtype)
    assert isinstance(converted, BlockValue)
    return converted.ssa
