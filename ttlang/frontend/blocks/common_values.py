"""Values that stand for one another: the paths of a branch, or the turns of a loop, give one or the other."""

from __future__ import annotations

from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_formats import block_type, dtype_of, widest
from ttlang.frontend.blocks.broadcasts import fits, spread
from ttlang.frontend.blocks.elements import as_element, can_be_element
from ttlang.frontend.blocks.elementwise import filled
from ttlang.frontend.blocks.known_values import host_number
from ttlang.frontend.blocks.stores import typecast
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import (
    BlockValue,
    Bool,
    Computed,
    ElementValue,
    Fill,
    Handle,
    Host,
    Int,
    Spread,
    Value,
)
from ttlang.tables.dtypes import BF16


def is_block_value(value: Value | None) -> bool:
    """
    Whether a value can be handed on as a block: a block to read, the value of an expression, a filled or a repeated
    one, or a number, which stands for a block full of it.
    """
    if isinstance(value, BlockValue):
        return not value.reserved
    return isinstance(value, Fill | Spread) or (value is not None and is_block_number(value))


def is_block_number(value: Value) -> bool:
    """Whether it is a number of the host, which may be the start of a sum of blocks."""
    return isinstance(value, Host) and not isinstance(value.value, bool) and host_number(value) is not None


def common_type(c: ThreadBuilder, *values: Value) -> ttl.BlockType | ttl.ElementType | None:
    """
    The type of a block, or of an element, that may be any of these; None if there is none, as of blocks whose shapes,
    or whose kinds of format, differ, and of numbers and broadcasts alone, which have no shape. Data movement threads
    compute no blocks, and so can't choose one.
    """
    if any(isinstance(value, ElementValue) for value in values):
        return ttl.ElementType() if all(map(can_be_element, values)) else None
    if not c.computes or not all(map(is_block_value, values)):
        return None
    shapes = {value.type.sizes for value in values if isinstance(value, BlockValue)}
    shapes |= {value.shape for value in values if isinstance(value, Fill) and value.shape is not None}
    formats = [dtype_of(value) for value in values if isinstance(value, BlockValue)]
    formats += [dtype_of(value.block) for value in values if isinstance(value, Spread)]
    formats += [value.dtype for value in values if isinstance(value, Fill) and value.dtype is not None]
    formats = list(dict.fromkeys(formats)) or [BF16]
    if len(shapes) != 1 or (len(formats) > 1 and any(dtype.is_integer for dtype in formats)):
        return None
    (shape,) = shapes
    if not all(fits(value, shape) for value in values if isinstance(value, Spread)):
        return None
    return block_type(shape, formats[0] if len(formats) == 1 else widest(formats))


def as_common(c: ThreadBuilder, value: Value, type_: ttl.BlockType | ttl.ElementType) -> SSAValue:
    """A value as one of a type that it has in common with others; anything, for what is no such value."""
    if isinstance(type_, ttl.ElementType):
        return as_element(c, value if can_be_element(value) else Host(0))
    dtype = type_.element.dtype
    if isinstance(value, Spread):
        value = spread(c, value, type_.sizes)
    elif not isinstance(value, BlockValue):
        value = filled(c, "fill", _as_fill(value), type_.sizes, dtype)
    converted = typecast(c, value, dtype)
    assert isinstance(converted, BlockValue)
    return converted.ssa


def _as_fill(value: Value) -> Fill:
    if isinstance(value, Fill):
        return value
    return Fill(host_number(value) or 0) if is_block_number(value) else Fill(0)


def computed(ssa: SSAValue) -> Computed:
    """What a loop carries, or a branch gives, as a value."""
    if isinstance(ssa.type, ttl.BlockType):
        return BlockValue(ssa)
    if isinstance(ssa.type, ttl.ElementType):
        return ElementValue(ssa)
    if isinstance(ssa.type, ttl.TransferHandleType):
        return Handle(ssa)
    return Bool(ssa) if ssa.type == i1 else Int(ssa)
