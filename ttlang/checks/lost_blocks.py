"""
TTL0416, TTL0509: blocks that are left when all threads have ended.

TTL0416: in a buffer, pushed and never popped, unless they were sent or read before. TTL0509: in a pipe, sent
and not received.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from xdsl.ir import Operation

from ttlang.analysis.buffer_flow import used_while_reserved
from ttlang.analysis.event_traces import EventKind, KernelTrace
from ttlang.analysis.locations import diagnostic_at
from ttlang.analysis.trace_replay import Outcome
from ttlang.checks.wording import cores_text, pipe_text, times
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.ttl import Core


def check_lost_blocks(trace: KernelTrace, outcome: Outcome) -> Iterator[Diagnostic]:
    """Looks at what a replay in which all threads ended has left."""
    emptied = {cb.result for cb in trace.kernel.circular_buffers if _is_emptied(cb)}
    used_at_once = used_while_reserved(trace.kernel)
    left: dict[tuple[int, int], list[Core]] = defaultdict(list)
    for (core, buffer), blocks in outcome.filled.items():
        if blocks:
            left[buffer, blocks].append(core)
    for (buffer, blocks), cores in left.items():
        cb = trace.buffers[buffer].result
        if cb not in emptied or (cb in used_at_once and not trace.count(cores[0], EventKind.POP, buffer)):
            continue  # of what nobody empties on any core, TTL0408 has spoken
        yield _left_in_buffer(trace, buffer, blocks, cores)
    for pipe, sent in outcome.sent.items():
        counts = ((core, outcome.taken.get((pipe, core), 0)) for core in trace.pipes[pipe].destinations)
        unmatched = [(taken, core) for core, taken in counts if taken != sent]
        if unmatched:
            yield _left_in_pipe(trace, pipe, sent, *min(unmatched))


def _is_emptied(cb: ttl.CreateCBOp) -> bool:
    """Whether a thread waits for its blocks."""
    return any(isinstance(use.operation, ttl.CBWaitOp | ttl.CBPopOp) for use in cb.result.uses)


def _left_in_buffer(trace: KernelTrace, buffer: int, blocks: int, cores: list[Core]) -> Diagnostic:
    name = trace.buffers[buffer].name_.data
    counts = [trace.count(cores[0], kind, buffer) for kind in (EventKind.PUSH, EventKind.POP)]
    where = f" on {cores_text(cores)}" if len(trace.events) > 1 else ""
    return diagnostic_at(
        "TTL0416",
        f"{name} is pushed {times(counts[0])} and popped {times(counts[1])}{where}: "
        f"{blocks} {'block is' if blocks == 1 else 'blocks are'} lost",
        _last(trace, cores[0], EventKind.PUSH, buffer) or trace.buffers[buffer],
        "make the loops that fill it and empty it run equally often",
        [(trace.buffers[buffer], "the buffer")],
        Severity.WARNING,
    )


def _left_in_pipe(trace: KernelTrace, pipe: int, sent: int, taken: int, core: Core) -> Diagnostic:
    """Of a core that receives some of the blocks, the edition may leave the rest in the pipe."""
    source = trace.pipes[pipe].source_core
    left = taken and trace.kernel.spoken.unreceived_block == "warning"
    receives = f"receives {times(taken)}" if taken else "never receives"
    return diagnostic_at(
        "TTL0509",
        f"core {source} sends {times(sent)} through {pipe_text(trace, pipe)}, and core {core} {receives}",
        _last(trace, source, EventKind.SEND, pipe) or trace.pipes[pipe],
        "every destination of a pipe receives each block that is sent",
        [(trace.pipes[pipe], "the pipe")],
        Severity.WARNING if left else Severity.ERROR,
    )


def _last(trace: KernelTrace, core: Core, kind: EventKind, subject: int) -> Operation | None:
    for number, events in enumerate(trace.events.get(core, ())):
        for event in reversed(events):
            if event.kind is kind and event.subject == subject:
                return trace.op(number, event)
    return None
