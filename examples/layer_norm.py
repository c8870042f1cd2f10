"""
Layer normalization with scale and shift, over rows of eight tiles: (x - mean) * rsqrt(variance + eps) * gamma + beta.
Four cores take two rows of tiles each; gamma and beta are one row each, read once and repeated over a tile's 32 rows.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

SHAPE = (256, 256)
GRID = (4, 1)
EPSILON = 1e-5


# Its sums are added up in 32 bits.
@ttl.operation(grid=GRID)
def layer_norm(x, gamma, beta, out):
    width = x.shape[1]
    row_tiles, column_tiles = x.shape[0] // 32, width // 32
    share = row_tiles // GRID[0]

    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, column_tiles))
    gamma_dfb = ttl.make_dataflow_buffer_like(gamma, shape=(1, column_tiles), block_count=1)
    beta_dfb = ttl.make_dataflow_buffer_like(beta, shape=(1, column_tiles), block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=(1, column_tiles))

    @ttl.compute()
    def compute():
        with gamma_dfb.wait() as scale, beta_dfb.wait() as shift:
            for _ in range(share):
                with x_dfb.wait() as xv, out_dfb.reserve() as o:
                    mean = ttl.math.reduce_sum(xv, dims=[1]) * (1 / width)
                    centered = xv - ttl.block.broadcast(mean, dims=[1])
                    variance = ttl.math.reduce_sum(centered * centered, dims=[1]) * (1 / width)
                    normal = centered * ttl.block.broadcast(ttl.math.rsqrt(variance + EPSILON), dims=[1])
                    o.store(normal * ttl.block.broadcast(scale, dims=[0]) + ttl.block.broadcast(shift, dims=[0]))

    @ttl.datamovement()
    def read():
        core, _ = ttl.node()
        with gamma_dfb.reserve() as gamma_block, beta_dfb.reserve() as beta_block:
            transfers = ttl.GroupTransfer()
            transfers.add(ttl.copy(gamma[0, :], gamma_block))
            transfers.add(ttl.copy(beta[0, :], beta_block))
            transfers.wait_all()
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
    x = (3 * torch.randn(SHAPE) + 1).bfloat16()
    gamma, beta = (torch.randn(1, SHAPE[1], dtype=torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(t, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (x, gamma, beta, torch.zeros_like(x))
    ]
    layer_norm(*tensors)
    result = ttnn.to_torch(tensors[-1])
    exact = [t.double() for t in (x, gamma[0], beta[0])]
    scaled = torch.nn.functional.layer_norm(exact[0], SHAPE[1:], exact[1], eps=EPSILON)
    expected = scaled + exact[2]
    # Roundings to bfloat16, each half a unit: the mean (2**-9 of it, times gamma and the reciprocal deviation of 1/3),
    # the centered values, the reciprocal deviation, the products with it and with gamma, the sum: five of the addends.
    scale = torch.maximum(scaled.abs(), exact[2].abs())
    mean = 2.0**-8 * (exact[0].mean(dim=1).abs().max() / exact[0].std(dim=1).min() * exact[1].abs().max()).item()
    comparison = compare(result, expected, roundings=2.5, scale=scale, absolute=mean)
    assert comparison.ok, comparison
    assert comparison.pcc > 0.9999, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
