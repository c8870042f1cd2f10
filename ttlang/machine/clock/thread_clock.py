"""
A thread of a program in time: it goes through its calls, and stops where it waits for what nobody has done so far.

The methods of its kinds that are named after calls take what the call takes, and its number. One returns False where
the thread has to stop before the call; it is made again when the thread is called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple, Protocol

from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.buffer_clock import BufferClock
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.ledger import Call, Cause, Lane, Ledger, Origin, Step
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.tensor_places import TensorPlaces
from ttlang.machine.clock.transfers import TransferPort
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.timing import Timing


class Change(NamedTuple):
    """A semaphore that changes."""

    cores: Sequence[int]
    number: int
    value: int
    adds: bool
    by: Origin | None


class Surroundings(Protocol):
    """What a thread's clock finds around it."""

    program: ProgramInfo
    timing: Timing
    agenda: Agenda
    ledger: Ledger
    pieces: PieceTimes
    places: TensorPlaces
    free: AbstractSet[Call]
    """Calls that take no time, to see what others then take."""
    paces: Mapping[int, float]
    """By core, how many times as long its processors take as they would; others take as long."""

    def buffers(self, core: int) -> Sequence[BufferClock]: ...

    def port(self, core: int, noc: int) -> TransferPort:
        """A core's way into a NOC."""
        ...

    def change(self, time: float, change: Change) -> None:
        """Has a semaphore change at a time."""
        ...

    def semaphore(self, core: int, number: int) -> tuple[int, Origin | None]:
        """What it is, and who has changed it last."""
        ...

    def holds(self, core: int, number: int, condition: Callable[[int], bool]) -> bool:
        """Whether a thread that waits for a condition of a semaphore may go on."""
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
        self._noted = around.ledger.of(self.core, kernel)
        self._pace = around.paces.get(self.core, 1.0)

    @property
    def ended(self) -> bool:
        return self.at >= len(self.recorded.calls)

    def _note(self, op: int, lane: Lane, cause: Cause, start: float, end: float, origin: Origin | None = None) -> None:
        if self._noted is not None and end > start:
            self._noted.append(Step(op, lane, cause, start, end, origin))

    def _origin(self, op: int, lane: Lane, time: float) -> Origin | None:
        """What a lane of it has done by a time, if anybody wants to know."""
        return Origin(time, self.core, (self.kernel, op), lane) if self._noted is not None else None
