"""Where the time of a run goes: for each call of each thread, what it worked, and what it waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
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
    steps: Callable[[], Sequence[Step]]
    """When they took cycles, counted from the begin of unpack."""


class Ledger:
    """What is written down during a run."""

    is_kept = True
    """Whether anybody reads it."""

    def __init__(self) -> None:
        self._cycles: defaultdict[tuple[int, int, int, Lane, Cause, Call | None], float] = defaultdict(float)
        self._pieces: defaultdict[tuple[int, int, int], int] = defaultdict(int)
        self._parts: dict[int, Sequence[Part]] = {}

    def add(self, core: int, kernel: int, step: Step) -> None:
        """A lane took cycles for a call."""
        number, lane, cause, start, end, origin = step
        by = origin.call if origin is not None and cause in HANDED_ON else None
        self._cycles[core, kernel, number, lane, cause, by] += end - start

    def add_parts(self, core: int, kernel: int, parts: Sequence[Part], waits: Sequence[Part]) -> None:
        """What lanes took in a piece of a trace, the same list each time that it took the same; and what else."""
        self._parts[id(parts)] = parts
        self._pieces[core, kernel, id(parts)] += 1
        for op, lane, cause, cycles in waits:
            self._cycles[core, kernel, op, lane, cause, None] += cycles

    def add_stretch(self, core: int, kernel: int, stretch: Stretch) -> None:
        """When such a piece took its cycles, for those who want to know."""

    def entries(self) -> Iterator[Entry]:
        """All of it, summed by call, lane and cause."""
        total = defaultdict(float, self._cycles)
        for (core, kernel, key), times in self._pieces.items():
            for op, lane, cause, cycles in self._parts[key]:
                total[core, kernel, op, lane, cause, None] += times * cycles
        for (core, kernel, op, lane, cause, by), cycles in total.items():
            yield Entry(core, (kernel, op), lane, cause, cycles, by)


class Unwritten(Ledger):
    """One in which nothing is written down: all that is wanted is how long the run takes."""

    is_kept = False

    def add(self, core: int, kernel: int, step: Step) -> None:
        pass

    def add_parts(self, core: int, kernel: int, parts: Sequence[Part], waits: Sequence[Part]) -> None:
        pass
