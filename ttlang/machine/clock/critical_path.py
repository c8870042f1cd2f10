"""
What decides when a program ends: from its end backwards what a lane worked, and where it waited, what the lane did that
made it wait, across threads and cores, down to the program's start.

Of a wait only that is part of it in which no lane works: pages that are handed on, a signal or a transfer under way. So
its parts follow each other without a gap, and add up to the program's time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from ttlang.machine.clock.ledger import Call, Cause, Lane, Noted, Origin, Step, Stretch
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.tables.chips.timing import ComputeTiming

GRAIN = 2.0**-10
"""Cycles that are no time: sums of what calls take may differ by less, where that is no multiple of a power of two."""


class PathStep(NamedTuple):
    """A part of the path."""

    start: float
    end: float
    core: int
    lane: Lane
    call: Call | None
    """None for what comes before: a thread that has not begun."""
    cause: Cause
    """Work, or what is under way for the call."""

    @property
    def cycles(self) -> float:
        return self.end - self.start


def critical_path(time: ProgramTime) -> list[PathStep]:
    """That of a run, from its start to its end."""
    if not time.threads:
        return []
    histories = _Histories(time)
    found = list(_back(histories, histories.last(time)))
    return found[::-1]


def _back(histories: _Histories, place: _Place) -> Iterator[PathStep]:
    """The path to a place, from there on backwards."""
    while place.time > 0:
        step = histories.of(place.core, place.kernel).before(place.lane, place.time)
        if step is None or step.start > place.time - GRAIN:
            yield PathStep(0.0, place.time, place.core, place.lane, None, Cause.WORK)
            return
        before = place._replace(time=step.start)
        call = place.kernel, step.number
        if (origin := step.origin) is not None and abs(step.end - place.time) < GRAIN:
            before = _Place(origin.core, origin.call[0], origin.lane, min(origin.time, place.time))
            if step.cause in (Cause.DRAM, Cause.NOC):
                call = origin.call
        if before.time < place.time:
            yield PathStep(before.time, place.time, place.core, place.lane, call, step.cause)
        place = before


class _Place(NamedTuple):
    """A lane of a thread at a time."""

    core: int
    kernel: int
    lane: Lane
    time: float


class _Histories:
    """What all threads did, each found when it is asked for."""

    def __init__(self, time: ProgramTime):
        self._ledger = time.ledger
        self._timing = time.program.architecture.timing().compute
        self._found: dict[tuple[int, int], _History] = {}
        self._details: dict[int, _Lanes[Step]] = {}

    def of(self, core: int, kernel: int) -> _History:
        key = core, kernel
        if key not in self._found:
            noted = self._ledger.of(core, kernel) or ()
            self._found[key] = _History(core, kernel, noted, self._timing, self._details)
        return self._found[key]

    def last(self, time: ProgramTime) -> _Place:
        """Where the program ends."""
        thread = max(time.threads, key=lambda each: each.end)
        lane = self.of(thread.core, thread.kernel).last_lane()
        return _Place(thread.core, thread.kernel, lane, thread.end)


_T = TypeVar("_T")


class _Lanes(Generic[_T]):
    """Things of lanes by the times at which they end."""

    def __init__(self) -> None:
        self.ends: defaultdict[Lane, list[float]] = defaultdict(list)
        self._things: defaultdict[Lane, list[_T]] = defaultdict(list)

    def add(self, lane: Lane, end: float, thing: _T) -> None:
        self.ends[lane].append(end)
        self._things[lane].append(thing)

    def before(self, lane: Lane, time: float) -> _T | None:
        """The one in which a time lies, or with which it ends."""
        place = bisect_left(self.ends[lane], time - GRAIN)
        return self._things[lane][place] if place < len(self._things[lane]) else None


_COMPUTE = (Lane.UNPACK, Lane.MATH, Lane.PACK)


class _History:
    """What a thread did."""

    def __init__(
        self,
        core: int,
        kernel: int,
        noted: Sequence[Noted],
        timing: ComputeTiming,
        details: dict[int, _Lanes[Step]],
    ):
        """`details`: the steps of stretches, as far as they are known."""
        self._core, self._kernel, self._timing, self._details = core, kernel, timing, details
        self._lanes = _Lanes[Noted]()
        for each in noted:
            if isinstance(each, Step):
                self._lanes.add(each.lane, each.end, each)
                continue
            for lane, begin, end in zip(_COMPUTE, each.begin, each.end, strict=True):
                if end > begin:
                    self._lanes.add(lane, end, each)

    def last_lane(self) -> Lane:
        """The lane that is done last."""
        return max(self._lanes.ends, key=lambda lane: self._lanes.ends[lane][-1:], default=Lane.MOVE)

    def before(self, lane: Lane, time: float) -> Step | None:
        """The step of a lane in which a time lies, or with which it ends."""
        found = self._lanes.before(lane, time)
        if not isinstance(found, Stretch):
            return found
        base = found.begin[0]
        step = self._detail(found).before(lane, time - base)
        if step is None:
            return None
        step = step._replace(start=step.start + base, end=step.end + base)
        return step._replace(origin=self._origin(step))

    def _detail(self, stretch: Stretch) -> _Lanes[Step]:
        steps = stretch.steps()
        if (found := self._details.get(id(steps))) is None:
            found = self._details[id(steps)] = _Lanes[Step]()
            for step in steps:
                found.add(step.lane, step.end, step)
        return found

    def _origin(self, step: Step) -> Origin | None:
        """What a compute processor has waited for: another one, that has handed on registers so long before."""
        match step.lane, step.cause:
            case Lane.UNPACK, Cause.SOURCES:
                lane, latency = Lane.MATH, 0.0
            case Lane.MATH, Cause.SOURCES:
                lane, latency = Lane.UNPACK, self._timing.unpack_latency
            case Lane.MATH, Cause.DST:
                lane, latency = Lane.PACK, 0.0
            case Lane.PACK, Cause.DST:
                lane, latency = Lane.MATH, self._timing.math_latency
            case _:
                return None
        return Origin(step.end - latency, self._core, (self._kernel, step.number), lane)
