"""
Kernels whose simulation is measured. Their text is in the language of the published simulator (`tt-lang-sim` 1.1.6),
and runs on it and here: `ttl` is whichever the process has. They come with a grid, over which they share their work.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import ttl

Grid = tuple[int, int]
"""Columns and rows of cores."""
ONE, MANY = (1, 1), (8, 8)


def make_add(block: int, grid: Grid, size: int) -> Any:
    """out = a + b over `size` x `size` elements, in blocks of `block` x `block` tiles."""
    rows, columns = size // 32 // grid[1], size // 32 // grid[0]
    turns = (rows // block) * (columns // block)

    @ttl.operation(grid=grid)
    def add(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(block, block), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(block, block), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(block, block), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(turns):
                with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
                    o.store(av + bv)

        @ttl.datamovement()
        def read():
            x, y = ttl.node(dims=2)
            for r in range(y * rows, (y + 1) * rows, block):
                for c in range(x * columns, (x + 1) * columns, block):
                    with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                        a_xf = ttl.copy(a[r : r + block, c : c + block], a_blk)
                        b_xf = ttl.copy(b[r : r + block, c : c + block], b_blk)
                        a_xf.wait()
                        b_xf.wait()

        @ttl.datamovement()
        def write():
            x, y = ttl.node(dims=2)
            for r in range(y * rows, (y + 1) * rows, block):
                for c in range(x * columns, (x + 1) * columns, block):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r : r + block, c : c + block])
                        xf.wait()

    return add


def make_matmul(block: int, grid: Grid, size: int) -> Any:
    """out = a @ b of `size` x `size`, each core its share of output blocks of `block` x `block` tiles, K in blocks."""
    tiles = size // 32
    rows, columns = tiles // grid[1] // block, tiles // grid[0] // block

    @ttl.operation(grid=grid)
    def matmul(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(block, block), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(block, block), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(block, block), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(rows * columns):
                with out_dfb.reserve() as o:
                    total = ttl.block.fill(0, shape=(block, block))
                    for _ in range(tiles // block):
                        with a_dfb.wait() as av, b_dfb.wait() as bv:
                            total += av @ bv
                    o.store(total)

        @ttl.datamovement()
        def read():
            x, y = ttl.node(dims=2)
            for r in range(y * rows, (y + 1) * rows):
                for c in range(x * columns, (x + 1) * columns):
                    for k in range(tiles // block):
                        with a_dfb.reserve() as a_blk, b_dfb.reserve() as b_blk:
                            a_xf = ttl.copy(a[r * block : (r + 1) * block, k * block : (k + 1) * block], a_blk)
                            b_xf = ttl.copy(b[k * block : (k + 1) * block, c * block : (c + 1) * block], b_blk)
                            a_xf.wait()
                            b_xf.wait()

        @ttl.datamovement()
        def write():
            x, y = ttl.node(dims=2)
            for r in range(y * rows, (y + 1) * rows):
                for c in range(x * columns, (x + 1) * columns):
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[r * block : (r + 1) * block, c * block : (c + 1) * block])
                        xf.wait()

    return matmul


HEADS, TOKENS, DEPTH = 8, 512, 64


def make_attention(grid: Grid) -> Any:
    """
    softmax(q @ k.T / sqrt(DEPTH)) @ v for HEADS heads, which lie below each other, in blocks of two tiles of queries
    and of keys, with the running maximum, sum and output in buffers; and the logarithm of the softmax's sum.
    """
    tokens, depth, scale = TOKENS // 32, DEPTH // 32, 1 / math.sqrt(DEPTH)
    heads, queries = HEADS // grid[0], tokens // 2 // grid[1]

    @ttl.operation(grid=grid)
    def attention(q, k, v, out, logsum):
        q_dfb = ttl.make_dataflow_buffer_like(q, shape=(2, depth), block_count=2)
        k_dfb = ttl.make_dataflow_buffer_like(k, shape=(2, depth), block_count=2)
        v_dfb = ttl.make_dataflow_buffer_like(v, shape=(2, depth), block_count=2)
        max_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(2, 1), block_count=2)
        sum_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(2, 1), block_count=2)
        acc_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, depth), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(2, depth), block_count=2)
        logsum_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(2, 1), block_count=2)

        @ttl.compute()
        def compute():
            for _ in range(heads * queries):
                with q_dfb.wait() as qv:
                    with max_dfb.reserve() as top, sum_dfb.reserve() as total, acc_dfb.reserve() as acc:
                        top.store(ttl.block.fill(-1e30, shape=(2, 1)))
                        total.store(ttl.block.fill(0, shape=(2, 1)))
                        acc.store(ttl.block.fill(0, shape=(2, depth)))
                    for _ in range(tokens // 2):
                        with (
                            k_dfb.wait() as kv,
                            v_dfb.wait() as vv,
                            max_dfb.wait() as old_top,
                            sum_dfb.wait() as old_total,
                            acc_dfb.wait() as old_acc,
                            max_dfb.reserve() as new_top,
                            sum_dfb.reserve() as new_total,
                            acc_dfb.reserve() as new_acc,
                        ):
                            scores = (qv @ ttl.block.transpose(kv)) * ttl.block.fill(scale, shape=(2, 2))
                            top = ttl.math.max(old_top, ttl.math.reduce_max(scores, dims=[1], shape=(2, 1)))
                            powers = ttl.math.exp(scores - ttl.block.broadcast(top, dims=[1], shape=(2, 2)))
                            fade = ttl.math.exp(old_top - top)
                            new_top.store(top)
                            new_total.store(old_total * fade + ttl.math.reduce_sum(powers, dims=[1], shape=(2, 1)))
                            new_acc.store(old_acc * ttl.block.broadcast(fade, dims=[1], shape=(2, depth)) + powers @ vv)
                with max_dfb.wait() as top, sum_dfb.wait() as total, acc_dfb.wait() as acc:
                    with out_dfb.reserve() as o:
                        o.store(acc * ttl.block.broadcast(ttl.math.recip(total), dims=[1], shape=(2, depth)))
                    with logsum_dfb.reserve() as log:
                        log.store(ttl.block.broadcast(top + ttl.math.log(total), dims=[1], shape=(2, 1)))

        @ttl.datamovement()
        def read():
            x, y = ttl.node(dims=2)
            for head in range(x * heads, (x + 1) * heads):
                for query in range(y * queries, (y + 1) * queries):
                    row = head * tokens + query * 2
                    with q_dfb.reserve() as block:
                        xf = ttl.copy(q[row : row + 2, 0:depth], block)
                        xf.wait()
                    for key in range(head * tokens, (head + 1) * tokens, 2):
                        with k_dfb.reserve() as k_blk, v_dfb.reserve() as v_blk:
                            k_xf = ttl.copy(k[key : key + 2, 0:depth], k_blk)
                            v_xf = ttl.copy(v[key : key + 2, 0:depth], v_blk)
                            k_xf.wait()
                            v_xf.wait()

        @ttl.datamovement()
        def write():
            x, y = ttl.node(dims=2)
            for head in range(x * heads, (x + 1) * heads):
                for query in range(y * queries, (y + 1) * queries):
                    row = head * tokens + query * 2
                    with out_dfb.wait() as o:
                        xf = ttl.copy(o, out[row : row + 2, 0:depth])
                        xf.wait()
                    with logsum_dfb.wait() as log:
                        log_xf = ttl.copy(log, logsum[row : row + 2, 0:1])
                        log_xf.wait()

    return attention


class Case(NamedTuple):
    """A kernel, and the shapes of its tensors, in elements, all of bfloat16."""

    make: Callable[[], Any]
    shapes: Sequence[tuple[int, int]]

    def tensors(self, ttnn: Any) -> list[Any]:
        """Tensors of random numbers, outputs too, made by `ttnn`, whosesoever it is."""
        device = ttnn.open_device(device_id=0)
        made = {"dtype": ttnn.bfloat16, "layout": ttnn.TILE_LAYOUT, "device": device}
        return [ttnn.rand(shape, **made) for shape in self.shapes]


def _cores(grid: Grid) -> str:
    count = grid[0] * grid[1]
    return f"{count} core" + "s" * (count > 1)


def _add(block: int, grid: Grid, size: int = 2048) -> tuple[str, Case]:
    return (
        f"add {size}, {block}x{block}, {_cores(grid)}",
        Case(partial(make_add, block, grid, size), [(size, size)] * 3),
    )


def _matmul(size: int, block: int, grid: Grid) -> tuple[str, Case]:
    # A grid is no larger than the blocks of the output.
    grid = (min(grid[0], size // 32 // block),) * 2
    return (
        f"matmul {size}, {block}x{block}, {_cores(grid)}",
        Case(partial(make_matmul, block, grid, size), [(size, size)] * 3),
    )


def _attention(grid: Grid) -> tuple[str, Case]:
    rows = HEADS * TOKENS
    return f"attention, {_cores(grid)}", Case(partial(make_attention, grid), [(rows, DEPTH)] * 4 + [(rows, 32)])


CASES: dict[str, Case] = dict(
    case
    for grid in (ONE, MANY)
    for case in (
        *(_add(block, grid) for block in (1, 2, 4, 8)),
        *(_matmul(size, block, grid) for size in (512, 1024) for block in (1, 2, 4)),
        _attention(grid),
        _add(4, grid, 4096),
        _matmul(2048, 4, grid),
    )
)
"""By title: what is computed, of which size; the tiles of a block; the cores that share the work."""
