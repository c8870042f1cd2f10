"""Lanes and buffers over time, for pictures: as many intervals as can be looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, TypeVar

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Call
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.profiler.document import BufferFill, Interval, Lane, PathInterval

MOST_CORES = 16
"""Whose lanes are shown."""
MOST_INTERVALS = 1500
"""Of a lane; a longer list is joined."""


class Pictures(NamedTuple):
    """What there is to draw over time."""

    lanes: tuple[Lane, ...]
    fills: tuple[BufferFill, ...]


NO_PICTURES = Pictures((), ())


def pictures(prediction: Prediction, line_of: Callable[[Call], int], wanted: AbstractSet[int]) -> Pictures:
    """
    Those of some cores: the `wanted` ones, or, of many, the first, the slowest and others in equal steps. `line_of`:
    the place of a call's line in the document.
    """
    cores = wanted or _some_cores(prediction.time)
    time = prediction.time
    program = time.program
    lanes: list[Lane] = []
    for track, steps in sorted(time.ledger.tracks(cores).items(), key=lambda each: each[0][:2]):
        drawn = (Interval(start, end, str(cause), line_of((track.kernel, n))) for n, _, cause, start, end, _ in steps)
        intervals, grain = joined(seen_as_one(drawn), time.cycles)
        name = program.kernels[track.kernel].name
        lanes.append(Lane(program.position(track.core), name, str(track.lane), tuple(intervals), grain))
    fills: list[BufferFill] = []
    for core in sorted(cores):
        for info, buffer in zip(program.buffers, time.buffers[core], strict=True):
            steps = buffer.fill()
            grain = 0.0 if len(steps) <= MOST_INTERVALS else time.cycles / MOST_INTERVALS
            if grain:
                steps = list({when // grain: (when, filled) for when, filled in steps}.values())
            if steps:
                fills.append(BufferFill(program.position(core), info.name, info.pages, tuple(steps), grain))
    return Pictures(tuple(lanes), tuple(fills))


def _some_cores(time: ProgramTime) -> frozenset[int]:
    cores = sorted({thread.core for thread in time.threads})
    if len(cores) <= MOST_CORES:
        return frozenset(cores)
    slowest = max(time.threads, key=lambda thread: thread.end).core
    step = len(cores) / (MOST_CORES - 1)
    return frozenset([slowest, *(cores[int(place * step)] for place in range(MOST_CORES - 1))])


_Drawn = TypeVar("_Drawn", Interval, PathInterval)
"""They have a start and an end, and are alike if all else is the same."""


def seen_as_one(intervals: Iterable[_Drawn]) -> list[_Drawn]:
    """What goes on is one."""
    found: list[_Drawn] = []
    for interval in intervals:
        last = found[-1] if found else None
        if last and last.end == interval.start and last[2:] == interval[2:]:
            found[-1] = last._replace(end=interval.end)
        else:
            found.append(interval)
    return found


def joined(intervals: Sequence[_Drawn], cycles: float) -> tuple[Sequence[_Drawn], float]:
    """Of more than can be looked at, what takes most of each part of the time; and how long these parts are."""
    if len(intervals) <= MOST_INTERVALS:
        return intervals, 0.0
    grain = cycles / MOST_INTERVALS
    taken: defaultdict[int, defaultdict[_Drawn, float]] = defaultdict(lambda: defaultdict(float))
    for interval in intervals:
        for part in range(int(interval.start // grain), int(interval.end // grain) + 1):
            start, end = part * grain, (part + 1) * grain
            whole = interval._replace(start=start, end=end)
            taken[part][whole] += min(interval.end, end) - max(interval.start, start)
    found: list[_Drawn] = []
    for _, kinds in sorted(taken.items()):
        most = max(kinds, key=lambda each: kinds[each])
        if kinds[most] >= grain - sum(kinds.values()):
            found.append(most)
    return seen_as_one(found), grain
