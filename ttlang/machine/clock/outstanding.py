"""Transfers that a data movement thread has ordered, and which it waits for at barriers."""

from __future__ import annotations

from typing import NamedTuple

from ttlang.machine.clock.ledger import Cause
from ttlang.machine.clock.network_clock import Passage

NO_CALL = -1


class Flight(NamedTuple):
    """A transfer under way, or what is known of it."""

    until: float
    cause: Cause
    """What a wait for it is for."""
    ordered: float
    by: int
    """The number of the call that has ordered it."""


class Outstanding:
    """Those of one kind."""

    __slots__ = ("flying", "known", "left")

    def __init__(self, start: float):
        self.flying = 0
        """Those whose end nobody knows so far."""
        self.known = self.left = Flight(start, Cause.NOC, start, NO_CALL)
        """Of all others, the one of whose end the thread knows last; the one whose data leave L1 last."""

    def order(self) -> None:
        self.flying += 1

    def end(self, passage: Passage, flight: Flight) -> None:
        """One's is known; `flight`: it, with the time of its order."""
        self.flying -= 1
        if passage.known >= self.known.until:
            self.known = max(self.known, flight._replace(until=passage.known))
        if passage.left >= self.left.until:
            self.left = max(self.left, flight._replace(until=passage.left))
