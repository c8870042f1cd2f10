"""
Attention without the matrix of scores, as in FlashAttention: softmax(q @ k.T / sqrt(d)) @ v over blocks of keys and
values, with the running maximum, sum and output of the softmax in buffers that the compute thread fills and empties.

Columns of the grid are heads, rows are blocks of queries. Beside the output it returns the logarithm of the softmax's
sum, which training needs, in float32; the state is kept in buffers made like that one.
"""

import math

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

HEADS, TOKENS, DEPTH = 2, 256, 64
QUERIES, KEYS = 2, 2
"""Tiles of a block."""


@ttl.kernel(grid=(HEADS, TOKENS // 32 // QUERIES))
def attention(q, k, v, out, logsum):
    tokens, depth = TOKENS // 32, DEPTH // 32
    scale = 1 / math.sqrt(DEPTH)

    q_cb = ttl.make_circular_buffer_like(q, shape=(QUERIES, depth), buffer_factor=1)
    k_cb = ttl.make_circular_buffer_like(k, shape=(KEYS, depth))
    v_cb = ttl.make_circular_buffer_like(v, shape=(KEYS, depth))
    max_cb = ttl.make_circular_buffer_like(logsum, shape=(QUERIES, 1))
    sum_cb = ttl.make_circular_buffer_like(logsum, shape=(QUERIES, 1))
    acc_cb = ttl.make_circular_buffer_like(logsum, shape=(QUERIES, depth))
    out_cb = ttl.make_circular_buffer_like(out, shape=(QUERIES, depth), buffer_factor=1)
    logsum_cb = ttl.make_circular_buffer_like(logsum, shape=(QUERIES, 1), buffer_factor=1)

    @ttl.compute()
    def compute():
        with q_cb.wait() as qv:
            with max_cb.reserve() as top, sum_cb.reserve() as total, acc_cb.reserve() as acc:
                top.store(-1e30)
                total.store(0)
                acc.store(0)
            for _ in range(tokens // KEYS):
                with (
                    k_cb.wait() as kv,
                    v_cb.wait() as vv,
                    max_cb.wait() as old_top,
                    sum_cb.wait() as old_total,
                    acc_cb.wait() as old_acc,
                    max_cb.reserve() as new_top,
                    sum_cb.reserve() as new_total,
                    acc_cb.reserve() as new_acc,
                ):
                    scores = qv @ ttl.transpose(kv) * scale
                    top = ttl.math.max(old_top, ttl.math.reduce_max(scores, dims=[0]))
                    powers = ttl.math.exp(scores - ttl.math.broadcast(top, dims=[1]))
                    fade = ttl.math.exp(old_top - top)
                    new_top.store(top)
                    new_total.store(old_total * fade + ttl.math.reduce_sum(powers, dims=[0]))
                    new_acc.store(old_acc * ttl.math.broadcast(fade, dims=[1]) + powers @ vv)
        with max_cb.wait() as top, sum_cb.wait() as total, acc_cb.wait() as acc:
            with out_cb.reserve() as o:
                o.store(acc * ttl.math.broadcast(ttl.math.recip(total), dims=[1]))
            with logsum_cb.reserve() as log:
                log.store(top + ttl.math.log(total))

    @ttl.datamovement()
    def read():
        head, query = ttl.core()
        row = head * tokens + query * QUERIES
        with q_cb.reserve() as block:
            ttl.copy(q[row : row + QUERIES, :], block).wait()
        for key in range(head * tokens, (head + 1) * tokens, KEYS):
            with k_cb.reserve() as k_block, v_cb.reserve() as v_block:
                k_transfer = ttl.copy(k[key : key + KEYS, :], k_block)
                v_transfer = ttl.copy(v[key : key + KEYS, :], v_block)
                k_transfer.wait()
                v_transfer.wait()

    @ttl.datamovement()
    def write():
        head, query = ttl.core()
        row = head * tokens + query * QUERIES
        with out_cb.wait() as o:
            ttl.copy(o, out[row : row + QUERIES, :]).wait()
        with logsum_cb.wait() as log:
            ttl.copy(log, logsum[row : row + QUERIES, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    q, k, v = (torch.randn(HEADS, TOKENS, DEPTH, dtype=torch.bfloat16) for _ in range(3))
    outputs = torch.zeros(HEADS * TOKENS, DEPTH), torch.zeros(HEADS * TOKENS, 1)
    tensors = [
        ttnn.from_torch(t.flatten(0, -2), dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in zip((q, k, v, *outputs), (*[ttnn.bfloat16] * 4, ttnn.float32), strict=True)
    ]
    attention(*tensors)

    scores = q.double() @ k.double().mT / math.sqrt(DEPTH)
    weights = torch.softmax(scores, dim=-1)
    # A score is rounded to bfloat16 on its way through L1 (2**-8 of it at most): exp makes a relative error of that. So
    # are the powers, the fading factor and the reciprocal. The error of the output is an average over the values.
    relative = 2.0**-8 * (scores.abs().max().item() + 4)
    sizes = (weights @ v.double().abs()).max().item()
    out = compare(tensors[3], (weights @ v.double()).flatten(0, 1), roundings=0.5, absolute=relative * sizes)
    log = compare(tensors[4], torch.logsumexp(scores, dim=-1).reshape(-1, 1), absolute=relative)
    for comparison in (out, log):
        assert comparison.ok, comparison
        assert comparison.pcc > 0.999, comparison
    print(f"{out}\n{log}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
