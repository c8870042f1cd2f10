"""
TTL0415, TTL0509: threads that wait forever.

TTL0415: for blocks, room or semaphores. TTL0509: for the other end of a pipe. A report explains who waits for whom, and
what led there.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.ir import Operation

from ttlang.analysis.buffer_flow import used_while_reserved
from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.analysis.trace_replay import Actor, Outcome, changed_cores
from ttlang.checks.wait_wording import WaitWording
from ttlang.checks.wording import times
from ttlang.diagnostics import Diagnostic
from ttlang.dialects.ttl import Core

_MOST_NOTES = 8
_MOST_PARTS = 3
"""Threads of a circle that a message tells of."""
_COUNTERPARTS = {
    EventKind.WAIT: {EventKind.PUSH: "pushed"},
    EventKind.RESERVE: {EventKind.POP: "popped"},
    EventKind.RECEIVED: {EventKind.SEND: "sent through"},
    EventKind.SEND: {EventKind.RECEIVE: "received through"},
    EventKind.SEMAPHORE_WAIT: {EventKind.SEMAPHORE_INC: "incremented", EventKind.SEMAPHORE_SET: "set"},
}
"""For each kind of wait, what ends it."""


@dataclass
class Deadlock:
    """A run of a kernel's events that ended with threads that wait."""

    trace: KernelTrace
    outcome: Outcome

    def __post_init__(self) -> None:
        self._words = WaitWording(self.trace)

    def diagnostic(self) -> Diagnostic:
        """One report: the cycle of waits, or the first wait for what will never come."""
        blocked = self.outcome.blocked
        culprit = next((actor for actor in blocked if self._hopeless(actor)), None)
        chain = [culprit] if culprit else self._cycle(blocked)
        others = [actor for actor in blocked if actor not in chain]
        first = chain[0]
        if culprit:
            message = f"{self._words.who(first)} waits forever {self._hopeless(first)}"
        else:
            words = self._words
            parts = [
                f"{words.who(actor)} waits to {words.wish(actor)}, which {words.who(after)} must {words.duty(actor)}"
                for actor, after in zip(chain, [*chain[1:], chain[0]], strict=True)
            ]
            more = [f"and so on, in a circle of {len(parts)}"] if len(parts) > _MOST_PARTS else []
            message = "deadlock: " + "; ".join([*parts[:_MOST_PARTS], *more])
        alike: dict[tuple[int, int], list[Actor]] = {}
        for actor in (*chain, *others):
            alike.setdefault((actor.thread, actor.event.op), []).append(actor)
        notes = [
            (self._op(actor), f"{self._words.who(actor)} {self._words.state(actor)}{_more(rest)}")
            for actor, *rest in list(alike.values())[:_MOST_NOTES]
        ]
        if culprit and (counterpart := self._counterpart(first)) is not None:
            notes.insert(0, counterpart)
        code = "TTL0509" if culprit and first.event.kind in (EventKind.SEND, EventKind.RECEIVED) else "TTL0415"
        advice = self._advice(first) if culprit else self._advice_on_cycle(chain)
        return diagnostic_at(code, message, self._op(first), advice, notes)

    def _hopeless(self, actor: Actor) -> str:
        """What a thread waits for that no thread is going to do any more; "" if one may."""
        event = actor.event
        if any(not other.ended for other in self._helpers(actor) if other is not actor):
            return ""
        own = next((other for other in self._helpers(actor) if other is actor), None)
        name = self._words.subject(event)
        if own is not None:
            wish, duty = self._words.wish(actor), self._words.duty(actor)
            return f"to {wish}, which it must {duty} itself, and does only after this"
        done = sum(e.kind is event.kind and e.subject == event.subject for e in actor.events[: actor.position])
        match event.kind:
            case EventKind.WAIT | EventKind.RESERVE:
                wanted, duty = (
                    ("block", EventKind.PUSH) if event.kind is EventKind.WAIT else ("room for block", EventKind.POP)
                )
                verb = "pushed" if duty is EventKind.PUSH else "popped"
                count = self.trace.count(actor.core, duty, event.subject)
                where = " on this core" if len(self.trace.kernel.cores) > 1 else ""
                return f"for {wanted} number {done + 1} of {name}, which is {verb} {times(count)}{where}"
            case EventKind.RECEIVED:
                source = self.trace.pipes[event.subject].source_core
                count = self.trace.count(source, EventKind.SEND, event.subject)
                return f"for block number {done + 1} of {name}, and core {source} sends {times(count)}"
            case EventKind.SEND:
                lazy = next(
                    core
                    for core in self.trace.pipes[event.subject].destinations
                    if self._is_behind(event.subject, core)
                )
                count = self.trace.count(lazy, EventKind.RECEIVE, event.subject)
                return f"to send block number {done + 1} through {name}, and core {lazy} receives {times(count)}"
            case _:
                wanted, exact = event.values
                initial = self.trace.semaphores[event.subject].initial.value.data
                value = self.outcome.values.get((event.subject, actor.core), initial)
                over = ", already past it" if exact and value > wanted else ""
                return f"for {name} to be {wanted}{'' if exact else ' or more'}, and it stays at {value}{over}"

    def _is_behind(self, pipe: int, core: Core) -> bool:
        """Whether a core has blocks to take out of a pipe."""
        return self.outcome.taken.get((pipe, core), 0) < self.outcome.sent.get(pipe, 0)

    def _helpers(self, actor: Actor) -> list[Actor]:
        """The threads that still may do what the actor waits for, itself included; and those that have ended."""
        event = actor.event
        found: list[Actor] = []
        for other in self.outcome.actors:
            start = other.position + 1 if other is actor else other.position
            if any(self._helps(other, later, actor, event) for later in other.events[start:]):
                found.append(other)
        return found

    def _helps(self, other: Actor, later: Event, actor: Actor, event: Event) -> bool:
        if later.subject != event.subject:
            return False
        match event.kind:
            case EventKind.WAIT | EventKind.RESERVE:
                wanted = EventKind.PUSH if event.kind is EventKind.WAIT else EventKind.POP
                return other.core == actor.core and later.kind is wanted
            case EventKind.RECEIVED:
                return later.kind is EventKind.SENT
            case EventKind.SEND:
                return later.kind is EventKind.RECEIVED and self._is_behind(event.subject, other.core)
            case EventKind.SEMAPHORE_WAIT:
                if later.kind not in (EventKind.SEMAPHORE_SET, EventKind.SEMAPHORE_INC):
                    return False
                return actor.core in changed_cores(other.core, list(later.values[1:]))
            case _:
                return False

    def _counterpart(self, actor: Actor) -> tuple[Operation, str] | None:
        """Where that is done which a thread waits for more often than it is done."""
        verbs = _COUNTERPARTS.get(actor.event.kind, {})
        for core in (actor.core, *self.trace.events):
            for number, events in enumerate(self.trace.events.get(core, ())):
                for event in events:
                    if event.kind in verbs and event.subject == actor.event.subject:
                        where = "" if core == actor.core else f" on core {core}"
                        return self.trace.op(
                            number, event
                        ), f"{self._words.subject(event)} is {verbs[event.kind]} here{where}"
        return None

    def _cycle(self, blocked: list[Actor]) -> list[Actor]:
        """Threads each of which waits for the next, and the last for the first."""
        path: list[Actor] = []
        actor = blocked[0]
        while actor not in path:
            path.append(actor)
            actor = next(other for other in self._helpers(actor) if not other.ended)
        return path[path.index(actor) :]

    def _advice(self, actor: Actor) -> str:
        """What to do about a wait for what never comes."""
        name = self._words.subject(actor.event)
        own = actor in self._helpers(actor)
        match actor.event.kind:
            case EventKind.RESERVE if own:
                return f"give {name} room for more blocks, or pop one before the next is reserved"
            case EventKind.WAIT if own:
                return f"push a block of {name} before it is waited for"
            case EventKind.RESERVE if self._is_sent_and_kept(actor):
                return f"pop what was sent: wait for each block of {name} on this core, too, and pop it"
            case EventKind.WAIT | EventKind.RESERVE:
                return "make the loops that fill it and empty it run equally often, on every core"
            case EventKind.SEND | EventKind.RECEIVED:
                return "every block that is sent is received once at each destination, and the other way round"
            case _ if self._counterpart(actor) is None:
                return f"another core has to change it: {name}.get_remote({actor.core}).inc(1)"
            case _ if actor.event.values[1]:
                return "wait_ge() returns at this value and at any beyond it"
            case _:
                return f"add up what the others do to {name} on core {actor.core}: it has to come to this"

    def _is_sent_and_kept(self, actor: Actor) -> bool:
        """Whether the blocks that a thread has no room for leave the core while they are reserved, and stay there."""
        buffer = actor.event.subject
        used = used_while_reserved(self.trace.kernel)
        return self.trace.buffers[buffer].result in used and not self.trace.count(actor.core, EventKind.POP, buffer)

    def _advice_on_cycle(self, chain: list[Actor]) -> str:
        """What to do about threads that wait for each other."""
        kinds = {actor.event.kind for actor in chain}
        full = next((actor for actor in chain if actor.event.kind is EventKind.RESERVE), None)
        if full is not None:
            name = self._words.subject(full.event)
            return f"give {name} room for more blocks, or fill and empty the buffers in one order"
        if EventKind.RECEIVED in kinds:
            return "let one of the cores send before it receives"
        if EventKind.SEMAPHORE_WAIT in kinds:
            return "let one of them signal before it waits"
        return "let one of them fill its buffer before it waits for the other's"

    def _op(self, actor: Actor) -> Operation:
        return self.trace.op(actor.thread, actor.event)


def _more(others: list[Actor]) -> str:
    """That other cores stand at the same place."""
    count = len(others)
    return f"; so {'does another core' if count == 1 else f'do {count} other cores'}" if count else ""
