"""Transfers under way: of one or several packets, to another node or from there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol


class Passage:
    """When a transfer's last byte has left, has arrived, and when its sender knows of that."""

    __slots__ = ("arrived", "before", "known", "left")

    def __init__(self, time: float):
        self.left = self.arrived = self.known = time
        self.before: tuple[float, ...] = ()
        """How long before its arrival a multicast has been at each of its cores."""


Done = Callable[[Passage, Any], None]
"""Is called when the end of a transfer is known, with what it is for."""


class TransferPort(Protocol):
    """A core's way into a NOC. Of each transfer, `done` is called with its passage and a subject."""

    def read_bank(self, bank: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A read of so many bytes that lie in a row in a bank of DRAM."""
        ...

    def write_bank(self, bank: int, size: int, now: float, done: Done, subject: Any) -> None: ...

    def read(self, source: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A read of a core's L1."""
        ...

    def write(self, target: int, size: int, now: float, done: Done, subject: Any) -> None: ...

    def multicast(
        self,
        targets: Sequence[int],
        size: int,
        now: float,
        done: Done,
        subject: Any,
        *,
        linked: bool = False,
        links: bool = False,
    ) -> None:
        """A write to a rectangle of cores. `linked`: to the multicast before; `links`: what comes next to this one."""
        ...


class Transfer(Passage):
    """One."""

    __slots__ = ("_back", "_done", "_missing", "_subject")
    is_slow: ClassVar[bool] = False

    def __init__(self, packets: int, back: float, done: Done, subject: Any):
        """`back`: from the arrival of a packet until who asked for it knows."""
        self.left = self.arrived = self.known = 0.0
        self.before = ()
        self._missing, self._back, self._done, self._subject = packets, back, done, subject

    def take_in(self, size: int, head: float, there: float) -> float:
        return there

    def arrive(self, left: float, time: float) -> None:
        self.end(left, time, time)

    def end(self, left: float, arrived: float, known: float) -> None:
        """A packet has left and arrived; `known`: when that is told, beside `back`."""
        if left > self.left:
            self.left = left
        if arrived > self.arrived:
            self.arrived = arrived
        if known > self.known:
            self.known = known
        self._missing -= 1
        if not self._missing:
            self.known += self._back
            self._done(self, self._subject)


class Source(Protocol):
    """The L1 of a core, which is read."""

    def answered(self, left: float) -> None:
        """All of an answer has left the core at a time."""
        ...


class Own(Protocol):
    """A core's own way out of the NOC."""

    def share(self, head: float, there: float) -> float:
        """When a packet is through that would be there if no others came in."""
        ...


class CoreRead(Transfer):
    """One from the L1 of a core."""

    __slots__ = ("_source",)

    def __init__(self, packets: int, back: float, done: Done, subject: Any, source: Source):
        super().__init__(packets, back, done, subject)
        self._source = source

    def arrive(self, left: float, time: float) -> None:
        self._source.answered(left)
        self.end(left, time, time)


class OwnRead(CoreRead):
    """One from the core itself."""

    __slots__ = ("_own",)
    is_slow = True

    def __init__(self, packets: int, back: float, done: Done, subject: Any, source: Source, own: Own):
        super().__init__(packets, back, done, subject, source)
        self._own = own

    def take_in(self, size: int, head: float, there: float) -> float:
        return self._own.share(head, there)


class OwnWrite(Transfer):
    """One to the core itself."""

    __slots__ = ("_own",)
    is_slow = True

    def __init__(self, packets: int, back: float, done: Done, subject: Any, own: Own):
        super().__init__(packets, back, done, subject)
        self._own = own

    def take_in(self, size: int, head: float, there: float) -> float:
        return self._own.share(head, there)


class Bank(Protocol):
    """One of DRAM that takes in packets."""

    def store(self, head: float, size: int) -> float:
        """When it has stored all of a packet whose head is there."""
        ...

    @property
    def spare(self) -> float:
        """Cycles in which it stores what it has room for before it stores it."""
        ...


class DramWrite(Transfer):
    """One that a bank takes in, as fast as it can: what there is no room for stays in the NOC."""

    __slots__ = ("_bank", "_stored")
    is_slow = True

    def __init__(self, packets: int, back: float, done: Done, subject: Any, bank: Bank):
        super().__init__(packets, back, done, subject)
        self._bank, self._stored = bank, 0.0

    def take_in(self, size: int, head: float, there: float) -> float:
        stored = max(there, self._bank.store(head, size))
        if stored > self._stored:
            self._stored = stored
        return max(there, stored - self._bank.spare)

    def arrive(self, left: float, time: float) -> None:
        self.end(left, self._stored, self._stored)
