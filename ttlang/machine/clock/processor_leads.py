"""
What a processor does before it first waits for another one, which is done later than all of that.

From there on nothing tells when the processor began. So what a piece of a trace takes is the same however long it had
rested before, but for the cycles of its waits up to there, which are counted here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ttlang.machine.clock.ledger import Cause, Lane, Part


class Lead:
    """That of math or of pack, in a piece that it began as late as unpack did; it may have begun earlier."""

    __slots__ = ("_ends", "_steps", "lane")

    def __init__(self, lane: Lane):
        self.lane = lane
        self._steps: list[tuple[int, float | None]] = []
        """Numbers of calls, and the cycles of their work; None for the wait for a part of DST."""
        self._ends: tuple[int, Cause, float] | None = None
        """The call that waits, for what, and until when."""

    def work(self, number: int, cycles: float) -> None:
        self._steps.append((number, cycles))

    def acquire(self, number: int) -> None:
        """It takes the next part of DST, as soon as that is free."""
        self._steps.append((number, None))

    def wait(self, number: int, cause: Cause, until: float) -> None:
        self._ends = number, cause, until

    @property
    def counts(self) -> bool:
        """Whether it has waited before anybody saw when it was done."""
        return self._ends is not None

    def waits(self, start: float, halves: Sequence[float]) -> Iterator[Part]:
        """What its calls wait if it begins at `start`. `halves`: when the parts of DST are free."""
        assert self._ends is not None
        number, cause, until = self._ends
        now, free = start, iter(halves)
        for place, cycles in self._steps:
            if cycles is not None:
                now += cycles
            elif (half := next(free)) > now:
                yield place, self.lane, Cause.DST, half - now
                now = half
        if until > now:
            yield number, self.lane, cause, until - now
