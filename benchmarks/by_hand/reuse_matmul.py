"""A product of 16x16x16 tiles on 4x4 cores, each of which reads what its block of the result needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from comparison import Comparison, Pair
from cpp_programs import Program

from ttlang import ttl

SIZE, GRID = 512, (4, 4)
TILES = SIZE // 32
BLOCK, DEEP = TILES // GRID[0], 4


def make_kernel() -> Any:
    @ttl.operation(grid=GRID, fp32_dest_acc_en=False)
    def matmul(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=(BLOCK, DEEP), block_count=2)
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=(DEEP, BLOCK), block_count=2)
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK), block_count=1)

        @ttl.compute()
        def compute():
            total = ttl.block.fill(0, shape=(BLOCK, BLOCK))
            with out_dfb.reserve() as result:
                for _ in range(TILES // DEEP):
                    with a_dfb.wait() as av, b_dfb.wait() as bv:
                        total += av @ bv
                result.store(total)

        @ttl.datamovement()
        def read():
            x, y = ttl.node()
            for k in range(0, TILES, DEEP):
                with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                    transfers = ttl.GroupTransfer()
                    transfers.add(ttl.copy(a[y * BLOCK : (y + 1) * BLOCK, k : k + DEEP], a_block))
                    transfers.add(ttl.copy(b[k : k + DEEP, x * BLOCK : (x + 1) * BLOCK], b_block))
                    transfers.wait_all()

        @ttl.datamovement()
        def write():
            x, y = ttl.node()
            with out_dfb.wait() as result:
                ttl.copy(result, out[y * BLOCK : (y + 1) * BLOCK, x * BLOCK : (x + 1) * BLOCK]).wait()

    return matmul


def program(tensors: Sequence[Any]) -> Any:
    left, right, out = tensors
    steps, sub_height, sub_width = TILES // DEEP, 4, 2
    made = Program(GRID)
    made.buffer(0, 2 * BLOCK * DEEP)
    made.buffer(1, 2 * DEEP * BLOCK)
    made.buffer(16, BLOCK * BLOCK)

    def firsts(x: int, y: int) -> Sequence[int]:
        return y * BLOCK * TILES, x * BLOCK

    made.compute("matmul_blocks.cpp", (BLOCK, BLOCK, DEEP, steps, sub_height, sub_width), {"BIAS": 0, "WIDE": 0})
    made.mover("read_two_blocks.cpp", 0, [left, right], (BLOCK, BLOCK, DEEP, steps, TILES, TILES), firsts)
    made.mover(
        "write_block.cpp", 1, [out], (BLOCK, BLOCK, sub_height, sub_width, TILES), lambda x, y: (sum(firsts(x, y)),)
    )
    return made.descriptor()


def product() -> Pair:
    a, b = torch.randn(SIZE, SIZE).bfloat16(), (torch.randn(SIZE, SIZE) / SIZE**0.5).bfloat16()
    # Up to 20 times the running sum is rounded to bfloat16, as in the products by multicast.
    tolerance = 20 * 2.0**-9 * (a.double().abs() @ b.double().abs()) / 10
    return Pair(make_kernel(), (a, b), program, a.double() @ b.double(), tolerance)


COMPARISONS = (Comparison("matmul_reuse", 1.0, product),)
