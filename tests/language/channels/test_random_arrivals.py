"""Random gatherings, whose senders do different amounts of work: whichever block comes first, all of them arrive."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from tests.support.both_ways import both_ways
from ttlang import ttl, ttnn
from ttlang.settings import variables

TURNS = 3


def gathering(senders: int, work: list[list[int]], step: int, depth: int, taken: int) -> Any:
    """
    Cores 1, 2, ... send a tile in each turn to core 0, after so many reads and computations (`work`, by turn) in vain.
    Core 0 takes each as it comes, and begins to look `step` places behind the one that it took first. The kernel has
    so many semaphores of its own (`taken`).
    """

    @ttl.operation(grid=(senders + 1, 1))
    def gather(x, out):
        _ = [ttl.Semaphore() for _ in range(taken)]
        pipes = [ttl.Pipe((1 + number, 0), (0, 0)) for number in range(senders)]
        nets = [ttl.PipeNet([pipe]) for pipe in pipes]
        read = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        sent = ttl.make_dataflow_buffer_like(x, shape=(1, 1), block_count=2)
        landings = [ttl.make_dataflow_buffer_like(out, shape=(1, 1), block_count=depth) for _ in pipes]

        @ttl.datamovement()
        def load():
            for number, net in enumerate(nets):
                if net.is_src():
                    for turn, reads in enumerate(work[number]):
                        for _ in range(reads + 1):
                            with read.reserve() as block:
                                ttl.copy(x[turn, number], block).wait()

        @ttl.compute()
        def compute():
            for number, net in enumerate(nets):
                if net.is_src():
                    for reads in work[number]:
                        for _ in range(reads):
                            with read.wait() as block, sent.reserve() as result:
                                result.store(block * 2)
                        with read.wait() as block, sent.reserve() as result:
                            result.store(block * 4)

        def take_two(requests: Any, blocks: Any, left: list[int], start: int) -> int:
            """Takes two blocks; the place of the first that has come."""
            selected = ttl.wait_any((requests[left[0]], requests[left[1]]), start=start).index()
            for place in [0, 1]:
                if selected == place:
                    blocks[left[place]].push()
                    requests[left[1 - place]].wait()
                    blocks[left[1 - place]].push()
            return selected

        def take_three(requests: Any, blocks: Any, start: int) -> int:
            selected = ttl.wait_any(tuple(requests), start=start).index()
            for place in [0, 1, 2]:
                if selected == place:
                    blocks[place].push()
                    take_two(requests, blocks, [other for other in [0, 1, 2] if other != place], start)
            return selected

        @ttl.datamovement()
        def talk():
            for number, net in enumerate(nets):
                if net.is_src():
                    for reads in work[number]:
                        for _ in range(reads):
                            with sent.wait() as block:
                                pass
                        with sent.wait() as block:
                            ttl.copy(block, pipes[number]).wait()
            column, _ = ttl.node(dims=2)
            if column == 0:
                start = 0
                for turn in range(TURNS):
                    blocks = [landing.reserve() for landing in landings]
                    requests = [ttl.copy(pipe, block) for pipe, block in zip(pipes, blocks, strict=True)]
                    if senders == 2:
                        start = take_two(requests, blocks, [0, 1], start) + step
                    else:
                        start = take_three(requests, blocks, start) + step
                    for number, landing in enumerate(landings):
                        with landing.wait() as block:
                            ttl.copy(block, out[turn, number]).wait()

    return gather


@pytest.mark.parametrize(("case", "taken"), [*((case, 0) for case in range(5)), (0, 14), (1, 16)])
def test_all_arrive(case: int, taken: int) -> None:
    """Where the kernel takes nearly all semaphores of a program, those of the pipes are words of a buffer."""
    rng = np.random.default_rng(case)
    senders = int(rng.integers(2, 4))
    work = rng.integers(0, 4, (senders, TURNS)).tolist()
    kernel = gathering(senders, work, int(rng.integers(3)), int(rng.integers(1, 3)), taken)
    device = ttnn.open_device(device_id=0)
    values = torch.from_numpy(rng.standard_normal((32 * TURNS, 32 * senders)).astype(np.float32)).bfloat16()
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    for seed in ("", "1", "2"):
        out = ttnn.from_torch(torch.zeros_like(values), layout=ttnn.TILE_LAYOUT, device=device)
        with variables.given({variables.SEED: seed}), both_ways(() if seed else ("0.69", "0.81")):
            kernel(x, out)
        assert torch.equal(ttnn.to_torch(out), values * 4)
