"""The spelling of 2025: kernels, cores, circular buffers. It compiles to the same as that of 2026."""

import torch

from ttlang import ttl, ttnn


@ttl.kernel(grid=(2, 2))
def select(x, y, out):
    x_cb = ttl.make_circular_buffer_like(x, shape=(1, 1), buffer_factor=2)
    y_cb = ttl.make_circular_buffer_like(y, shape=(1, 1), buffer_factor=2)
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, 1), buffer_factor=2)

    @ttl.compute()
    def compute():
        with x_cb.wait() as xv, y_cb.wait() as yv, out_cb.reserve() as o:
            o.store(ttl.where(xv > yv, xv, -yv))

    @ttl.datamovement()
    def read():
        column, row = ttl.core()
        with x_cb.reserve() as x_block, y_cb.reserve() as y_block:
            transfers = [ttl.copy(x[row, column], x_block), ttl.copy(y[row, column], y_block)]
            for transfer in transfers:
                transfer.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.core()
        with out_cb.wait() as o:
            ttl.copy(o, out[row, column]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x, y = (torch.randn(64, 64, dtype=torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, y, torch.zeros_like(x))
    ]
    select(*tensors)
    # Nothing is rounded: the result is one of the operands, or its negative.
    assert torch.equal(ttnn.to_torch(tensors[-1]), torch.where(x > y, x, -y))
    print("equals torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
