"""Softmax of 8x8 tiles: eight cores have a row of eight tiles each."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from comparison import Comparison, Pair
from row_programs import GRID, SIZE, WIDTH, program

from ttlang import ttl


def make_kernel(dst32: bool) -> Any:
    @ttl.operation(grid=GRID, fp32_dest_acc_en=dst32)
    def softmax(x, out):
        x_dfb, out_dfb = (ttl.make_dataflow_buffer_like(each, shape=(1, WIDTH), block_count=1) for each in (x, out))

        @ttl.compute()
        def compute():
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                largest = ttl.math.reduce_max(xv, dims=[1])
                powers = ttl.math.exp(xv - ttl.block.broadcast(largest, dims=[1]))
                total = ttl.math.reduce_sum(powers, dims=[1])
                o.store(powers * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

        @ttl.datamovement()
        def read():
            row, _ = ttl.node()
            with x_dfb.reserve() as block:
                ttl.copy(x[row, :], block).wait()

        @ttl.datamovement()
        def write():
            row, _ = ttl.node()
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, :]).wait()

    return softmax


def softmax(dst32: bool) -> Pair:
    x = 2 * torch.randn(SIZE, SIZE).bfloat16()
    exact = torch.softmax(x.double(), dim=1)
    # The difference is rounded to bfloat16 in a 16-bit DST, which exp makes a relative error of the result; the power,
    # the sum of eight tiles, the reciprocal and the product are rounded, too.
    difference = (x.double().amax(dim=1, keepdim=True) - x.double()).abs()
    tolerance = exact * 2.0**-8 * (difference + 12) + 2.0**-60
    program_of = partial(program, "softmax.cpp", dst32, 1.0, 0.0)
    return Pair(make_kernel(dst32), (x,), program_of, exact, tolerance)


COMPARISONS = (
    Comparison("softmax", 0.9, partial(softmax, dst32=False)),
    Comparison("softmax_32", 0.9, partial(softmax, dst32=True)),
)
