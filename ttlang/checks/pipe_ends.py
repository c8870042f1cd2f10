"""
TTL0507, TTL0508: a pipe is used on its own cores, by one thread at each end, for blocks of one shape and format.

TTL0507: two threads at an end, or blocks that differ. TTL0508: a core that is no end of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.checks.wording import cores_text, pipe_text
from ttlang.diagnostics import Diagnostic
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttl import BlockType

_ENDS = (EventKind.SEND, EventKind.RECEIVE)


def check_pipe_ends(trace: KernelTrace) -> Iterator[Diagnostic]:
    """Looks at all sends and receives."""
    yield from _check_cores(trace)
    yield from _check_threads(trace)
    yield from _check_blocks(trace)


def _check_cores(trace: KernelTrace) -> Iterator[Diagnostic]:
    told: set[tuple[int, EventKind]] = set()
    ends = [{EventKind.SEND: (pipe.source_core,), EventKind.RECEIVE: pipe.destinations} for pipe in trace.pipes]
    for core, thread, event in trace.events_of(_ENDS):
        number = event.subject
        allowed = ends[number][event.kind]
        if core in allowed or (number, event.kind) in told:
            continue
        told.add((number, event.kind))
        pipe, sends = trace.pipes[number], event.kind is EventKind.SEND
        does, end = ("sends through", "starts at") if sends else ("receives through", "ends at")
        yield diagnostic_at(
            "TTL0508",
            f"core {core} {does} {pipe_text(trace, number)}, which {end} {cores_text(allowed)}",
            trace.op(thread, event),
            "ask `if_pipe_src` or `if_pipe_dst`, or compare ttl.⟦core⟧() with the pipe's ends",
            [(pipe, "the pipe")],
        )


def _check_threads(trace: KernelTrace) -> Iterator[Diagnostic]:
    users: dict[tuple[int, EventKind], dict[int, Event]] = defaultdict(dict)
    for _, thread, event in trace.events_of(_ENDS):
        users[event.subject, event.kind].setdefault(thread, event)
    for (number, kind), each in users.items():
        if len(each) < 2:
            continue
        (first, a), (second, b), *_ = each.items()
        does = "sent through" if kind is EventKind.SEND else "received through"
        one, other = trace.thread_name(first), trace.thread_name(second)
        yield diagnostic_at(
            "TTL0507",
            f"{pipe_text(trace, number)} is {does} in {one} and in {other}",
            trace.op(second, b),
            "a pipe has one sending and one receiving thread: make a second pipe",
            [(trace.op(first, a), "the other one"), (trace.pipes[number], "the pipe")],
        )


def _check_blocks(trace: KernelTrace) -> Iterator[Diagnostic]:
    """All blocks that go through a pipe are alike."""
    types = [buffer.result.type.block for buffer in trace.buffers]
    first: dict[int, tuple[int, Event]] = {}
    told: set[int] = set()
    for _, thread, event in trace.events_of(_ENDS):
        number = event.subject
        other_thread, other = first.setdefault(number, (thread, event))
        mine, theirs = types[event.values[0]], types[other.values[0]]
        if mine == theirs or number in told:
            continue
        told.add(number)
        a, b = (_describe(type_) for type_ in (theirs, mine))
        yield diagnostic_at(
            "TTL0507",
            f"blocks of {a} and of {b} go through {pipe_text(trace, number)}",
            trace.op(thread, event),
            "what is received has the shape and the format of what is sent",
            [(trace.op(other_thread, other), f"a block of {a}")],
        )


def _describe(block: BlockType) -> str:
    unit = "tiles" if isinstance(block.element, TileType) else "elements"
    return f"{'x'.join(map(str, block.sizes))} {unit} of {block.element.dtype}"
