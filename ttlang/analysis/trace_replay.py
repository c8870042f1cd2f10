"""
Runs the events of all threads against each other, with nothing but counters: who waits, who goes on, who is left.

Buffers, pipes and semaphores that are only incremented let a thread go on or not whatever the order was in which others
ran: for them one run speaks for all. A thread that goes on as receives come has as many runs as there are orders; one
with a seed may take the receives in an order that the places from which it looks exclude. A deadlock that is found
without a seed is one that can happen, whatever is used.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from random import Random

from ttlang.analysis.event_traces import Choice, Choices, Event, EventKind, KernelTrace, UnknownEvents, go_on
from ttlang.dialects.ttl import Core

Key = tuple[str, int, Core]
"""What a thread can wait for: a counter of a buffer, a pipe or a semaphore, and the core that has it."""


@dataclass(eq=False)
class Actor:
    """A thread on a core."""

    core: Core
    thread: int
    events: Sequence[Event]
    """With those to come, unless the thread chooses: then up to its next choice, which stands for what it expects."""
    choices: Choices | None = None
    choice: Choice | None = None
    """The one at the end of the events."""
    position: int = 0
    """The event that is next."""

    @property
    def ended(self) -> bool:
        return self.position == len(self.events)

    @property
    def event(self) -> Event:
        return self.events[self.position]

    def to_next_choice(self, chosen: int | None = None) -> None:
        """Lists the events up to the next choice, behind one that falls on a place."""
        assert self.choices is not None
        assert isinstance(self.events, list)
        try:
            self.choice = next(self.choices) if chosen is None else self.choices.send(chosen)
        except StopIteration:
            self.choice = None
            return
        except ArithmeticError as cause:
            raise UnknownEvents from cause
        receipt = self.choice.receipts[self.choice.expected]
        self.events.append(Event(EventKind.RECEIVED, self.choice.op, receipt.pipe))

    def expect_the_rest(self) -> None:
        """Lists what is to come of a thread that waits forever, for reports."""
        assert isinstance(self.events, list)
        self.events.pop()
        go_on(self.choices, self.choice)

    def choose(self, place: int) -> None:
        assert isinstance(self.events, list)
        self.events.pop()
        self.to_next_choice(place)


@dataclass
class Outcome:
    """What a run leaves."""

    actors: list[Actor]
    filled: dict[tuple[Core, int], int]
    """Blocks in each buffer of each core."""
    sent: dict[int, int]
    """Blocks sent through each pipe."""
    taken: dict[tuple[int, Core], int]
    """Blocks of each pipe received at each of its destinations."""
    slots: dict[int, dict[Core, list[int]]]
    """For each pipe and destination, the place in the receiving ring of each block received."""
    values: dict[tuple[int, Core], int] = field(default_factory=dict[tuple[int, Core], int])
    """Of semaphores."""

    @property
    def blocked(self) -> list[Actor]:
        return [actor for actor in self.actors if not actor.ended]


class _Replay:
    def __init__(self, trace: KernelTrace, direct: frozenset[int], most: int | None, rng: Random | None):
        self.trace = trace
        self.rng = rng
        self.most = most
        self.direct = direct
        self.sizes = [cb.result.type.block_count.data for cb in trace.buffers]
        self.destinations = [pipe.destinations for pipe in trace.pipes]
        self.initial = [semaphore.initial.value.data for semaphore in trace.semaphores]
        self.filled: dict[tuple[Core, int], int] = defaultdict(int)
        self.pushed: dict[tuple[Core, int], int] = defaultdict(int)
        self.sent: dict[int, int] = defaultdict(int)
        self.announced: dict[tuple[int, Core], int] = defaultdict(int)
        self.taken: dict[tuple[int, Core], int] = defaultdict(int)
        self.values: dict[tuple[int, Core], int] = {}
        self.slots: dict[int, dict[Core, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.waiting: dict[Key, list[Actor]] = defaultdict(list)
        self.ready: deque[Actor] = deque()

    def run(self) -> Outcome:
        actors = [
            self._actor(core, number, events)
            for core, threads in self.trace.events.items()
            for number, events in enumerate(threads)
        ]
        self.ready.extend(actors)
        choosing: list[Actor] = []
        while self.ready:
            actor = self.ready.popleft()
            if (key := self._go_on(actor)) is not None:
                self.waiting[key].append(actor)
            elif actor.choice is not None:
                choosing.append(actor)
            if not self.ready and (chosen := self._choose(choosing)) is not None:
                choosing.remove(chosen)
                self.ready.append(chosen)
        for actor in choosing:
            actor.expect_the_rest()
        return Outcome(actors, dict(self.filled), dict(self.sent), dict(self.taken), self.slots, self.values)

    def _actor(self, core: Core, thread: int, events: tuple[Event, ...]) -> Actor:
        trace = self.trace.threads[thread]
        if not trace.chooses or self.most is not None:
            return Actor(core, thread, events[: self.most])
        found: list[Event] = []
        actor = Actor(core, thread, found, trace.begin(core, self.trace.kernel.grid_sizes[0], found))
        actor.to_next_choice()
        return actor

    def _choose(self, choosing: list[Actor]) -> Actor | None:
        """
        Lets one thread choose, when no other can go on: then all that may have come at its choice has come. None if
        nothing has come for any.
        """
        able = [(actor, come) for actor in choosing if (come := self._come(actor))]
        if not able:
            return None
        actor, come = self.rng.choice(able) if self.rng else able[0]
        actor.choose(self.rng.choice(come) if self.rng else come[0])
        return actor

    def _come(self, actor: Actor) -> list[int]:
        """The places of the receives that have come, as the thread looks at them."""
        assert actor.choice is not None
        receipts = actor.choice.receipts
        return [p for p in actor.choice.places if receipts[p].came or self.sent[receipts[p].pipe] >= receipts[p].number]

    def _wake(self, key: Key) -> None:
        if key in self.waiting:
            self.ready.extend(self.waiting.pop(key))

    def _go_on(self, actor: Actor) -> Key | None:
        """Takes all steps of an actor up to its next choice or its end, or tells what it must wait for before that."""
        events = actor.events
        end = len(events) if actor.choice is None else len(events) - 1
        while actor.position < end:
            if (key := self._step(actor, events[actor.position])) is not None:
                return key
            actor.position += 1
        return None

    def _step(self, actor: Actor, event: Event) -> Key | None:
        """Takes a step of an actor, or tells what it must wait for."""
        kind, _, subject, values = event
        here = (actor.core, subject)
        match kind:
            case EventKind.RESERVE:
                if self.filled[here] + sum(values) >= self.sizes[subject]:
                    return ("room", subject, actor.core)
            case EventKind.PUSH:
                self.filled[here] += 1
                self.pushed[here] += 1
                self._wake(("block", subject, actor.core))
            case EventKind.WAIT:
                if not self.filled[here]:
                    return ("block", subject, actor.core)
            case EventKind.POP:
                self.filled[here] -= 1
                self._wake(("room", subject, actor.core))
            case EventKind.WRITE:
                pass
            case EventKind.SEND:
                return self._send(subject)
            case EventKind.SENT:
                self.sent[subject] += 1
                for core in self.destinations[subject]:
                    self._wake(("data", subject, core))
            case EventKind.RECEIVE:
                self._receive(actor, subject, values[0])
            case EventKind.RECEIVED:
                return self._received(actor, subject)
            case EventKind.SEMAPHORE_WAIT:
                value = self.values.get((subject, actor.core), self.initial[subject])
                wanted, exact = values
                if value != wanted if exact else value < wanted:
                    return ("semaphore", subject, actor.core)
            case EventKind.SEMAPHORE_SET | EventKind.SEMAPHORE_INC:
                self._change(actor, kind, subject, values)
        return None

    def _send(self, pipe: int) -> Key | None:
        """A slot is free where its block was taken; a receiver's own block, where it was announced."""
        counts = self.announced if pipe in self.direct else self.taken
        least = self.sent[pipe] + (pipe in self.direct)
        for core in self.destinations[pipe]:
            if counts[pipe, core] < least:
                return ("slot", pipe, core)
        return None

    def _receive(self, actor: Actor, pipe: int, buffer: int) -> None:
        core = actor.core
        self.slots[pipe][core].append(self.pushed[core, buffer] % self.sizes[buffer])
        self.announced[pipe, core] += 1
        if pipe in self.direct:
            self._wake(("slot", pipe, core))

    def _received(self, actor: Actor, pipe: int) -> Key | None:
        core = actor.core
        if self.sent[pipe] <= self.taken[pipe, core]:
            return ("data", pipe, core)
        self.taken[pipe, core] += 1
        if pipe not in self.direct:
            self._wake(("slot", pipe, core))
        return None

    def _change(self, actor: Actor, kind: EventKind, semaphore: int, values: tuple[int, ...]) -> None:
        value, *cores = values
        for core in changed_cores(actor.core, cores):
            if kind is EventKind.SEMAPHORE_INC:
                value = self.values.get((semaphore, core), self.initial[semaphore]) + values[0]
            self.values[semaphore, core] = value
            self._wake(("semaphore", semaphore, core))


def changed_cores(own: Core, cores: list[int]) -> Generator[Core]:
    """The cores whose counters a step changes: its own, the one named, or those between two corners."""
    match cores:
        case [x, y]:
            yield x, y
        case [left, top, right, bottom]:
            yield from ((x, y) for y in range(top, bottom + 1) for x in range(left, right + 1))
        case _:
            yield own


def replay(
    trace: KernelTrace,
    direct: frozenset[int] = frozenset(),
    most: int | None = None,
    seed: int | None = None,
) -> Outcome:
    """
    Runs all threads until they end or wait forever. Through the pipes in `direct`, blocks go where the receiver has
    reserved one: a send waits until every receiver has announced itself. Through the others, they go to a landing slot.
    With `most`, no thread does more events than that. Where threads go on as receives come, these come as late as they
    may, so that a thread takes the first that it looks at; with a `seed`, in some order that may happen. Raises an
    UnknownEvents for events that can't be told.
    """
    return _Replay(trace, direct, most, None if seed is None else Random(seed)).run()
