"""
Row-major blocks in the compute thread, which works on tiles: the compiler changes their layout.

In a unified body it shows only where a block is used which thread acquires it, and by then its shape may have been
asked for. So the body is compiled anew with what has been learnt: the ends of buffers where blocks are computed with.
"""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import ScalarType
from ttlang.dialects.typed_values import owner_of, type_of
from ttlang.frontend.blocks.shape_errors import made_here
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.value_nouns import describe_shape
from ttlang.frontend.blocks.values import BlockValue, Value
from ttlang.tables import dtypes


def held_buffer(c: ThreadBuilder, cb: SSAValue, *, filled: bool) -> SSAValue:
    """
    The buffer that a thread has a buffer's blocks in: another one, of tiles, if it is row-major and the thread
    computes. Raises a TTL0003 for blocks that the hardware can't change the layout of, as far as we know.
    """
    type_ = type_of(cb, ttl.CircularBufferType)
    if not isinstance(type_.element, ScalarType) or not (c.is_compute or _is_computed(c, cb, filled)):
        return cb
    hint = "convert the tensor with ttnn.to_layout(tensor, ttnn.TILE_LAYOUT)"
    dtype = type_.element.dtype
    if dtype is not dtypes.BF16:
        message = f"a row-major block of {dtype} in the compute thread, which takes those of bfloat16 alone so far"
        raise c.error("TTL0003", message, hint=hint)
    rows, columns = (1, *type_.sizes)[-2:]
    if len(type_.sizes) > 2 or rows % dtypes.TILE_HEIGHT or columns % dtypes.TILE_WIDTH:
        shape = describe_shape(type_.sizes)
        message = f"a row-major block of {shape} elements in the compute thread is not made of whole 32x32 tiles"
        raise c.error("TTL0003", message, hint=f"make its sides multiples of 32, or {hint}")
    return c.kernel.tiles_of(cb, (rows // dtypes.TILE_HEIGHT, columns // dtypes.TILE_WIDTH), filled=filled)


def _is_computed(c: ThreadBuilder, cb: SSAValue, filled: bool) -> bool:
    return c.is_unified and (_name(cb), filled) in c.kernel.computed_ends


def _name(cb: SSAValue) -> str:
    return owner_of(cb, ttl.CreateCBOp).name_.data


def learn(c: ThreadBuilder, value: Value) -> None:
    """In a unified body, a block of rows is to be computed with: where it is acquired, it has to be in tiles."""
    if not c.is_unified or not isinstance(value, BlockValue) or value.buffer is None:
        return
    if isinstance(value.type.element, ScalarType):
        c.kernel.computed_ends.add((_name(value.buffer), value.reserved))


def compute_with(c: ThreadBuilder, block: BlockValue) -> None:
    """The same where it is computed with. Raises if it is in rows: what was compiled so far is of no use then."""
    if c.is_unified and isinstance(block.type.element, ScalarType):
        learn(c, block)
        raise c.error("TTL0003", "this block is not in tiles yet")


def moved_in_tiles(c: ThreadBuilder, block: BlockValue) -> DiagnosticError | None:
    """What to say of a copy of a block that is in tiles since others of its buffer are computed with; else None."""
    if not c.is_unified or block.buffer is None or not c.kernel.is_in_tiles(block.buffer):
        return None
    message = "this block is copied, and blocks of its buffer are computed with at this end: a thread does one of both"
    return c.error("TTL0240", message, hint="compute with, and copy, blocks of two buffers", related=made_here(block))


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
