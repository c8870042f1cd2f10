"""Diagnostics about running threads: what went wrong on which core, in which thread, at which line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType

from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span, error
from ttlang.machine.buffers import Buffer
from ttlang.machine.faults import NO_CALL, Fault, core_ranges, count_of
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.threads import Thread
from ttlang.machine.waits import ChangeWait, Pause, Wait, WordWait


def fault_error(thread: Thread, fault: Fault) -> DiagnosticError:
    """The error of a thread that broke a rule."""
    frame = _frame(thread, fault.__traceback__)
    turn = _turn(thread, fault.op, frame.tb_frame.f_locals if frame else {})
    calls = thread.kernel.site(fault.op).callers if fault.op != NO_CALL else ()
    message = f"{thread.label}{turn}: {fault.message}"
    return error(fault.code, message, _span(thread, fault.op), hint=fault.hint, related=calls)


def arithmetic_error(thread: Thread, cause: ArithmeticError) -> DiagnosticError:
    """The error of a thread whose own arithmetic failed: a division by zero, a loop that does not advance."""
    frame = _frame(thread, cause.__traceback__)
    span = _failing_span(frame) if frame else thread.kernel.info.span
    return error("TTL0811", f"{thread.label}: {cause}", span)


def standing(threads: Sequence[Thread], trace: TracebackType | None) -> str:
    """How far a run is that was stopped: for each kernel the threads that have ended, and where the others stand."""
    by_kernel: dict[str, list[Thread]] = defaultdict(list)
    for thread in threads:
        by_kernel[thread.name].append(thread)
    ended = sum(thread.ended for thread in threads)
    lines = [f"interrupted in a simulation: {ended} of {count_of(len(threads), 'thread')} had ended"]
    for name, members in by_kernel.items():
        running = [thread for thread in members if not thread.ended]
        moved = sum(thread.pages_moved for thread in members)
        at = f", {_stand(running[0], trace)}" if running else ""
        pages = f", {count_of(moved, 'page')} moved" if moved else ""
        lines.append(f"  thread '{name}': {len(members) - len(running)} of {len(members)} had ended{pages}{at}")
    return "\n".join(lines)


def _stand(thread: Thread, trace: TracebackType | None) -> str:
    """The line at which a thread stands, or was when it was interrupted, and the turns of its loops."""
    frame, where = thread.frame, f"core ({thread.x}, {thread.y})"
    if thread.kernel.code is None:
        span = thread.kernel.last_call(thread)
        return f"{where} behind line {span.line}" if span else where
    if frame is None:
        found = _frame(thread, trace)
        frame = found.tb_frame if found else None
    if frame is None:
        return where
    names = thread.kernel.loop_names
    turns = [f"{names[name]} = {value}" for name, value in frame.f_locals.items() if name in names]
    return ", ".join([f"{where} at line {frame.f_lineno}", *turns])


def deadlock(threads: Sequence[Thread], columns: int) -> DiagnosticError:
    """The error of a program all of whose threads wait, or have ended: each wait, once for all cores that share it."""
    peers = {(thread.core, thread.name): thread for thread in threads}
    groups: dict[tuple[str, str], list[Thread]] = defaultdict(list)
    for thread in threads:
        match thread.wait:
            case Wait():
                groups[thread.name, _wait_text(thread, thread.wait, peers)].append(thread)
            case WordWait():
                groups[thread.name, _word_text(thread, threads, columns)].append(thread)
            case ChangeWait():
                groups[thread.name, "looks at semaphores that no other thread changes any more"].append(thread)
            case Pause():
                groups[thread.name, "polls for what no other thread changes any more"].append(thread)
            case None:
                pass
    notes: list[Related] = []
    texts: list[str] = []
    for (name, text), members in groups.items():
        cores = core_ranges([member.core for member in members], columns)
        wait = members[0].wait
        span = _span(members[0], wait.op if wait else NO_CALL)
        texts.append(f"{cores}, thread '{name}'{_same_turn(members)}: {text}{_trail(members[0])}")
        if span:
            notes.append(Related(span, texts[-1]))
    waiting = sum(len(members) for members in groups.values())
    message = f"deadlock: {count_of(waiting, 'thread')} {'waits' if waiting == 1 else 'wait'}, and no other can go on"
    if cycle := _cycle(threads, peers):
        message += f": {cycle}"
    if not notes:
        message += "".join(f"\n  {text}" for text in texts)
    return error("TTL0801", message, notes[0].span if notes else None, related=notes)


def _same_turn(members: Sequence[Thread]) -> str:
    """The turn of the loops that all these waiting threads stand in; "" if they differ."""
    turns = {_turn(each, each.wait.op, each.variables()) for each in members if each.wait is not None}
    return turns.pop() if len(turns) == 1 else ""


def _cycle(threads: Sequence[Thread], peers: dict[tuple[int, str], Thread]) -> str:
    """Threads of several cores each of which waits for the next, and the last for the first; "" if none is found."""
    path: list[Thread] = []
    thread = next((thread for thread in threads if isinstance(thread.wait, WordWait)), None)
    while thread is not None and thread not in path:
        path.append(thread)
        thread = next((other for other in _awaited(thread, threads, peers) if other.wait is not None), None)
    if thread is None or len(path) - path.index(thread) < 2:
        return ""
    steps = [f"{each.label} waits {_place(each)}" for each in path[path.index(thread) :]]
    return " for ".join([*steps, "the first of them"])


def _awaited(thread: Thread, threads: Sequence[Thread], peers: dict[tuple[int, str], Thread]) -> list[Thread]:
    """The threads that may do what a thread waits for."""
    match thread.wait:
        case Wait() as wait:
            here = [peer for (core, _), peer in peers.items() if core == thread.core and peer is not thread]
            return [peer for peer in here if _works_on(peer, wait) or _comes_to(peer, wait)]
        case WordWait():
            name = _awaited_semaphore(thread)[0]
            return [other for other in threads if other is not thread and _changes(other, name)]
        case ChangeWait() | Pause() | None:
            return []


def _place(thread: Thread) -> str:
    span = _span(thread, thread.wait.op if thread.wait else NO_CALL)
    return f"at line {span.line}" if span else "somewhere"


def _trail(thread: Thread) -> str:
    """The last steps of a thread, where they were followed: the one before last is what it did last."""
    steps: list[str] = []
    for number in list(thread.trail)[:-1]:
        site = thread.kernel.site(number)
        steps.append(f"{site.callee}{f' (line {site.span.line})' if site.span else ''}")
    return f"; before that: {', '.join(steps)}" if steps else ""


def _awaited_semaphore(thread: Thread) -> tuple[str, int, bool, int]:
    """The name of the semaphore that a thread waits for, the value, whether exactly that, and what it is."""
    assert thread.port is not None
    assert thread.port.links is not None
    semaphores = thread.port.links.signals.semaphores
    found = semaphores.awaited(thread)
    assert found is not None
    number, wanted, exact = found
    return semaphores.names[number], wanted, exact, semaphores.value(thread.core, number, NO_CALL)


def _word_text(thread: Thread, threads: Sequence[Thread], columns: int) -> str:
    name, wanted, exact, value = _awaited_semaphore(thread)
    text = f"waits until the semaphore {name} is {wanted}{'' if exact else ' or more'}, and it is {value}; "
    changing = [other for other in threads if _changes(other, name)]
    others = [other for other in changing if not other.ended and other is not thread]
    if not others:
        return text + "all threads that change it have ended"
    cores = core_ranges(sorted({other.core for other in others})[:4], columns)
    return text + f"thread '{others[0].name}' changes it, which waits too on {cores}"


def _changes(thread: Thread, semaphore: str) -> bool:
    """Whether a thread has a call that may change a semaphore."""
    return semaphore in thread.kernel.info.changes


def contested(threads: Iterable[Thread], tensors: Iterable[TensorPages]) -> tuple[Diagnostic, ...]:
    """
    A warning for each line that writes pages that another core has written, in no order, where all leave the same
    bytes. Raises a DiagnosticError for the first page of which that is not so.
    """
    histories = {id(tensor.history): tensor.history for tensor in tensors if tensor.history is not None}
    by_place = {(thread.core, thread.name): thread for thread in threads}
    found: dict[tuple[str, Span | None], Diagnostic] = {}
    for contest in (contest for history in histories.values() for contest in history.contests.values()):
        thread = by_place[contest.core, contest.thread]
        span, turn = _span(thread, contest.op), _turn(thread, contest.op, contest.variables)
        calls = thread.kernel.site(contest.op).callers
        message = f"{thread.label}{turn}: {contest.message}"
        if not contest.is_settled:
            raise error("TTL0810", message, span, related=calls)
        same = f"{message}: the same bytes, so that it does not matter which core is last"
        hint = "let each core write tiles of its own, unless all are meant to do the same"
        warning = Diagnostic("TTL0810", same, span, hint, calls, Severity.WARNING)
        found.setdefault((thread.name, span), warning)
    return tuple(found.values())


def unawaited(threads: Iterable[Thread]) -> tuple[Diagnostic, ...]:
    """A warning for each line whose increment no barrier has waited for when its thread ended, though it had landed."""
    found: dict[tuple[str, Span | None], Diagnostic] = {}
    for thread in threads:
        if thread.port is None or thread.port.links is None:
            continue
        if (op := thread.port.links.signals.increments.unawaited) >= 0:
            message = f"{thread.label}: the kernel ends and has not waited for an increment, which has landed"
            calls = thread.kernel.site(op).callers
            warning = Diagnostic("TTL0808", message, _span(thread, op), _BARRIER, calls, Severity.WARNING)
            found.setdefault((thread.name, warning.span), warning)
    return tuple(found.values())


_BARRIER = "a noc_async_atomic_barrier behind it says so, whatever others do"


def leftovers(program: ProgramInfo, cores: Iterable[Sequence[Buffer]], columns: int) -> tuple[Diagnostic, ...]:
    """A warning for each buffer, on no tensor, that ends with pages that were pushed and neither popped nor used."""
    left: dict[tuple[int, int], list[int]] = defaultdict(list)
    for core, buffers in enumerate(cores):
        for buffer in buffers:
            if buffer.filled and not buffer.used and buffer.info.backing is None:
                left[buffer.info.number, buffer.filled].append(core)
    return tuple(
        Diagnostic(
            "TTL0812",
            f"{program.buffers[number].name} is left with {count_of(pages, 'page')} on {core_ranges(where, columns)}",
            program.buffers[number].span,
            severity=Severity.WARNING,
        )
        for (number, pages), where in left.items()
    )


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
    here = [peer for (core, _), peer in peers.items() if core == thread.core]
    for peer in here:
        if not _works_on(peer, wait):
            continue
        if peer is thread:
            return f"the thread itself {does} it"
        return f"thread '{peer.name}', which {does} it, {'has ended' if peer.ended else 'waits too'}"
    for peer in here:
        if not _comes_to(peer, wait):
            continue
        if peer is thread:
            return f"the thread itself {does} it, behind this"
        state = "has ended without that" if peer.ended else "waits too, and has not come to that"
        return f"thread '{peer.name}', which {does} it, {state}"
    for peer in here:
        later = peer.kernel.info.later
        if peer is not thread and not peer.ended and (later.fills_another if wait.front else later.drains_another):
            return f"no thread has come to it; thread '{peer.name}', which may be the one, waits too"
    return f"no thread {does} it"


def _works_on(thread: Thread, wait: Wait) -> bool:
    """Whether a thread works on the other end of the buffer that is waited for."""
    info = thread.kernel.info
    return wait.buffer in (info.fills if wait.front else info.drains)


def _comes_to(thread: Thread, wait: Wait) -> bool:
    """Whether it would, by its text, go on to do so."""
    later = thread.kernel.info.later
    return wait.buffer in (later.fills if wait.front else later.drains)


def _span(thread: Thread, op: int) -> Span | None:
    return thread.kernel.info.span if op == NO_CALL else thread.kernel.site(op).span


def _turn(thread: Thread, op: int, variables: Mapping[str, object]) -> str:
    """`, i = 3`: the turns of the loops around a call, by the thread's variables as it makes the call."""
    if op == NO_CALL or not variables:
        return ""
    loops = thread.kernel.site(op).loops
    return "".join(f", {name} = {variables[variable]}" for name, variable in loops if variable in variables)


def _frame(thread: Thread, trace: TracebackType | None) -> TracebackType | None:
    """Where an exception came out of the generated function of a thread."""
    while trace is not None and trace.tb_frame.f_code is not thread.kernel.code:
        trace = trace.tb_next
    return trace


def _failing_span(trace: TracebackType) -> Span:
    code = trace.tb_frame.f_code
    line, _, column, _ = list(code.co_positions())[trace.tb_lasti // 2]
    return Span(code.co_filename, line or trace.tb_lineno, (column or 0) + 1)
