"""When something is busy that serves one after the other."""

from __future__ import annotations

from itertools import pairwise
from random import Random

from ttlang.machine.clock.busy_times import MOST_SPANS, BusyTimes


def test_who_comes_late_waits_for_who_came_before() -> None:
    busy = BusyTimes()
    assert [busy.take(0.0, 10.0), busy.take(5.0, 10.0), busy.take(50.0, 10.0)] == [0.0, 10.0, 50.0]
    assert busy.free == 60.0


def test_who_is_early_has_the_gap_before_what_was_promised_for_later() -> None:
    busy = BusyTimes()
    busy.take(100.0, 10.0)
    assert busy.take(20.0, 80.0) == 20.0
    assert busy.take(0.0, 30.0) == 110.0
    assert busy.take(0.0, 20.0) == 0.0
    assert busy.free == 140.0


def test_no_two_have_it_at_once() -> None:
    random, busy = Random(1), BusyTimes()
    taken: list[tuple[float, float]] = []
    for _ in range(20 * MOST_SPANS):
        ready, cycles = float(random.randrange(20000)), float(random.randrange(1, 9))
        start = busy.take(ready, cycles)
        assert start >= ready
        taken.append((start, start + cycles))
    assert all(end <= start for (_, end), (start, _) in pairwise(sorted(taken)))


def test_old_spans_are_forgotten() -> None:
    busy = BusyTimes()
    for number in range(10 * MOST_SPANS):
        busy.take(10.0 * number, 5.0)
    assert busy.take(10.0 * (10 * MOST_SPANS - 1), 5.0) == 10.0 * (10 * MOST_SPANS - 1) + 5.0
