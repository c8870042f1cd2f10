"""
Softmax over rows, with sizes left to be chosen: how many rows of tiles a block has, and how many blocks are read ahead
and wait to be written. Blocks are dealt out to the cores of the chip (docs/tuning.md).
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SHAPE = (512, 256)


# Its sums are added up in 32 bits.
@ttl.operation(grid="full")
def softmax(
    x,
    out,
    *,
    bm=ttl.divisor_of(lambda x: x.shape[0] // 32),
    ahead=ttl.one_of(1, 2, 3),
    behind=ttl.one_of(1, 2),
):
    columns, rows = ttl.grid_size(dims=2)
    height, width = x.shape[0] // 32 // bm, x.shape[1] // 32

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(bm, width), block_count=ahead)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(bm, width), block_count=behind)

    @ttl.compute()
    def compute():
        column, row = ttl.node(dims=2)
        for _ in range(column + row * columns, height, rows * columns):
            with x_dfb.wait() as xv, out_dfb.reserve() as o:
                largest = ttl.math.reduce_max(xv, dims=[1])
                powers = ttl.math.exp(xv - ttl.block.broadcast(largest, dims=[1]))
                total = ttl.math.reduce_sum(powers, dims=[1])
                o.store(powers * ttl.block.broadcast(ttl.math.recip(total), dims=[1]))

    @ttl.datamovement()
    def read():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with x_dfb.reserve() as block:
                ttl.copy(x[m * bm : (m + 1) * bm, :], block).wait()

    @ttl.datamovement()
    def write():
        column, row = ttl.node(dims=2)
        for m in range(column + row * columns, height, rows * columns):
            with out_dfb.wait() as block:
                ttl.copy(block, out[m * bm : (m + 1) * bm, :]).wait()


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
