"""Reads of a core's L1 by one NOC: what has been asked for, and is not answered yet."""

from __future__ import annotations

from collections import deque
from typing import Protocol

from ttlang.machine.clock.agenda import Later


class Asker(Protocol):
    """Who asks, for one thing after the other."""

    def ask(self, now: float) -> None:
        """Goes on with that."""
        ...


class L1Reads:
    """
    Those of one core. It holds so many requests; the others wait in the NOC, and what their cores ask of others waits
    behind them.
    """

    __slots__ = ("_later", "_room", "_waiting")

    def __init__(self, room: int, later: Later):
        self._room, self._later = room, later
        self._waiting: deque[Asker] = deque()

    def take(self, asker: Asker) -> bool:
        """Takes a request if there is room, or has it asked again as soon as there is."""
        if not self._room:
            self._waiting.append(asker)
            return False
        self._room -= 1
        return True

    def answered(self, left: float) -> None:
        """All of an answer has left the core at a time."""
        self._later(left, self._make_room, None)

    def _make_room(self, now: float, _: None) -> None:
        self._room += 1
        if self._waiting:
            self._waiting.popleft().ask(now)
