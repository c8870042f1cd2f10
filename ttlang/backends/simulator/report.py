"""Diagnostics about running threads: what went wrong on which core, in which thread, at which line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from types import TracebackType

from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.faults import NO_CALL, Fault, Wait, core_ranges, count_of
from ttlang.backends.simulator.program import ProgramInfo
from ttlang.backends.simulator.threads import Thread
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span, error


def fault_error(thread: Thread, fault: Fault, columns: int) -> DiagnosticError:
    """The error of a thread that broke a rule."""
    return error(fault.code, f"{_who(thread, columns)}: {fault.message}", _span(thread, fault.op), hint=fault.hint)


def arithmetic_error(thread: Thread, cause: ArithmeticError, columns: int) -> DiagnosticError:
    """The error of a thread whose own arithmetic failed: a division by zero, a loop that does not advance."""
    span = _failing_span(thread, cause.__traceback__) or thread.kernel.info.span
    return error("TTL0811", f"{_who(thread, columns)}: {cause}", span)


def deadlock(threads: Sequence[Thread], columns: int) -> DiagnosticError:
    """The error of a program all of whose threads wait, or have ended: each wait, once for all cores that share it."""
    peers = {(thread.core, thread.kernel.info.name): thread for thread in threads}
    groups: dict[tuple[str, str], list[Thread]] = defaultdict(list)
    for thread in threads:
        if thread.wait is not None:
            groups[thread.kernel.info.name, _wait_text(thread, thread.wait, peers)].append(thread)
    notes: list[Related] = []
    texts: list[str] = []
    for (name, text), members in groups.items():
        cores = core_ranges([member.core for member in members], columns)
        wait = members[0].wait
        span = _span(members[0], wait.op if wait else NO_CALL)
        texts.append(f"{cores}, thread '{name}': {text}")
        if span:
            notes.append(Related(span, texts[-1]))
    waiting = sum(len(members) for members in groups.values())
    message = f"deadlock: {count_of(waiting, 'thread')} {'waits' if waiting == 1 else 'wait'}, and no other can go on"
    if not notes:
        message += "".join(f"\n  {text}" for text in texts)
    return error("TTL0801", message, notes[0].span if notes else None, related=notes)


def leftovers(program: ProgramInfo, cores: Iterable[Sequence[Buffer]], columns: int) -> list[Diagnostic]:
    """A warning for each buffer that ends with pages that were pushed and never popped."""
    left: dict[tuple[int, int], list[int]] = defaultdict(list)
    for core, buffers in enumerate(cores):
        for buffer in buffers:
            if buffer.filled:
                left[buffer.info.number, buffer.filled].append(core)
    spans = {op.sym_name.data: span_of(op) for op in program.op.circular_buffers}
    return [
        Diagnostic(
            "TTL0812",
            f"{program.buffers[number].name} is left with {count_of(pages, 'page')} on {core_ranges(where, columns)}",
            spans[program.buffers[number].name],
            severity=Severity.WARNING,
        )
        for (number, pages), where in left.items()
    ]


def _wait_text(thread: Thread, wait: Wait, peers: dict[tuple[int, str], Thread]) -> str:
    buffer = thread.buffers[wait.buffer]
    there = buffer.filled if wait.front else buffer.pages - buffer.filled
    state = "filled" if wait.front else "free"
    call = f"{wait.call}({buffer.info.name}, {wait.pages})"
    return (
        f"{call} needs {count_of(wait.pages, state + ' page')}, {there} {'is' if there == 1 else 'are'}; "
        + _peer_text(thread, wait, peers)
    )


def _peer_text(thread: Thread, wait: Wait, peers: dict[tuple[int, str], Thread]) -> str:
    """What the thread does that this one waits for."""
    does = "fills" if wait.front else "empties"
    for peer in (p for (core, _), p in peers.items() if core == thread.core):
        info = peer.kernel.info
        if wait.buffer not in (info.fills if wait.front else info.drains):
            continue
        if peer is thread:
            return f"the thread itself {does} it"
        return f"thread '{info.name}', which {does} it, {'has ended' if peer.ended else 'waits too'}"
    return f"no thread {does} it"


def _who(thread: Thread, columns: int) -> str:
    return f"{core_ranges([thread.core], columns)}, thread '{thread.kernel.info.name}'"


def _span(thread: Thread, op: int) -> Span | None:
    return thread.kernel.info.span if op == NO_CALL else span_of(thread.kernel.ops[op])


def _failing_span(thread: Thread, trace: TracebackType | None) -> Span | None:
    """The place in the kernel where an exception came out of its generated function."""
    while trace is not None:
        code = trace.tb_frame.f_code
        if code is thread.kernel.code:
            positions = list(code.co_positions())[trace.tb_lasti // 2]
            line, _, column, _ = positions
            return Span(code.co_filename, line or trace.tb_lineno, (column or 0) + 1)
        trace = trace.tb_next
    return None
