"""What is done when, during a run of the clock: the first in time first, and of one time in the order of asking."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count
from typing import Any

Doing = Callable[[float, Any], None]
"""It is told the time, and what it is for."""
Later = Callable[[float, Doing, Any], None]
"""Has something done at a time, with what it is for."""


class Agenda:
    """That of a run."""

    __slots__ = ("_order", "queue")

    def __init__(self) -> None:
        self.queue: list[tuple[float, int, Doing, Any]] = []
        """What is left, as a heap: what comes next stands first."""
        self._order = count().__next__

    def later(self, time: float, doing: Doing, subject: Any) -> None:
        """Has something done at a time."""
        heappush(self.queue, (time, self._order(), doing, subject))

    def go_through(self) -> None:
        """Does all of it, and what is asked for meanwhile."""
        queue = self.queue
        while queue:
            time, _, doing, subject = heappop(queue)
            doing(time, subject)
