"""What a run of the events says about a kernel: ends that don't match, deadlocks, and pages that are left."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from operator import itemgetter

from xdsl.ir import Operation

from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.analysis.trace_replay import Outcome, replay
from ttlang.checks.deadlocks import Deadlock, times
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl import BlockType, Core

_what = itemgetter(0, 2)
"""The kind and the subject of an event."""
_LONG = 400
"""Events of a thread beyond which its loops count as many turns of the same."""
_FILLING = (EventKind.RESERVE, EventKind.PUSH)
_DRAINING = (EventKind.WAIT, EventKind.POP)
_PIPE_ENDS = (EventKind.SEND, EventKind.RECEIVE)


@dataclass
class Verdict:
    """Looks at a kernel's events, and at how they meet."""

    trace: KernelTrace
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def diagnostics(self) -> list[Diagnostic]:
        """All that is wrong. Raises an UnknownEvents if the events can't be told."""
        self._check_sides()
        self._check_pipe_ends()
        self._check_signals()
        self._check_written()
        if self.found:
            return self.found
        if self._is_long() and self._begins_well() and self._counts_match():
            return self.found
        outcome = replay(self.trace)
        if outcome.blocked:
            self.found.append(Deadlock(self.trace, outcome).diagnostic())
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
        outcome = replay(self.trace, most=_LONG)
        return all(any(a.ended for a in outcome.actors if a.core == actor.core) for actor in outcome.blocked)

    def _counts_match(self) -> bool:
        """Whether each buffer is emptied as often as it is filled, on each core."""
        for threads in self.trace.events.values():
            counts = Counter(chain.from_iterable(map(_what, events) for events in threads))
            pushed, popped = (
                {k[1:]: n for k, n in counts.items() if k[0] is kind} for kind in (EventKind.PUSH, EventKind.POP)
            )
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
        one, other = self.trace.thread_name(first), self.trace.thread_name(second)
        verbs = "reserved and pushed" if role == "producers" else "waited for and popped"
        name = self.trace.buffers[buffer].name_.data
        where = f" on core {core}" if any(thread.depends_on_core for thread in self.trace.threads) else ""
        self._report(
            code,
            f"{name} has two {role}{where}: it is {verbs} in {one} and in {other}",
            self.trace.op(second, b),
            f"a buffer has one of each: make a second buffer for {other}",
            [(self.trace.op(first, a), f"the other of its {role}")],
        )

    def _check_pipe_ends(self) -> None:
        """A pipe is used on its own cores, by one thread at each end, for blocks of one shape and format."""
        told: set[tuple[int, EventKind, str]] = set()
        for core, thread, event in self._events(_PIPE_ENDS):
            number = event.subject
            pipe = self.trace.pipes[number]
            sends = event.kind is EventKind.SEND
            allowed = [pipe.source_core] if sends else pipe.destinations
            key = (number, event.kind, "core")
            if core not in allowed and key not in told:
                told.add(key)
                does, end = ("sends through", "starts at") if sends else ("receives through", "ends at")
                self._report(
                    "TTL0508",
                    f"core {core} {does} {self._pipe(number)}, which {end} {_cores_text(allowed)}",
                    self.trace.op(thread, event),
                    "ask `if_pipe_src` or `if_pipe_dst`, or compare ttl.⟦core⟧() with the pipe's ends",
                    [(pipe, "the pipe")],
                )
        self._check_one_thread()
        self._check_shapes()

    def _events(self, kinds: Sequence[EventKind]) -> Iterable[tuple[Core, int, Event]]:
        """Those of some kinds, where there can be any, with their core and the number of their thread."""
        for core, threads in self.trace.events.items() if self.trace.communicates else ():
            for thread, events in enumerate(threads):
                for event in events:
                    if event.kind in kinds:
                        yield core, thread, event

    def _check_one_thread(self) -> None:
        users: dict[tuple[int, EventKind], dict[int, Event]] = defaultdict(dict)
        for _, thread, event in self._events(_PIPE_ENDS):
            users[event.subject, event.kind].setdefault(thread, event)
        for (number, kind), each in users.items():
            if len(each) < 2:
                continue
            (first, a), (second, b), *_ = each.items()
            does = "sent through" if kind is EventKind.SEND else "received through"
            one, other = self.trace.thread_name(first), self.trace.thread_name(second)
            self._report(
                "TTL0507",
                f"{self._pipe(number)} is {does} in {one} and in {other}",
                self.trace.op(second, b),
                "a pipe has one sending and one receiving thread: make a second pipe",
                [(self.trace.op(first, a), "the other one"), (self.trace.pipes[number], "the pipe")],
            )

    def _check_shapes(self) -> None:
        """All blocks that go through a pipe are alike."""
        types = [buffer.result.type.block for buffer in self.trace.buffers]
        first: dict[int, tuple[int, Event]] = {}
        told: set[int] = set()
        for _, thread, event in self._events(_PIPE_ENDS):
            number = event.subject
            other_thread, other = first.setdefault(number, (thread, event))
            mine, theirs = types[event.values[0]], types[other.values[0]]
            if mine == theirs or number in told:
                continue
            told.add(number)
            a, b = (_describe(type_) for type_ in (theirs, mine))
            self._report(
                "TTL0507",
                f"blocks of {a} and of {b} go through {self._pipe(number)}",
                self.trace.op(thread, event),
                "what is received has the shape and the format of what is sent",
                [(self.trace.op(other_thread, other), f"a block of {a}")],
            )

    def _check_signals(self) -> None:
        """Semaphores are changed on cores of the grid."""
        columns, rows = self.trace.kernel.grid_sizes
        told: set[tuple[int, int]] = set()
        for core, thread, event in self._events((EventKind.SEMAPHORE_SET, EventKind.SEMAPHORE_INC)):
            corners = zip(event.values[1::2], event.values[2::2], strict=True)
            outside = next(((x, y) for x, y in corners if not (0 <= x < columns and 0 <= y < rows)), None)
            if outside is None or (thread, event.op) in told:
                continue
            told.add((thread, event.op))
            semaphore = self.trace.semaphores[event.subject]
            self._report(
                "TTL0505",
                f"core {core} changes {semaphore.name_.data} on core {outside}: the grid has {columns} x {rows} cores",
                self.trace.op(thread, event),
                "cores are (column, row), and count from 0; in a ring, (x + 1) % columns follows on x",
                [(semaphore, "the semaphore")],
            )

    def _check_written(self) -> None:
        """What a core pushes, it has written."""
        told: set[int] = set()
        for core, threads in self.trace.events.items():
            for number, events in enumerate(threads) if self.trace.pipes else ():
                reserved: dict[int, Event] = {}
                for event in events:
                    match event.kind:
                        case EventKind.RESERVE:
                            reserved[event.subject] = event
                        case EventKind.WRITE:
                            reserved.pop(event.subject, None)
                        case EventKind.RECEIVE:
                            reserved.pop(event.values[0], None)
                        case EventKind.PUSH if event.subject in reserved and event.subject not in told:
                            told.add(event.subject)
                            self._report_unwritten(core, number, event, reserved[event.subject])
                        case _:
                            pass

    def _report_unwritten(self, core: Core, thread: int, push: Event, reserve: Event) -> None:
        name = self.trace.buffers[push.subject].name_.data
        self._report(
            "TTL0409",
            f"the block of {name} is pushed on core {core}, and nothing was written to it there",
            self.trace.op(thread, push),
            "store() to it, or copy() into it, before it is pushed",
            [(self.trace.op(thread, reserve), "reserved here")],
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
        counts = [self.trace.count(cores[0], kind, buffer) for kind in (EventKind.PUSH, EventKind.POP)]
        place = self._last(cores[0], EventKind.PUSH, buffer)
        where = f" on {_cores_text(cores)}" if len(trace.events) > 1 else ""
        self._report(
            "TTL0416",
            f"{name} is pushed {times(counts[0])} and popped {times(counts[1])}{where}: "
            f"{blocks} {'block is' if blocks == 1 else 'blocks are'} lost",
            place or trace.buffers[buffer],
            "make the loops that fill it and empty it run equally often",
            [(trace.buffers[buffer], "the buffer")],
            Severity.WARNING,
        )

    def _report_unmatched(self, pipe: int, core: Core, sent: int, taken: int) -> None:
        source = self.trace.pipes[pipe].source_core
        receives = f"receives {times(taken)}" if taken else "never receives"
        self._report(
            "TTL0509",
            f"core {source} sends {times(sent)} through {self._pipe(pipe)}, and core {core} {receives}",
            self._last(source, EventKind.SEND, pipe) or self.trace.pipes[pipe],
            "every destination of a pipe receives each block that is sent",
            [(self.trace.pipes[pipe], "the pipe")],
        )

    # -------------------------------------------------------------------------------------------------- reports

    def _pipe(self, number: int) -> str:
        return f"the pipe {self.trace.pipes[number].name_.data}"

    def _last(self, core: Core, kind: EventKind, subject: int) -> Operation | None:
        for number, events in enumerate(self.trace.events.get(core, ())):
            for event in reversed(events):
                if event.kind is kind and event.subject == subject:
                    return self.trace.op(number, event)
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
        self.found.append(diagnostic_at(code, message, op, hint, notes, severity))


def _describe(block: BlockType) -> str:
    unit = "tiles" if isinstance(block.element, TileType) else "elements"
    return f"{'x'.join(map(str, block.sizes))} {unit} of {block.element.dtype}"


def _cores_text(cores: list[Core]) -> str:
    if len(cores) == 1:
        return f"core {cores[0]}"
    shown = ", ".join(map(str, cores[:4]))
    return f"cores {shown}{f' and {len(cores) - 4} more' if len(cores) > 4 else ''}"
