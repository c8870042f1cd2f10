"""The threads of a kernel: how many there may be, and what they may look like."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from types import FunctionType

from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Span, error
from ttlang.dialects.names import unique_name
from ttlang.frontend.elaboration.run_agreement import definition_span, program_members
from ttlang.language.kernel_run import Run
from ttlang.language.threads import KERNEL_KINDS, Thread


@dataclass(frozen=True)
class ElaboratedThread:
    """A thread, and the function that each run of the kernel function made for it."""

    kind: str
    name: str
    functions: tuple[FunctionType, ...]


def threads_of(runs: Sequence[Run], function: FunctionType, span: Span) -> tuple[ElaboratedThread, ...]:
    """The threads of the program, in the order of their decoration. TTL0202 and TTL0203 for a wrong set of them."""
    first = runs[0]
    positions = program_members(first)
    members = [first.made(Thread)[i] for i in positions]
    if not members and (first.edition.without_threads == "error" or first.count_made()):
        hint = "decorate functions in it with @ttl.compute() and @ttl.datamovement()"
        raise error("TTL0202", f"{function.__name__} has no threads", span, hint=hint)
    for kind, logical in KERNEL_KINDS.items():
        alike = [thread for thread in members if thread.kind == kind]
        if len(alike) > logical.threads:
            *others, surplus = alike[: logical.threads + 1]
            message = f"{surplus.__name__} is one too many: a kernel has {logical.at_most}"
            related = [Related(definition_span(thread), f"{thread.__name__} is one") for thread in others]
            hint = "a core has no other processor for it: let one thread do the work of both"
            raise error("TTL0202", message, definition_span(surplus), hint=hint, related=related)
    found = [problem for thread in members if (problem := _check_parameters(thread)) is not None]
    if found:
        raise DiagnosticError(tuple(found))
    names: set[str] = set()
    made: list[ElaboratedThread] = []
    for i, thread in zip(positions, members, strict=True):
        functions = tuple(run.made(Thread)[i].function for run in runs)
        name = unique_name(thread.__name__, names.__contains__)
        names.add(name)
        made.append(ElaboratedThread(thread.kind, name, functions))
    return tuple(made)


def _check_parameters(thread: Thread) -> Diagnostic | None:
    code = thread.function.__code__
    flags = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
    if not code.co_argcount and not code.co_kwonlyargcount and not code.co_flags & flags:
        return None
    return Diagnostic(
        "TTL0203",
        f"the thread {thread.__name__} has parameters",
        definition_span(thread),
        hint="threads see the variables of the kernel function; nothing calls them with arguments",
    )
