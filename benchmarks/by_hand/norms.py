"""Layer norm and RMS norm of 8x8 tiles: eight cores have a row of eight tiles each."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
from comparison import Comparison, Pair
from row_programs import GRID, SIZE, WIDTH, program

from ttlang import ttl

EPSILON = 1e-5


def make_layer_norm(dst32: bool) -> Any:
    @ttl.operation(grid=GRID, fp32_dest_acc_en=dst32)
    def layer_norm(x, gamma, beta, out):
        x_dfb, gamma_dfb, beta_dfb, out_dfb = (
            ttl.make_dataflow_buffer_like(each, shape=(1, WIDTH), block_count=1) for each in (x, gamma, beta, out)
        )

        @ttl.compute()
        def compute():
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                mean = ttl.math.reduce_sum(xv, dims=[1]) * (1 / SIZE)
                centred = xv - ttl.block.broadcast(mean, dims=[1])
                variance = ttl.math.reduce_sum(centred * centred, dims=[1]) * (1 / SIZE)
                normal = centred * ttl.block.broadcast(ttl.math.rsqrt(variance + EPSILON), dims=[1])
                with gamma_dfb.wait() as scale, beta_dfb.wait() as shift:
                    o.store(normal * ttl.block.broadcast(scale, dims=[0]) + ttl.block.broadcast(shift, dims=[0]))

        @ttl.datamovement()
        def read():
            row, _ = ttl.node()
            with x_dfb.reserve() as block:
                ttl.copy(x[row, :], block).wait()
            with gamma_dfb.reserve() as gamma_block, beta_dfb.reserve() as beta_block:
                transfers = ttl.GroupTransfer()
                transfers.add(ttl.copy(gamma[0, :], gamma_block))
                transfers.add(ttl.copy(beta[0, :], beta_block))
                transfers.wait_all()

        @ttl.datamovement()
        def write():
            row, _ = ttl.node()
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, :]).wait()

    return layer_norm


def make_rms_norm(dst32: bool) -> Any:
    @ttl.operation(grid=GRID, fp32_dest_acc_en=dst32)
    def rms_norm(x, gamma, out):
        x_dfb, gamma_dfb, out_dfb = (
            ttl.make_dataflow_buffer_like(each, shape=(1, WIDTH), block_count=1) for each in (x, gamma, out)
        )

        @ttl.compute()
        def compute():
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                mean = ttl.math.reduce_sum(xv * xv, dims=[1]) * (1 / SIZE)
                normal = xv * ttl.block.broadcast(ttl.math.rsqrt(mean + EPSILON), dims=[1])
                with gamma_dfb.wait() as scale:
                    o.store(normal * ttl.block.broadcast(scale, dims=[0]))

        @ttl.datamovement()
        def read():
            row, _ = ttl.node()
            with x_dfb.reserve() as block:
                ttl.copy(x[row, :], block).wait()
            with gamma_dfb.reserve() as block:
                ttl.copy(gamma[0, :], block).wait()

        @ttl.datamovement()
        def write():
            row, _ = ttl.node()
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, :]).wait()

    return rms_norm


def layer_norm(dst32: bool) -> Pair:
    x = (3 * torch.randn(SIZE, SIZE) + 1).bfloat16()
    gamma, beta = (torch.randn(1, SIZE).bfloat16() for _ in range(2))
    exact = [each.double() for each in (x, gamma[0], beta[0])]
    scaled = torch.nn.functional.layer_norm(exact[0], [SIZE], exact[1], eps=EPSILON)
    # Roundings to bfloat16, at most 2**-8 of the value each where DST cuts: eight of a sum of eight tiles, which the
    # mean has of itself and the deviation half of; the centred value, its square, the reciprocal deviation, the two
    # products, the result.
    of_mean = 8 * 2.0**-8 * (exact[0].mean(1, keepdim=True) / exact[0].std(1, keepdim=True) * exact[1]).abs()
    tolerance = of_mean + 9 * 2.0**-8 * scaled.abs() + 2.0**-8 * exact[2].abs() + 2.0**-8
    program_of = partial(program, "layer_norm.cpp", dst32, 1 / SIZE, EPSILON)
    return Pair(make_layer_norm(dst32), (x, gamma, beta), program_of, scaled + exact[2], tolerance)


def rms_norm(dst32: bool) -> Pair:
    x, gamma = torch.randn(SIZE, SIZE).bfloat16(), torch.randn(1, SIZE).bfloat16()
    exact = torch.nn.functional.rms_norm(x.double(), [SIZE], gamma[0].double(), eps=EPSILON)
    # As above: half of eight roundings, and of that of the square; the root, the two products.
    tolerance = 8 * 2.0**-8 * exact.abs() + 2.0**-60
    return Pair(
        make_rms_norm(dst32), (x, gamma), partial(program, "rms_norm.cpp", dst32, 1 / SIZE, EPSILON), exact, tolerance
    )


COMPARISONS = (
    Comparison("layer_norm", 1.05, partial(layer_norm, dst32=False)),
    Comparison("layer_norm_32", 1.05, partial(layer_norm, dst32=True)),
    Comparison("rms_norm", 1.05, partial(rms_norm, dst32=False)),
    Comparison("rms_norm_32", 1.05, partial(rms_norm, dst32=True)),
)
