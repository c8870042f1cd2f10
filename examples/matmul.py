"""
A matrix product on one core. The sums run over K in blocks: each turn of the loop adds a product to the block that is
reserved around the loop, with `+=`.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

M, K, N = 128, 512, 192
BLOCK_M, BLOCK_K, BLOCK_N = 2, 4, 2


# Its sums are added up in 32 bits. With 16, DST would round them to bfloat16 after every 16 of K (docs/numerics.md).
@ttl.operation(grid=(1, 1))
def matmul(a, b, out):
    row_tiles, inner_tiles = (size // 32 for size in a.shape)
    column_tiles = b.shape[1] // 32

    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(BLOCK_M, BLOCK_K))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(BLOCK_K, BLOCK_N))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK_M, BLOCK_N))

    @ttl.compute()
    def compute():
        for _ in range((row_tiles // BLOCK_M) * (column_tiles // BLOCK_N)):
            with out_dfb.reserve() as o:
                for _ in range(inner_tiles // BLOCK_K):
                    with a_dfb.wait() as av, b_dfb.wait() as bv:
                        o += av @ bv

    @ttl.datamovement()
    def read():
        for row in range(0, row_tiles, BLOCK_M):
            for column in range(0, column_tiles, BLOCK_N):
                for inner in range(0, inner_tiles, BLOCK_K):
                    with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                        a_transfer = ttl.copy(a[row : row + BLOCK_M, inner : inner + BLOCK_K], a_block)
                        b_transfer = ttl.copy(b[inner : inner + BLOCK_K, column : column + BLOCK_N], b_block)
                        a_transfer.wait()
                        b_transfer.wait()

    @ttl.datamovement()
    def write():
        for row in range(0, row_tiles, BLOCK_M):
            for column in range(0, column_tiles, BLOCK_N):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[row : row + BLOCK_M, column : column + BLOCK_N]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    a, b = torch.randn(M, K, dtype=torch.bfloat16), torch.randn(K, N, dtype=torch.bfloat16)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (a, b, torch.zeros(M, N))
    ]
    matmul(*tensors)
    result = ttnn.to_torch(tensors[-1])
    expected = a.double() @ b.double()
    # The FPU aligns eight products at a time to the largest, with eleven bits: 2**-10 of the sizes of the products is
    # a generous bound for what that loses. The packer rounds to bfloat16 once.
    alignment = 2.0**-10 * (a.double().abs() @ b.double().abs()).max().item()
    comparison = compare(result, expected, roundings=0.5, absolute=alignment)
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
