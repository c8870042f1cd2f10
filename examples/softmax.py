"""
Softmax over rows of eight tiles, one row of tiles at a time on each of 4 cores, written as one expression: the compiler
finds out which intermediate values have to go through L1, and makes the buffers for them.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SHAPE = (256, 256)
GRID = (4, 1)


# Its sums are added up in 32 bits.
@ttl.operation(grid=GRID)
def softmax(x, out):
    row_tiles, column_tiles = (size // 32 for size in x.shape)
    share = row_tiles // GRID[0]

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, column_tiles))
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, column_tiles))

    @ttl.compute()
    def compute():
        for _ in range(share):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                largest = ttl.math.reduce_max(xv, dims=[1])
                powers = ttl.math.exp(xv - ttl.block.broadcast(largest, dims=[1]))
                total = ttl.math.reduce_sum(powers, dims=[1])
                o.store(powers * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        core, _ = ttl.node()
        for row in range(core * share, (core + 1) * share):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, :], block).wait()

    @ttl.datamovement()
    def write():
        core, _ = ttl.node()
        for row in range(core * share, (core + 1) * share):
            with out_dfb.wait() as block:
                ttl.copy(block, out[row, :]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    x = 2 * torch.randn(SHAPE, dtype=torch.bfloat16)
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, torch.zeros_like(x))
    ]
    softmax(*tensors)
    result = ttnn.to_torch(tensors[-1])
    expected = torch.softmax(x.double(), dim=1)
    # The FPU keeps eleven bits of the difference x - largest: half a unit of the larger of both, an error that exp
    # turns into a relative one. Powers, reciprocal and product are rounded to bfloat16, each by at most 2**-8 of its
    # value; the sum's own error is an average of the powers'.
    shift = 2.0**-11 * torch.maximum(x.double().abs(), x.double().max(dim=1, keepdim=True).values.abs())
    tolerance = expected * (4 * 2.0**-8 + 2 * shift.amax(dim=1, keepdim=True))
    comparison = compare(result, expected, roundings=0, absolute=tolerance)
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
