"""
A halo exchange: every core smooths its block with those of its left and right neighbours, `(left + 2 own + right) / 4`,
several times over. The blocks stay on the cores: only the halos travel, and they go round the ends of the row.
"""

import torch

from ttlang import ttl, ttnn
from ttlang.testing import compare

CORES = 6
BLOCK = 2
STEPS = 4


@ttl.operation(grid=(CORES, 1))
def smooth(x, out):
    cores = ttl.grid_size(dims=1)
    to_right = ttl.PipeNet([ttl.Pipe(src=(i, 0), dst=((i + 1) % cores, 0)) for i in range(cores)])
    to_left = ttl.PipeNet([ttl.Pipe(src=(i, 0), dst=((i - 1) % cores, 0)) for i in range(cores)])

    def buffer(blocks=2):
        return ttl.make_dataflow_buffer_like(x, shape=(BLOCK, 1), block_count=blocks)

    first_dfb, own_dfb, from_left_dfb, from_right_dfb, halo_dfb, out_dfb = (buffer() for _ in range(6))

    @ttl.compute()
    def compute():
        with first_dfb.wait() as first, own_dfb.reserve() as own, halo_dfb.reserve() as halo:
            own.store(first)
            halo.store(first)
        for step in range(STEPS):
            with own_dfb.wait() as own, from_left_dfb.wait() as left, from_right_dfb.wait() as right:
                smoothed = (left + own * 2 + right) * 0.25
                if step == STEPS - 1:
                    with out_dfb.reserve() as o:
                        o.store(smoothed)
                else:
                    with own_dfb.reserve() as following, halo_dfb.reserve() as halo:
                        following.store(smoothed)
                        halo.store(smoothed)

    @ttl.datamovement()
    def receive():
        x_core = ttl.node(dims=1)
        with first_dfb.reserve() as first:
            ttl.copy(x[0:BLOCK, x_core], first).wait()
        for _ in range(STEPS):
            with from_left_dfb.reserve() as left, from_right_dfb.reserve() as right:
                to_right.if_dst(lambda pipe: ttl.copy(pipe, left).wait())
                to_left.if_dst(lambda pipe: ttl.copy(pipe, right).wait())

    @ttl.datamovement()
    def send():
        x_core = ttl.node(dims=1)
        for _ in range(STEPS):
            with halo_dfb.wait() as halo:
                to_right.if_src(lambda pipe: ttl.copy(halo, pipe).wait())
                to_left.if_src(lambda pipe: ttl.copy(halo, pipe).wait())
        with out_dfb.wait() as o:
            ttl.copy(o, out[0:BLOCK, x_core]).wait()


def main() -> None:
    torch.manual_seed(0)
    device = ttnn.open_device(device_id=0)
    values = torch.randn(BLOCK * 32, CORES * 32, dtype=torch.bfloat16)
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(values)))
    smooth(x, out)

    expected = values.double()
    for _ in range(STEPS):
        left, right = expected.roll(32, dims=1), expected.roll(-32, dims=1)
        expected = (left + 2 * expected + right) / 4
    # Four roundings to bfloat16 in a step: 2 own, two sums, and the result; they are of the size of the sums.
    comparison = compare(out, expected, absolute=STEPS * 4 * 2.0**-8 * values.abs().max().item())
    assert comparison.ok, comparison
    print(f"{comparison}\nmatches torch")
    ttnn.close_device(device)


if __name__ == "__main__":
    main()
