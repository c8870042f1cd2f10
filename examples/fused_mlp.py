"""
Two linear layers in one kernel: gelu(x @ w1) @ w2. Each of 4 cores has its rows of `x` in L1, and streams the hidden
dimension in chunks: four tiles of columns of `w1` and the same rows of `w2`. The hidden values never leave L1.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

ROWS, WIDTH, HIDDEN = 256, 128, 512
GRID = (2, 2)
BLOCK, CHUNK = 2, 4


# Its sums are added up in 32 bits.
@ttl.operation(grid=GRID)
def fused_mlp(x, w1, w2, out):
    width, hidden = (size // 32 for size in w1.shape)

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK, width), block_count=1)
    w1_dfb = ttl.make_dataflow_buffer_like(w1, shape=(width, CHUNK))
    w2_dfb = ttl.make_dataflow_buffer_like(w2, shape=(CHUNK, width))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, width), block_count=1)

    @ttl.compute()
    def compute():
        with x_dfb.wait() as xv, out_dfb.reserve() as o:
            for _ in range(hidden // CHUNK):
                with w1_dfb.wait() as up, w2_dfb.wait() as down:
                    o += ttl.math.gelu(xv @ up) @ down

    @ttl.datamovement()
    def read():
        row = ttl.core_linear() * BLOCK
        with x_dfb.reserve() as block:
            ttl.copy(x[row : row + BLOCK, :], block).wait()
        for chunk in range(0, hidden, CHUNK):
            with w1_dfb.reserve() as up, w2_dfb.reserve() as down:
                transfers = (ttl.copy(w1[:, chunk : chunk + CHUNK], up), ttl.copy(w2[chunk : chunk + CHUNK, :], down))
                for transfer in transfers:
                    transfer.wait()

    @ttl.datamovement()
    def write():
        row = ttl.core_linear() * BLOCK
        with out_dfb.wait() as block:
            ttl.copy(block, out[row : row + BLOCK, :]).wait()


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
