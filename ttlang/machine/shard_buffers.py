"""
Buffers that lie on the shards of a tensor. A tensor of the host library has its pages in one array, and the machine the
L1 of each core in another: what a run finds in such a buffer is brought there before it, and brought back behind it.
Nothing else of the program moves data of these tensors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ttlang.diagnostics import error
from ttlang.machine.buffers import Buffer
from ttlang.machine.program_info import Backing, TensorInfo
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.tiles import Bytes


class _Lying(NamedTuple):
    """A buffer of a core, on its shard."""

    buffer: Buffer
    tensor: TensorPages
    pages: NDArray[np.intp]
    """Those of its pages that the tensor has: not all of a shard that is filled in part."""
    on: NDArray[np.intp]
    """The pages of the tensor that these are."""
    memory: Bytes
    """(pages, bytes of a page), of L1."""
    before: Bytes
    """What these pages hold when the run begins."""


class ShardBuffers:
    """All such buffers of a run. `l1` is the flat array of all cores' L1."""

    def __init__(self, cores: Sequence[Sequence[Buffer]], tensors: Sequence[TensorPages], l1: Bytes):
        self._found = list(_lying(cores, tensors, l1))
        for each in self._found:
            each.memory[each.pages] = each.before
            for page in each.pages:
                each.buffer.written[page] = 1

    def bring_back(self) -> None:
        """
        Tensors get what the buffers on them hold: the pages that are others than before. Raises a DiagnosticError for
        one that something else has changed to anything else.
        """
        for each in self._found:
            now = each.memory[each.pages]
            changed = (now != each.before).any(axis=1)
            on, pages = each.on[changed], each.tensor.pages
            others = (pages[on] != each.before[changed]).any(axis=1) & (pages[on] != now[changed]).any(axis=1)
            if others.any():
                name, info = each.tensor.name, each.buffer.info
                message = f"{info.name} lies on {name}, and more than this buffer writes the same pages of it"
                raise error("TTL0810", message, info.span)
            pages[on] = now[changed]


def _lying(cores: Sequence[Sequence[Buffer]], tensors: Sequence[TensorPages], l1: Bytes) -> Iterator[_Lying]:
    backed = [number for number, buffer in enumerate(cores[0]) if buffer.info.backing is not None]
    for core, buffers in enumerate(cores):
        for number in backed:
            buffer, info = buffers[number], buffers[number].info
            if info.backing is None or (shard := info.backing.shards[core]) is None:
                continue
            tensor = tensors[info.backing.tensor]
            pages, on = _pages_of_shard(tensor.info, info.backing, shard, info.pages)
            memory = l1[buffer.row : buffer.row + info.total_bytes].reshape(info.pages, info.page_bytes)
            yield _Lying(buffer, tensor, pages, on, memory, tensor.pages[on])


def _pages_of_shard(
    tensor: TensorInfo, backing: Backing, shard: int, count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of the buffer's `count` pages those that the tensor has: where they are in the buffer, and in the tensor."""
    down, across = divmod(shard, tensor.shard_grid[1])
    (high, wide), (rows, columns) = tensor.shard_shape, tensor.matrix
    pages = np.arange(count, dtype=np.intp)
    row, column = np.divmod(pages + backing.first, wide)
    row, column = row + down * high, column + across * wide
    there = (row < rows) & (column < columns)
    return pages[there], (row * columns + column)[there]
