"""Transfers that a data movement thread has ordered, and which it waits for at barriers."""

from __future__ import annotations

from ttlang.machine.clock.ledger import Cause
from ttlang.machine.clock.transfers import Passage

NO_CALL = -1
Flight = tuple[Cause, float, int]
"""Of a transfer, what a wait for it is for; when it was ordered; and the number of the call that has ordered it."""


class Outstanding:
    """Those of one kind."""

    __slots__ = ("all_known", "all_left", "flying", "known", "left")

    def __init__(self, start: float):
        self.flying = 0
        """Those whose end nobody knows so far."""
        self.known: Flight = (Cause.NOC, start, NO_CALL)
        self.left = self.known
        """Of all others, the one of whose end the thread knows last; the one whose data leave L1 last."""
        self.all_known = self.all_left = start
        """When that is."""

    def end(self, passage: Passage, flight: Flight) -> None:
        """One's is known."""
        self.flying -= 1
        if passage.known >= self.all_known and (passage.known > self.all_known or flight > self.known):
            self.all_known, self.known = passage.known, flight
        if passage.left >= self.all_left and (passage.left > self.all_left or flight > self.left):
            self.all_left, self.left = passage.left, flight
