"""What a run of the events says about a kernel: deadlocks, ends that don't match, and pages that are left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter

from xdsl.ir import Operation

from ttlang.analysis.locations import span_of
from ttlang.analysis.rendezvous import Actor, Outcome, changed_cores, rendezvous
from ttlang.analysis.traces import Event, KernelTrace, Kind
from ttlang.diagnostics import Diagnostic, Related, Severity
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl import BlockType, Core

_what = itemgetter(0, 2)
"""The kind and the subject of an event."""
_LONG = 400
"""Events of a thread beyond which its loops count as many turns of the same."""
_LAST_STEPS = 3
"""Steps of a waiting thread that its report shows."""
_MOST_NOTES = 8
_FILLING = (Kind.RESERVE, Kind.PUSH)
_DRAINING = (Kind.WAIT, Kind.POP)
_VERBS = {
    Kind.RESERVE: "reserves {}",
    Kind.PUSH: "pushes {}",
    Kind.WAIT: "waits for {}",
    Kind.POP: "pops {}",
    Kind.WRITE: "writes {}",
    Kind.SEND: "sends through {}",
    Kind.SENT: "has sent through {}",
    Kind.RECEIVE: "receives through {}",
    Kind.RECEIVED: "waits for the block of {}",
    Kind.SEMAPHORE_WAIT: "waits for the semaphore {}",
    Kind.SEMAPHORE_SET: "sets the semaphore {}",
    Kind.SEMAPHORE_INC: "increments the semaphore {}",
}


@dataclass
class Verdict:
    """Looks at a kernel's events, and at how they meet."""

    trace: KernelTrace
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def diagnostics(self) -> list[Diagnostic]:
        """All that is wrong. Raises an Unknown if the events can't be told."""
        self._check_sides()
        self._check_pipe_ends()
        self._check_written()
        if self.found:
            return self.found
        if self._is_long() and self._begins_well() and self._counts_match():
            return self.found
        outcome = rendezvous(self.trace)
        if outcome.blocked:
            self._explain(outcome)
        else:
            self._check_leftovers(outcome)
        return self.found

    # ------------------------------------------------------------------------------------------------ long threads

    def _is_long(self) -> bool:
        """Whether a core that waits for no other does so much that its loops are better looked at than run through."""
        longest = max((len(events) for threads in self.trace.events.values() for events in threads), default=0)
        return longest > _LONG and not self.trace.communicates

    def _begins_well(self) -> bool:
        """Whether threads meet in their first events. What they do then, loops repeat."""
        outcome = rendezvous(self.trace, most=_LONG)
        return all(any(a.ended for a in outcome.actors if a.core == actor.core) for actor in outcome.blocked)

    def _counts_match(self) -> bool:
        """Whether each buffer is emptied as often as it is filled, on each core."""
        for threads in self.trace.events.values():
            counts = Counter(chain.from_iterable(map(_what, events) for events in threads))
            pushed, popped = ({k[1:]: n for k, n in counts.items() if k[0] is kind} for kind in (Kind.PUSH, Kind.POP))
            if pushed != popped:
                return False
        return True

    # ----------------------------------------------------------------------------------------------- who does what

    def _check_sides(self) -> None:
        """On each core, one thread fills a buffer and one empties it."""
        told: set[tuple[int, str]] = set()
        for core, threads in self.trace.events.items():
            firsts = [{_what(event): event for event in reversed(events)} for events in threads]
            for role, kinds, code in (("producers", _FILLING, "TTL0405"), ("consumers", _DRAINING, "TTL0406")):
                users: dict[int, dict[int, Event]] = defaultdict(dict)
                for number, first in enumerate(firsts):
                    for event in sorted(first.values(), key=lambda event: event.op):
                        if event.kind in kinds:
                            users[event.subject].setdefault(number, event)
                for buffer, each in users.items():
                    if len(each) > 1 and (buffer, role) not in told:
                        told.add((buffer, role))
                        self._report_sides(code, role, core, buffer, each)

    def _report_sides(self, code: str, role: str, core: Core, buffer: int, each: dict[int, Event]) -> None:
        (first, a), (second, b), *_ = each.items()
        one, other = self._thread(first), self._thread(second)
        verbs = "reserved and pushed" if role == "producers" else "waited for and popped"
        name = self.trace.buffers[buffer].name_.data
        where = f" on core {core}" if any(thread.depends_on_core for thread in self.trace.threads) else ""
        self._report(
            code,
            f"{name} has two {role}{where}: it is {verbs} in {one} and in {other}",
            self._op(second, b),
            f"a buffer has one of each: make a second buffer for {other}",
            [(self._op(first, a), f"the other of its {role}")],
        )

    def _check_pipe_ends(self) -> None:
        """A pipe is used on its own cores, by one thread at each end, for blocks of one shape and format."""
        told: set[tuple[int, Kind, str]] = set()
        for number, core, thread, event in self._pipe_events():
            pipe = self.trace.pipes[number]
            sends = event.kind is Kind.SEND
            allowed = [pipe.source_core] if sends else pipe.destinations
            key = (number, event.kind, "core")
            if core not in allowed and key not in told:
                told.add(key)
                does, end = ("sends through", "starts at") if sends else ("receives through", "ends at")
                self._report(
                    "TTL0508",
                    f"core {core} {does} {self._pipe(number)}, which {end} {_cores_text(allowed)}",
                    self._op(thread, event),
                    "ask `if_pipe_src` or `if_pipe_dst`, or compare core() with the pipe's ends",
                    [(pipe, "the pipe")],
                )
        self._check_one_thread()
        self._check_shapes()

    def _pipe_events(self) -> Iterable[tuple[int, Core, int, Event]]:
        for core, threads in self.trace.events.items():
            for thread, events in enumerate(threads):
                for event in events:
                    if event.kind in (Kind.SEND, Kind.RECEIVE):
                        yield event.subject, core, thread, event

    def _check_one_thread(self) -> None:
        users: dict[tuple[int, Kind], dict[int, Event]] = defaultdict(dict)
        for number, _, thread, event in self._pipe_events():
            users[number, event.kind].setdefault(thread, event)
        for (number, kind), each in users.items():
            if len(each) < 2:
                continue
            (first, a), (second, b), *_ = each.items()
            does = "sent through" if kind is Kind.SEND else "received through"
            self._report(
                "TTL0507",
                f"{self._pipe(number)} is {does} in {self._thread(first)} and in {self._thread(second)}",
                self._op(second, b),
                "a pipe has one sending and one receiving thread: make a second pipe",
                [(self._op(first, a), "the other one"), (self.trace.pipes[number], "the pipe")],
            )

    def _check_shapes(self) -> None:
        """All blocks that go through a pipe are alike."""
        types = [buffer.result.type.block for buffer in self.trace.buffers]
        first: dict[int, tuple[int, Event]] = {}
        told: set[int] = set()
        for number, _, thread, event in self._pipe_events():
            other_thread, other = first.setdefault(number, (thread, event))
            mine, theirs = types[event.values[0]], types[other.values[0]]
            if mine == theirs or number in told:
                continue
            told.add(number)
            a, b = (_describe(type_) for type_ in (theirs, mine))
            self._report(
                "TTL0507",
                f"blocks of {a} and of {b} go through {self._pipe(number)}",
                self._op(thread, event),
                "what is received has the shape and the format of what is sent",
                [(self._op(other_thread, other), f"a block of {a}")],
            )

    def _check_written(self) -> None:
        """What a core pushes, it has written."""
        told: set[int] = set()
        for core, threads in self.trace.events.items():
            for number, events in enumerate(threads) if self.trace.pipes else ():
                reserved: dict[int, Event] = {}
                for event in events:
                    match event.kind:
                        case Kind.RESERVE:
                            reserved[event.subject] = event
                        case Kind.WRITE:
                            reserved.pop(event.subject, None)
                        case Kind.RECEIVE:
                            reserved.pop(event.values[0], None)
                        case Kind.PUSH if event.subject in reserved and event.subject not in told:
                            told.add(event.subject)
                            self._report_unwritten(core, number, event, reserved[event.subject])
                        case _:
                            pass

    def _report_unwritten(self, core: Core, thread: int, push: Event, reserve: Event) -> None:
        name = self.trace.buffers[push.subject].name_.data
        self._report(
            "TTL0409",
            f"the block of {name} is pushed on core {core}, and nothing was written to it there",
            self._op(thread, push),
            "store() to it, or copy() into it, before it is pushed",
            [(self._op(thread, reserve), "reserved here")],
        )

    # ------------------------------------------------------------------------------------------------- leftovers

    def _check_leftovers(self, outcome: Outcome) -> None:
        left: dict[tuple[int, int], list[Core]] = defaultdict(list)
        for (core, buffer), blocks in outcome.filled.items():
            if blocks:
                left[buffer, blocks].append(core)
        for (buffer, blocks), cores in left.items():
            self._report_left(buffer, blocks, cores)
        told: set[int] = set()
        for pipe, sent in outcome.sent.items():
            for core in self.trace.pipes[pipe].destinations:
                taken = outcome.taken.get((pipe, core), 0)
                if taken != sent and pipe not in told:
                    told.add(pipe)
                    self._report_unmatched(pipe, core, sent, taken)

    def _report_left(self, buffer: int, blocks: int, cores: list[Core]) -> None:
        trace = self.trace
        name = trace.buffers[buffer].name_.data
        counts = [self._count(cores[0], kind, buffer) for kind in (Kind.PUSH, Kind.POP)]
        place = self._last(cores[0], Kind.PUSH, buffer)
        where = f" on {_cores_text(cores)}" if len(trace.events) > 1 else ""
        self._report(
            "TTL0416",
            f"{name} is pushed {_times(counts[0])} and popped {_times(counts[1])}{where}: "
            f"{blocks} {'block is' if blocks == 1 else 'blocks are'} lost",
            place or trace.buffers[buffer],
            "make the loops that fill it and empty it run equally often",
            [(trace.buffers[buffer], "the buffer")],
            Severity.WARNING,
        )

    def _report_unmatched(self, pipe: int, core: Core, sent: int, taken: int) -> None:
        source = self.trace.pipes[pipe].source_core
        self._report(
            "TTL0509",
            f"core {source} sends {_times(sent)} through {self._pipe(pipe)}, and core {core} receives {_times(taken)}",
            self._last(source, Kind.SEND, pipe) or self.trace.pipes[pipe],
            "every destination of a pipe receives each block that is sent",
            [(self.trace.pipes[pipe], "the pipe")],
        )

    # ------------------------------------------------------------------------------------------------- deadlocks

    def _explain(self, outcome: Outcome) -> None:
        """One report: the cycle of waits, or the first wait for what will never come."""
        blocked = outcome.blocked
        culprit = next((actor for actor in blocked if self._hopeless(actor, outcome)), None)
        chain = [culprit] if culprit else self._cycle(blocked)
        others = [actor for actor in blocked if actor not in chain]
        first = chain[0]
        if culprit:
            message = f"{self._who(first)} waits forever: {self._hopeless(first, outcome)}"
        else:
            parts = [
                f"{self._who(actor)} waits to {self._wish(actor)}, which {self._who(after)} must {self._duty(actor)}"
                for actor, after in zip(chain, [*chain[1:], chain[0]], strict=True)
            ]
            message = "deadlock: " + "; ".join(parts)
        alike: dict[tuple[int, int], list[Actor]] = {}
        for actor in (*chain, *others):
            alike.setdefault((actor.thread, actor.event.op), []).append(actor)
        notes = [
            (self._op(actor.thread, actor.event), f"{self._who(actor)} {self._state(actor)}{_more(rest)}")
            for actor, *rest in list(alike.values())[:_MOST_NOTES]
        ]
        code = "TTL0509" if culprit and first.event.kind in (Kind.SEND, Kind.RECEIVED) else "TTL0415"
        self._report(code, message, self._op(first.thread, first.event), self._advice(first, bool(culprit)), notes)

    def _hopeless(self, actor: Actor, outcome: Outcome) -> str:
        """Why a thread waits for something that no thread is going to do any more; "" if one may."""
        event = actor.event
        if any(not other.ended for other in self._helpers(actor, outcome) if other is not actor):
            return ""
        own = next((other for other in self._helpers(actor, outcome) if other is actor), None)
        if own is not None:
            return f"it must {self._duty(actor)} itself, after this"
        name = self._subject(event)
        done = sum(e.kind is event.kind and e.subject == event.subject for e in actor.events[: actor.position])
        match event.kind:
            case Kind.WAIT | Kind.RESERVE:
                wanted, duty = ("block", Kind.PUSH) if event.kind is Kind.WAIT else ("free block", Kind.POP)
                verb = "pushed" if duty is Kind.PUSH else "popped"
                count = self._count(actor.core, duty, event.subject)
                return f"it is {wanted} number {done + 1} of {name}, which is {verb} {_times(count)} on this core"
            case Kind.RECEIVED:
                source = self.trace.pipes[event.subject].source_core
                count = self._count(source, Kind.SEND, event.subject)
                return f"it receives block number {done + 1} of {name}, and core {source} sends {_times(count)}"
            case Kind.SEND:
                lazy = next(
                    core
                    for core in self.trace.pipes[event.subject].destinations
                    if outcome.taken.get((event.subject, core), 0) < outcome.sent.get(event.subject, 0)
                )
                count = self._count(lazy, Kind.RECEIVE, event.subject)
                return f"it sends block number {done + 1} through {name}, and core {lazy} receives {_times(count)}"
            case _:
                wanted, exact = event.values
                value = outcome.values.get((event.subject, actor.core), self._initial(event.subject))
                over = ", already past it" if exact and value > wanted else ""
                return f"{name} is to be {wanted}{'' if exact else ' or more'} here, and stays at {value}{over}"

    def _helpers(self, actor: Actor, outcome: Outcome) -> list[Actor]:
        """The threads that still may do what the actor waits for, itself included; and those that have ended."""
        event = actor.event
        found: list[Actor] = []
        for other in outcome.actors:
            start = other.position + 1 if other is actor else other.position
            if any(self._helps(other, later, actor, event) for later in other.events[start:]):
                found.append(other)
        return found

    def _helps(self, other: Actor, later: Event, actor: Actor, event: Event) -> bool:
        if later.subject != event.subject:
            return False
        match event.kind:
            case Kind.WAIT | Kind.RESERVE:
                wanted = Kind.PUSH if event.kind is Kind.WAIT else Kind.POP
                return other.core == actor.core and later.kind is wanted
            case Kind.RECEIVED:
                return later.kind is Kind.SENT
            case Kind.SEND:
                return later.kind is Kind.RECEIVED
            case Kind.SEMAPHORE_WAIT:
                if later.kind not in (Kind.SEMAPHORE_SET, Kind.SEMAPHORE_INC):
                    return False
                return actor.core in changed_cores(other.core, list(later.values[1:]))
            case _:
                return False

    def _cycle(self, blocked: list[Actor]) -> list[Actor]:
        """Threads each of which waits for the next, and the last for the first."""
        outcome = Outcome(blocked, {}, {}, {}, {}, set())
        path: list[Actor] = []
        actor = blocked[0]
        while actor not in path:
            path.append(actor)
            actor = next(other for other in self._helpers(actor, outcome) if not other.ended)
        return path[path.index(actor) :]

    # ---------------------------------------------------------------------------------------------------- words

    def _wish(self, actor: Actor) -> str:
        event = actor.event
        name = self._subject(event)
        match event.kind:
            case Kind.WAIT:
                return f"take a block of {name}"
            case Kind.RESERVE:
                return f"reserve a block of {name}"
            case Kind.RECEIVED:
                return f"receive through {name}"
            case Kind.SEND:
                return f"send through {name}"
            case _:
                return f"see {name} at {event.values[0]}"

    def _duty(self, actor: Actor) -> str:
        duties = {
            Kind.WAIT: "push",
            Kind.RESERVE: "pop first",
            Kind.RECEIVED: "send",
            Kind.SEND: "receive first",
            Kind.SEMAPHORE_WAIT: "change",
        }
        return duties[actor.event.kind]

    def _advice(self, actor: Actor, hopeless: bool) -> str:
        match actor.event.kind:
            case Kind.WAIT | Kind.RESERVE if hopeless:
                return "make the loops that fill it and empty it run equally often, on every core"
            case Kind.RESERVE:
                name = self.trace.buffers[actor.event.subject].name_.data
                return f"give {name} room for more blocks, or pop one before the next is reserved"
            case Kind.SEND | Kind.RECEIVED if hopeless:
                return "every block that is sent is received once at each destination, and the other way round"
            case Kind.SEMAPHORE_WAIT:
                return "semaphores keep their values: count up and use wait_ge, or set it back where nobody waits"
            case _:
                return "change the order of one of them"

    def _state(self, actor: Actor) -> str:
        """The steps that led to where it waits."""
        first = max(0, actor.position - _LAST_STEPS)
        steps = [self._step(event) for event in actor.events[first : actor.position]]
        before = f"{'… ' if first else ''}{', '.join(steps)}, then " if steps else ""
        return f"{before}waits here to {self._wish(actor)}"

    def _step(self, event: Event) -> str:
        return _VERBS[event.kind].format(self._subject(event))

    def _subject(self, event: Event) -> str:
        match event.kind:
            case Kind.RESERVE | Kind.PUSH | Kind.WAIT | Kind.POP | Kind.WRITE:
                return self.trace.buffers[event.subject].name_.data
            case Kind.SEND | Kind.SENT | Kind.RECEIVE | Kind.RECEIVED:
                return self.trace.pipes[event.subject].name_.data
            case _:
                return self.trace.semaphores[event.subject].name_.data

    def _who(self, actor: Actor) -> str:
        many = len(self.trace.kernel.cores) > 1
        return f"core {actor.core} {self._thread(actor.thread)}" if many else self._thread(actor.thread)

    def _thread(self, number: int) -> str:
        return self.trace.threads[number].thread.sym_name.data

    def _pipe(self, number: int) -> str:
        return f"the pipe {self.trace.pipes[number].name_.data}"

    def _op(self, thread: int, event: Event) -> Operation:
        return self.trace.threads[thread].ops[event.op]

    def _initial(self, semaphore: int) -> int:
        return self.trace.semaphores[semaphore].initial.value.data

    def _count(self, core: Core, kind: Kind, subject: int) -> int:
        threads = self.trace.events.get(core, ())
        return sum(event.kind is kind and event.subject == subject for events in threads for event in events)

    def _last(self, core: Core, kind: Kind, subject: int) -> Operation | None:
        for number, events in enumerate(self.trace.events.get(core, ())):
            for event in reversed(events):
                if event.kind is kind and event.subject == subject:
                    return self._op(number, event)
        return None

    def _report(
        self,
        code: str,
        message: str,
        op: Operation,
        hint: str | None,
        notes: Iterable[tuple[Operation, str]] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        related = tuple(Related(span, text) for place, text in notes if (span := span_of(place)) is not None)
        self.found.append(Diagnostic(code, message, span_of(op), hint, related, severity))


def _describe(block: BlockType) -> str:
    unit = "tiles" if isinstance(block.element, TileType) else "elements"
    return f"{'x'.join(map(str, block.sizes))} {unit} of {block.element.dtype}"


def _more(others: list[Actor]) -> str:
    """That other cores stand at the same place."""
    count = len(others)
    return f"; so {'does another core' if count == 1 else f'do {count} other cores'}" if count else ""


def _times(count: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")


def _cores_text(cores: list[Core]) -> str:
    if len(cores) == 1:
        return f"core {cores[0]}"
    shown = ", ".join(map(str, cores[:4]))
    return f"cores {shown}{f' and {len(cores) - 4} more' if len(cores) > 4 else ''}"
