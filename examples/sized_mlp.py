"""
Two linear layers in one kernel, gelu(x @ w1) @ w2, with sizes left to be chosen: rows of a block, the chunk of the
hidden dimension that is in L1 at a time, and how many chunks are read ahead (docs/tuning.md).
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

ROWS, WIDTH, HIDDEN = 256, 128, 512


# Its sums are added up in 32 bits.
@ttl.operation(grid="full")
def fused_mlp(
    x,
    w1,
    w2,
    out,
    *,
    bm=ttl.divisor_of(lambda x: x.shape[0] // 32),
    chunk=ttl.divisor_of(lambda w1: w1.shape[1] // 32),
    depth=ttl.one_of(1, 2, 3),
):
    columns, rows = ttl.grid_size(dims=2)
    height, (width, hidden) = x.shape[0] // 32 // bm, (size // 32 for size in w1.shape)

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(bm, width), block_count=1)
    w1_dfb = ttl.make_dataflow_buffer_like(w1, shape=(width, chunk), block_count=depth)
    w2_dfb = ttl.make_dataflow_buffer_like(w2, shape=(chunk, width), block_count=depth)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, width), block_count=1)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(column + row * columns, height, rows * columns):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                for _ in range(hidden // chunk):
                    with w1_dfb.wait() as up, w2_dfb.wait() as down:
                        o += ttl.math.gelu(xv @ up) @ down

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with x_dfb.reserve() as block:
                ttl.copy(x[m * bm : (m + 1) * bm, :], block).wait()
            for start in range(0, hidden, chunk):
                with w1_dfb.reserve() as up, w2_dfb.reserve() as down:
                    up_copy = ttl.copy(w1[:, start : start + chunk], up)
                    down_copy = ttl.copy(w2[start : start + chunk, :], down)
                    up_copy.wait()
                    down_copy.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with out_dfb.wait() as block:
                ttl.copy(block, out[m * bm : (m + 1) * bm, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x = torch.randn(ROWS, WIDTH, dtype=torch.bfloat16)
    w1, w2 = (torch.randn(WIDTH, HIDDEN) / WIDTH**0.5).bfloat16(), (torch.randn(HIDDEN, WIDTH) / HIDDEN**0.5).bfloat16()
    # The result is float32: chunks are added up in L1, where bfloat16 would round once a chunk.
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in zip((x, w1, w2, torch.zeros(ROWS, WIDTH)), (*[ttnn.bfloat16] * 3, ttnn.float32), strict=True)
    ]
    fused_mlp(*tensors)
    result = ttnn.to_torch(tensors[-1])
    before = x.double() @ w1.double()
    hidden = torch.nn.functional.gelu(before)
    expected = hidden @ w2.double()
    # Hidden values, rounded to bfloat16 (half a unit, 2**-8 of the value at most) behind a product and a gelu that are
    # good to 2**-10 of their operands' sizes; then a product whose alignments lose at most as much.
    sizes = 2.0**-10 * (x.double().abs() @ w1.double().abs())
    bound = (2.0**-8 * hidden.abs() + 1.13 * sizes) @ w2.double().abs() + 2.0**-10 * (hidden.abs() @ w2.double().abs())
    comparison = compare(result, expected, absolute=bound.max().item())
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
