"""
Work that the cores don't divide evenly: 13 rows of tiles over 4 cores, each core its share. The shares are computed in
the kernel function, which asks for `core_linear()` and so runs once for each core: its integers become arguments.
"""

import math

import torch

from ttlang import ttl, ttnn

GRID = (2, 2)


@ttl.kernel(grid=GRID)
def softplus_rows(x, out):
    row_tiles, column_tiles = (size // tile for size, tile in zip(x.shape, ttl.TILE_SHAPE, strict=True))
    share = math.ceil(row_tiles / (GRID[0] * GRID[1]))
    first = min(ttl.core_linear() * share, row_tiles)
    last = min(first + share, row_tiles)

    x_cb = ttl.make_circular_buffer_like(x, shape=(1, column_tiles))
    out_cb = ttl.make_circular_buffer_like(out, shape=(1, column_tiles))

    @ttl.compute()
    def compute():
        for _ in range(last - first):
            with x_cb.wait() as xv, out_cb.reserve() as o:
                o.store(ttl.math.softplus(xv))

    @ttl.datamovement()
    def read():
        for row in range(first, last):
            with x_cb.reserve() as block:
                ttl.copy(x[row, :], block).wait()

    @ttl.datamovement()
    def write():
        for row in range(first, last):
            with out_cb.wait() as block:
                ttl.copy(block, out[row, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x = torch.randn(13 * 32, 3 * 32, dtype=torch.bfloat16)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, torch.zeros_like(x))
    ]
    softplus_rows(*tensors)
    expected = torch.nn.functional.softplus(x.double())
    # The library's softplus is good to an absolute 0.02 (docs/numerics.md), and the result is rounded to bfloat16.
    error = (ttnn.to_torch(tensors[-1]).double() - expected).abs()
    assert (error <= 0.02 + 2.0**-8 * expected).all()
    print(f"largest error {error.max().item():.5f}; matches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
