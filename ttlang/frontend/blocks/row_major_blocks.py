"""Row-major blocks in the compute thread, which works on tiles: the compiler changes their layout."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.typed_values import type_of
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.tables import dtypes


def held_buffer(c: ThreadBuilder, cb: SSAValue, *, filled: bool) -> SSAValue:
    """
    The buffer that a thread has a buffer's blocks in: another one, of tiles, if it is row-major and the thread
    computes. Raises a TTL0003 for blocks that the hardware can't change the layout of, as far as we know.
    """
    type_ = type_of(cb, ttl.CircularBufferType)
    if not c.is_compute or not isinstance(type_.element, ScalarType):
        return cb
    hint = "convert the tensor with ttnn.to_layout(tensor, ttnn.TILE_LAYOUT)"
    dtype, (rows, columns) = type_.element.dtype, type_.sizes
    if dtype is not dtypes.BF16:
        message = f"a row-major block of {dtype} in the compute thread, which takes those of bfloat16 alone so far"
        raise c.error("TTL0003", message, hint=hint)
    if rows % dtypes.TILE_HEIGHT or columns % dtypes.TILE_WIDTH:
        shape = describe_shape(type_.sizes)
        message = f"a row-major block of {shape} elements in the compute thread is not made of whole 32x32 tiles"
        raise c.error("TTL0003", message, hint=f"make its sides multiples of 32, or {hint}")
    return c.kernel.tiles_of(cb, (rows // dtypes.TILE_HEIGHT, columns // dtypes.TILE_WIDTH), filled=filled)


def tilize(c: ThreadBuilder, rows: SSAValue, tiles: SSAValue) -> None:
    """Moves the next block of a row-major buffer into one of tiles."""
    for op in ttl.move(ttl.TilizeOp, rows, tiles):
        c.emit(op)


def release(c: ThreadBuilder, kind: type[ttl.ReleaseOp], cb: SSAValue) -> ttl.ReleaseOp:
    """Pushes or pops a block, which is returned; what was pushed as tiles and is due as rows moves on."""
    first, *others = ttl.push(cb) if kind is ttl.CBPushOp else (kind(cb),)
    assert isinstance(first, ttl.ReleaseOp)
    for op in (first, *others):
        c.emit(op)
    return first
