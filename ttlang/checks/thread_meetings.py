"""
How the threads of all cores meet, where that is known before the run: who has which end of a buffer or a pipe, whether
all of them get to their ends, and what they leave. Each of these checks has a file of its own.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from operator import itemgetter

from ttlang.analysis.event_traces import EventKind, KernelTrace, UnknownEvents
from ttlang.analysis.kernel_tracing import trace_kernel
from ttlang.analysis.trace_replay import replay
from ttlang.checks.buffer_ends import check_sides
from ttlang.checks.deadlocks import Deadlock
from ttlang.checks.lost_blocks import check_lost_blocks
from ttlang.checks.pipe_ends import check_pipe_ends
from ttlang.checks.semaphore_cores import check_semaphore_cores
from ttlang.checks.unwritten_blocks import check_unwritten_blocks
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl

_kind_and_subject = itemgetter(0, 2)
"""Of an event."""
_LONG = 400
"""Events of a thread beyond which its loops count as many turns of the same."""


def check_meetings(kernel: ttl.KernelOp) -> list[Diagnostic]:
    """All that is wrong; nothing where the events of a thread can't be told."""
    try:
        trace = trace_kernel(kernel)
        found = [
            *check_sides(trace),
            *check_pipe_ends(trace),
            *check_semaphore_cores(trace),
            *check_unwritten_blocks(trace),
        ]
        return found or _check_ends(trace)
    except UnknownEvents:
        return []


def surely_ends(kernel: ttl.KernelOp) -> bool:
    """Whether it is known that no thread waits forever."""
    try:
        trace = trace_kernel(kernel)
        return _repeats_well(trace) or not replay(trace).blocked
    except UnknownEvents:
        return False


def _check_ends(trace: KernelTrace) -> list[Diagnostic]:
    """Runs the threads against each other."""
    if _repeats_well(trace):
        return []
    outcome = replay(trace)
    return [Deadlock(trace, outcome).diagnostic()] if outcome.blocked else list(check_lost_blocks(trace, outcome))


def _repeats_well(trace: KernelTrace) -> bool:
    """Whether it need not be run through: its loops do the same many times, and begin well."""
    return _is_long(trace) and _begins_well(trace) and _counts_match(trace)


def _is_long(trace: KernelTrace) -> bool:
    """Whether a core that waits for no other does so much that its loops are better looked at than run through."""
    longest = max((len(events) for threads in trace.events.values() for events in threads), default=0)
    return longest > _LONG and not trace.communicates


def _begins_well(trace: KernelTrace) -> bool:
    """Whether threads meet in their first events. What they do then, loops repeat."""
    outcome = replay(trace, most=_LONG)
    return all(any(a.ended for a in outcome.actors if a.core == actor.core) for actor in outcome.blocked)


def _counts_match(trace: KernelTrace) -> bool:
    """Whether each buffer is emptied as often as it is filled, on each core."""
    for threads in trace.events.values():
        counts = Counter(chain.from_iterable(map(_kind_and_subject, events) for events in threads))
        pushed, popped = (
            {key[1:]: count for key, count in counts.items() if key[0] is kind}
            for kind in (EventKind.PUSH, EventKind.POP)
        )
        if pushed != popped:
            return False
    return True
