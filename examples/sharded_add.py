"""Each of 8x8 cores adds its own shard of two matrices, which lie in the cores' L1 already."""

import torch

from ttlang import ttl, ttnn

COLUMNS, ROWS = 8, 8
SHARD = (2, 4)
"""Rows and columns of tiles that a core holds."""


@ttl.operation(grid=(COLUMNS, ROWS))
def sharded_add(a, b, out):
    a_dfb = ttl.make_dataflow_buffer_like(a, shape=SHARD, block_count=1)
    b_dfb = ttl.make_dataflow_buffer_like(b, shape=SHARD, block_count=1)
    out_dfb = ttl.make_dataflow_buffer_like(out, shape=SHARD, block_count=1)

    @ttl.compute()
    def compute():
        with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as o:
            o.store(av + bv)

    @ttl.datamovement()
    def read():
        # One integer is the number of a shard, here that of this core's own: nothing leaves the core.
        with a_dfb.reserve() as a_block, b_dfb.reserve() as b_block:
            a_transfer = ttl.copy(a[ttl.core_linear()], a_block)
            b_transfer = ttl.copy(b[ttl.core_linear()], b_block)
            a_transfer.wait()
            b_transfer.wait()

    @ttl.datamovement()
    def write():
        with out_dfb.wait() as block:
            ttl.copy(block, out[ttl.core_linear()]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    shape = (ROWS * SHARD[0] * 32, COLUMNS * SHARD[1] * 32)
    memory = ttnn.create_sharded_memory_config(
        shape, ttnn.CoreGrid(x=COLUMNS, y=ROWS), ttnn.ShardStrategy.BLOCK, ttnn.ShardOrientation.ROW_MAJOR
    )
    a, b = (torch.randint(-100, 100, shape).to(torch.bfloat16) for _ in range(2))
    tensors = [
        ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device, memory_config=memory)
        for values in (a, b, torch.zeros(shape))
    ]
    sharded_add(*tensors)
    # Sums of such small integers are exact.
    assert torch.equal(ttnn.to_torch(tensors[-1]), a + b)
    print(f"{shape[0]}x{shape[1]} elements, added where they lie; equal to torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
