"""
A ring all-reduce along a row of cores: every core starts with a block of its own and ends with the sum of all. In each
step a core sends the block that it got last to its right neighbour, and receives one from its left neighbour.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

CORES = 8
BLOCK = 2


@ttl.operation(grid=(CORES, 1))
def all_reduce(x, out):
    cores = ttl.grid_size(dims=1)
    ring = ttl.PipeNet([ttl.Pipe(src=(i, 0), dst=((i + 1) % cores, 0)) for i in range(cores)])

    own_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK, BLOCK))
    arriving_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK, BLOCK))
    leaving_dfb = ttl.make_dataflow_buffer_like(x, shape=(BLOCK, BLOCK))
    sum_dfb = ttl.make_dataflow_buffer_like(out, shape=(BLOCK, BLOCK), block_count=1)

    @ttl.compute()
    def compute():
        with sum_dfb.reserve() as total:
            with own_dfb.wait() as own, leaving_dfb.reserve() as leaving:
                leaving.store(own)
                total.store(own)
            for step in range(cores - 1):
                with arriving_dfb.wait() as arrived:
                    total += arrived
                    if step < cores - 2:
                        with leaving_dfb.reserve() as leaving:
                            leaving.store(arrived)

    @ttl.datamovement()
    def receive():
        x_core = ttl.node(dims=1)
        with own_dfb.reserve() as own:
            ttl.copy(x[0:BLOCK, x_core * BLOCK : (x_core + 1) * BLOCK], own).wait()
        for _ in range(cores - 1):
            with arriving_dfb.reserve() as arriving:
                ring.if_dst(lambda pipe: ttl.copy(pipe, arriving).wait())

    @ttl.datamovement()
    def send():
        x_core = ttl.node(dims=1)
        for _ in range(cores - 1):
            with leaving_dfb.wait() as leaving:
                ring.if_src(lambda pipe: ttl.copy(leaving, pipe).wait())
        with sum_dfb.wait() as total:
            ttl.copy(total, out[0:BLOCK, x_core * BLOCK : (x_core + 1) * BLOCK]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = torch.randn(BLOCK * 32, CORES * BLOCK * 32, dtype=torch.bfloat16)
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    out = ttnn.from_torch(torch.zeros(values.shape), dtype=ttnn.float32, layout=ttnn.TILE_LAYOUT, device=device)
    all_reduce(x, out)

    total = values.double().reshape(BLOCK * 32, CORES, BLOCK * 32).sum(dim=1)
    comparison = compare(out, total.repeat(1, CORES), roundings=CORES)
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
