"""Where the time of a run goes: for each call of each thread, what it worked, and what it waited for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
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


Part = tuple[int, Lane, Cause, float]
"""Cycles of a call that is known by its number alone."""


class Step(NamedTuple):
    """When a lane took cycles for a call."""

    number: int
    lane: Lane
    cause: Cause
    start: float
    end: float


class Ledger:
    """What is written down during a run."""

    keeps_steps = False
    """Whether it wants to know when cycles were taken."""

    def __init__(self) -> None:
        self._cycles: defaultdict[tuple[int, int, int, Lane, Cause, Call | None], float] = defaultdict(float)
        self._pieces: defaultdict[tuple[int, int, int], int] = defaultdict(int)
        self._parts: dict[int, Sequence[Part]] = {}

    def add(self, core: int, kernel: int, step: Step, by: Call | None = None) -> None:
        """A lane took cycles for a call; `by`: the call of another thread for which it waited."""
        if step.end > step.start:
            self._cycles[core, kernel, step.number, step.lane, step.cause, by] += step.end - step.start

    def add_parts(self, core: int, kernel: int, parts: Sequence[Part], start: float, steps: Sequence[Step]) -> None:
        """
        What a piece of a trace has taken that began at `start`; the same list each time that it took the same. `steps`:
        when it took them, counted from there, if that is wanted.
        """
        self._parts[id(parts)] = parts
        self._pieces[core, kernel, id(parts)] += 1

    def entries(self) -> Iterator[Entry]:
        """All of it, summed by call, lane and cause."""
        total = defaultdict(float, self._cycles)
        for (core, kernel, key), times in self._pieces.items():
            for op, lane, cause, cycles in self._parts[key]:
                total[core, kernel, op, lane, cause, None] += times * cycles
        for (core, kernel, op, lane, cause, by), cycles in total.items():
            yield Entry(core, (kernel, op), lane, cause, cycles, by)
