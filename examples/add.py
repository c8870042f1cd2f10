"""The smallest kernel: one tile plus another, on one core."""

import torch

from ttlang import ttl, ttnn


@ttl.operation(grid=(1, 1))
def add(a, b, out):
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=(1, 1))
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=(1, 1))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1))

    @ttl.compute()
    def compute():
        with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
            o.store(av + bv)

    @ttl.datamovement()
    def read():
        with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
            a_transfer = ttl.copy(a[0, 0], a_block)
            b_transfer = ttl.copy(b[0, 0], b_block)
            a_transfer.wait()
            b_transfer.wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as o:
            ttl.copy(o, out[0, 0]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    a, b = (torch.randn(32, 32, dtype=torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (a, b, torch.zeros(32, 32))
    ]
    add(*tensors)
    expected = a.float() + b.float()
    # The FPU rounds the smaller addend to 11 bits, then the sum to bfloat16's 8, both half away from zero.
    error = (ttnn.to_torch(tensors[-1]).float() - expected).abs()
    assert (error <= 2.0**-8 * expected.abs() + 2.0**-10 * torch.maximum(a.abs(), b.abs()).float()).all()
    print(f"largest error {error.max().item():.5f}; matches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
