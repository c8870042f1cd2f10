"""
A linear layer with its epilogue fused, on 4x2 cores: gelu(x @ w + bias).

The product accumulates in a buffer that the compute thread fills and empties itself. The bias is float32, and so is the
accumulation buffer, which is made like it: the packer adds the blocks of K up there without rounding to bfloat16.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

M, K, N = 256, 512, 512
GRID = (4, 2)
BLOCK_M, BLOCK_K, BLOCK_N = 4, 4, 4


@ttl.operation(grid=GRID)
def linear_gelu(x, w, bias, out):
    inner_tiles = w.shape[0] // 32

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK_M, BLOCK_K))
    w_dfb = ttl.make_dataflow_buffer_like(w, shape=(BLOCK_K, BLOCK_N))
    bias_dfb = ttl.make_dataflow_buffer_like(bias, shape=(1, BLOCK_N), block_count=1)
    sum_dfb = ttl.make_dataflow_buffer_like(bias, shape=(BLOCK_M, BLOCK_N), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK_M, BLOCK_N))

    @ttl.compute()
    def compute():
        with sum_dfb.reserve() as total:
            for _ in range(inner_tiles // BLOCK_K):
                with x_dfb.wait() as xv, w_dfb.wait() as wv:
                    total += xv @ wv
        with sum_dfb.wait() as total, bias_dfb.wait() as bias_row, out_dfb.reserve() as o:
            o.store(ttl.math.gelu(total + ttl.block.broadcast(bias_row, dims=[0])))

    @ttl.datamovement()
    def read():
        core_x, core_y = ttl.node()
        row, column = core_y * BLOCK_M, core_x * BLOCK_N
        for inner in range(0, inner_tiles, BLOCK_K):
            with x_dfb.reserve() as x_block, w_dfb.reserve() as w_block:
                x_transfer = ttl.copy(x[row : row + BLOCK_M, inner : inner + BLOCK_K], x_block)
                w_transfer = ttl.copy(w[inner : inner + BLOCK_K, column : column + BLOCK_N], w_block)
                x_transfer.wait()
                w_transfer.wait()
        with bias_dfb.reserve() as bias_block:
            ttl.copy(bias[0, column : column + BLOCK_N], bias_block).wait()

    @ttl.datamovement()
    def write():
        core_x, core_y = ttl.node()
        row, column = core_y * BLOCK_M, core_x * BLOCK_N
        with out_dfb.wait() as o:
            ttl.copy(o, out[row : row + BLOCK_M, column : column + BLOCK_N]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x, w = torch.randn(M, K, dtype=torch.bfloat16), (torch.randn(K, N) / K**0.5).bfloat16()
    bias = torch.randn(1, N)
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in zip(
            (x, w, bias, torch.zeros(M, N)),
            (ttnn.bfloat16, ttnn.bfloat16, ttnn.float32, ttnn.bfloat16),
            strict=True,
        )
    ]
    linear_gelu(*tensors)
    result = ttnn.to_torch(tensors[-1])
    product = x.double() @ w.double()
    expected = torch.nn.functional.gelu(product + bias.double())
    # Three errors: the FPU aligns eight products at a time to the largest, with eleven bits (2**-10 of the products'
    # sizes is a generous bound); the FPU would read the bias as tf32, with ten bits of fraction (of values below 4);
    # gelu passes errors on with a slope of at most 1.13. Then one rounding to bfloat16.
    alignment = 2.0**-10 * (x.double().abs() @ w.double().abs()).max().item()
    comparison = compare(result, expected, roundings=0.5, absolute=1.13 * (alignment + 2.0**-10 * 4))
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
