"""
The guide's distributed kernel: each core sums up its blocks of A, repeats the sum over 4x4 tiles and multiplies that
with B; the first core gathers the products and adds them up.
"""

from __future__ import annotations

from typing import Any

import torch

from tests.language.seeds.cases import Case, ones, positive, rounding_units
from ttlang import ttl

ROWS_PER_CORE = 2
COLS_PER_CORE = 2
COORDINATOR = 0
NUM_WORKERS = 3


@ttl.kernel(grid=(4, 1))
def reduce_bcast_matmul_kernel(A, B, scaler, out):
    matmul_pipe1 = ttl.Pipe(src=(1, 0), dst=(0, 0))
    matmul_pipe2 = ttl.Pipe(src=(2, 0), dst=(0, 0))
    matmul_pipe3 = ttl.Pipe(src=(3, 0), dst=(0, 0))

    a_cb = ttl.make_circular_buffer_like(A, shape=(4, 1), buffer_factor=2)
    scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    b_cb = ttl.make_circular_buffer_like(B, shape=(4, 4), buffer_factor=2)
    reduce_out_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    reduce_acc_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    bcast_out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)
    matmul_out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)
    matmul_gather_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=6)
    matmul_acc_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4), buffer_factor=2)

    @ttl.compute()
    def compute():
        x, _ = ttl.core(dims=2)
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

        if x == COORDINATOR:
            with matmul_out_cb.wait() as m0, matmul_acc_cb.reserve() as macc:
                macc.store(ttl.math.abs(m0))

            for _ in range(NUM_WORKERS):
                with matmul_gather_cb.wait() as m, matmul_acc_cb.wait() as acc, matmul_acc_cb.reserve() as new_acc:
                    new_acc.store(acc + m)

            with matmul_acc_cb.wait() as acc, out_cb.reserve() as final_out:
                final_out.store(ttl.math.abs(acc))
        else:
            with matmul_out_cb.wait() as mout, matmul_gather_cb.reserve() as mg:
                mg.store(ttl.math.abs(mout))

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

        if x == 1:
            with matmul_gather_cb.wait() as blk:
                tx = ttl.copy(blk, matmul_pipe1)
                tx.wait()
        elif x == 2:
            with matmul_gather_cb.wait() as blk:
                tx = ttl.copy(blk, matmul_pipe2)
                tx.wait()
        elif x == 3:
            with matmul_gather_cb.wait() as blk:
                tx = ttl.copy(blk, matmul_pipe3)
                tx.wait()

        if x == COORDINATOR:
            with matmul_gather_cb.reserve() as blk:
                tx = ttl.copy(matmul_pipe1, blk)
                tx.wait()
            with matmul_gather_cb.reserve() as blk:
                tx = ttl.copy(matmul_pipe2, blk)
                tx.wait()
            with matmul_gather_cb.reserve() as blk:
                tx = ttl.copy(matmul_pipe3, blk)
                tx.wait()

            with out_cb.wait() as o_blk:
                tx = ttl.copy(o_blk, out[0:4, 0:4])
                tx.wait()


def total(a: torch.Tensor, b: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    """The sums of all cores add up to that of A; all rows of the product are the same."""
    return b.sum(0, keepdim=True).expand(128, 128) * a.sum()


def bound(a: torch.Tensor, b: torch.Tensor, _: torch.Tensor) -> dict[str, Any]:
    """
    All is positive, so that each rounding is half a unit of the result at most: eight of the sum of each of four
    blocks, three of their total, four of the product in each of eight steps of K, and three of the sum of the products.
    """
    return {"roundings": rounding_units(4 * 8 + 3 + 4 * 8 + 3)}


CASES = {
    "reduce_broadcast_matmul": Case(
        reduce_bcast_matmul_kernel, (positive(256, 256), positive(128, 128, seed=1), ones()), total, bound
    ),
}
