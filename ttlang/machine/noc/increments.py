"""
Increments of other cores' semaphores that no barrier has waited for.

Such an increment may have landed all the same, and the thread may know: another core has seen it, as it found just the
value that it waited for, and has told this one afterwards, by a semaphore too. Receivers of a multicast are told so:
the data come when the sender has counted that all have room.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttlang.machine.semaphores import Semaphores, SentChange
from ttlang.machine.waits import Waiter


@dataclass(slots=True)
class Awaited:
    """The last increment of a word: those before it have come before it."""

    op: int
    made: SentChange


class Increments:
    """Those of one thread."""

    __slots__ = ("_last", "_semaphores", "_thread", "unawaited")

    def __init__(self, thread: Waiter, semaphores: Semaphores):
        self._thread = thread
        self._semaphores = semaphores
        self._last: dict[tuple[int, int], Awaited] = {}
        """By core and number."""
        self.unawaited = -1
        """When the thread has ended: the call of one that has landed, as it knows, without a barrier; -1 if none."""

    def note(self, core: int, number: int, made: SentChange, op: int) -> None:
        """The thread has incremented a semaphore of a core."""
        self._last[core, number] = Awaited(op, made)

    def land(self) -> None:
        """A barrier has waited for them."""
        self._last.clear()

    def finish(self) -> int:
        """The thread ends. The call of an increment that may not have landed; -1 if there is none."""
        for (core, _), awaited in self._last.items():
            if not self._semaphores.knows_of_receipt(self._thread.core, core, awaited.made):
                return awaited.op
            self.unawaited = awaited.op
        return -1
