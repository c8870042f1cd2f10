"""
TTL0409: a core pushes a block that nothing was written to there.

Asked where there are pipes, since cores have roles then; `releases.py` asks it of a thread on all its paths.
"""

from __future__ import annotations

from collections.abc import Iterator

from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.diagnostics import Diagnostic
from ttlang.dialects.ttl import Core


def check_unwritten_blocks(trace: KernelTrace) -> Iterator[Diagnostic]:
    """What a core pushes, it has written."""
    told: set[int] = set()
    found: dict[int, list[tuple[Event, Event]]] = {}
    for core, threads in trace.events.items() if trace.pipes else ():
        for number, events in enumerate(threads):
            if (unwritten := found.get(id(events))) is None:
                unwritten = found[id(events)] = list(_unwritten(events))
            for push, reserve in unwritten:
                if push.subject not in told:
                    told.add(push.subject)
                    yield _report(trace, core, number, push, reserve)


def _unwritten(events: tuple[Event, ...]) -> Iterator[tuple[Event, Event]]:
    """The pushes of blocks that were not written, each with the acquisition."""
    reserved: dict[int, Event] = {}
    for event in events:
        match event.kind:
            case EventKind.RESERVE:
                reserved[event.subject] = event
            case EventKind.WRITE:
                reserved.pop(event.subject, None)
            case EventKind.RECEIVE:
                reserved.pop(event.values[0], None)
            case EventKind.PUSH if event.subject in reserved:
                yield event, reserved[event.subject]
            case _:
                pass


def _report(trace: KernelTrace, core: Core, thread: int, push: Event, reserve: Event) -> Diagnostic:
    name = trace.buffers[push.subject].name_.data
    return diagnostic_at(
        "TTL0409",
        f"the block of {name} is pushed on core {core}, and nothing was written to it there",
        trace.op(thread, push),
        "store() to it, or copy() into it, before it is pushed",
        [(trace.op(thread, reserve), "reserved here")],
    )
