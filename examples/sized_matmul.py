"""
A matrix product whose block sizes are left to be chosen: keyword-only parameters say what they may be, and the call
takes what fits L1 and is predicted to be fastest. `ttlang tune` looks at all of them (docs/tuning.md).
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

M, K, N = 512, 256, 512


@ttl.operation(grid="auto")
def matmul(
    a,
    b,
    out,
    *,
    bm=ttl.one_of(1, 2, 4, 8),
    bn=ttl.divisor_of(lambda b: b.shape[1] // 32),
    bk=ttl.largest(1, 2, 4, 8),
    depth=ttl.one_of(2, 3),
):
    columns, rows = ttl.grid_size(dims=2)
    height, inner, width = a.shape[0] // 32 // bm, a.shape[1] // 32 // bk, b.shape[1] // 32 // bn

    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(bm, bk), block_count=depth)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(bk, bn), block_count=depth)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, bn))

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(row, height, rows):
            for _ in range(column, width, columns):
                with out_dfb.reserve() as o:
                    for _ in range(inner):
                        with a_dfb.wait() as av, b_dfb.wait() as bv:
                            o += av @ bv

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                for k in range(inner):
                    with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
                        a_copy = ttl.copy(a[m * bm : (m + 1) * bm, k * bk : (k + 1) * bk], a_block)
                        b_copy = ttl.copy(b[k * bk : (k + 1) * bk, n * bn : (n + 1) * bn], b_block)
                        a_copy.wait()
                        b_copy.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(row, height, rows):
            for n in range(column, width, columns):
                with out_dfb.wait() as o:
                    ttl.copy(o, out[m * bm : (m + 1) * bm, n * bn : (n + 1) * bn]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    a, b = torch.randn(M, K, dtype=torch.bfloat16), torch.randn(K, N, dtype=torch.bfloat16)
    # A float32 result: the packer adds the blocks of K up in it, in float32. In bfloat16 it would round every turn.
    tensors = [
        ttnn.from_torch(t, dtype=dtype, layout=ttnn.TILE_LAYOUT, device=device)
        for t, dtype in ((a, ttnn.bfloat16), (b, ttnn.bfloat16), (torch.zeros(M, N), ttnn.float32))
    ]
    matmul(*tensors)
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
