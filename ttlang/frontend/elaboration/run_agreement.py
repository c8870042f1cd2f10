"""All cores have the same resources and threads: the runs of a kernel function must have made the same."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.frontend.python.sources import find_source
from ttlang.language.buffers import CircularBuffer
from ttlang.language.call_sites import Origin
from ttlang.language.kernel_run import Run
from ttlang.language.pipes import Pipe, PipeNet
from ttlang.language.semaphores import Semaphore
from ttlang.language.threads import Program, Thread

Resource = CircularBuffer | Pipe | Semaphore


def check_agreement(first: Run, other: Run, span: Span) -> None:
    """All cores have the same resources and threads. TTL0206 where they have not."""
    x, y = other.core
    for (what, a), (_, b) in zip(made_by(first), made_by(other), strict=True):
        if len(a) != len(b):
            message = f"core (0, 0) has {len(a)} {what}, core ({x}, {y}) has {len(b)}"
            raise _disagreement(message, _first_surplus(a, b) or span)
    for mine, theirs in zip(resources_of(first), resources_of(other), strict=True):
        a, b = _configuration(mine), _configuration(theirs)
        if a != b:
            place = theirs.origin.span() if theirs.origin else span
            raise _disagreement(f"{a} on core (0, 0) is {b} on core ({x}, {y})", place)
    for mine, theirs in zip(first.made(Thread), other.made(Thread), strict=True):
        if mine.kind != theirs.kind or mine.function.__code__ != theirs.function.__code__:
            raise _disagreement(
                f"core (0, 0) has {mine!r} where core ({x}, {y}) has {theirs!r}", definition_span(theirs)
            )
    if program_members(first) != program_members(other):
        raise _disagreement(f"cores (0, 0) and ({x}, {y}) make their ttl.Program of different threads", span)


def made_by(run: Run) -> tuple[tuple[str, Sequence[object]], ...]:
    """What a run of the kernel function made, by kind."""
    return (
        ("circular buffers", run.made(CircularBuffer)),
        ("pipes", run.made(Pipe)),
        ("pipe nets", run.made(PipeNet)),
        ("semaphores", run.made(Semaphore)),
        ("threads", run.made(Thread)),
    )


def _first_surplus(mine: Sequence[object], theirs: Sequence[object]) -> Span | None:
    """Where one of two cores made something that the other has not made."""
    longer, shorter = (mine, theirs) if len(mine) > len(theirs) else (theirs, mine)
    for position, one in enumerate(longer):
        origin = getattr(one, "origin", None)
        if position >= len(shorter) or origin != getattr(shorter[position], "origin", None):
            return origin.span() if isinstance(origin, Origin) else None
    return None


def resources_of(run: Run) -> list[Resource]:
    return [*run.made(CircularBuffer), *run.made(Pipe), *run.made(Semaphore)]


def _configuration(resource: Resource) -> str:
    match resource:
        case CircularBuffer():
            return f"a circular buffer of {resource.contents}"
        case Pipe():
            return f"a pipe {resource.ends}"
        case Semaphore():
            return f"a semaphore that starts at {resource.initial_value}"


def program_members(run: Run) -> list[int]:
    """Positions of the threads that form the program."""
    threads = run.made(Thread)
    members = next((program.threads for program in run.made(Program)), threads)
    return [i for i, thread in enumerate(threads) if any(thread is own for own in members)]


def _disagreement(message: str, span: Span) -> DiagnosticError:
    hint = "what a kernel makes is the same on all cores; what a core does with it may depend on ttl.⟦core⟧()"
    return error("TTL0206", message, span, hint=hint)


def definition_span(thread: Thread) -> Span:
    """The place of the `def`, where the source can be read."""
    try:
        source, node = find_source(thread.function)
    except DiagnosticError:
        return thread.span()
    at = source.span(node)
    return Span(at.file, at.line, at.column)
