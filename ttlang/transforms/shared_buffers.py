"""
Buffers of the compute thread that never hold blocks at one time share memory, where L1 has no room for all of them.

That is safe although unpack, math and pack run beside each other: pack writes into the later buffer what math has
computed behind all that it has computed of the earlier one, and so behind all reads of that.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from math import prod

from xdsl.rewriter import Rewriter

from ttlang.analysis.buffer_times import BufferTime, time_of
from ttlang.dialects import ttl
from ttlang.dialects.attributes import i64_attr
from ttlang.dialects.ttcore import TileType


def share_memory(kernel: ttl.KernelOp, fits: Callable[[], bool]) -> None:
    """
    Lets buffers of one format share memory, the largest first, until all fits. Those of a piece get rings of one size,
    a multiple of the block of each.
    """
    alone = [cb for cb in kernel.own_buffers if cb.group is None and isinstance(cb.result.type.element, TileType)]
    timed = [(cb, time) for cb in alone if (time := time_of(cb)) is not None]
    timed.sort(key=lambda each: -each[0].result.type.total_bytes)
    taken = {cb.group.value.data for cb in kernel.circular_buffers if cb.group is not None}
    numbers = (number for number in count() if number not in taken)
    pieces: list[list[tuple[ttl.CreateCBOp, BufferTime]]] = []
    for cb, time in timed:
        if fits():
            return
        found = next((piece for piece in pieces if _takes(piece, cb, time)), None)
        if found is None:
            pieces.append([(cb, time)])
            continue
        first = found[0][0]
        if first.group is None:
            first.group = i64_attr(next(numbers))
        _join(cb, first)
        found.append((cb, time))


def _takes(piece: list[tuple[ttl.CreateCBOp, BufferTime]], cb: ttl.CreateCBOp, time: BufferTime) -> bool:
    ring, own = piece[0][0].result.type, cb.result.type
    if ring.element != own.element or _tiles(ring) % prod(own.sizes):
        return False
    return all(time.is_apart(other) for _, other in piece)


def _tiles(type: ttl.CircularBufferType) -> int:
    return prod(type.sizes) * type.block_count.data


def _join(cb: ttl.CreateCBOp, first: ttl.CreateCBOp) -> None:
    """Gives a buffer the memory of another one, all of it as its ring."""
    type_ = cb.result.type
    blocks = _tiles(first.result.type) // prod(type_.sizes)
    cb.group = first.group
    Rewriter.replace_value_with_new_type(cb.result, ttl.buffer_type(type_.sizes, type_.element, blocks))
