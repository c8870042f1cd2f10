"""
RMS normalization, x * rsqrt(mean(x * x) + eps) * gamma, over rows of six tiles and blocks of two rows of tiles: a
reduction of a block leaves one result for each of its 64 rows, which the product repeats over the columns.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SHAPE = (256, 192)
GRID = (2, 1)
ROWS = 2
EPSILON = 1e-6


# Its sums are added up in 32 bits.
@ttl.operation(grid=GRID)
def rms_norm(x, gamma, out):
    width = x.shape[1]
    columns = width // 32
    share = x.shape[0] // 32 // ROWS // GRID[0]

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(ROWS, columns))
    gamma_dfb = ttl.make_dataflow_buffer_like(gamma, shape=(1, columns), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(ROWS, columns))

    @ttl.compute()
    def compute():
        with gamma_dfb.wait() as scale:
            for _ in range(share):
                with x_dfb.wait() as xv, out_dfb.reserve() as o:
                    mean = ttl.math.reduce_sum(xv * xv, dims=[1], shape=(ROWS, 1)) * (1 / width)
                    normal = xv * ttl.block.broadcast(ttl.math.rsqrt(mean + EPSILON), dims=[1])
                    o.store(normal * ttl.block.broadcast(scale, dims=[0]))

    @ttl.datamovement()
    def read():
        core, _ = ttl.node()
        with gamma_dfb.reserve() as block:
            ttl.copy(gamma[0, :], block).wait()
        for turn in range(share):
            row = (core * share + turn) * ROWS
            with x_dfb.reserve() as block:
                ttl.copy(x[row : row + ROWS, :], block).wait()

    @ttl.datamovement()
    def write():
        core, _ = ttl.node()
        for turn in range(share):
            row = (core * share + turn) * ROWS
            with out_dfb.wait() as block:
                ttl.copy(block, out[row : row + ROWS, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x, gamma = torch.randn(SHAPE, dtype=torch.bfloat16), torch.randn(1, SHAPE[1], dtype=torch.bfloat16)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, gamma, torch.zeros_like(x))
    ]
    rms_norm(*tensors)
    result = ttnn.to_torch(tensors[-1])
    expected = torch.nn.functional.rms_norm(x.double(), SHAPE[1:], gamma[0].double(), eps=EPSILON)
    # Half a unit of bfloat16 each, of results only: the squares (their mean's error is smaller, and the root halves
    # it), the reciprocal root, the product with it, the result.
    comparison = compare(result, expected, roundings=2)
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
