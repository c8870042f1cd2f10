"""
What each thread does on each core to buffers, pipes and semaphores, as a list of events.

The control flow of a thread depends on constants and on the core alone, so its events are known before anything runs:
`kernel_tracing.py` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import cached_property
from typing import NamedTuple

from xdsl.ir import Operation

from ttlang.dialects import ttl
from ttlang.dialects.ttl import Core


class EventKind(IntEnum):
    """What an event does."""

    RESERVE = auto()
    """With how many blocks are reserved before it, if any are."""
    PUSH = auto()
    WAIT = auto()
    POP = auto()
    SEND = auto()
    SENT = auto()
    """The wait for a send."""
    RECEIVE = auto()
    RECEIVED = auto()
    """The wait for a receive."""
    WRITE = auto()
    """Of a reserved block; told where there are pipes, since cores have roles then."""
    SEMAPHORE_WAIT = auto()
    SEMAPHORE_SET = auto()
    SEMAPHORE_INC = auto()

    # Lists of events are looked up by the thousand, and an Enum's own hash is a function of Python.
    __hash__ = int.__hash__


class Event(NamedTuple):
    """A step of a thread."""

    kind: EventKind
    op: int
    """The number of its operation in the thread."""
    subject: int
    """The number of the buffer, the pipe or the semaphore."""
    values: tuple[int, ...] = ()
    """Of a semaphore: the value, and the cores; of a receive: the buffer that its block is of."""


@dataclass(eq=False)
class Receipt:
    """A receive that has begun, in a thread that asks which of several has come."""

    pipe: int
    number: int
    """Of its block among those that the thread receives through the pipe, from one on."""
    came: bool = False
    """Whether it has been waited for."""

    def ends(self) -> bool:
        """Whether a wait for it is the first; it has come then."""
        first, self.came = not self.came, True
        return first


class Choice(NamedTuple):
    """A thread waits for one of several receives."""

    op: int
    """The number of its operation in the thread."""
    start: int
    receipts: tuple[Receipt, ...]

    @property
    def places(self) -> list[int]:
        """In the order in which they are looked at."""
        size = len(self.receipts)
        return [(self.start + step) % size for step in range(size)]

    @property
    def expected(self) -> int:
        """The first that is still under way, if one is."""
        return next((place for place in self.places if not self.receipts[place].came), self.places[0])


Choices = Generator[Choice, int, None]
"""Goes through a thread, adds its events to a list, and stops where it is to be told which receive has come."""


class UnknownEvents(Exception):
    """The events of a thread can't be told."""


@dataclass(frozen=True, eq=False)
class ThreadTrace:
    """A thread, ready to tell its events on any core."""

    thread: ttl.ThreadOp
    ops: tuple[Operation, ...]
    """The operations that events name."""
    function: Callable[[int, int, int, list[Event]], Choices | None]
    depends_on_core: bool
    chooses: bool = False
    """Whether it goes on as receives come: its events then are those of one order among several."""

    def events(self, core: Core, columns: int) -> tuple[Event, ...]:
        """Raises an UnknownEvents if there are too many, or the arithmetic fails."""
        found: list[Event] = []
        x, y = core
        try:
            choices = self.function(x, y, y * columns + x, found)
            go_on(choices)
        except ArithmeticError as cause:
            raise UnknownEvents from cause
        return tuple(found)

    def begin(self, core: Core, columns: int, found: list[Event]) -> Choices | None:
        """Starts to list the events of a thread that chooses; None for one that does not."""
        x, y = core
        return self.function(x, y, y * columns + x, found) if self.chooses else None


def go_on(choices: Choices | None, choice: Choice | None = None) -> None:
    """Goes through the rest of a thread, from a choice on, as if receives came in the order in which it looks."""
    if choices is None:
        return
    try:
        choice = choice or next(choices)
        while True:
            choice = choices.send(choice.expected)
    except StopIteration:
        return


@dataclass(frozen=True, eq=False)
class KernelTrace:
    """The resources of a kernel by number, and its threads."""

    kernel: ttl.KernelOp
    buffers: tuple[ttl.CreateCBOp, ...]
    pipes: tuple[ttl.CreatePipeOp, ...]
    semaphores: tuple[ttl.CreateSemaphoreOp, ...]
    threads: tuple[ThreadTrace, ...]

    @property
    def communicates(self) -> bool:
        """Whether a core can wait for another one."""
        return bool(self.pipes or self.semaphores)

    @cached_property
    def chooses(self) -> bool:
        """Whether a thread goes on as receives come: one run then speaks for one order alone."""
        return any(thread.chooses for thread in self.threads)

    def thread_name(self, number: int) -> str:
        return self.threads[number].thread.sym_name.data

    def op(self, thread: int, event: Event) -> Operation:
        return self.threads[thread].ops[event.op]

    def count(self, core: Core, kind: EventKind, subject: int) -> int:
        """How often the threads of a core do something."""
        threads = self.events.get(core, ())
        return sum(event.kind is kind and event.subject == subject for events in threads for event in events)

    def events_of(self, kinds: Sequence[EventKind]) -> Iterator[tuple[Core, int, Event]]:
        """
        Those of some kinds by which cores communicate, with their core and the number of their thread: each once,
        however often the thread does it.
        """
        chosen: dict[int, list[Event]] = {}
        for core, threads in self.events.items() if self.communicates else ():
            for thread, events in enumerate(threads):
                if (wanted := chosen.get(id(events))) is None:
                    wanted = chosen[id(events)] = [event for event in dict.fromkeys(events) if event.kind in kinds]
                for event in wanted:
                    yield core, thread, event

    @cached_property
    def events(self) -> dict[Core, tuple[tuple[Event, ...], ...]]:
        """
        For each core, the events of each thread; one core for all those that do the same, if cores don't talk to each
        other. Equal lists are one object, so that what is asked of a list is asked once. Raises an UnknownEvents.
        """
        columns = self.kernel.grid_sizes[0]
        cores = self.kernel.cores
        if not self.communicates and not any(thread.depends_on_core for thread in self.threads):
            cores = cores[:1]
        found: dict[Core, tuple[tuple[Event, ...], ...]] = {}
        seen: set[tuple[tuple[Event, ...], ...]] = set()
        same: dict[tuple[Event, ...], tuple[Event, ...]] = {}
        everywhere = {thread: thread.events(cores[0], columns) for thread in self.threads if not thread.depends_on_core}
        for core in cores:
            own = {thread: thread.events(core, columns) for thread in self.threads if thread.depends_on_core}
            if not self.communicates:
                if (told := tuple(own.values())) in seen:
                    continue
                seen.add(told)
            own = {thread: same.setdefault(events, events) for thread, events in own.items()}
            each = everywhere | own
            found[core] = tuple([each[thread] for thread in self.threads])
        return found
