"""
What each thread does on each core to buffers, pipes and semaphores, as a list of events.

The control flow of a thread depends on constants and on the core alone, so its events are known before anything runs:
`kernel_tracing.py` finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
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


class Event(NamedTuple):
    """A step of a thread."""

    kind: EventKind
    op: int
    """The number of its operation in the thread."""
    subject: int
    """The number of the buffer, the pipe or the semaphore."""
    values: tuple[int, ...] = ()
    """Of a semaphore: the value, and the cores; of a receive: the buffer that its block is of."""


class UnknownEvents(Exception):
    """The events of a thread can't be told."""


@dataclass(frozen=True, eq=False)
class ThreadTrace:
    """A thread, ready to tell its events on any core."""

    thread: ttl.ThreadOp
    ops: tuple[Operation, ...]
    """The operations that events name."""
    function: Callable[[int, int, int, list[Event]], None]
    depends_on_core: bool

    def events(self, core: Core, columns: int) -> tuple[Event, ...]:
        """Raises an UnknownEvents if there are too many, or the arithmetic fails."""
        found: list[Event] = []
        x, y = core
        try:
            self.function(x, y, y * columns + x, found)
        except ArithmeticError as cause:
            raise UnknownEvents from cause
        return tuple(found)


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

    def thread_name(self, number: int) -> str:
        return self.threads[number].thread.sym_name.data

    def op(self, thread: int, event: Event) -> Operation:
        return self.threads[thread].ops[event.op]

    def count(self, core: Core, kind: EventKind, subject: int) -> int:
        """How often the threads of a core do something."""
        threads = self.events.get(core, ())
        return sum(event.kind is kind and event.subject == subject for events in threads for event in events)

    def events_of(self, kinds: Sequence[EventKind]) -> Iterator[tuple[Core, int, Event]]:
        """Those of some kinds by which cores communicate, with their core and the number of their thread."""
        for core, threads in self.events.items() if self.communicates else ():
            for thread, events in enumerate(threads):
                for event in events:
                    if event.kind in kinds:
                        yield core, thread, event

    @cached_property
    def events(self) -> dict[Core, tuple[tuple[Event, ...], ...]]:
        """
        For each core, the events of each thread; one core for all those that do the same, if cores don't talk to each
        other. Raises an UnknownEvents.
        """
        columns = self.kernel.grid_sizes[0]
        cores = self.kernel.cores
        if not self.communicates and not any(thread.depends_on_core for thread in self.threads):
            cores = cores[:1]
        found: dict[Core, tuple[tuple[Event, ...], ...]] = {}
        seen: set[tuple[tuple[Event, ...], ...]] = set()
        for core in cores:
            events = tuple(thread.events(core, columns) for thread in self.threads)
            if self.communicates or events not in seen:
                found[core] = events
                seen.add(events)
        return found
