"""
Attention of two heads of size 64 over 512 tokens, in blocks of 2x2 tiles: a core has a block of queries, and goes
through the blocks of keys and values of its head in eight turns.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import torch
from comparison import Comparison, Pair
from cpp_programs import Program

from ttlang import ttl

HEADS, TOKENS, SIZE = 2, 512, 64
QUERIES, KEYS = 2, 2
"""Tiles of a block."""
ROWS, DEPTH = TOKENS // 32, SIZE // 32
TURNS = ROWS // KEYS
GRID = HEADS, ROWS // QUERIES
SCALE = SIZE**-0.5


def make_kernel() -> Any:
    @ttl.operation(grid=GRID, fp32_dest_acc_en=False)
    def attention(q, k, v, out):
        q_dfb = ttl.make_dataflow_buffer_like(q, shape=(QUERIES, DEPTH), block_count=1)
        k_dfb = ttl.make_dataflow_buffer_like(k, shape=(KEYS, DEPTH))
        v_dfb = ttl.make_dataflow_buffer_like(v, shape=(KEYS, DEPTH))
        max_dfb = ttl.make_dataflow_buffer_like(out, shape=(QUERIES, 1))
        sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(QUERIES, 1))
        acc_dfb = ttl.make_dataflow_buffer_like(out, shape=(QUERIES, DEPTH))
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=(QUERIES, DEPTH), block_count=1)

        @ttl.compute()
        def compute():
            with q_dfb.wait() as qv:
                with max_dfb.reserve() as top, sum_dfb.reserve() as total, acc_dfb.reserve() as acc:
                    top.store(-1e30)
                    total.store(0)
                    acc.store(0)
                for _ in range(TURNS):
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
                        scores = qv @ ttl.block.transpose(kv)
                        top = ttl.math.max(old_top, ttl.math.reduce_max(scores, dims=[1]))
                        powers = ttl.math.exp(scores - ttl.block.broadcast(top, dims=[1]), scale=SCALE)
                        fade = ttl.math.exp(old_top - top, scale=SCALE)
                        new_top.store(top)
                        new_total.store(old_total * fade + ttl.math.reduce_sum(powers, dims=[1]))
                        new_acc.store(old_acc * ttl.block.broadcast(fade, dims=[1]) + powers @ vv)
            with max_dfb.wait():  # ttl: allow TTL0414, the logarithm of the sum would need it
                pass
            with sum_dfb.wait() as total, acc_dfb.wait() as acc, out_dfb.reserve() as o:
                o.store(acc * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

        @ttl.datamovement()
        def read():
            head, query = ttl.node()
            row = head * ROWS + query * QUERIES
            with q_dfb.reserve() as block:
                ttl.copy(q[row : row + QUERIES, :], block).wait()
            for key in range(head * ROWS, (head + 1) * ROWS, KEYS):
                with k_dfb.reserve() as block:
                    ttl.copy(k[key : key + KEYS, :], block).wait()
                with v_dfb.reserve() as block:
                    ttl.copy(v[key : key + KEYS, :], block).wait()

        @ttl.datamovement()
        def write():
            head, query = ttl.node()
            row = head * ROWS + query * QUERIES
            with out_dfb.wait() as block:
                ttl.copy(block, out[row : row + QUERIES, :]).wait()

    return attention


def program(tensors: Sequence[Any]) -> Any:
    """By hand; a core is a head's column and a block's row, as in the kernel above."""
    q, k, v, out = tensors
    made = Program(GRID)
    blocks = {0: QUERIES * DEPTH, 1: 2 * KEYS * DEPTH, 2: 2 * KEYS * DEPTH, 3: 1, 16: QUERIES * DEPTH}
    steps = {24: QUERIES * KEYS, 25: QUERIES * KEYS, 26: QUERIES, 27: QUERIES, 28: 2 * QUERIES, 30: QUERIES}
    for index, tiles in (blocks | steps | {29: 2 * QUERIES * DEPTH}).items():
        made.buffer(index, tiles)
    scale = struct.unpack("<I", struct.pack("<f", SCALE))[0] >> 16
    shape = QUERIES, KEYS, DEPTH, TURNS

    def first_of_block(x: int, y: int) -> int:
        return (x * ROWS + y * QUERIES) * DEPTH

    made.compute("attention.cpp", (*shape, scale))
    made.mover("read_attention.cpp", 0, [q, k, v], shape, lambda x, y: (first_of_block(x, y), x * ROWS * DEPTH))
    tiles = QUERIES * DEPTH
    made.mover("write_batches.cpp", 1, [out], (tiles,), lambda x, y: (first_of_block(x, y), tiles))
    return made.descriptor()


def attention() -> Pair:
    q, k, v = (torch.randn(HEADS, TOKENS, SIZE).bfloat16() for _ in range(3))
    scores = q.double() @ k.double().mT * SCALE
    weights = torch.softmax(scores, dim=-1)
    # A score is rounded to bfloat16 on its way through L1, and so is its difference to the largest: exp makes a
    # relative error of that. The state is rounded in each turn. The error of the output is an average over the values.
    relative = 2.0**-8 * (3 * scores.abs().max().item() + 3 * TURNS)
    tolerance = relative * (weights @ v.double().abs()).flatten(0, 1)
    inputs = [each.flatten(0, 1) for each in (q, k, v)]
    return Pair(make_kernel(), inputs, program, (weights @ v.double()).flatten(0, 1), tolerance)


COMPARISONS = (Comparison("attention", 1.3, attention, math_turns=TURNS * GRID[0] * GRID[1]),)
