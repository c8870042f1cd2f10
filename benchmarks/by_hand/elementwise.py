"""Elementwise functions of 32x32 tiles on 8x8 cores: a sum, and relu(a * b + c)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from comparison import Comparison, Pair
from cpp_programs import Program

from ttlang import ttl

SIZE, GRID, BATCH = 1024, (8, 8), 8
TILES = SIZE // 32
SHARE = TILES * TILES // (GRID[0] * GRID[1])
"""Tiles of each core: a part of a row."""


def make_add() -> Any:
    @ttl.operation(grid=GRID)
    def add(a, b, out):
        a_dfb, b_dfb, out_dfb = (ttl.make_dataflow_buffer_like(each, shape=(1, BATCH)) for each in (a, b, out))

        @ttl.compute()
        def compute():
            for _ in range(SHARE // BATCH):
                with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
                    o.store(av + bv)

        @ttl.datamovement()
        def read():
            x, y = ttl.node()
            first = (y * GRID[0] + x) * SHARE
            for tile in range(first, first + SHARE, BATCH):
                row, column = tile // TILES, tile % TILES
                with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                    transfers = ttl.GroupTransfer()
                    transfers.add(ttl.copy(a[row, column : column + BATCH], a_block))
                    transfers.add(ttl.copy(b[row, column : column + BATCH], b_block))
                    transfers.wait_all()

        @ttl.datamovement()
        def write():
            x, y = ttl.node()
            first = (y * GRID[0] + x) * SHARE
            for tile in range(first, first + SHARE, BATCH):
                row, column = tile // TILES, tile % TILES
                with out_dfb.wait() as block:
                    ttl.copy(block, out[row, column : column + BATCH]).wait()

    return add


def make_chain() -> Any:
    @ttl.operation(grid=GRID)
    def multiply_add_relu(a, b, c, out):
        a_dfb, b_dfb, c_dfb, out_dfb = (
            ttl.make_dataflow_buffer_like(each, shape=(1, BATCH)) for each in (a, b, c, out)
        )

        @ttl.compute()
        def compute():
            for _ in range(SHARE // BATCH):
                with a_dfb.wait() as av, b_dfb.wait() as bv, c_dfb.wait() as cv, out_dfb.reserve() as o:
                    o.store(ttl.math.relu(av * bv + cv))

        @ttl.datamovement()
        def read():
            x, y = ttl.node()
            first = (y * GRID[0] + x) * SHARE
            for tile in range(first, first + SHARE, BATCH):
                row, column = tile // TILES, tile % TILES
                with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block, c_dfb.reserve() as c_block:
                    transfers = ttl.GroupTransfer()
                    transfers.add(ttl.copy(a[row, column : column + BATCH], a_block))
                    transfers.add(ttl.copy(b[row, column : column + BATCH], b_block))
                    transfers.add(ttl.copy(c[row, column : column + BATCH], c_block))
                    transfers.wait_all()

        @ttl.datamovement()
        def write():
            x, y = ttl.node()
            first = (y * GRID[0] + x) * SHARE
            for tile in range(first, first + SHARE, BATCH):
                row, column = tile // TILES, tile % TILES
                with out_dfb.wait() as block:
                    ttl.copy(block, out[row, column : column + BATCH]).wait()

    return multiply_add_relu


def program(compute: str, tensors: Sequence[Any]) -> Any:
    """By hand; the tensors are operands, then the result."""
    *operands, out = tensors
    made = Program(GRID)

    def share(x: int, y: int) -> Sequence[int]:
        return (y * GRID[0] + x) * SHARE, SHARE

    for index in (*range(len(operands)), 16):
        made.buffer(index, 2 * BATCH)
    made.compute(compute, (BATCH, SHARE // BATCH))
    made.mover("read_batches.cpp", 0, operands, (BATCH,), share, defines={"OPERANDS": len(operands)})
    made.mover("write_batches.cpp", 1, [out], (BATCH,), share)
    return made.descriptor()


def add() -> Pair:
    a, b = (torch.randn(SIZE, SIZE).bfloat16() for _ in range(2))
    exact = a.double() + b.double()
    # DST and the packer round once; the FPU keeps eleven bits of the larger operand.
    tolerance = 2.0**-8 * exact.abs() + 2.0**-11 * torch.maximum(a.abs(), b.abs()).double() + 2.0**-120
    return Pair(make_add(), (a, b), lambda tensors: program("add.cpp", tensors), exact, tolerance)


def chain() -> Pair:
    a, b, c = (torch.randn(SIZE, SIZE).bfloat16() for _ in range(3))
    product = a.double() * b.double()
    exact = torch.relu(product + c.double())
    # The product is rounded in DST, or cut on its way to a source register, the sum is rounded.
    tolerance = 2.0**-7 * product.abs() + 2.0**-8 * exact + 2.0**-11 * c.double().abs() + 2.0**-120
    return Pair(make_chain(), (a, b, c), lambda tensors: program("multiply_add_relu.cpp", tensors), exact, tolerance)


COMPARISONS = (Comparison("add", 1.0, add), Comparison("chain", 1.0, chain))
