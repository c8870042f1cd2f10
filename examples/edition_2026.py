"""The spelling of 2026: operations, nodes, dataflow buffers, blocks. It compiles to the same as that of 2025."""

import torch

from ttlang import ttl, ttnn


@ttl.operation(grid=(2, 2))
def select(x, y, out):
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
    y_dfb = ttl.make_dataflow_buffer_like(y, shape=(1, 1), block_count=2)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=2)

    @ttl.compute()
    def compute():
        with x_dfb.wait() as xv, y_dfb.wait() as yv, out_dfb.reserve() as o:
            o.store(ttl.block.where(xv > yv, xv, -yv))

    @ttl.datamovement()
    def read():
        column, row = ttl.node()
        with x_dfb.reserve() as x_block, y_dfb.reserve() as y_block:
            transfers = [ttl.copy(x[row, column], x_block), ttl.copy(y[row, column], y_block)]
            for transfer in transfers:
                transfer.wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node()
        with out_dfb.wait() as o:
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
