"""Random nets of pipes on random grids: every core receives what was sent to it, whatever the schedule."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest
import torch

from tests.support.left_out_ends import left_out
from ttlang import ttl, ttnn
from ttlang.driver.launch import simulate
from ttlang.tables.chips import WORMHOLE_B0

CASES = 60
Ends = tuple[tuple[int, int], tuple[slice, slice]]
"""A source, and a rectangle."""


@dataclass(frozen=True)
class Net:
    """Pipes with different sources, so that the source tells which of them a block came through."""

    pipes: tuple[Ends, ...]


def draw_net(rng: random.Random, columns: int, rows: int) -> Net:
    cores = [(x, y) for y in range(rows) for x in range(columns)]
    sources = rng.sample(cores, rng.randint(1, len(cores)))
    return Net(tuple((source, (_extent(rng, columns), _extent(rng, rows))) for source in sources))


def _extent(rng: random.Random, size: int) -> slice:
    first = rng.randrange(size)
    return slice(first, rng.choice([first + 1, rng.randint(first + 1, size)]))


def make_kernel(
    nets: list[Net], grid: tuple[int, int], turns: int, one_thread: bool, room: int, block: int, taken: int = 0
) -> Any:
    """With `taken`, the kernel has so many semaphores of its own."""
    columns, rows = grid
    count = columns * rows

    @ttl.kernel(grid=grid)
    def kernel(x, out):
        _ = [ttl.Semaphore() for _ in range(taken)]
        made = [ttl.PipeNet([ttl.Pipe(src=source, dst=range_) for source, range_ in net.pipes]) for net in nets]
        cb = ttl.make_circular_buffer_like(x, shape=(1, block))
        got = ttl.make_circular_buffer_like(x, shape=(1, block), buffer_factor=room)

        def send(turn):
            me = ttl.core(dims=1)
            with cb.reserve() as own:
                ttl.copy(x[me, turn * block : turn * block + block], own).wait()
            with cb.wait() as own:
                for net in made:
                    net.if_src(lambda pipe: ttl.copy(own, pipe).wait())

        def receive(turn):
            me = ttl.core(dims=1)
            for number, net in enumerate(made):

                def keep(pipe):
                    with got.reserve() as arrived:
                        ttl.copy(pipe, arrived).wait()
                    with got.wait() as arrived:
                        source = pipe.src[1] * columns + pipe.src[0]
                        place = ((number * turns + turn) * count + source) * block
                        ttl.copy(arrived, out[me, place : place + block]).wait()

                net.if_dst(keep)

        if one_thread:

            @ttl.datamovement()
            def talk():
                for turn in range(turns):
                    send(turn)
                    receive(turn)

        else:

            @ttl.datamovement()
            def listen():
                for turn in range(turns):
                    receive(turn)

            @ttl.datamovement()
            def speak():
                for turn in range(turns):
                    send(turn)

    return kernel


@pytest.mark.parametrize("seed", range(CASES))
def test_every_block_arrives(seed: int) -> None:
    check_arrivals(seed)


@pytest.mark.parametrize("seed", range(0, CASES, 6))
def test_every_block_arrives_without_releases_and_waits(seed: int) -> None:
    """The compiler puts them where no core waits for another forever."""
    with left_out(1.0 if seed % 12 else 0.5, seed) as taken:
        check_arrivals(seed)
    assert all(taken)


def test_nets_that_need_more_semaphores_than_a_program_has() -> None:
    """They count in words of L1, as do the kernel's own semaphores then."""
    most, in_words = WORMHOLE_B0.semaphores, 0
    for seed in range(40):
        rng = random.Random(seed)
        in_words += check_arrivals(seed, nets=5, taken=rng.randint(most - 6, most + 2)) > most
    assert in_words >= 30


def check_arrivals(seed: int, *, nets: int = 2, taken: int = 0) -> int:
    """How many semaphores the kernel has, words of L1 among them."""
    rng = random.Random(seed)
    columns, rows, turns, block = rng.randint(1, 4), rng.randint(1, 3), rng.randint(1, 3), rng.randint(1, 2)
    drawn = [draw_net(rng, columns, rows) for _ in range(rng.randint(1, nets))]
    one_thread, count = rng.random() < 0.5, columns * rows
    # What `listen` reserves, nothing but its own pipe may hold up: then blocks land directly.
    kernel = make_kernel(drawn, (columns, rows), turns, one_thread, rng.randint(1, 3), block, taken)
    device = ttnn.open_device(device_id=0)
    generator = torch.Generator().manual_seed(seed)
    values = torch.randint(-8, 8, (count * 32, turns * block * 32), generator=generator).bfloat16()
    width = len(drawn) * turns * count * block * 32
    expected = torch.zeros(count * 32, width).bfloat16()
    for number, net in enumerate(drawn):
        for (sx, sy), (across, down) in net.pipes:
            source = sy * columns + sx
            for core in [y * columns + x for y in range(rows)[down] for x in range(columns)[across]]:
                for turn in range(turns):
                    place = ((number * turns + turn) * count + source) * block * 32
                    sent = values[source * 32 : source * 32 + 32, turn * block * 32 : (turn + 1) * block * 32]
                    expected[core * 32 : core * 32 + 32, place : place + block * 32] = sent
    x = ttnn.from_torch(values, layout=ttnn.TILE_LAYOUT, device=device)
    compiled = kernel.compile(x, ttnn.from_torch(expected, layout=ttnn.TILE_LAYOUT, device=device))
    for schedule in (None, 1, 2):
        out = ttnn.from_torch(torch.zeros_like(expected), layout=ttnn.TILE_LAYOUT, device=device)
        result = simulate(compiled, [x, out], seed=schedule)
        assert not result.warnings
        assert torch.equal(ttnn.to_torch(out), expected), f"schedule {schedule} of {drawn}"
    return len(compiled.program.semaphores) + len(compiled.program.words)
