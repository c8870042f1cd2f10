"""
Broadcasts: a row, a column or an element of a block, repeated over the shape of whatever it meets, which
`elementwise.py` decides.
"""

from __future__ import annotations

from ttlang.dialects import ttl
from ttlang.frontend.blocks.block_formats import block_type, dtype_of
from ttlang.frontend.blocks.shape_errors import wrong_broadcast
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Spread


def spread(c: ThreadBuilder, value: Spread, sizes: tuple[int, ...]) -> BlockValue:
    """A broadcast to a shape, in tiles. Raises a TTL0301 for a block that can't be repeated over it."""
    x = value.block
    repeats = {ttl.Dim.ROW: (True, False), ttl.Dim.COL: (False, True)}.get(value.dim, (True, True))
    for has, needs, repeated in zip(x.type.sizes, sizes, repeats, strict=True):
        if has != (1 if repeated else needs):
            raise wrong_broadcast(c, x, value.dim, sizes)
    result = block_type(sizes, dtype_of(x))
    return BlockValue(c.emit(ttl.BroadcastOp(value.dim, x.ssa, result)).result)
