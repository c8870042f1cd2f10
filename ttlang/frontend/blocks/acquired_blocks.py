"""Blocks of circular buffers: acquired by a thread, and released."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.frontend.blocks import row_major_blocks
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Value
from ttlang.language.buffers import CircularBuffer


def wait(c: ThreadBuilder, buffer: CircularBuffer) -> BlockValue:
    """The oldest filled block of a buffer."""
    return _acquire(c, ttl.CBWaitOp, buffer_ssa(c, buffer))


def reserve(c: ThreadBuilder, buffer: CircularBuffer) -> BlockValue:
    """A block of a buffer to fill."""
    return _acquire(c, ttl.CBReserveOp, buffer_ssa(c, buffer))


def push(c: ThreadBuilder, buffer: CircularBuffer) -> ttl.ReleaseOp:
    """Hands on the block that was reserved."""
    held = row_major_blocks.held_buffer(c, buffer_ssa(c, buffer), filled=True)
    return row_major_blocks.release(c, ttl.CBPushOp, held)


def pop(c: ThreadBuilder, buffer: CircularBuffer) -> ttl.ReleaseOp:
    """Frees the block that was waited for."""
    held = row_major_blocks.held_buffer(c, buffer_ssa(c, buffer), filled=False)
    return row_major_blocks.release(c, ttl.CBPopOp, held)


def release(c: ThreadBuilder, block: BlockValue) -> None:
    """What the end of a `with` does: push after reserve, pop after wait."""
    assert block.buffer is not None
    row_major_blocks.release(c, ttl.CBPushOp if block.reserved else ttl.CBPopOp, block.buffer, block.ssa)


def are_alike(first: Value | None, second: Value | None) -> bool:
    """Whether two values are blocks at one end of a buffer: then one that paths hand on is what is held there."""
    return (
        isinstance(first, BlockValue)
        and isinstance(second, BlockValue)
        and first.buffer is not None
        and (first.buffer, first.reserved) == (second.buffer, second.reserved)
    )


def hand_on(c: ThreadBuilder, block: BlockValue) -> None:
    """A path ends with a block, which `held` is where the paths have met."""
    c.emit(ttl.HandOnOp(block.ssa))


def held(c: ThreadBuilder, like: BlockValue) -> BlockValue:
    """The block that is held at the end of a buffer of another one: one for all variables that stand for it."""
    assert like.buffer is not None
    kind = ttl.CBReserveOp if like.reserved else ttl.CBWaitOp
    known = c.block.last_op
    while isinstance(known, ttl.AcquireOp) and known.held is not None:
        if isinstance(known, kind) and known.cb is like.buffer:
            return BlockValue(known.block, like.buffer, like.reserved)
        known = known.prev_op
    return BlockValue(c.emit(kind(like.buffer, held=True)).block, like.buffer, like.reserved)


def buffer_ssa(c: ThreadBuilder, buffer: CircularBuffer) -> SSAValue:
    """The buffer in the IR. Raises a TTL0105 for one of another kernel."""
    ssa = c.kernel.buffers.get(c.kernel.counterpart(buffer))
    if ssa is None:
        raise c.error(
            "TTL0105",
            "this circular buffer belongs to another kernel, or to another call of this one",
            hint="make it in the kernel function, on every run",
        )
    return ssa


def _acquire(c: ThreadBuilder, kind: type[ttl.AcquireOp], cb: SSAValue) -> BlockValue:
    reserves = kind is ttl.CBReserveOp
    held = row_major_blocks.held_buffer(c, cb, filled=reserves)
    if held is not cb and not reserves:
        row_major_blocks.tilize(c, cb, held)
    return BlockValue(c.emit(kind(held)).block, held, reserves)
