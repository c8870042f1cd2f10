"""
Matrix products in TT-Lang (`matmul_shapes.csv`): groups of cores for parts of M, N and K, in blocks.

In each group of K the left column of cores reads `a` and sends it along the rows, the top row reads `b` and sends it
down the columns. The cores of the further groups send their sums to those of the first, which add them up.
"""
# What a plan doesn't need is not made.
# pyright: reportPossiblyUnboundVariable=false

from __future__ import annotations

from typing import NamedTuple

from ttlang import ttl


class Plan(NamedTuple):
    """How a product is done."""

    groups: tuple[int, int, int]
    """Of cores, for parts of M, N and K."""
    block: tuple[int, int, int]
    """Tiles along M, N and K."""
    blocks: tuple[int, int]
    """Of the result, along M and N, on each core."""
    steps: int
    """Blocks of K, on each core."""
    done: tuple[int, int, int]
    """How many of the blocks and steps are gone through."""


def make_matmul(plan: Plan):
    rows, columns, depth = plan.groups

    @ttl.operation(grid=(columns * depth, rows), fp32_dest_acc_en=True)
    def matmul(a, b, out):
        do_matmul(a, b, out, plan)

    return matmul


def do_matmul(a, b, out, plan: Plan):
    """What a kernel function does by a plan, on a grid of all groups, those of K side by side."""
    rows, columns, depth = plan.groups
    high, wide, deep = plan.block
    down, right, steps = plan.done
    width = columns * depth
    firsts = range(0, width, columns)
    if columns > 1:
        along = ttl.PipeNet(
            [ttl.Pipe(src=(x, y), dst=(slice(x + 1, x + columns), y)) for x in firsts for y in range(rows)]
        )
    if rows > 1:
        across = ttl.PipeNet([ttl.Pipe(src=(x, 0), dst=(x, slice(1, rows))) for x in range(width)])
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(high, deep), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(deep, wide), block_count=2)
    part_dfb = ttl.make_dataflow_buffer_like(out, shape=(high, wide), block_count=2)
    if depth > 1:
        back = ttl.PipeNet(
            [
                ttl.Pipe(src=(first + x, y), dst=(x, y))
                for y in range(rows)
                for x in range(columns)
                for first in firsts[1:]
            ]
        )
        received_dfb = ttl.make_dataflow_buffer_like(out, shape=(high, wide), block_count=max(2, depth - 1))
        sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(high, wide), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(high, wide), block_count=1)
    else:
        out_dfb = part_dfb

    @ttl.compute()
    def compute():
        x, _ = ttl.node()
        for _ in range(down * right):
            with part_dfb.reserve() as total:
                for _ in range(steps):
                    with a_dfb.wait() as left, b_dfb.wait() as other:
                        total += left @ other
            if depth > 1 and x < columns:
                with part_dfb.wait() as part, sum_dfb.reserve() as total:
                    total.store(part)
                for _ in range(depth - 1):
                    with sum_dfb.wait() as so_far, received_dfb.wait() as part, sum_dfb.reserve() as total:
                        total.store(so_far + part)
                with sum_dfb.wait() as total, out_dfb.reserve() as result:
                    result.store(total)

    @ttl.datamovement()
    def move_a():
        x, y = ttl.node()
        first = x // columns * plan.steps
        for i in range(down):
            row = (y * plan.blocks[0] + i) * high
            for _ in range(right):
                for step in range(steps):
                    inner = (first + step) * deep
                    with a_dfb.reserve() as block:
                        if x % columns == 0:
                            ttl.copy(a[row : row + high, inner : inner + deep], block).wait()
                            if columns > 1:
                                along.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                        if columns > 1:
                            along.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
                if depth > 1:

                    def receive(pipe):
                        with received_dfb.reserve() as block:
                            ttl.copy(pipe, block).wait()

                    back.if_dst(receive)
                    if x >= columns:
                        with part_dfb.wait() as part:
                            back.if_src(lambda pipe: ttl.copy(part, pipe).wait())

    @ttl.datamovement()
    def move_b_and_store():
        x, y = ttl.node()
        first = x // columns * plan.steps
        for i in range(down):
            row = (y * plan.blocks[0] + i) * high
            for j in range(right):
                column = (x % columns * plan.blocks[1] + j) * wide
                for step in range(steps):
                    inner = (first + step) * deep
                    with b_dfb.reserve() as block:
                        if y == 0:
                            ttl.copy(b[inner : inner + deep, column : column + wide], block).wait()
                            if rows > 1:
                                across.if_src(lambda pipe: ttl.copy(block, pipe).wait())
                        if rows > 1:
                            across.if_dst(lambda pipe: ttl.copy(pipe, block).wait())
                if x < columns:
                    with out_dfb.wait() as result:
                        ttl.copy(result, out[row : row + high, column : column + wide]).wait()
