"""Pipes whose cores are named by one coordinate, their number: in the order in which the edition counts."""

from __future__ import annotations

import random
from typing import Any

import pytest
import torch

from tests.support.both_ways import every_way
from ttlang import ttl, ttnn
from ttlang.diagnostics import DiagnosticError

DECORATORS: dict[str, Any] = {"2025": ttl.kernel, "2026": ttl.operation}
Ends = tuple[int, tuple[int, int]]
"""The number of a source, and of the first destination and of what follows the last."""


def number_of(edition: str, grid: tuple[int, ...], core: tuple[int, int]) -> int:
    """As docs/language.md has it."""
    columns, rows, chips = (*grid, 1)[:3]
    x, (chip, y) = core[0], divmod(core[1], rows)
    return core[1] * columns + x if edition == "2025" else (x * rows + y) * chips + chip


def make_kernel(edition: str, grid: tuple[int, ...], nets: list[list[Ends]]) -> Any:
    """Each core writes to a row of `out` that is its own: what came from each core, in the column of that core."""
    columns, rows, chips = (*grid, 1)[:3]

    @DECORATORS[edition](grid=grid)
    def kernel(x, out):
        made = [ttl.PipeNet([ttl.Pipe((source,), (slice(*to),)) for source, to in pipes]) for pipes in nets]
        own = ttl.make_dataflow_buffer_like(x, shape=(1, 1))
        got = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def send():
            me = ttl.core_linear()
            with own.reserve() as block:
                ttl.copy(x[me, 0], block).wait()
            with own.wait() as block:
                for net in made:
                    net.if_src(lambda pipe: ttl.copy(block, pipe).wait())

        @ttl.datamovement()
        def receive():
            me = ttl.core_linear()
            for place, net in enumerate(made):

                def keep(pipe):
                    with got.reserve() as block:
                        ttl.copy(pipe, block).wait()
                    with got.wait() as block:
                        (source,) = pipe.src
                        ttl.copy(block, out[me, place * columns * rows * chips + source]).wait()

                net.if_dst(keep)

    return kernel


def run(edition: str, grid: tuple[int, ...], nets: list[list[Ends]]) -> None:
    cores = [(x, y) for y in range(grid[1] * (*grid, 1)[2]) for x in range(grid[0])]
    count = len(cores)
    values = torch.randn(count * 32, 32).bfloat16()
    expected = torch.zeros(count * 32, len(nets) * count * 32).bfloat16()
    row = {number_of(edition, grid, core): index for index, core in enumerate(cores)}
    for place, pipes in enumerate(nets):
        for source, (first, end) in pipes:
            for number in range(first, end):
                down, right = row[number] * 32, (place * count + source) * 32
                expected[down : down + 32, right : right + 32] = values[row[source] * 32 : row[source] * 32 + 32]
    device = ttnn.open_device(device_id=0)
    x, out = (ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros_like(expected)))
    kernel = make_kernel(edition, grid, nets)
    kernel(x, out)
    assert torch.equal(ttnn.to_torch(out), expected)


@pytest.mark.parametrize("edition", DECORATORS)
@pytest.mark.parametrize(
    "pipes",
    [
        pytest.param([(0, (1, 4))], id="of one row or column"),
        pytest.param([(1, (2, 11))], id="no rectangle"),
        pytest.param([(3, (2, 11))], id="no rectangle, with the sender"),
        pytest.param([(0, (0, 12)), (5, (6, 7)), (11, (1, 8))], id="several forms"),
        pytest.param([(2, (4, 5)), (7, (3, 4))], id="one to one"),
    ],
)
def test_cores_by_number(edition: str, pipes: list[Ends]) -> None:
    with every_way():
        run(edition, (3, 4), [pipes])


@pytest.mark.parametrize("edition", DECORATORS)
def test_numbers_on_several_chips(edition: str) -> None:
    run(edition, (2, 3, 2), [[(0, (1, 9))], [(7, (6, 7))]])


@pytest.mark.parametrize("seed", range(8))
def test_random_nets_of_numbers(seed: int) -> None:
    rng = random.Random(seed)
    grid = rng.randint(1, 4), rng.randint(1, 4)
    count = grid[0] * grid[1]

    def draw() -> list[Ends]:
        sources = rng.sample(range(count), rng.randint(1, count))
        return [(s, (first := rng.randrange(count), rng.randint(first + 1, count))) for s in sources]

    with every_way():
        run(rng.choice(["2025", "2026"]), grid, [draw() for _ in range(rng.randint(1, 2))])


def test_the_cores_of_a_range_are_numbers() -> None:
    """What a callback is told has the form that the author gave."""

    @ttl.operation(grid=(2, 4))
    def kernel(x, out):
        net = ttl.PipeNet([ttl.Pipe((0,), (slice(1, 7),))])
        dfb = ttl.make_dataflow_buffer_like(x, shape=(1, 1))

        @ttl.datamovement()
        def move():
            def send(pipe):
                (source,), (cores,) = pipe.src, pipe.dst
                with dfb.reserve() as block:
                    ttl.copy(x[source, cores.start], block).wait()
                    ttl.copy(block, pipe).wait()
                with dfb.wait() as block:
                    ttl.copy(block, out[0, 0]).wait()

            def receive(pipe):
                with dfb.reserve() as block:
                    ttl.copy(pipe, block).wait()
                with dfb.wait() as block:
                    ttl.copy(block, out[0, ttl.node(dims=1)]).wait()

            net.if_src(send)
            net.if_dst(receive)

    device = ttnn.open_device(device_id=0)
    values = torch.arange(2.0)[:, None].repeat_interleave(32, 1).flatten()[None].repeat(32, 1).bfloat16()
    x, out = (
        ttnn.from_torch(t, layout=ttnn.TILE_LAYOUT, device=device) for t in (values, torch.zeros(32, 256).bfloat16())
    )
    with every_way():
        kernel(x, out)
    assert ttnn.to_torch(out)[0, ::32].tolist() == [1, 1, 1, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(
    ("source", "target", "text"),
    [
        ((12,), (0,), "the grid has the cores 0 to 11"),
        ((0,), (slice(3, 3),), "empty"),
        ((slice(0, 2),), (1,), "one core"),
    ],
)
def test_numbers_of_no_cores(source: Any, target: Any, text: str) -> None:
    @ttl.operation(grid=(3, 4))
    def kernel(x):
        ttl.Pipe(source, target)

    device = ttnn.open_device(device_id=0)
    with pytest.raises(DiagnosticError) as raised:
        kernel(ttnn.ones((32, 32), layout=ttnn.TILE_LAYOUT, device=device))
    (found,) = raised.value.diagnostics
    assert found.code == "TTL0505"
    assert text in found.message
