"""Random programs: kernels that go through blocks of two tensors."""

from __future__ import annotations

import random
from functools import cache

import pytest

from ttlang import ttl, ttnn
from ttlang.machine.clock.data_free_run import run_without_data
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.program_info import ProgramInfo

SEEDS = pytest.mark.parametrize("seed", range(12))
TILE = 32


def made(seed: int, grid: tuple[int, int] | None = None, *, one_block: bool = False):
    """
    A kernel that goes through blocks of two tensors, with or without a buffer between two steps; its tensors.
    `one_block`: of each tensor, in one step.
    """
    rng = random.Random(seed)
    columns, rows = grid or (rng.randint(1, 3), rng.randint(1, 2))
    block = rng.randint(1, 2), rng.randint(1, 3)
    high, wide = block
    rounds = rng.randint(1, 5)
    counts = [rng.randint(1, 3) for _ in range(4)]
    in_steps, at_once, product = (rng.random() < 0.5 for _ in range(3))
    if one_block:
        rounds, in_steps = 1, False
        # From a ring with room for another block it leaves the core as a whole.
        counts[3] = 2

    @ttl.operation(grid=(columns, rows))
    def program(a, b, out):
        a_dfb = ttl.make_dataflow_buffer_like(a, shape=block, block_count=counts[0])
        b_dfb = ttl.make_dataflow_buffer_like(b, shape=block, block_count=counts[1])
        step_dfb = ttl.make_dataflow_buffer_like(out, shape=block, block_count=counts[2])
        out_dfb = ttl.make_dataflow_buffer_like(out, shape=block, block_count=counts[3])

        @ttl.compute()
        def compute():
            for _ in range(rounds):
                if in_steps:
                    with a_dfb.wait() as av, step_dfb.reserve() as step:
                        step.store(ttl.math.exp(av))
                    with step_dfb.wait() as step, b_dfb.wait() as bv, out_dfb.reserve() as result:
                        result.store(step * bv if product else step + bv)
                else:
                    with a_dfb.wait() as av, b_dfb.wait() as bv, out_dfb.reserve() as result:
                        result.store(av * bv if product else av + bv)

        @ttl.datamovement()
        def read():
            x, y = ttl.node()
            for turn in range(rounds):
                top, left = (y * rounds + turn) * high, x * wide
                with a_dfb.reserve() as a_block:
                    a_copy = ttl.copy(a[top : top + high, left : left + wide], a_block)
                    if not at_once:
                        a_copy.wait()
                    with b_dfb.reserve() as b_block:
                        ttl.copy(b[top : top + high, left : left + wide], b_block).wait()
                    if at_once:
                        a_copy.wait()

        @ttl.datamovement()
        def write():
            x, y = ttl.node()
            for turn in range(rounds):
                top, left = (y * rounds + turn) * high, x * wide
                with out_dfb.wait() as result:
                    ttl.copy(result, out[top : top + high, left : left + wide]).wait()

    device = ttnn.open_device(device_id=0)
    shape = rows * rounds * high * TILE, columns * wide * TILE
    tensors = [ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(3)]
    return program, tensors


@cache
def recorded(
    seed: int, grid: tuple[int, int] | None = None, *, one_block: bool = False
) -> tuple[ProgramInfo, list[RecordedThread]]:
    program, tensors = made(seed, grid, one_block=one_block)
    simulation = program.compile(*tensors).simulation.simulation
    return simulation.program, run_without_data(simulation.program, simulation.kernels)
