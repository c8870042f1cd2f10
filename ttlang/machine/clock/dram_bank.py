"""A bank of DRAM in time: it serves one request after the other."""

from __future__ import annotations

from ttlang.machine.clock.busy_times import BusyTimes
from ttlang.machine.clock.call_prices import grained
from ttlang.tables.chips.timing import DramTiming


class DramBank:
    """One."""

    __slots__ = ("_rate", "_times", "_timing", "load", "spare")

    def __init__(self, timing: DramTiming, rate: float):
        """`timing`: with times that floats add up exactly; `rate`: bytes in a cycle."""
        self._timing, self._rate, self._times = timing, rate, BusyTimes()
        self.load = 0.0
        """Cycles that it was busy."""
        self.spare = grained(timing.buffer / rate)
        """Cycles in which it stores what it has room for before it stores it."""

    def read(self, asked: float, busy: float) -> float:
        """When it begins with a read that is asked for at a time. `busy`: what that takes (`cycles`)."""
        taken = self._timing.read_gap if self._timing.read_gap > busy else busy
        self.load += taken
        return self._times.take(asked, taken)

    def store(self, head: float, size: int) -> float:
        """When it has stored all of a packet whose head is there."""
        busy = self.cycles(size)
        taken = max(busy, self._timing.write_gap)
        self.load += taken
        return self._times.take(head, taken) + busy

    def cycles(self, size: int) -> float:
        """What it needs for so many bytes."""
        return self._timing.request + grained(size / self._rate)
