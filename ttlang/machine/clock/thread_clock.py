"""
A thread of a program in time: it goes through its calls, and stops where it waits for what nobody has done so far.

The methods of its kinds that are named after calls take what the call takes, and its number. One returns False where
the thread has to stop before the call; it is made again when the thread is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol

from ttlang.machine.clock.buffer_clock import BufferClock
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.ledger import Call, Cause, Lane, Ledger, Origin, Step
from ttlang.machine.clock.network_clock import NetworkClock
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.tensor_places import TensorPlaces
from ttlang.tables.chips.timing import Timing


class Change(NamedTuple):
    """A semaphore that changes."""

    cores: Sequence[int]
    number: int
    value: int
    adds: bool
    by: Origin


class TakesTurns(Protocol):
    """A thread whose calls have to be made in the order of time, beside those of others."""

    now: float

    def take_turn(self) -> bool:
        """Goes on while it is the first in time; returns whether it can go on later."""
        ...


class Surroundings(Protocol):
    """What a thread's clock finds around it."""

    timing: Timing
    network: NetworkClock
    ledger: Ledger
    pieces: PieceTimes
    places: TensorPlaces
    free: AbstractSet[Call]
    """Calls that take no time, to see what others then take."""
    paces: Mapping[int, float]
    """By core, how many times as long its processors take as they would; others take as long."""

    def buffers(self, core: int) -> Sequence[BufferClock]: ...

    def go_on(self, thread: TakesTurns) -> None:
        """Lets a thread go on at its time."""
        ...

    def next_time(self) -> float:
        """When something else is to be done first."""
        ...

    def change(self, time: float, change: Change) -> None:
        """Has a semaphore change at a time."""
        ...

    def semaphore(self, core: int, number: int) -> tuple[int, Origin | None]:
        """What it is, and who has changed it last."""
        ...

    def wait_for_semaphore(self, core: int, number: int, wake: Callable[[float], None]) -> None:
        """Has a thread called at its next change."""
        ...


class ThreadClock:
    """What is the same for every thread."""

    def __init__(self, around: Surroundings, kernel: int, recorded: RecordedThread, start: float):
        self.around = around
        self.start = start
        self._free = frozenset(op for place, op in around.free if place == kernel)
        self.recorded = recorded
        self.kernel = kernel
        self.core = recorded.thread.core
        self.at = 0
        """The call that it comes to next."""
        self.stopped_for: Cause | None = None
        """What it waits for while it has stopped."""
        self._buffers = around.buffers(self.core)
        self._ledger = around.ledger
        self._notes = self._ledger.is_kept
        self._pace = around.paces.get(self.core, 1.0)

    @property
    def ended(self) -> bool:
        return self.at >= len(self.recorded.calls)

    def _note(self, op: int, lane: Lane, cause: Cause, start: float, end: float, origin: Origin | None = None) -> None:
        if self._notes and end > start:
            self._ledger.add(self.core, self.kernel, Step(op, lane, cause, start, end, origin))

    def _origin(self, op: int, lane: Lane, time: float) -> Origin:
        """What a lane of it has done by a time."""
        return Origin(time, self.core, (self.kernel, op), lane)
