"""
Attention without the matrix of scores, as in attention.py, with sizes left to be chosen: the queries and the keys of a
block, and how many blocks of keys are read ahead. Blocks of queries are dealt out to the cores (docs/tuning.md).
"""

import math

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

HEADS, TOKENS, DEPTH = 2, 256, 64


@ttl.operation(grid="full")
def attention(
    q,
    k,
    v,
    out,
    logsum,
    *,
    queries=ttl.divisor_of(TOKENS // 32),
    keys=ttl.divisor_of(TOKENS // 32),
    ahead=ttl.one_of(1, 2, 3),
):
    columns, rows = ttl.grid_size(dims=2)
    tokens, depth = TOKENS // 32, DEPTH // 32
    blocks = HEADS * tokens // queries
    scale = 1 / math.sqrt(DEPTH)

    q_dfb = ttl.make_dataflow_buffer_like(q, shape=(queries, depth), block_count=1)
    k_dfb = ttl.make_dataflow_buffer_like(k, shape=(keys, depth), block_count=ahead)
    v_dfb = ttl.make_dataflow_buffer_like(v, shape=(keys, depth), block_count=ahead)
    max_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(queries, 1))
    sum_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(queries, 1))
    acc_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(queries, depth))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(queries, depth), block_count=1)
    logsum_dfb = ttl.make_dataflow_buffer_like(logsum, shape=(queries, 1), block_count=1)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(column + row * columns, blocks, rows * columns):
            with q_dfb.wait() as qv:
                with max_dfb.reserve() as top, sum_dfb.reserve() as total, acc_dfb.reserve() as acc:
                    top.store(-1e30)
                    total.store(0)
                    acc.store(0)
                for _ in range(tokens // keys):
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
                        powers = ttl.math.exp(scores - ttl.block.broadcast(top, dims=[1]), scale=scale)
                        fade = ttl.math.exp(old_top - top, scale=scale)
                        new_top.store(top)
                        new_total.store(old_total * fade + ttl.math.reduce_sum(powers, dims=[1]))
                        new_acc.store(old_acc * ttl.block.broadcast(fade, dims=[1]) + powers @ vv)
            with max_dfb.wait() as top, sum_dfb.wait() as total, acc_dfb.wait() as acc:
                with out_dfb.reserve() as o:
                    o.store(acc * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))
                with logsum_dfb.reserve() as log:
                    log.store(top * scale + ttl.math.log(total))

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for block in range(column + row * columns, blocks, rows * columns):
            with q_dfb.reserve() as q_block:
                ttl.copy(q[block * queries : (block + 1) * queries, :], q_block).wait()
            head = block * queries // tokens
            for key in range(head * tokens, (head + 1) * tokens, keys):
                with k_dfb.reserve() as k_block, v_dfb.reserve() as v_block:
                    k_transfer = ttl.copy(k[key : key + keys, :], k_block)
                    v_transfer = ttl.copy(v[key : key + keys, :], v_block)
                    k_transfer.wait()
                    v_transfer.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for block in range(column + row * columns, blocks, rows * columns):
            with out_dfb.wait() as o:
                ttl.copy(o, out[block * queries : (block + 1) * queries, :]).wait()
            with logsum_dfb.wait() as log:
                ttl.copy(log, logsum[block * queries : (block + 1) * queries, :]).wait()


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
    weighted, logsum = (ttnn.to_torch(tensor) for tensor in tensors[3:])

    scores = q.double() @ k.double().mT / math.sqrt(DEPTH)
    weights = torch.softmax(scores, dim=-1)
    # A score is rounded to bfloat16 on its way through L1 (2**-8 of it at most): exp makes a relative error of that. So
    # are the powers, the fading factor and the reciprocal. The error of the output is an average over the values.
    relative = 2.0**-8 * (scores.abs().max().item() + 4)
    sizes = (weights @ v.double().abs()).max().item()
    out = compare(weighted, (weights @ v.double()).flatten(0, 1), roundings=0.5, absolute=relative * sizes)
    log = compare(logsum, torch.logsumexp(scores, dim=-1).reshape(-1, 1), absolute=relative)
    for comparison in (out, log):
        assert comparison.ok, comparison
        assert comparison.pcc > 0.999, comparison
    print(f"{out}\n{log}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
