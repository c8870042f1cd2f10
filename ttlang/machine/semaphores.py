"""Semaphores at run time: a word on every core, the threads that wait for it, and what it orders."""

from __future__ import annotations

from dataclasses import dataclass

from ttlang.machine.faults import Fault
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.vector_clocks import VectorClocks
from ttlang.machine.waits import Waiter

SEMAPHORE_BASE = 4096
"""L1 address that stands for that of the first semaphore."""
SEMAPHORE_BYTES = 16
"""From each semaphore to the next."""
WORD = 2**32


@dataclass(slots=True)
class Increment:
    """One that a thread has made on another core."""

    told_from: int | None = None
    """The first publication of that core with which it tells that it has seen this; None while it has not."""


class Semaphores:
    """The semaphores of all cores."""

    def __init__(self, program: ProgramInfo):
        self.program = program
        self.names = {semaphore.index: semaphore.name for semaphore in program.semaphores}
        initial = {semaphore.index: semaphore.initial for semaphore in program.semaphores}
        self.values = [dict(initial) for _ in range(program.cores)]
        self.clocks = VectorClocks(program.cores)
        self._past: dict[tuple[int, int], list[int]] = {}
        """What a core learns that sees the value of a semaphore."""
        self._waiting: dict[tuple[int, int], list[tuple[Waiter, int, bool]]] = {}
        self._polling: dict[int, list[Waiter]] = {}
        """By core, the threads that go on when one of its semaphores changes."""
        self._unseen: dict[tuple[int, int], dict[Waiter, Increment]] = {}
        """The last increments of a core's semaphore by each thread, until that core has seen them."""

    def number(self, address: int, op: int) -> int:
        """The semaphore at an address. Raises a Fault if there is none."""
        number, rest = divmod(address - SEMAPHORE_BASE, SEMAPHORE_BYTES)
        if rest or number not in self.names:
            raise Fault("TTL0807", op, f"there is no semaphore at the L1 address {address}")
        return number

    def must_wait(self, thread: Waiter, number: int, value: int, exact: bool, op: int) -> bool:
        """Whether a thread has to wait, at the call `op`; if not, it has heard of what the semaphore stands for."""
        core = thread.core
        held, wanted = self.values[core][number], value % WORD
        if held == wanted or (held > wanted and not exact):
            self._hear(core, number)
            if held == wanted:
                # Of a larger value it does not know what is in it.
                self._see(core, number)
            return False
        self._waiting.setdefault((core, number), []).append((thread, wanted, exact))
        return True

    def look(self, core: int, number: int) -> int:
        """The value of a core's semaphore, which has heard then of what that stands for."""
        self._hear(core, number)
        self._see(core, number)
        return self.values[core][number]

    def _hear(self, core: int, number: int) -> None:
        if (past := self._past.get((core, number))) is not None:
            self.clocks.hear(core, past)

    def increment(self, thread: Waiter, core: int, number: int, by: int, op: int) -> Increment:
        """Adds to the semaphore of a core, on behalf of a thread."""
        unseen = self._unseen.pop((core, number), {})
        self.change(thread.core, core, number, self.values[core][number] + by, op)
        made = unseen[thread] = Increment()
        self._unseen[core, number] = unseen
        return made

    def _see(self, core: int, number: int) -> None:
        """A core has seen a value of its semaphore, with all that it is made of."""
        for made in self._unseen.pop((core, number), {}).values():
            made.told_from = self.clocks.next(core)

    def await_change(self, thread: Waiter) -> None:
        """Lets a thread go on when a semaphore of its core changes."""
        self._polling.setdefault(thread.core, []).append(thread)

    def change(self, source: int, core: int, number: int, value: int, op: int) -> None:
        """Sets the semaphore of a core, on behalf of another, and wakes who waits for the value."""
        value %= WORD
        self._unseen.pop((core, number), None)
        before, self.values[core][number] = self.values[core][number], value
        past = self._past.setdefault((core, number), [0] * self.program.cores)
        past[:] = map(max, past, self.clocks.publish(source))
        for thread in self._polling.pop(core, ()):
            thread.wake()
        waiting = self._waiting.pop((core, number), None)
        for thread, wanted, exact in waiting or ():
            if value == wanted or (value > wanted and not exact):
                thread.wake()
            elif exact and before < wanted < value:
                raise Fault(
                    "TTL0813",
                    op,
                    f"the semaphore {self.names[number]} goes from {before} to {value}, past {wanted}, which thread "
                    f"'{thread.name}' waits for",
                    hint="wait with wait_ge where several threads count",
                )
            else:
                self._waiting.setdefault((core, number), []).append((thread, wanted, exact))

    def awaited(self, thread: Waiter) -> tuple[int, int, bool] | None:
        """The semaphore that a thread waits for, the value, and whether it must be that exactly."""
        for (core, number), waiting in self._waiting.items():
            for other, wanted, exact in waiting:
                if other is thread and core == thread.core:
                    return number, wanted, exact
        return None
