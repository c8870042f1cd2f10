"""What follows attention in a transformer's layer, in one kernel: projection, residual, RMS norm, MLP, residual."""

from __future__ import annotations

from typing import Any

import torch

from tests.language.seeds.cases import BLOCK_SUM, PRODUCT, Case, matmul_error, normal, ones
from tests.language.seeds.mlp import mlp, mlp_error
from ttlang import ttl


def make_block_kernel(reduce_factor: int) -> Any:
    """
    The guide's kernel. It gives `reduce_cb` one block, waits for that and reserves another while it holds it: two are
    needed.
    """

    @ttl.kernel(grid=(1, 1))
    def fused_block_kernel(attn_concat, x, wo, ln2_w, w_fc, w_proj, scaler, out):
        SEQ_TILES, EMBD_TILES = 4, 4
        MLP_CHUNK_TILES, NUM_MLP_CHUNKS = 4, 4

        attn_cb = ttl.make_circular_buffer_like(attn_concat, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=1)
        x_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=1)
        wo_cb = ttl.make_circular_buffer_like(wo, shape=(EMBD_TILES, EMBD_TILES), buffer_factor=1)
        ln2_w_cb = ttl.make_circular_buffer_like(ln2_w, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=1)
        scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=1)

        w_fc_chunk_cb = ttl.make_circular_buffer_like(w_fc, shape=(EMBD_TILES, MLP_CHUNK_TILES), buffer_factor=2)
        w_proj_chunk_cb = ttl.make_circular_buffer_like(w_proj, shape=(MLP_CHUNK_TILES, EMBD_TILES), buffer_factor=2)

        act_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
        hidden1_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
        ln2_out_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
        mlp_chunk_cb = ttl.make_circular_buffer_like(w_fc, shape=(SEQ_TILES, MLP_CHUNK_TILES), buffer_factor=2)
        mlp_acc_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
        partial_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
        reduce_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=reduce_factor)
        bcast_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=1)
        out_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=1)

        @ttl.compute()
        def compute():
            with scaler_cb.wait() as sc:
                with attn_cb.wait() as attn, wo_cb.wait() as wo:
                    with act_cb.reserve() as ap:
                        result = ttl.math.matmul(attn, wo, ap)
                        ap.store(result)

                with act_cb.wait() as ap, x_cb.wait() as xv:
                    with hidden1_cb.reserve() as h1:
                        h1.store(ap + xv)

                with hidden1_cb.wait() as h1v, ln2_w_cb.wait() as ln2_wv:
                    with act_cb.reserve() as sq:
                        sq.store(h1v * h1v)
                    with act_cb.wait() as sqv, reduce_cb.reserve() as red:
                        total = ttl.math.reduce_sum(sqv, sc, red, dims=[0, 1])
                        red.store(total)
                    with reduce_cb.wait() as sumv, reduce_cb.reserve() as rsq:
                        rsq.store(ttl.math.rsqrt(sumv))
                    with reduce_cb.wait() as rsqv, bcast_cb.reserve() as bc:
                        bc.store(ttl.math.broadcast(rsqv, bc, dims=[0, 1]))
                    with bcast_cb.wait() as rsqrt_bcast, ln2_out_cb.reserve() as ln2:
                        normalized = h1v * rsqrt_bcast
                        ln2.store(normalized * ln2_wv)

                    with ln2_out_cb.wait() as ln2v:
                        with w_fc_chunk_cb.wait() as wfc, mlp_chunk_cb.reserve() as mh:
                            result = ttl.math.matmul(ln2v, wfc, mh)
                            mh.store(result)
                        with mlp_chunk_cb.wait() as mhv, mlp_chunk_cb.reserve() as ma:
                            relu_x = ttl.math.relu(mhv)
                            ma.store(relu_x * relu_x)
                        with mlp_chunk_cb.wait() as mav, w_proj_chunk_cb.wait() as wpr:
                            with mlp_acc_cb.reserve() as acc:
                                result = ttl.math.matmul(mav, wpr, acc)
                                acc.store(result)

                        for _ in range(NUM_MLP_CHUNKS - 1):
                            with w_fc_chunk_cb.wait() as wfc, mlp_chunk_cb.reserve() as mh:
                                result = ttl.math.matmul(ln2v, wfc, mh)
                                mh.store(result)
                            with mlp_chunk_cb.wait() as mhv, mlp_chunk_cb.reserve() as ma:
                                relu_x = ttl.math.relu(mhv)
                                ma.store(relu_x * relu_x)
                            with mlp_chunk_cb.wait() as mav, w_proj_chunk_cb.wait() as wpr:
                                with partial_cb.reserve() as part:
                                    result = ttl.math.matmul(mav, wpr, part)
                                    part.store(result)
                            with partial_cb.wait() as partv, mlp_acc_cb.wait() as acc:
                                with mlp_acc_cb.reserve() as new_acc:
                                    new_acc.store(acc + partv)

                    with mlp_acc_cb.wait() as mlp_out, out_cb.reserve() as o:
                        o.store(mlp_out + h1v)

        @ttl.datamovement()
        def dm_read():
            with attn_cb.reserve() as blk:
                tx = ttl.copy(attn_concat[0:SEQ_TILES, 0:EMBD_TILES], blk)
                tx.wait()
            with x_cb.reserve() as blk:
                tx = ttl.copy(x[0:SEQ_TILES, 0:EMBD_TILES], blk)
                tx.wait()
            with wo_cb.reserve() as blk:
                tx = ttl.copy(wo[0:EMBD_TILES, 0:EMBD_TILES], blk)
                tx.wait()
            with ln2_w_cb.reserve() as blk:
                tx = ttl.copy(ln2_w[0:SEQ_TILES, 0:EMBD_TILES], blk)
                tx.wait()
            with scaler_cb.reserve() as blk:
                tx = ttl.copy(scaler[0, 0], blk)
                tx.wait()

            for chunk in range(NUM_MLP_CHUNKS):
                col_start = chunk * MLP_CHUNK_TILES
                col_end = col_start + MLP_CHUNK_TILES
                with w_fc_chunk_cb.reserve() as blk:
                    tx = ttl.copy(w_fc[0:EMBD_TILES, col_start:col_end], blk)
                    tx.wait()
                with w_proj_chunk_cb.reserve() as blk:
                    tx = ttl.copy(w_proj[col_start:col_end, 0:EMBD_TILES], blk)
                    tx.wait()

        @ttl.datamovement()
        def dm_write():
            with out_cb.wait() as blk:
                tx = ttl.copy(blk, out[0:SEQ_TILES, 0:EMBD_TILES])
                tx.wait()

    return fused_block_kernel


def scaled(scale: float, *shape: int, seed: int) -> torch.Tensor:
    return (scale * normal(*shape, seed=seed)).bfloat16()


# The norm divides by the root of a sum over 128 * 128 values, not of their mean: w_fc makes up for that, so that the
# MLP's part of the result is as large as the residual's.
INPUTS = (
    normal(128, 128, seed=1),
    normal(128, 128, seed=2),
    scaled(128**-0.5, 128, 128, seed=3),
    normal(128, 128, seed=4),
    scaled(128**0.5, 128, 512, seed=5),
    scaled(512**-0.5, 512, 128, seed=6),
    ones(),
)


def residual(attn: torch.Tensor, x: torch.Tensor, wo: torch.Tensor) -> torch.Tensor:
    return attn @ wo + x


def normalized(hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return hidden * torch.rsqrt((hidden**2).sum()) * weight


def layer(
    attn: torch.Tensor,
    x: torch.Tensor,
    wo: torch.Tensor,
    weight: torch.Tensor,
    w_fc: torch.Tensor,
    w_proj: torch.Tensor,
    _: torch.Tensor,
) -> torch.Tensor:
    hidden = residual(attn, x, wo)
    return mlp(normalized(hidden, weight), w_fc, w_proj) + hidden


def bound(
    attn: torch.Tensor,
    x: torch.Tensor,
    wo: torch.Tensor,
    weight: torch.Tensor,
    w_fc: torch.Tensor,
    w_proj: torch.Tensor,
    _: torch.Tensor,
) -> dict[str, Any]:
    """
    The residual is off by the projection's error and a rounding. The norm's factor is off by half the sum's error and
    two products, which the MLP makes into twice as much; errors of single values average out in it. Eight more
    roundings of chunks and sums.
    """
    hidden = residual(attn, x, wo)
    hidden_error = matmul_error(attn, wo).max().item() + 2.0**-9 * hidden.abs().max().item()
    factor = 2.0**-8 * (BLOCK_SUM / 2 + 1 + 2 * PRODUCT)
    mlp_part = mlp_error(normalized(hidden, weight), w_fc, w_proj, factor).max().item()
    rounding = 8 * 2.0**-8 * layer(attn, x, wo, weight, w_fc, w_proj, _).abs().max().item()
    return {"roundings": 0.5, "absolute": hidden_error + mlp_part + rounding}


CASES = {"post_attention": Case(make_block_kernel(2), INPUTS, layer, bound, pcc=0.998)}
