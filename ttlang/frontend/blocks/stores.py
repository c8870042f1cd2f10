"""Stores to blocks of buffers, and conversions of formats."""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks import row_major_blocks
from ttlang.frontend.blocks.block_formats import block_type, dtype_of
from ttlang.frontend.blocks.broadcasts import spread
from ttlang.frontend.blocks.elementwise import fill, filled
from ttlang.frontend.blocks.fills import in_format
from ttlang.frontend.blocks.operands import operand
from ttlang.frontend.blocks.shape_errors import made_here, wrong_store
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Fill, Host, Spread, Value
from ttlang.tables.dtypes import DType


def store(c: ThreadBuilder, target: BlockValue, value: Value, *, acc: bool = False) -> None:
    """`target.store(value)`; with `acc`, `target += value`."""
    c.need_compute("a block is stored")
    if target.buffer is None:
        raise c.error(
            "TTL0106",
            "store writes to a block of a buffer, and this is the value of an expression",
            hint="reserve a block: out = out_cb.reserve(); out.store(...)",
        )
    row_major_blocks.compute_with(c, target)
    goal = dtype_of(target)
    if isinstance(value, Fill) and value.shape not in (None, target.type.sizes):
        raise wrong_store(c, value.shape or (), target)
    if isinstance(value, Spread):
        value = spread(c, value, target.type.sizes)
    if isinstance(value, Fill) and value.dtype not in (None, goal):
        source = filled(c, "store", value, target.type.sizes)
    elif isinstance(value, Host | Fill) and (number := c.number(value)) is not None:
        source = fill(c, number, target.type.sizes, goal)
    else:
        found = operand(c, "store", value)
        assert isinstance(found, BlockValue)
        source = found
    if source.type.sizes != target.type.sizes:
        raise wrong_store(c, source.type.sizes, target, source)
    given = dtype_of(source)
    if given is not goal and (given.is_integer or goal.is_integer):
        raise c.error(
            "TTL0305",
            f"a value of {given} is stored in a block of {goal}",
            hint=f"convert it: ⟦typecast⟧(x, ttl.{goal})",
            related=made_here(target),
        )
    acc = acc or c.continued.get(source.ssa) is target.ssa
    c.emit(ttl.StoreOp(source.ssa, target.ssa, acc=acc))


def typecast(c: ThreadBuilder, value: Value, dtype: DType) -> Value:
    """`ttl.typecast(value, dtype)`."""
    c.need_compute("typecast is computed")
    if isinstance(value, Fill):
        return in_format(c, value, dtype)
    if c.number(value) is not None:
        return value
    if isinstance(value, Spread):
        inner = typecast(c, value.block, dtype)
        return Spread(inner, value.axes) if isinstance(inner, BlockValue) else inner
    block = operand(c, "typecast", value)
    assert isinstance(block, BlockValue)
    if dtype_of(block) is dtype:
        return value
    result_type = block_type(block.type.sizes, dtype)
    return BlockValue(c.emit(ttl.TypecastOp.create(operands=[block.ssa], result_types=[result_type])).result)
