"""Where the time of a run goes: for each call of each thread, what it worked, and what it waited for, and when."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from enum import StrEnum, auto
from typing import NamedTuple


class Lane(StrEnum):
    """A processor of a core, as far as a thread uses it."""

    MOVE = auto()
    """That of a data movement thread."""
    UNPACK = auto()
    MATH = auto()
    PACK = auto()


class Cause(StrEnum):
    """What a lane does with its time."""

    WORK = auto()
    PAGES = auto()
    """It waits until another thread has filled pages of a buffer."""
    ROOM = auto()
    """It waits until another thread has emptied pages of a buffer."""
    SEMAPHORE = auto()
    DRAM = auto()
    """It waits for transfers, the last of which came from or went to DRAM."""
    NOC = auto()
    """It waits for transfers, the last of which was between cores."""
    SOURCES = auto()
    """Math waits for unpack to fill the source registers, or unpack for math to take them."""
    DST = auto()
    """Math waits for pack to release DST, or pack for math to commit it."""


Call = tuple[int, int]
"""The place of a thread's kernel in the program, and the number of a call in it."""


class Entry(NamedTuple):
    """Cycles of one call on one core."""

    core: int
    call: Call
    lane: Lane
    cause: Cause
    cycles: float
    by: Call | None
    """The call of another thread for which it waited."""


HANDED_ON = frozenset((Cause.PAGES, Cause.ROOM, Cause.SEMAPHORE))
"""Waits that another thread ends."""


class Origin(NamedTuple):
    """What ends a wait: a lane has made a call, and was done with it at a time."""

    time: float
    core: int
    call: Call
    lane: Lane


Part = tuple[int, Lane, Cause, float]
"""Cycles of a call that is known by its number alone."""


class Step(NamedTuple):
    """When a lane took cycles for a call."""

    number: int
    lane: Lane
    cause: Cause
    start: float
    end: float
    origin: Origin | None = None
    """What has ended them, if it waited."""


class Stretch(NamedTuple):
    """A piece of a compute thread's trace, at a time."""

    begin: tuple[float, ...]
    """When unpack, math and pack begin it."""
    end: tuple[float, ...]
    parts: Sequence[Part]
    """What lanes took, the same list each time that it took the same."""
    waits: Sequence[Part]
    """And what else."""
    steps: Callable[[], Sequence[Step]]
    """When they took it, counted from the begin of unpack; gone through when it is asked for."""


Noted = Step | Stretch


class Track(NamedTuple):
    """A lane of a thread on a core."""

    core: int
    kernel: int
    lane: Lane


class Ledger:
    """What is written down during a run: what each thread of each core did, in the order of its program."""

    def __init__(self) -> None:
        self._threads: dict[tuple[int, int], list[Noted]] = {}
        self._entries: list[Entry] | None = None

    def of(self, core: int, kernel: int) -> list[Noted] | None:
        """Where what a thread does is written down; None if nobody reads it. The times of a lane follow each other."""
        return self._threads.setdefault((core, kernel), [])

    def entries(self) -> Sequence[Entry]:
        """All of it when the run is done, summed by call, lane and cause."""
        if self._entries is None:
            self._entries = [
                Entry(core, (kernel, number), lane, cause, cycles, by)
                for (core, kernel), noted in self._threads.items()
                for (number, lane, cause, by), cycles in _summed(noted).items()
            ]
        return self._entries

    def tracks(self, cores: AbstractSet[int]) -> dict[Track, list[Step]]:
        """The steps of each lane of some cores, one behind the other."""
        found: defaultdict[Track, list[Step]] = defaultdict(list)
        for (core, kernel), noted in self._threads.items():
            if core in cores:
                for step in _steps(noted):
                    _join(found[Track(core, kernel, step.lane)], step)
        return dict(found)


class Unwritten(Ledger):
    """One in which nothing is written down: all that is wanted is how long the run takes."""

    def of(self, core: int, kernel: int) -> None:
        return None


def _summed(noted: Sequence[Noted]) -> dict[tuple[int, Lane, Cause, Call | None], float]:
    total: defaultdict[tuple[int, Lane, Cause, Call | None], float] = defaultdict(float)
    pieces: dict[int, Sequence[Part]] = {}
    times: Counter[int] = Counter()
    for each in noted:
        if isinstance(each, Step):
            number, lane, cause, start, end, origin = each
            total[number, lane, cause, origin.call if origin and cause in HANDED_ON else None] += end - start
            continue
        pieces[id(each.parts)] = each.parts
        times[id(each.parts)] += 1
        for number, lane, cause, cycles in each.waits:
            total[number, lane, cause, None] += cycles
    for key, parts in pieces.items():
        for number, lane, cause, cycles in parts:
            total[number, lane, cause, None] += times[key] * cycles
    return total


def _steps(noted: Sequence[Noted]) -> Iterator[Step]:
    for each in noted:
        if isinstance(each, Step):
            yield each
            continue
        base = each.begin[0]
        for step in each.steps():
            yield step._replace(start=step.start + base, end=step.end + base)


def _join(track: list[Step], step: Step) -> None:
    """What goes on where the last step of its lane ended is one with it."""
    last = track[-1] if track else None
    if last and last.end == step.start and (last.number, last.cause) == (step.number, step.cause):
        track[-1] = last._replace(end=step.end)
    else:
        track.append(step)
