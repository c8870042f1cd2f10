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

_MOVED = (dtypes.BF16, dtypes.F32, dtypes.INT32, dtypes.UINT32, dtypes.UINT16)
"""
Formats whose layout the compute thread changes, bit by bit. Datums of 32 bits go from L1 to DST past the source
registers (`llk_unpack_tilize.h` of both generations): integers always, float32 where the buffer is configured for it.
uint16 goes through them, as tiles of it do (tenstorrent/tt-metal, issue 22627 and pull request 31548; both generations
have it in `SCALE_DATUM_SIZE`). uint8 comes out wrong there (issue 30331, which is open).
"""


def held_buffer(c: ThreadBuilder, cb: SSAValue, *, filled: bool) -> SSAValue:
    """
    The buffer that a thread has a buffer's blocks in: another one, of tiles, if it is row-major and the thread
    computes. Raises a TTL0003 for blocks that the hardware can't change the layout of, as far as we know.
    """
    type_ = type_of(cb, ttl.CircularBufferType)
    if not isinstance(type_.element, ScalarType) or not (c.is_compute or _is_computed(c, cb, filled)):
        return cb
    hint = "convert the tensor with ttnn.to_layout(tensor, ttnn.TILE_LAYOUT)"
    if (dtype := type_.element.dtype) not in _MOVED:
        message = f"a row-major block of {dtype} in the compute thread, which takes those of {_names()} so far"
        raise c.error("TTL0003", message, hint=hint)
    return c.kernel.tiles_of(cb, in_tiles(c, type_.sizes, f"or {hint}"), filled=filled)


def in_tiles(c: ThreadBuilder, sizes: tuple[int, ...], otherwise: str = "") -> tuple[int, ...]:
    """
    The shape in tiles of a row-major block of so many elements. Raises a TTL0003, whose hint ends in `otherwise`, where
    they are no whole tiles.
    """
    if (tiles := ttl.sizes_in_tiles(sizes)) is not None:
        return tiles
    shape = describe_shape(sizes)
    message = f"a row-major block of {shape} elements in the compute thread is not made of whole 32x32 tiles"
    multiple = f"its size a multiple of {dtypes.TILE_ELEMENTS}"
    if len(sizes) >= ttl.MATRIX:
        multiple = f"its {'last two ' if len(sizes) > ttl.MATRIX else ''}sides multiples of {dtypes.TILE_HEIGHT}"
    raise c.error("TTL0003", message, hint=", ".join(filter(None, (f"make {multiple}", otherwise))))


def _names() -> str:
    *first, last = map(str, _MOVED)
    return f"{', '.join(first)} and {last}"


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


def release(c: ThreadBuilder, kind: type[ttl.ReleaseOp], cb: SSAValue, block: SSAValue | None = None) -> ttl.ReleaseOp:
    """
    Pushes or pops a block, the oldest one unless one is named; what was pushed as tiles and is due as rows moves on.
    Returns the operation.
    """
    first, *others = ttl.push(cb) if kind is ttl.CBPushOp else (kind(cb, block),)
    assert isinstance(first, ttl.ReleaseOp)
    for op in (first, *others):
        c.emit(op)
    return first
