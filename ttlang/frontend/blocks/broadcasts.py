"""
Broadcasts: a row, a column or an element of a block, repeated over the shape of whatever it meets, which
`elementwise.py` decides.
"""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_dims import repeated_by
from ttlang.frontend.blocks.block_formats import block_type, dtype_of
from ttlang.frontend.blocks.shape_errors import wrong_broadcast
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.tile_views import repeated
from ttlang.frontend.blocks.values import BlockValue, Spread


def fits(value: Spread, sizes: tuple[int, ...]) -> bool:
    """Whether a broadcast can be repeated over a shape: it has that, but for one tile where it is repeated."""
    return value.block.type.sizes == tuple(1 if axis in value.axes else size for axis, size in enumerate(sizes))


def spread(c: ThreadBuilder, value: Spread, sizes: tuple[int, ...]) -> BlockValue:
    """A broadcast to a shape, in tiles. Raises a TTL0301 for a block that can't be repeated over it."""
    x, rank = value.block, len(sizes)
    if not fits(value, sizes):
        raise wrong_broadcast(c, x, value.axes, sizes)
    matrices = repeated(c, x, sizes[: -ttl.MATRIX])
    if (dim := repeated_by(value.axes, rank)) is ttl.Dim.NONE:
        return matrices
    return BlockValue(c.emit(ttl.BroadcastOp(dim, matrices.ssa, block_type(sizes, dtype_of(x)))).result)
