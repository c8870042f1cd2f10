"""
Runs the events of all threads against each other, with nothing but counters: who waits, who goes on, who is left.

Buffers, pipes and semaphores that are only incremented let a thread go on or not whatever the order was in which others
ran: for them one run speaks for all. A thread that goes on as receives come has as many runs as there are orders; one
with a seed may take the receives in an order that the places from which it looks exclude. A deadlock that is found
without a seed is one that can happen, whatever is used.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from weakref import WeakKeyDictionary

from ttlang.analysis.alike_cores import AlikeCores, find_alike_cores
from ttlang.analysis.event_traces import Choice, Choices, Event, EventKind, KernelTrace, UnknownEvents, go_on
from ttlang.dialects.ttl import Core

Waiting = dict[Core, "list[Actor]"]
"""Who waits for a counter of a buffer, a pipe or a semaphore, by the core that has it."""
Missing = tuple[Waiting, Core]
"""What a thread waits for: one of them."""


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
    filled: list[int] = field(default_factory=list[int])
    """Blocks in each buffer of its core, which its threads share; so are the next two."""
    pushed: list[int] = field(default_factory=list[int])
    """Blocks that were ever pushed."""

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
    """Where all have ended, maybe only those of one core for all that do alike."""
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


Step = Callable[[Actor, int, tuple[int, ...]], Missing | None]
"""Takes a step of an actor, with the subject and the values of its event, or tells what it must wait for."""


class _Replay:
    def __init__(
        self,
        trace: KernelTrace,
        events: Mapping[Core, tuple[Sequence[Event], ...]],
        destinations: Sequence[Sequence[Core]],
        direct: frozenset[int],
        most: int | None,
        rng: Random | None,
    ):
        """`events`: of the threads of each core; `destinations`: of each pipe."""
        self.trace = trace
        self.events = events
        self.rng = rng
        self.most = most
        self.direct = direct
        self.sizes = [cb.result.type.block_count.data for cb in trace.buffers]
        self.destinations = destinations
        self.initial = [semaphore.initial.value.data for semaphore in trace.semaphores]
        self.filled = {core: [0] * len(self.sizes) for core in events}
        self.sent = [0] * len(self.destinations)
        self.announced: list[dict[Core, int]] = [defaultdict(int) for _ in self.destinations]
        self.taken: list[dict[Core, int]] = [defaultdict(int) for _ in self.destinations]
        self.values: dict[tuple[int, Core], int] = {}
        self.slots: dict[int, dict[Core, list[int]]] = defaultdict(lambda: defaultdict(list))
        self.room, self.blocks = _nobody(self.sizes), _nobody(self.sizes)
        """Who waits to reserve, and to have a block."""
        self.data, self.free = _nobody(self.destinations), _nobody(self.destinations)
        """Who waits for a block of a pipe, and for a place for the next."""
        self.changed = _nobody(self.initial)
        """Who waits for a semaphore."""
        self.ready: deque[Actor] = deque()
        steps: dict[EventKind, Step] = {
            EventKind.RESERVE: self._reserve,
            EventKind.PUSH: self._push,
            EventKind.WAIT: self._wait,
            EventKind.POP: self._pop,
            EventKind.WRITE: self._write,
            EventKind.SEND: self._send,
            EventKind.SENT: self._sent,
            EventKind.RECEIVE: self._receive,
            EventKind.RECEIVED: self._received,
            EventKind.SEMAPHORE_WAIT: self._wait_for_value,
            EventKind.SEMAPHORE_SET: self._set,
            EventKind.SEMAPHORE_INC: self._increment,
        }
        self.steps = [self._write, *(steps[kind] for kind in EventKind)]
        """By the numbers of the kinds, which begin at 1; a dictionary would hash their names, for each event."""

    def run(self) -> Outcome:
        pushed = {core: [0] * len(self.sizes) for core in self.events}
        actors: list[Actor] = []
        for core, threads in self.events.items():
            for number, events in enumerate(threads):
                actor = self._actor(core, number, events)
                actor.filled, actor.pushed = self.filled[core], pushed[core]
                actors.append(actor)
        self.ready.extend(actors)
        choosing: list[Actor] = []
        while self.ready:
            actor = self.ready.popleft()
            if (missing := self._go_on(actor)) is not None:
                waiting, core = missing
                waiting.setdefault(core, []).append(actor)
            elif actor.choice is not None:
                choosing.append(actor)
            if not self.ready and (chosen := self._choose(choosing)) is not None:
                choosing.remove(chosen)
                self.ready.append(chosen)
        for actor in choosing:
            actor.expect_the_rest()
        filled = {(core, number): count for core, counts in self.filled.items() for number, count in enumerate(counts)}
        taken = {(pipe, core): count for pipe, counts in enumerate(self.taken) for core, count in counts.items()}
        return Outcome(actors, filled, dict(enumerate(self.sent)), taken, self.slots, self.values)

    def _actor(self, core: Core, thread: int, events: Sequence[Event]) -> Actor:
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

    def _wake(self, waiting: Waiting, core: Core) -> None:
        if waiting and core in waiting:
            self.ready.extend(waiting.pop(core))

    def _go_on(self, actor: Actor) -> Missing | None:
        """Takes all steps of an actor up to its next choice or its end, or tells what it must wait for before that."""
        events, steps = actor.events, self.steps
        end = len(events) if actor.choice is None else len(events) - 1
        for position in range(actor.position, end):
            kind, _, subject, values = events[position]
            if (missing := steps[kind](actor, subject, values)) is not None:
                actor.position = position
                return missing
        actor.position = end
        return None

    def _reserve(self, actor: Actor, buffer: int, before: tuple[int, ...]) -> Missing | None:
        if actor.filled[buffer] + sum(before) >= self.sizes[buffer]:
            return self.room[buffer], actor.core
        return None

    def _push(self, actor: Actor, buffer: int, values: tuple[int, ...]) -> None:
        actor.filled[buffer] += 1
        actor.pushed[buffer] += 1
        self._wake(self.blocks[buffer], actor.core)

    def _wait(self, actor: Actor, buffer: int, values: tuple[int, ...]) -> Missing | None:
        return None if actor.filled[buffer] else (self.blocks[buffer], actor.core)

    def _pop(self, actor: Actor, buffer: int, values: tuple[int, ...]) -> None:
        actor.filled[buffer] -= 1
        self._wake(self.room[buffer], actor.core)

    def _write(self, actor: Actor, buffer: int, values: tuple[int, ...]) -> None:
        """Changes no counter."""

    def _send(self, actor: Actor, pipe: int, values: tuple[int, ...]) -> Missing | None:
        """A slot is free where its block was taken; a receiver's own block, where it was announced."""
        counts = self.announced[pipe] if pipe in self.direct else self.taken[pipe]
        least = self.sent[pipe] + (pipe in self.direct)
        for core in self.destinations[pipe]:
            if counts[core] < least:
                return self.free[pipe], core
        return None

    def _sent(self, actor: Actor, pipe: int, values: tuple[int, ...]) -> None:
        self.sent[pipe] += 1
        if waiting := self.data[pipe]:
            for core in self.destinations[pipe]:
                self._wake(waiting, core)

    def _receive(self, actor: Actor, pipe: int, values: tuple[int, ...]) -> None:
        core, buffer = actor.core, values[0]
        self.slots[pipe][core].append(actor.pushed[buffer] % self.sizes[buffer])
        self.announced[pipe][core] += 1
        if pipe in self.direct:
            self._wake(self.free[pipe], core)

    def _received(self, actor: Actor, pipe: int, values: tuple[int, ...]) -> Missing | None:
        core, taken = actor.core, self.taken[pipe]
        if self.sent[pipe] <= taken[core]:
            return self.data[pipe], core
        taken[core] += 1
        if pipe not in self.direct:
            self._wake(self.free[pipe], core)
        return None

    def _wait_for_value(self, actor: Actor, semaphore: int, values: tuple[int, ...]) -> Missing | None:
        value = self.values.get((semaphore, actor.core), self.initial[semaphore])
        wanted, exact = values
        if value != wanted if exact else value < wanted:
            return self.changed[semaphore], actor.core
        return None

    def _set(self, actor: Actor, semaphore: int, values: tuple[int, ...]) -> None:
        value, *cores = values
        for core in changed_cores(actor.core, cores):
            self.values[semaphore, core] = value
            self._wake(self.changed[semaphore], core)

    def _increment(self, actor: Actor, semaphore: int, values: tuple[int, ...]) -> None:
        more, *cores = values
        for core in changed_cores(actor.core, cores):
            self.values[semaphore, core] = self.values.get((semaphore, core), self.initial[semaphore]) + more
            self._wake(self.changed[semaphore], core)


def _nobody(counters: Sequence[object]) -> list[Waiting]:
    return [{} for _ in counters]


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
    alike = _alike_cores(trace) if most is None else None
    if alike is not None and all((first in direct) == (pipe in direct) for pipe, first in enumerate(alike.pipes)):
        outcome = _Replay(trace, alike.events, alike.destinations, direct, None, None).run()
        if not outcome.blocked:
            return _of_all(trace, alike, outcome)
    rng = None if seed is None else Random(seed)
    return _Replay(trace, trace.events, [pipe.destinations for pipe in trace.pipes], direct, most, rng).run()


def _alike_cores(trace: KernelTrace) -> AlikeCores | None:
    if trace not in _ALIKE:
        _ALIKE[trace] = find_alike_cores(trace)
    return _ALIKE[trace]


_ALIKE: WeakKeyDictionary[KernelTrace, AlikeCores | None] = WeakKeyDictionary()
"""Found once for each trace, which is replayed several times."""


def _of_all(trace: KernelTrace, alike: AlikeCores, outcome: Outcome) -> Outcome:
    """What a run leaves of which only one core of each kind was run."""
    firsts, buffers = alike.cores, range(len(trace.buffers))
    ends = [(pipe, core) for pipe, each in enumerate(trace.pipes) for core in each.destinations]
    slots: dict[int, dict[Core, list[int]]] = defaultdict(dict)
    for pipe, core in ends:
        if (of_first := outcome.slots.get(alike.pipes[pipe], {}).get(firsts[core])) is not None:
            slots[pipe][core] = of_first
    return Outcome(
        outcome.actors,
        {(core, buffer): outcome.filled[first, buffer] for core, first in firsts.items() for buffer in buffers},
        {pipe: outcome.sent[first] for pipe, first in enumerate(alike.pipes)},
        {(pipe, core): outcome.taken.get((alike.pipes[pipe], firsts[core]), 0) for pipe, core in ends},
        slots,
    )
