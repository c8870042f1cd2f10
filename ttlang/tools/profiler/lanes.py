"""Lanes and buffers over time, for pictures: as many intervals as can be looked at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Call, Step
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.tools.profiler.document import BufferFill, Interval, Lane

MOST_CORES = 16
"""Whose lanes are shown."""
MOST_INTERVALS = 1500
"""Of a lane; a longer list is joined."""


class Pictures(NamedTuple):
    """What there is to draw over time."""

    lanes: tuple[Lane, ...]
    fills: tuple[BufferFill, ...]


def pictures(prediction: Prediction, line_of: Callable[[Call], int], wanted: AbstractSet[int]) -> Pictures:
    """
    Those of some cores: the `wanted` ones, or, of many, the first, the slowest and others in equal steps. `line_of`:
    the place of a call's line in the document.
    """
    cores = wanted or _some_cores(prediction.time)
    time = prediction.time
    program = time.program
    lanes: list[Lane] = []
    for track, steps in sorted(prediction.timeline.tracks(cores).items(), key=lambda each: each[0][:2]):
        intervals = _intervals(track.kernel, steps, line_of)
        grain = 0.0 if len(intervals) <= MOST_INTERVALS else time.cycles / MOST_INTERVALS
        if grain:
            intervals = _joined(intervals, grain)
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


def _intervals(kernel: int, steps: Sequence[Step], line_of: Callable[[Call], int]) -> list[Interval]:
    """By line; what goes on is one."""
    found: list[Interval] = []
    for step in steps:
        interval = Interval(step.start, step.end, str(step.cause), line_of((kernel, step.number)))
        last = found[-1] if found else None
        if last and last.end == interval.start and last[2:] == interval[2:]:
            found[-1] = last._replace(end=interval.end)
        else:
            found.append(interval)
    return found


Kind = tuple[str, int]
_IDLE: Kind = "", -1


def _joined(intervals: Sequence[Interval], grain: float) -> list[Interval]:
    """In each part of that length, what takes most of it."""
    taken: defaultdict[int, defaultdict[Kind, float]] = defaultdict(lambda: defaultdict(float))
    for interval in intervals:
        for part in range(int(interval.start // grain), int(interval.end // grain) + 1):
            inside = min(interval.end, (part + 1) * grain) - max(interval.start, part * grain)
            taken[part][interval[2:]] += inside
    found: list[Interval] = []
    for part, kinds in sorted(taken.items()):
        kinds[_IDLE] += grain - sum(kinds.values())
        kind = max(kinds, key=lambda each: kinds[each])
        if kind == _IDLE:
            continue
        interval = Interval(part * grain, (part + 1) * grain, *kind)
        last = found[-1] if found else None
        if last and last.end == interval.start and last[2:] == kind:
            found[-1] = last._replace(end=interval.end)
        else:
            found.append(interval)
    return found
