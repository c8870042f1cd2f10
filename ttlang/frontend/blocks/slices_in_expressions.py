"""
Slices of tensors where a unified body computes: the compiler makes buffers for them, and moves the tiles.

A slice in an expression is read into a block of such a buffer; an expression that is assigned to a slice is stored in
one, and written from there. Threads do both in the order of the text, so none waits for what comes later in it.
"""

from __future__ import annotations

from dataclasses import replace

from xdsl.ir import Operation, SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import ScalarType
from ttlang.frontend.blocks import copies, shape_errors
from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.stores import store
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Value, Window


def read(c: ThreadBuilder, value: Value) -> Value:
    """
    The block that holds a slice, in a unified body; any other value as it is. It is held until `release_from`, and read
    once for a statement.
    """
    if not isinstance(value, Window) or not c.is_unified:
        return value
    for window, block in c.slices[c.first_slice :]:
        if _is_same(window, value.ssa):
            return block
    buffer = c.kernel.take_slice_buffer(value.type, _name(c, value, "in"), c.location(), filled=False)
    filled = BlockValue(c.emit(ttl.CBReserveOp(buffer)).block, buffer, reserved=True)
    copies.wait(c, copies.copy(c, value, filled))
    c.emit(ttl.CBPushOp(buffer))
    block = BlockValue(c.emit(ttl.CBWaitOp(buffer)).block, buffer)
    c.slices.append((value.ssa, block))
    return block


def read_arguments(c: ThreadBuilder, call: Call) -> Call:
    """A call of a function of blocks, whose arguments that are slices are read."""
    if not c.is_unified:
        return call
    keywords = {name: read(c, value) for name, value in call.keywords.items()}
    return replace(call, args=[read(c, value) for value in call.args], keywords=keywords)


def release_from(c: ThreadBuilder, first: int) -> None:
    """Frees the blocks of slices, but for the `first` ones that were read."""
    while len(c.slices) > first:
        _, block = c.slices.pop()
        assert block.buffer is not None
        c.emit(ttl.CBPopOp(block.buffer))
        c.kernel.give_back(block.buffer)


def write(c: ThreadBuilder, target: Window, value: Value) -> None:
    """`tensor[...] = value`: computes it, and writes it to the tensor."""
    buffer = c.kernel.take_slice_buffer(target.type, _name(c, target, "out"), c.location(), filled=True)
    block = BlockValue(c.emit(ttl.CBReserveOp(buffer)).block, buffer, reserved=True)
    store(c, block, read(c, value))
    c.emit(ttl.CBPushOp(buffer))
    stored = BlockValue(c.emit(ttl.CBWaitOp(buffer)).block, buffer)
    copies.wait(c, copies.copy(c, stored, target))
    c.emit(ttl.CBPopOp(buffer))
    c.kernel.give_back(buffer)


def _is_same(window: SSAValue, other: SSAValue) -> bool:
    """Whether two slices are the same part of the same tensor."""
    a, b = window.owner, other.owner
    assert isinstance(a, Operation)
    assert isinstance(b, Operation)
    return type(a) is type(b) and a.operands == b.operands and window.type == other.type


def _name(c: ThreadBuilder, window: Window, end: str) -> str:
    """What the buffer of a slice is called. A TTL0003 for one of rows, which is not computed with yet."""
    tensor = shape_errors.tensor_name(window)
    if isinstance(window.type.element, ScalarType):
        hint = "read it into a block of a buffer with ttl.copy, or convert the tensor to TILE_LAYOUT"
        raise c.error("TTL0003", f"a slice of {tensor} is row-major, and stands in an expression", hint=hint)
    return f"{tensor}_{end}"
