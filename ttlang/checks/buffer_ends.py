"""
TTL0405, TTL0406, TTL0407, TTL0408: a buffer has one thread that fills it and one that empties it.

TTL0405: two producers. TTL0406: two consumers. TTL0407: nothing fills it. TTL0408: nothing empties it, nor sends or
reads what it has reserved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from operator import itemgetter

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import used_while_reserved
from ttlang.analysis.event_traces import Event, EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.ttl import Core
from ttlang.dialects.walking import operations_of

_kind_and_subject = itemgetter(0, 2)
"""Of an event."""
_ROLES = (
    ("producers", (EventKind.RESERVE, EventKind.PUSH), "TTL0405"),
    ("consumers", (EventKind.WAIT, EventKind.POP), "TTL0406"),
)

_Ends = dict[SSAValue, dict[str, Operation]]
"""For each buffer, the first operation at one of its ends in each thread that has one, by the thread's name."""


def check_counterparts(kernel: ttl.KernelOp) -> Iterator[Diagnostic]:
    """What is filled is emptied somewhere, and the other way round."""
    producers, consumers = _ends(kernel)
    used = used_while_reserved(kernel)
    for cb in kernel.circular_buffers:
        if (cb.result in used or cb.tensor is not None) and not consumers[cb.result]:
            continue  # it needs nobody else, as long as the ring has room
        severity = Severity.WARNING if kernel.spoken.unemptied_buffer == "warning" else Severity.ERROR
        yield from _check_counterparts(cb, producers[cb.result], consumers[cb.result], severity)


def check_sides(trace: KernelTrace) -> Iterator[Diagnostic]:
    """On each core, one thread fills a buffer and one empties it."""
    told: set[tuple[int, str]] = set()
    found: dict[int, list[list[Event]]] = {}
    for core, threads in trace.events.items():
        for events in threads:
            if id(events) not in found:
                found[id(events)] = _firsts(events)
        for index, (role, _, code) in enumerate(_ROLES):
            users: dict[int, dict[int, Event]] = defaultdict(dict)
            for number, events in enumerate(threads):
                for event in found[id(events)][index]:
                    users[event.subject][number] = event
            for buffer, each in users.items():
                if len(each) > 1 and (buffer, role) not in told:
                    told.add((buffer, role))
                    yield _two_users(trace, code, role, core, buffer, each)


def _firsts(events: Sequence[Event]) -> list[list[Event]]:
    """For each role, the first operation of a thread in it on each buffer."""
    each = {_kind_and_subject(event): event for event in reversed(events)}
    backwards = sorted(each.values(), key=lambda event: -event.op)
    roles = [{event.subject: event for event in backwards if event.kind in kinds} for _, kinds, _ in _ROLES]
    return [sorted(firsts.values(), key=lambda event: event.op) for firsts in roles]


def _two_users(trace: KernelTrace, code: str, role: str, core: Core, buffer: int, each: dict[int, Event]) -> Diagnostic:
    (first, a), (second, b), *_ = each.items()
    one, other = trace.thread_name(first), trace.thread_name(second)
    verbs = "reserved and pushed" if role == "producers" else "waited for and popped"
    name = trace.buffers[buffer].name_.data
    where = f" on core {core}" if any(thread.depends_on_core for thread in trace.threads) else ""
    return diagnostic_at(
        code,
        f"{name} has two {role}{where}: it is {verbs} in {one} and in {other}",
        trace.op(second, b),
        f"a buffer has one of each: make a second buffer for {other}",
        [(trace.op(first, a), f"the other of its {role}")],
    )


def _ends(kernel: ttl.KernelOp) -> tuple[_Ends, _Ends]:
    """What fills the buffers, and what empties them."""
    producers: _Ends = {cb.result: {} for cb in kernel.circular_buffers}
    consumers: _Ends = {cb.result: {} for cb in kernel.circular_buffers}
    for thread in kernel.threads:
        for op in operations_of(thread, ttl.CBReserveOp, ttl.CBPushOp, ttl.CBWaitOp, ttl.CBPopOp):
            ends = producers if isinstance(op, ttl.CBReserveOp | ttl.CBPushOp) else consumers
            ends[op.cb].setdefault(thread.sym_name.data, op)
    return producers, consumers


def _check_counterparts(
    cb: ttl.CreateCBOp, producers: dict[str, Operation], consumers: dict[str, Operation], unemptied: Severity
) -> Iterator[Diagnostic]:
    name = cb.name_.data
    if consumers and not producers:
        (thread, op), *_ = consumers.items()
        message = f"{thread} waits for {name}, which nothing fills"
        publish = f"call {name}.publish() in a data movement thread"
        hint = f"reserve, write and push {name}" if cb.tensor is None else publish
        yield diagnostic_at("TTL0407", message, op, hint, [(cb, "the buffer")])
    if producers and not consumers:
        (thread, op), *_ = producers.items()
        message, hint = f"{thread} fills {name}, which nothing empties", f"wait for {name} and pop it"
        yield diagnostic_at("TTL0408", message, op, hint, [(cb, "the buffer")], unemptied)
