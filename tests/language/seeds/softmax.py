"""Softmax over a whole block, taken apart into steps through buffers; the guide has it in two forms."""

from __future__ import annotations

import torch

from tests.language.seeds.cases import BLOCK_SUM, ROUNDING, Case, load, normal, ones, save
from ttlang import ttl


@ttl.kernel(grid=(1, 1))
def softmax_kernel(x, scaler, out):
    SEQ_TILES = 4

    x_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, SEQ_TILES), buffer_factor=2)
    scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(SEQ_TILES, SEQ_TILES), buffer_factor=2)

    max_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    max_bcast_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, SEQ_TILES), buffer_factor=2)
    exp_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, SEQ_TILES), buffer_factor=2)
    sum_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1), buffer_factor=2)
    sum_bcast_cb = ttl.make_circular_buffer_like(x, shape=(SEQ_TILES, SEQ_TILES), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, scaler_cb.wait() as sc:
            with max_cb.reserve() as mx:
                max_val = ttl.math.reduce_max(xv, sc, mx, dims=[0, 1])
                mx.store(max_val)

            with max_cb.wait() as mxv, max_bcast_cb.reserve() as mxb:
                bcast = ttl.math.broadcast(mxv, mxb, dims=[0, 1])
                mxb.store(bcast)

            with max_bcast_cb.wait() as mxbv:
                with exp_cb.reserve() as ex:
                    shifted = xv - mxbv
                    ex.store(ttl.math.exp(shifted))

                with exp_cb.wait() as exv, sum_cb.reserve() as sm:
                    sum_val = ttl.math.reduce_sum(exv, sc, sm, dims=[0, 1])
                    sm.store(sum_val)

                with sum_cb.wait() as smv, sum_bcast_cb.reserve() as smb:
                    sum_bcast = ttl.math.broadcast(smv, smb, dims=[0, 1])
                    smb.store(sum_bcast)

                with sum_bcast_cb.wait() as smbv, out_cb.reserve() as o:
                    shifted2 = xv - mxbv
                    exp_val2 = ttl.math.exp(shifted2)
                    o.store(exp_val2 / smbv)

    @ttl.datamovement()
    def dm_read():
        with x_cb.reserve() as blk:
            tx = ttl.copy(x[0:SEQ_TILES, 0:SEQ_TILES], blk)
            tx.wait()
        with scaler_cb.reserve() as blk:
            tx = ttl.copy(scaler[0, 0], blk)
            tx.wait()

    @ttl.datamovement()
    def dm_write():
        with out_cb.wait() as blk:
            tx = ttl.copy(blk, out[0:SEQ_TILES, 0:SEQ_TILES])
            tx.wait()


@ttl.kernel(grid=(1, 1))
def softmax_snippet(x_in, scaler, out):
    """The short form: an expression goes into a reduction, and a value is used by two stores."""
    x_cb = ttl.make_circular_buffer_like(x_in, shape=(4, 4))
    scaler_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1))
    max_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1))
    bcast_cb = ttl.make_circular_buffer_like(x_in, shape=(4, 4))
    sum_cb = ttl.make_circular_buffer_like(scaler, shape=(1, 1))
    sum_bcast_cb = ttl.make_circular_buffer_like(x_in, shape=(4, 4))
    out_cb = ttl.make_circular_buffer_like(out, shape=(4, 4))

    @ttl.compute()
    def compute():
        with x_cb.wait() as x, scaler_cb.wait() as s:
            with max_cb.reserve() as mx:
                mx.store(ttl.math.reduce_max(x, s, mx, dims=[0, 1]))

            with max_cb.wait() as mxv, bcast_cb.reserve() as mxb:
                mxb.store(ttl.math.broadcast(mxv, mxb, dims=[0, 1]))

            with bcast_cb.wait() as max_bcast:
                shifted = x - max_bcast
                exp_shifted = ttl.math.exp(shifted)

                with sum_cb.reserve() as sm:
                    sm.store(ttl.math.reduce_sum(exp_shifted, s, sm, dims=[0, 1]))

                with sum_cb.wait() as sumv, sum_bcast_cb.reserve() as smb:
                    smb.store(ttl.math.broadcast(sumv, smb, dims=[0, 1]))

                with sum_bcast_cb.wait() as sum_bcast, out_cb.reserve() as o:
                    o.store(ttl.math.exp(x - max_bcast) / sum_bcast)

    @ttl.datamovement()
    def dm_read():
        load(x_in, x_cb)
        load(scaler, scaler_cb)

    @ttl.datamovement()
    def dm_write():
        save(out_cb, out)


INPUTS = normal(128, 128).clamp(-3.5, 3.5), ones()


def softmax(x: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x.flatten(), 0).reshape(x.shape)


def bound(x: torch.Tensor, *_: torch.Tensor) -> dict[str, float]:
    """
    The difference to the maximum, at most 7, is rounded by at most 2**-6, which the exponential makes relative: four
    units of 2**-8. The exponential and the quotient are rounded too. The sum is of 16 tiles.
    """
    return {"roundings": 4 + 2 * ROUNDING + BLOCK_SUM}


CASES = {
    "softmax": Case(softmax_kernel, INPUTS, softmax, bound, pcc=0.999),
    "softmax_snippet": Case(softmax_snippet, INPUTS, softmax, bound, pcc=0.999),
}
