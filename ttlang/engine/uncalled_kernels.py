"""Kernels of a script that nothing in it calls: they are judged with tensors as they are declared, or were last."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from ttlang.diagnostics import DiagnosticError, Span
from ttlang.diagnostics.session import Session
from ttlang.engine.captured_calls import call_from
from ttlang.engine.facts.source_places import Definition, definition_at


def call_uncalled(session: Session, path: str, show: Callable[[DiagnosticError], object]) -> None:
    """
    Calls the kernels of a file that nothing has called, while calls are observed, as far as it is known with what.
    `show` gets what is wrong with declarations, of those that were called, too.
    """
    uncalled = set(session.not_called)
    for (name, place), kernel in list(session.made.items()):
        if place.file != path or (found := kernel()) is None or (defined := definition_at(path, place.line)) is None:
            continue
        try:
            example = found.example_call(_places(defined))
        except DiagnosticError as wrong:
            show(wrong)
            continue
        if example is None or (name, place) not in uncalled:
            continue
        session.called[name, place] = None
        with suppress(SystemExit):  # of a kernel function that exits
            call_from(_word(defined.span), found.python.__module__, found, *example)


def _word(definition: Span) -> Span:
    """The word `def`, from where a kernel counts as called that nothing calls."""
    return replace(definition, end_line=definition.line, end_column=definition.column + len("def"))


def _places(kernel: Definition) -> Callable[[str], Span]:
    """Those of the parameters of a kernel."""
    return lambda parameter: kernel.parameters.get(parameter, kernel.span)
