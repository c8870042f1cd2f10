"""
A matrix product of 1024x1024x1024 on 8x8 cores: each core computes one block of 4x4 tiles, and reads the rows of `a`
and the columns of `b` that it needs in blocks of 4x4 tiles along K.
"""

import time

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SIZE = 1024
GRID = (8, 8)
BLOCK = 4


@ttl.operation(grid=GRID)
def matmul(a, b, out):
    inner_tiles = a.shape[1] // 32

    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(BLOCK, BLOCK), block_count=2)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(BLOCK, BLOCK), block_count=2)
    sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK), block_count=1)

    @ttl.compute()
    def compute():
        with sum_dfb.reserve() as total:
            for _ in range(inner_tiles // BLOCK):
                with a_dfb.wait() as av, b_dfb.wait() as bv:
                    total += av @ bv

    @ttl.datamovement()
    def read():
        core_x, core_y = ttl.node()
        row, column = core_y * BLOCK, core_x * BLOCK
        for inner in range(0, inner_tiles, BLOCK):
            with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                a_transfer = ttl.copy(a[row : row + BLOCK, inner : inner + BLOCK], a_block)
                b_transfer = ttl.copy(b[inner : inner + BLOCK, column : column + BLOCK], b_block)
                a_transfer.wait()
                b_transfer.wait()

    @ttl.datamovement()
    def write():
        core_x, core_y = ttl.node()
        row, column = core_y * BLOCK, core_x * BLOCK
        with sum_dfb.wait() as total:
            ttl.copy(total, out[row : row + BLOCK, column : column + BLOCK]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    a, b = (torch.randn(SIZE, SIZE, dtype=torch.bfloat16) for _ in range(2))
    # A float32 result: the packer adds the blocks of K up in it, in float32. In bfloat16 it would round every turn.
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in ((a, ttnn.bfloat16), (b, ttnn.bfloat16), (torch.zeros(SIZE, SIZE), ttnn.float32))
    ]
    start = time.perf_counter()
    matmul(*tensors)
    print(f"ran {SIZE}x{SIZE}x{SIZE} on {GRID[0]}x{GRID[1]} cores in {time.perf_counter() - start:.2f} s")
    result = ttnn.to_torch(tensors[-1])

    expected = a.double() @ b.double()
    # The FPU aligns eight products at a time to the largest, with eleven bits: 2**-10 of the sizes of the products is
    # a generous bound for what that loses, and the roundings to float32 are small beside it.
    alignment = 2.0**-10 * (a.double().abs() @ b.double().abs()).max().item()
    comparison = compare(result, expected, roundings=1, absolute=alignment)
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
