"""
The guide's distributed kernel, up to where cores talk to each other: each sums up its blocks of A, repeats the sum over
4x4 tiles, multiplies that with B, and here writes its part of the result to its own columns.
"""

from __future__ import annotations

from typing import Any

import torch

from tests.seeds.cases import Case, ones, positive, rounding_units
from ttlang import ttl

ROWS_PER_CORE = 2
COLS_PER_CORE = 2


@ttl.kernel(grid=(4, 1))
def reduce_bcast_matmul_kernel(A, B, scaler, out):
    a_cb = ttl.make_circular_buffer_like(A, shape=(4, 1), buffer_factor=2)
    scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(B, shape=(4, 4), buffer_factor=2)
    reduce_out_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    reduce_acc_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    bcast_out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)
    matmul_out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)

    @ttl.compute()
    def compute():
        blocks_per_core = ROWS_PER_CORE * COLS_PER_CORE

        with scaler_cb.wait() as s:
            with a_cb.wait() as a, reduce_out_cb.reserve() as r:
                reduced = ttl.math.reduce_sum(a, s, r, dims=[0, 1])
                r.store(reduced)
            with reduce_out_cb.wait() as t, reduce_acc_cb.reserve() as acc:
                acc.store(ttl.math.abs(t))

            for _ in range(blocks_per_core - 1):
                with a_cb.wait() as a, reduce_out_cb.reserve() as r:
                    reduced = ttl.math.reduce_sum(a, s, r, dims=[0, 1])
                    r.store(reduced)
                with reduce_out_cb.wait() as t, reduce_acc_cb.wait() as acc, reduce_acc_cb.reserve() as new_acc:
                    new_acc.store(acc + t)

        with reduce_acc_cb.wait() as local_sum, bcast_out_cb.reserve() as bout:
            broadcasted = ttl.math.broadcast(local_sum, bout, dims=[0, 1])
            bout.store(broadcasted)

        with bcast_out_cb.wait() as a_bcast, b_cb.wait() as b, matmul_out_cb.reserve() as c:
            result = ttl.math.matmul(a_bcast, b, c)
            c.store(result)

        with matmul_out_cb.wait() as m0, out_cb.reserve() as final_out:
            final_out.store(ttl.math.abs(m0))

    @ttl.datamovement()
    def dm_read():
        x, _ = ttl.core(dims=2)

        with scaler_cb.reserve() as s_blk:
            tx = ttl.copy(scaler[0, 0], s_blk)
            tx.wait()

        for row in range(ROWS_PER_CORE):
            for col in range(COLS_PER_CORE):
                row_idx = row * 4
                col_idx = x * COLS_PER_CORE + col
                with a_cb.reserve() as a_blk:
                    tx = ttl.copy(A[row_idx : row_idx + 4, col_idx : col_idx + 1], a_blk)
                    tx.wait()

        with b_cb.reserve() as b_blk:
            tx = ttl.copy(B[0:4, 0:4], b_blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        x, _ = ttl.core(dims=2)
        with out_cb.wait() as o_blk:
            tx = ttl.copy(o_blk, out[0:4, 4 * x : 4 * x + 4])
            tx.wait()


def parts(a: torch.Tensor, b: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    """Each core has two columns of tiles of A; all rows of its product are the same."""
    sums = [a[:, 64 * core : 64 * core + 64].sum() for core in range(4)]
    return torch.cat([b.sum(0, keepdim=True).expand(128, 128) * total for total in sums], dim=1)


def bound(a: torch.Tensor, b: torch.Tensor, _: torch.Tensor) -> dict[str, Any]:
    """
    All is positive, so that each rounding is half a unit of the result at most: eight of the sum of each of four
    blocks, three of their total, and four of the product in each of eight steps of K.
    """
    return {"roundings": rounding_units(4 * 8 + 3 + 4 * 8)}


CASES = {
    "reduce_broadcast_matmul": Case(
        reduce_bcast_matmul_kernel, (positive(256, 256), positive(128, 128, seed=1), ones()), parts, bound
    ),
}
