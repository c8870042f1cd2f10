"""What programs take at least: never more than what the clock says, of examples and of random kernels."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.clock.random_programs import SEEDS, made
from tests.machine.clock.timed_examples import EXAMPLES, first_call
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

SEES_DATA = {"embedding", "paged_kv_cache"}
SHARES = {
    **dict.fromkeys(("convolution", "halo_exchange", "matmul_multicast"), 0.5),
    **dict.fromkeys(("distributed_softmax", "matmul_multicore", "mesh_matmul"), 0.8),
    **dict.fromkeys(("ring_all_reduce", "sized_matmul"), 0.4),
}
"""Of examples whose cores wait for each other, or for the same DRAM, what is found at least; of others nine tenths."""
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", NAMES)
def test_an_example_takes_at_least_that_and_not_much_longer(name: str) -> None:
    call = first_call(name)
    least = call.compiled.least_cycles(call.numbers)
    if name in SEES_DATA:
        assert least == 0.0
        with pytest.raises(DiagnosticError, match="TTL0213"):
            call.compiled.predict(call.numbers)
        return
    cycles = call.compiled.predict(call.numbers).cycles
    assert SHARES.get(name, 0.9) * cycles <= least <= cycles


@SEEDS
@pytest.mark.parametrize("grid", [None, (3, 3)])
def test_a_random_kernel_takes_at_least_that(seed: int, grid: tuple[int, int] | None) -> None:
    program, tensors = made(seed, grid)
    compiled = program.compile(*tensors)
    assert 0 < compiled.least_cycles() <= compiled.predict().cycles


def copying(grid: tuple[int, int], turns: int) -> tuple[Any, list[Any]]:
    """A kernel that copies blocks: `turns` on each core of the first two columns, one on each other core."""
    columns, rows = grid

    @ttl.operation(grid=grid)
    def copies(x, out):
        blocks = ttl.make_dataflow_buffer_like(x, shape=(1, 8))

        @ttl.datamovement()
        def read():
            column, row = ttl.node()
            for turn in range(turns if column < 2 else 1):
                with blocks.reserve() as block:
                    ttl.copy(x[row * columns + column, turn * 8 : turn * 8 + 8], block).wait()

        @ttl.datamovement()
        def write():
            column, row = ttl.node()
            for turn in range(turns if column < 2 else 1):
                with blocks.wait() as block:
                    ttl.copy(block, out[row * columns + column, turn * 8 : turn * 8 + 8]).wait()

    shape, device = (columns * rows * 32, turns * 8 * 32), ttnn.open_device(device_id=0)
    return copies, [ttnn.zeros(shape, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device) for _ in range(2)]


def test_dram_is_busy_for_all_cores_one_behind_the_other() -> None:
    kernel, tensors = copying((2, 8), 4)
    compiled = kernel.compile(*tensors)
    prediction = compiled.predict()
    loads = prediction.time.network.bank_load
    assert compiled.least_cycles() == pytest.approx(sum(loads) / len(loads))
    assert compiled.least_cycles() <= prediction.cycles


def test_cores_that_nobody_looks_at_move_what_the_least_of_the_others_moves() -> None:
    kernel, tensors = copying((8, 8), 2)
    compiled = kernel.compile(*tensors)
    loads = compiled.predict().time.network.bank_load
    a_turn = sum(loads) / (16 * 2 + 48)
    # Two columns of the first two rows are looked at, and the last core, which has one turn.
    assert compiled.least_cycles() == pytest.approx((4 * 2 + 60) * a_turn / len(loads))
