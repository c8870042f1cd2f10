"""Tiles of a block as a block of another shape, for which nothing is moved."""

from __future__ import annotations

from math import prod

from ttlang.dialects import ttl
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue


def reshaped(c: ThreadBuilder, x: BlockValue, sizes: tuple[int, ...]) -> BlockValue:
    """All tiles of a block, in their order, in a shape of as many."""
    assert prod(sizes) == x.type.tiles
    return x if sizes == x.type.sizes else _view(c, x, ttl.whole(sizes))


def repeated(c: ThreadBuilder, x: BlockValue, leading: tuple[int, ...]) -> BlockValue:
    """The matrices of a block, repeated along dimensions before rows and columns where it has size 1, or has none."""
    missing = len(leading) - len(x.type.sizes[: -ttl.MATRIX])
    x = reshaped(c, x, (*(1,) * missing, *x.type.sizes))
    *own, rows, columns = x.type.sizes
    if tuple(own) == leading:
        return x
    strides = ttl.strides_of(x.type.sizes)
    steps = tuple(0 if size == 1 else stride for size, stride in zip(own, strides, strict=True))
    return _view(c, x, ttl.ViewAttr((*leading, rows, columns), steps))


def _view(c: ThreadBuilder, x: BlockValue, view: ttl.ViewAttr) -> BlockValue:
    return BlockValue(c.emit(ttl.ViewOp(x.ssa, view)).result)
