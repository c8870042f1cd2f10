"""A linear layer whose weights stay in the L1 of 8 cores, where each computes its own columns of the result."""

import torch

from ttlang import ttl, ttnn

CORES = 8
BATCH, FEATURES, OUTPUTS = 4, 8, 32
"""In tiles."""


@ttl.operation(grid=(CORES, 1))
def linear(x, weights, out):
    columns = OUTPUTS // CORES
    x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, FEATURES))
    # Both lie on the shards of tensors: the weights are not read, and the result is not written by a copy.
    weights_dfb = ttl.make_tensor_backed_dfb(weights, shape=(FEATURES, columns))
    out_dfb = ttl.make_tensor_backed_dfb(out, shape=(1, columns), block_count=BATCH)

    @ttl.datamovement()
    def read():
        weights_dfb.publish()
        for row in range(BATCH):
            with x_dfb.reserve() as block:
                ttl.copy(x[row, :], block).wait()

    @ttl.compute()
    def compute():
        with weights_dfb.wait() as w:
            for _ in range(BATCH):
                with x_dfb.wait() as v, out_dfb.reserve() as o:
                    o.store(ttl.relu(v @ w))


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)

    def in_l1(values: torch.Tensor) -> ttnn.Tensor:
        """Its columns are dealt out to the cores."""
        memory = ttnn.create_sharded_memory_config(
            values.shape, ttnn.CoreGrid(x=CORES, y=1), ttnn.ShardStrategy.WIDTH, ttnn.ShardOrientation.ROW_MAJOR
        )
        return ttnn.from_torch(
            values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory
        )

    x = torch.randn(BATCH * 32, FEATURES * 32).bfloat16()
    weights = torch.randn(FEATURES * 32, OUTPUTS * 32).bfloat16()
    resident, out = in_l1(weights), in_l1(torch.zeros(BATCH * 32, OUTPUTS * 32))
    linear(ttnn.from_torch(x, layout=ttnn.TILE_LAYOUT, device=device), resident, out)

    expected = torch.relu(x.float() @ weights.float())
    difference = (ttnn.to_torch(out).float() - expected).abs().max()
    # The result has the 8 bits of bfloat16; sums have 32.
    assert difference < 2**-7 * expected.max(), difference
    print(f"{OUTPUTS * 32} columns on {CORES} cores, from weights that stay in L1; at most {difference:.3f} from torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
