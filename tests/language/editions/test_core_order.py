"""The order of cores, as threads of a kernel of 2026 count them, in the simulator."""

from __future__ import annotations

from itertools import product
from math import prod

import pytest
import torch

from ttlang import ttl, ttnn

NAMES = {"node": ttl.node, "core": ttl.core}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("grid", [(3, 2), (2, 3, 2), (2, 3, 2, 2)])
def test_the_last_coordinate_counts_fastest_in_2026(name: str, grid: tuple[int, ...]) -> None:
    """As one number, and in two dimensions over three; `core_linear` counts columns fastest."""
    ask = NAMES[name]
    columns, rows, chips = *grid[:2], prod(grid[2:])

    @ttl.operation(grid=grid)
    def count(x, one, two, linear):
        x_dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            column, row, chip = ask(dims=3)
            with x_dfb.reserve() as block:
                ttl.copy(x[(column * rows + row) * chips + chip, 0], block).wait()

        @ttl.datamovement()
        def write():
            column, row = ask(dims=2)
            with x_dfb.wait() as block:
                ttl.copy(block, one[ask(dims=1), 0]).wait()
                ttl.copy(block, two[column * rows * chips + row, 0]).wait()
                ttl.copy(block, linear[ttl.core_linear(), 0]).wait()

    device = ttnn.open_device(device_id=0)
    cores = columns * rows * chips
    numbers = torch.arange(cores).repeat_interleave(32)[:, None].repeat(1, 32).bfloat16()
    x, *out = (
        ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device)
        for t in (numbers, *(torch.zeros_like(numbers) for _ in range(3)))
    )
    count(x, *out)
    one, two, linear = (ttnn.to_torch(t) for t in out)
    assert torch.equal(one, numbers)
    assert torch.equal(two, numbers)
    order = [(c * rows + r) * chips + k for k in range(chips) for r in range(rows) for c in range(columns)]
    assert linear[::32, 0].int().tolist() == order


@pytest.mark.parametrize("edition", ["2025", "2026"])
def test_chips_in_two_dimensions(edition: str) -> None:
    """The kernel function counts as its threads do; in 2025, the rows of one chip come after those of another."""
    grid = columns, rows, lines, last = 2, 3, 2, 2
    found: set[tuple[object, ...]] = set()

    def kernel(x, out):
        found.add((ttl.core(dims=4), ttl.core(dims=3), ttl.core(dims=2), ttl.core(dims=1)))
        x_dfb = ttl.make_circular_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def read():
            a, b, line, place = ttl.core(dims=4)
            with x_dfb.reserve() as block:
                ttl.copy(x[((a * rows + b) * lines + line) * last + place, 0], block).wait()

        @ttl.datamovement()
        def write():
            a, b, chip = ttl.core(dims=3)
            with x_dfb.wait() as block:
                ttl.copy(block, out[(a * rows + b) * lines * last + chip, 0]).wait()

    device = ttnn.open_device(device_id=0)
    numbers = torch.arange(prod(grid)).repeat_interleave(32)[:, None].repeat(1, 32).bfloat16()
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (numbers, torch.zeros_like(numbers)))
    decorate = {"2025": ttl.kernel, "2026": ttl.operation}[edition]
    decorate(grid=grid)(kernel)(x, out)
    assert torch.equal(ttnn.to_torch(out), numbers)
    expected: set[tuple[object, ...]] = set()
    for a, b, line, place in product(*map(range, grid)):
        chip = line * last + place
        if edition == "2025":
            joined = a, chip * rows + b
            expected.add(((a, b, line, place), (a, b, chip), joined, joined[1] * columns + a))
        else:
            joined = a, b * lines * last + chip
            expected.add(((a, b, line, place), (a, b, chip), joined, a * rows * lines * last + joined[1]))
    assert found == expected
