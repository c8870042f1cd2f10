"""A circular buffer of one core in time: when how many pages were filled, and emptied."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import NamedTuple

from ttlang.machine.clock.ledger import Origin


class Handed(NamedTuple):
    """Pages that changed hands."""

    time: float
    """From when on others see that."""
    by: Origin | None


class BufferClock:
    """
    One side never waits for pages that nobody has handed on so far: it stops, and is called when somebody has.
    """

    __slots__ = ("_emptied", "_filled", "_taken", "_waiting", "pages")

    def __init__(self, pages: int):
        self.pages = pages
        self._filled = _Side()
        self._emptied = _Side()
        self._taken = {True: 0, False: 0}
        """Pages that the consumer has popped (True), and that the producer has pushed (False)."""
        self._waiting: dict[bool, tuple[int, Callable[[], None]]] = {}

    def when(self, front: bool, pages: int) -> Handed | None:
        """When that many pages are filled (`front`), or free; None while that is not known."""
        needed = self._taken[front] + pages
        return self._filled.when(needed) if front else self._emptied.when(needed - self.pages)

    def fill(self) -> list[tuple[float, int]]:
        """From when on how many pages are filled; at first none is."""
        steps = sorted([*self._filled.steps(1), *self._emptied.steps(-1)])
        filled = accumulate(pages for _, pages in steps)
        # Of what happens at one time, the last.
        return list(dict(zip((time for time, _ in steps), filled, strict=True)).items())

    def wait(self, front: bool, pages: int, wake: Callable[[], None]) -> None:
        """Has a thread called once so many pages are there."""
        self._waiting[front] = pages, wake

    def hand_on(self, front: bool, pages: int, time: float, by: Origin | None) -> None:
        """A consumer (`front`) pops pages, or a producer pushes them."""
        self._taken[front] += pages
        (self._emptied if front else self._filled).add(pages, Handed(time, by))
        other = not front
        if (waiting := self._waiting.get(other)) and self.when(other, waiting[0]) is not None:
            del self._waiting[other]
            waiting[1]()


START = Handed(0.0, None)


class _Side:
    """What one side has handed on."""

    __slots__ = ("_counts", "_times")

    def __init__(self) -> None:
        self._counts: list[int] = []
        """Pages in all, after each time."""
        self._times: list[Handed] = []

    def add(self, pages: int, handed: Handed) -> None:
        self._counts.append(pages + (self._counts[-1] if self._counts else 0))
        self._times.append(handed)

    def steps(self, sign: int) -> list[tuple[float, int]]:
        """The times at which pages were handed on, and how many, with a sign."""
        counts = [after - before for before, after in pairwise([0, *self._counts])]
        return [(handed.time, sign * pages) for handed, pages in zip(self._times, counts, strict=True)]

    def when(self, pages: int) -> Handed | None:
        if pages <= 0:
            return START
        place = bisect_left(self._counts, pages)
        return self._times[place] if place < len(self._times) else None
