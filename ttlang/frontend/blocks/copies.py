"""Copies between blocks, slices of tensors and pipes."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import copied_sizes
from ttlang.frontend.blocks import acquired_blocks, row_major_blocks, shape_errors
from ttlang.frontend.blocks.pipe_values import pipe_ssa
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_unit
from ttlang.frontend.blocks.values import BlockValue, Host, TransferValue, Value, Window, describe
from ttlang.language.buffers import CircularBuffer
from ttlang.language.later import LaterFeature
from ttlang.language.tensors import TensorParameter


def copy(c: ThreadBuilder, source: Value, target: Value) -> TransferValue:
    """
    Starts a copy from a slice or a pipe to a block, or from a block to one of those. Raises a TTL0301 for other shapes,
    a TTL0305 for other formats or layouts, a TTL0501 for what can't be copied.
    """
    c.need_data_movement("ttl.copy is called")
    if (pipe := pipe_ssa(c, source)) is not None and isinstance(target, BlockValue) and target.buffer is not None:
        return _transfer(c, pipe, target.ssa, target, pipe)
    if (pipe := pipe_ssa(c, target)) is not None and isinstance(source, BlockValue) and source.buffer is not None:
        return _transfer(c, source.ssa, pipe, source, pipe)
    match source, target:
        case Window(), BlockValue() if target.buffer is not None:
            window, block = source, target
        case BlockValue(), Window() if source.buffer is not None:
            window, block = target, source
        case _:
            raise _no_copy(c, source, target)
    sliced = window.type
    if mixed := row_major_blocks.moved_in_tiles(c, block):
        raise mixed
    if type(sliced.element) is not type(block.type.element):
        raise c.error(
            "TTL0305",
            f"a copy changes no layout: the slice of {shape_errors.tensor_name(window)} has {describe_unit(sliced)}, "
            f"the block {describe_unit(block.type)}",
            hint="make the buffer like the tensor that it is copied from or to, or convert one with ttnn.to_layout",
            related=shape_errors.made_here(block),
        )
    if copied_sizes(sliced.sizes, sliced.element) != copied_sizes(block.type.sizes, block.type.element):
        raise shape_errors.wrong_copy(c, window, block)
    if sliced.element != block.type.element:
        raise c.error(
            "TTL0305",
            f"a copy changes no format: the slice of {shape_errors.tensor_name(window)} is {sliced.element.dtype}, "
            f"the block {block.type.element.dtype}",
            hint="make the buffer like the tensor that it is copied from or to: the compute thread converts",
            related=shape_errors.made_here(block),
        )
    return _transfer(c, source.ssa, target.ssa, block)


def wait(c: ThreadBuilder, transfer: TransferValue) -> None:
    """Waits until a copy is done."""
    c.emit(ttl.WaitOp.create(operands=[transfer.ssa]))


def are_alike(first: Value | None, second: Value | None) -> bool:
    """Whether two values are handles of which one can be the other's next: of one direction, one pipe, one buffer."""
    return (
        isinstance(first, TransferValue)
        and isinstance(second, TransferValue)
        and (first.direction, first.pipe) == (second.direction, second.pipe)
        and acquired_blocks.are_alike(first.block, second.block)
    )


def _transfer(
    c: ThreadBuilder, source: SSAValue, target: SSAValue, block: BlockValue, pipe: SSAValue | None = None
) -> TransferValue:
    type_ = _HANDLES[ttl.copy_direction(source.type, target.type)]
    handle = c.emit(ttl.CopyOp.create(operands=[source, target], result_types=[type_])).handle
    return TransferValue(handle, block, pipe)


_HANDLES = {direction: ttl.TransferHandleType(direction) for direction in ttl.Direction}


def _no_copy(c: ThreadBuilder, source: Value, target: Value) -> Exception:
    for value in (source, target):
        host = value.value if isinstance(value, Host) else None
        if isinstance(host, TensorParameter):
            hint = "index the tensor with the tiles to copy, as in x[row, column]"
            return c.error("TTL0501", f"ttl.copy takes a slice of a tensor, not {describe(value)}", hint=hint)
        if isinstance(host, CircularBuffer):
            name = host.name or "cb"
            hint = f"copy to a block of it: with {name}.reserve() as block; or from one: with {name}.wait() as block"
            return c.error("TTL0501", f"ttl.copy takes a block, not {describe(value)}", hint=hint)
        if isinstance(host, LaterFeature):
            return c.error("TTL0003", host.message)
    for value in (source, target):
        if isinstance(value, BlockValue) and value.buffer is None:
            hint = "store the value in a block that is reserved and pushed, and copy that where it is waited for"
            return c.error("TTL0501", "one statement computes a value and moves it, which two threads do", hint=hint)
    hint = "ttl.copy goes from a slice of a tensor or a pipe to a block, or from a block to one of those"
    if isinstance(source, Window) and isinstance(target, Window):
        hint = "read it into a block that is reserved and pushed, and write that block out where it is waited for"
    if isinstance(source, BlockValue) and isinstance(target, BlockValue):
        hint = "the compute thread passes blocks on: target.store(source)"
    return c.error("TTL0501", f"there is no copy from {describe(source)} to {describe(target)}", hint=hint)
