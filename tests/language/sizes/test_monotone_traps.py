"""Sizes that compile, although none of them is smaller than those of a configuration that does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ttlang.diagnostics import DiagnosticError
from ttlang.host import TILE_LAYOUT, TensorSpec
from ttlang.tables.dtypes import BF16

Load = Callable[[str], Any]
X = TensorSpec((32, 32 * 401), BF16, TILE_LAYOUT)

GROUPED = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out, *, parts=ttl.one_of((400, 401), (401, 401))):
    group = ttl.make_dfb_allocation_group()
    first = ttl.make_dfb("bf16", shape=(1, parts[0]), block_count=1, allocation_group=group)
    second = ttl.make_dfb("bf16", shape=(1, parts[1]), block_count=1, allocation_group=group)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.datamovement()
    def read():
        for dfb in (first, second):
            with dfb.reserve() as block:
                ttl.copy(x[0:1, 0 : block.shape[1]], block).wait()

    @ttl.compute()
    def compute():
        for dfb in (first, second):
            with dfb.wait() as block, out_dfb.reserve() as o:
                o.store(ttl.block.broadcast(ttl.math.reduce_sum(block, dims=[1]), dims=[1]))

    @ttl.datamovement()
    def write():
        for _ in range(2):
            with out_dfb.wait() as block:
                ttl.copy(block, out[0:1, 0:1]).wait()
"""
"""A piece that ends with a block of 400 and with one of 401 is no smaller than both apart; two of 401 share memory."""

IN_A_THREAD = """
from ttlang import ttl

@ttl.operation(grid=(1, 1))
def kernel(x, out, *, way=ttl.one_of("read", "computed")):
    large = [ttl.make_dfb("bf16", shape=(1, 32), block_count=12) for _ in range(2)]
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 32), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 32), block_count=1)

    @ttl.datamovement()
    def read():
        with x_dfb.reserve() as block:
            ttl.copy(x[0, 0:32], block).wait()
        if way == "read":
            for dfb in large:
                with dfb.reserve() as block:
                    ttl.copy(x[0, 0:32], block).wait()

    @ttl.compute()
    def compute():
        with x_dfb.wait() as v, out_dfb.reserve() as o:
            total = v
            for dfb in large:
                if way == "computed":
                    with dfb.reserve() as block:
                        block.store(total * 2)
                with dfb.wait() as block:
                    total = block * 3
            o.store(total)

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[0, 0:32]).wait()
"""
"""Buffers of the compute thread that hold blocks in turn share memory; those that are read from DRAM do not."""


@pytest.mark.parametrize(
    ("text", "name", "refused", "chosen"),
    [(GROUPED, "parts", (400, 401), (401, 401)), (IN_A_THREAD, "way", "read", "computed")],
)
def test_what_is_no_smaller_may_compile(load: Load, text: str, name: str, refused: object, chosen: object) -> None:
    kernel = load(text).kernel
    with pytest.raises(DiagnosticError, match="TTL0701"):
        kernel.compile(X, X, **{name: refused})
    assert dict(kernel.compile(X, X).chosen.values) == {name: chosen}
