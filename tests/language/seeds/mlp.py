"""relu(x @ w_fc)**2 @ w_proj: with the weights in L1, and with the weights streamed in chunks."""

from __future__ import annotations

from typing import Any

import torch

from tests.language.seeds.cases import PRODUCT, Case, matmul_error, normal
from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def fused_mlp_kernel(x, w_fc, w_proj, out):
    SEQ_TILES, EMBD_TILES, MLP_TILES = 4, 4, 16

    x_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
    w_fc_cb = ttl.make_circular_buffer_like(w_fc, shape=(EMBD_TILES, MLP_TILES), buffer_factor=2)
    w_proj_cb = ttl.make_circular_buffer_like(w_proj, shape=(MLP_TILES, EMBD_TILES), buffer_factor=2)
    mlp_hidden_cb = ttl.make_circular_buffer_like(w_fc, shape=(SEQ_TILES, MLP_TILES), buffer_factor=2)
    mlp_act_cb = ttl.make_circular_buffer_like(w_fc, shape=(SEQ_TILES, MLP_TILES), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, w_fc_cb.wait() as wfc:
            with mlp_hidden_cb.reserve() as mh:
                result = ttl.math.matmul(xv, wfc, mh)
                mh.store(result)

        with mlp_hidden_cb.wait() as mhv, mlp_act_cb.reserve() as ma:
            relu_x = ttl.math.relu(mhv)
            ma.store(relu_x * relu_x)

        with mlp_act_cb.wait() as mav, w_proj_cb.wait() as wproj:
            with out_cb.reserve() as o:
                result = ttl.math.matmul(mav, wproj, o)
                o.store(result)

    @ttl.datamovement()
    def dm_read():
        with x_cb.reserve() as blk:
            tx = ttl.copy(x[0:SEQ_TILES, 0:EMBD_TILES], blk)
            tx.wait()
        with w_fc_cb.reserve() as blk:
            tx = ttl.copy(w_fc[0:EMBD_TILES, 0:MLP_TILES], blk)
            tx.wait()
        with w_proj_cb.reserve() as blk:
            tx = ttl.copy(w_proj[0:MLP_TILES, 0:EMBD_TILES], blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        with out_cb.wait() as blk:
            tx = ttl.copy(blk, out[0:SEQ_TILES, 0:EMBD_TILES])
            tx.wait()


MLP_TILES = 16
MLP_CHUNK_TILES = 4
NUM_MLP_CHUNKS = 4


@ttl.kernel(grid=(1, 1))
def streaming_mlp_kernel(x, w_fc, w_proj, out):
    SEQ_TILES, EMBD_TILES = 4, 4

    x_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
    w_fc_chunk_cb = ttl.make_circular_buffer_like(w_fc, shape=(EMBD_TILES, MLP_CHUNK_TILES), buffer_factor=2)
    w_proj_chunk_cb = ttl.make_circular_buffer_like(w_proj, shape=(MLP_CHUNK_TILES, EMBD_TILES), buffer_factor=2)
    mlp_chunk_cb = ttl.make_circular_buffer_like(w_fc, shape=(SEQ_TILES, MLP_CHUNK_TILES), buffer_factor=2)
    out_acc_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
    partial_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, EMBD_TILES), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv:
            with w_fc_chunk_cb.wait() as wfc, mlp_chunk_cb.reserve() as mh:
                result = ttl.math.matmul(xv, wfc, mh)
                mh.store(result)
            with mlp_chunk_cb.wait() as mhv, mlp_chunk_cb.reserve() as ma:
                relu_x = ttl.math.relu(mhv)
                ma.store(relu_x * relu_x)
            with mlp_chunk_cb.wait() as mav, w_proj_chunk_cb.wait() as wpr:
                with out_acc_cb.reserve() as acc:
                    result = ttl.math.matmul(mav, wpr, acc)
                    acc.store(result)

            for _ in range(NUM_MLP_CHUNKS - 1):
                with w_fc_chunk_cb.wait() as wfc, mlp_chunk_cb.reserve() as mh:
                    result = ttl.math.matmul(xv, wfc, mh)
                    mh.store(result)
                with mlp_chunk_cb.wait() as mhv, mlp_chunk_cb.reserve() as ma:
                    relu_x = ttl.math.relu(mhv)
                    ma.store(relu_x * relu_x)
                with mlp_chunk_cb.wait() as mav, w_proj_chunk_cb.wait() as wpr:
                    with partial_cb.reserve() as part:
                        result = ttl.math.matmul(mav, wpr, part)
                        part.store(result)
                with partial_cb.wait() as partv, out_acc_cb.wait() as acc:
                    with out_acc_cb.reserve() as new_acc:
                        new_acc.store(acc + partv)

            with out_acc_cb.wait() as acc, out_cb.reserve() as o:
                o.store(ttl.math.abs(acc))

    @ttl.datamovement()
    def dm_read():
        with x_cb.reserve() as blk:
            tx = ttl.copy(x[0:SEQ_TILES, 0:EMBD_TILES], blk)
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


INPUTS = (
    normal(128, 128),
    (normal(128, 512, seed=1) / 128**0.5).bfloat16(),
    (normal(512, 128, seed=2) / 512**0.5).bfloat16(),
)


def mlp(x: torch.Tensor, w_fc: torch.Tensor, w_proj: torch.Tensor) -> torch.Tensor:
    return torch.relu(x @ w_fc) ** 2 @ w_proj


def mlp_error(
    x: torch.Tensor, w_fc: torch.Tensor, w_proj: torch.Tensor, x_error: torch.Tensor | float = 0.0
) -> torch.Tensor:
    """
    How far the result may be off. Errors of the hidden values are independent, so their squares add up; each is six
    standard deviations already. That of `x` is a common relative error.
    """
    hidden = torch.relu(x @ w_fc)
    before = matmul_error(x, w_fc) + x_error * hidden
    activation_error = 2 * hidden * before + before**2 + PRODUCT * 2.0**-8 * hidden**2
    activation = hidden**2
    return torch.sqrt(activation_error**2 @ w_proj**2) + matmul_error(activation, w_proj)


def bound(*inputs: torch.Tensor) -> dict[str, Any]:
    return {"roundings": 0.5, "absolute": mlp_error(*inputs).max().item()}


def streamed_bound(*inputs: torch.Tensor) -> dict[str, Any]:
    """Besides, four chunks are stored and three sums are taken in bfloat16, each of the size of the result."""
    largest = mlp(*inputs).abs().max()
    unit = 2.0 ** (torch.floor(torch.log2(largest)).item() - 7)
    return {"roundings": 0.5, "absolute": mlp_error(*inputs).max().item() + 4 * unit}


CASES = {
    "fused_mlp": Case(fused_mlp_kernel, INPUTS, mlp, bound, pcc=0.999),
    "streaming_mlp": Case(streaming_mlp_kernel, INPUTS, lambda *t: mlp(*t).abs(), streamed_bound, pcc=0.998),
}
