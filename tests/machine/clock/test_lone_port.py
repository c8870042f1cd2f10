"""Packets that are served one after the other: the earliest first is the least that all of them can take."""

from __future__ import annotations

import random
from itertools import permutations

import pytest

from ttlang.machine.clock.lone_port import ServedAsTheyCome


def in_turn(packets: tuple[tuple[float, float], ...]) -> float:
    """When the last of them is served, in this order."""
    done = 0.0
    for comes, cycles in packets:
        done = max(done, comes) + cycles
    return done


@pytest.mark.parametrize("seed", range(20))
def test_no_order_serves_them_sooner(seed: int) -> None:
    rng, served = random.Random(seed), ServedAsTheyCome()
    packets: list[tuple[float, float]] = []
    ordered = 0.0
    for _ in range(6):
        ordered += rng.randrange(8)
        packets.append((ordered + rng.choice((5, 9, 17)), float(rng.randrange(1, 12))))
        done = served.add(*packets[-1], settled=ordered + 5)
        assert done == min(map(in_turn, permutations(packets)))
