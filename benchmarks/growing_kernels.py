"""Kernels as long as one likes, for how compilation grows with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ttl

MATRIX = (32, 32)


def make_turns(turns: int) -> Any:
    """A loop that is unrolled: in each turn a block is read, computed with, and written."""

    @ttl.operation(grid=(1, 1))
    def unrolled(a, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(1, 1), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=2)

        @ttl.compute()
        def compute():
            for i in ttl.static_range(turns):
                with a_dfb.wait() as av, out_dfb.reserve() as o:
                    o.store(av * i)

        @ttl.datamovement()
        def read():
            for _ in range(turns):
                with a_dfb.reserve() as block:
                    ttl.copy(a[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            for _ in range(turns):
                with out_dfb.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

    return unrolled


def make_operations(count: int) -> Any:
    """So many operations and additions to one block."""

    @ttl.operation(grid=(1, 1))
    def straight(a, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(1, 1), block_count=1)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=1)

        @ttl.compute()
        def compute():
            with a_dfb.wait() as av, out_dfb.reserve() as o:
                for i in ttl.static_range(count):
                    o += av * i

        @ttl.datamovement()
        def read():
            with a_dfb.reserve() as block:
                ttl.copy(a[0, 0], block).wait()

        @ttl.datamovement()
        def write():
            with out_dfb.wait() as block:
                ttl.copy(block, out[0, 0]).wait()

    return straight


SIZES = (100, 200, 400, 800, 1600)
MAKERS: dict[str, Callable[[int], Any]] = {"turns": make_turns, "operations": make_operations}
GROWING = {f"{size} {what}": (partial(make, size), [MATRIX] * 2) for what, make in MAKERS.items() for size in SIZES}
"""By title: what makes it, and the shapes of its tensors, in elements, of bfloat16."""
