"""
Semaphores at run time: a word on every core, the threads that wait for it, and what it orders.

The host sets the program's semaphores before any kernel runs. Any other word of L1 may serve as one, too: of a circular
buffer. Its core gives it its first value, and must have told so, by other semaphores, whoever changes it from afar.
"""

from __future__ import annotations

from dataclasses import dataclass

from ttlang.machine.faults import Fault, core_ranges
from ttlang.machine.program_info import BufferInfo, ProgramInfo
from ttlang.machine.vector_clocks import VectorClocks
from ttlang.machine.waits import Waiter

SEMAPHORE_BASE = 4096
"""L1 address that stands for that of the first semaphore."""
SEMAPHORE_BYTES = 16
"""From each semaphore to the next."""
MOST_SEMAPHORES = 64
"""More than any chip has: other words lie behind their places."""
WORD = 2**32
WORD_BYTES = 4


def cell_at(address: int) -> int:
    """
    What the word at an L1 address is known by: the number of a semaphore, or the address of any other word; -1 below
    them all.
    """
    number, rest = divmod(address - SEMAPHORE_BASE, SEMAPHORE_BYTES)
    if number < 0:
        return -1
    return address if rest or number >= MOST_SEMAPHORES else number


@dataclass(slots=True)
class SentChange:
    """An increment, or a word, that a thread has sent to a core."""

    told_from: int | None = None
    """The first publication of that core with which it tells that it has seen this; None while it has not."""


class Semaphores:
    """The semaphores of all cores."""

    def __init__(self, program: ProgramInfo):
        self.program = program
        self.names = {semaphore.cell: semaphore.name for semaphore in program.semaphores}
        initial = {each.index: each.initial for each in program.semaphores if each.address is None}
        self.values = [dict(initial) for _ in range(program.cores)]
        self._first_set: dict[tuple[int, int], int] = {}
        """Of words of buffers: when their core gave them their first value."""
        self.clocks = VectorClocks(program.cores)
        self._past: dict[tuple[int, int], list[int]] = {}
        """What a core learns that sees the value of a semaphore."""
        self._waiting: dict[tuple[int, int], list[tuple[Waiter, int, bool]]] = {}
        self._polling: dict[int, list[Waiter]] = {}
        """By core, the threads that go on when one of its semaphores changes."""
        self._unseen: dict[tuple[int, int], dict[Waiter, SentChange]] = {}
        """The last increments of a core's semaphore by each thread, until that core has seen them."""
        self._unseen_words: dict[tuple[int, int], tuple[Waiter, list[SentChange]]] = {}
        """The words that one thread has copied to a core's semaphore, until that core has seen the last."""

    def number(self, address: int, op: int) -> int:
        """What the word at an address is known by (`cell_at`). Raises a Fault if nothing can be there."""
        number = cell_at(address)
        if number not in self.names:
            lies_in = next((each for each in self.program.buffers if _has(each, number)), None)
            if number < MOST_SEMAPHORES or number % WORD_BYTES or lies_in is None:
                raise Fault("TTL0807", op, f"there is no semaphore at the L1 address {address}")
            self.names[number] = f"at byte {number - lies_in.address} of {lies_in.name}"
        return number

    def value(self, core: int, number: int, op: int) -> int:
        """The word of a core. Raises a Fault if it has none yet."""
        held = self.values[core].get(number)
        if held is None and (held := self._set_unseen(core, number)) is None:
            raise Fault(
                "TTL0802",
                op,
                f"takes the semaphore {self.names[number]}, which has no value yet on {self._core(core)}",
                hint=_SET_FIRST,
            )
        return held

    def _set_unseen(self, _core: int, _number: int) -> int | None:
        """What a core may have set a word to by itself, which nobody notices; None where cores only set it by calls."""
        return None

    def _check_first(self, source: int, core: int, number: int, op: int) -> None:
        """A core changes a word of a buffer. Raises a Fault if it is another's, and may have no value yet."""
        if source == core:
            if number not in self.values[core]:
                self._first_set[core, number] = self.clocks.next(core)
            return
        since = self._first_set.get((core, number))
        if since is None and self._set_unseen(core, number) is not None:
            return
        if since is None or not self.clocks.knows(source, core, since):
            raise Fault(
                "TTL0810",
                op,
                f"changes the semaphore {self.names[number]} of {self._core(core)}, and does not know whether that has "
                "set it yet",
                hint=_SET_FIRST,
            )

    def _core(self, core: int) -> str:
        return core_ranges([core], self.program.columns)

    def must_wait(self, thread: Waiter, number: int, value: int, exact: bool, op: int) -> bool:
        """Whether a thread has to wait, at the call `op`; if not, it has heard of what the semaphore stands for."""
        core = thread.core
        held, wanted = self.value(core, number, op), value % WORD
        if held == wanted or (held > wanted and not exact):
            self._hear(core, number)
            self._see_words(core, number)
            if held == wanted:
                # Of a larger value it does not know what is in it.
                self._see(core, number)
            return False
        self._waiting.setdefault((core, number), []).append((thread, wanted, exact))
        return True

    def look(self, core: int, number: int, op: int) -> int:
        """The value of a core's semaphore, which has heard then of what that stands for."""
        held = self.value(core, number, op)
        self._hear(core, number)
        self._see_words(core, number)
        self._see(core, number)
        return held

    def _hear(self, core: int, number: int) -> None:
        if (past := self._past.get((core, number))) is not None:
            self.clocks.hear(core, past)

    def increment(self, thread: Waiter, core: int, number: int, by: int, op: int) -> SentChange:
        """Adds to the semaphore of a core, on behalf of a thread."""
        if number >= MOST_SEMAPHORES and core != thread.core:
            self._check_first(thread.core, core, number, op)
        unseen = self._unseen.pop((core, number), {})
        self.change(thread.core, core, number, self.value(core, number, op) + by, op)
        made = unseen[thread] = SentChange()
        self._unseen[core, number] = unseen
        return made

    def copy(self, thread: Waiter, core: int, number: int, value: int, op: int) -> SentChange:
        """Sets the semaphore of a core to a word that a thread has sent there."""
        sender, unseen = self._unseen_words.pop((core, number), (thread, []))
        self.change(thread.core, core, number, value, op)
        made = SentChange()
        self._unseen_words[core, number] = thread, [*(unseen if sender is thread else ()), made]
        return made

    def knows_of_receipt(self, core: int, other: int, made: SentChange) -> bool:
        """Whether a core knows that another one has seen a change that was sent there."""
        if made.told_from is None:
            return False
        return core == other or self.clocks.knows(core, other, made.told_from)

    def _see_words(self, core: int, number: int) -> None:
        """A core has seen its semaphore: the last word that was copied there, and so all before it."""
        if (unseen := self._unseen_words.pop((core, number), None)) is not None:
            for made in unseen[1]:
                made.told_from = self.clocks.next(core)

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
        if number >= MOST_SEMAPHORES:
            self._check_first(source, core, number, op)
        self._unseen.pop((core, number), None)
        self._unseen_words.pop((core, number), None)
        before, self.values[core][number] = self.values[core].get(number, value), value
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


_SET_FIRST = (
    "a noc_semaphore_set on its own core comes first, and a semaphore of the program tells others of it: that has its "
    "value from the host"
)


def _has(buffer: BufferInfo, address: int) -> bool:
    return buffer.address <= address < buffer.address + buffer.total_bytes
