"""Where a call finds its configuration, before it would choose one itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity
from ttlang.driver.tuning.kept_files import warn_once
from ttlang.driver.tuning.records import Problem, Values
from ttlang.driver.tuning.shipped_choices import Shipped, file_beside, read_shipped
from ttlang.driver.tuning.store import Order, Store
from ttlang.settings import variables as env


class Choice(NamedTuple):
    """A configuration that is kept for a problem."""

    values: Values
    origin: str
    """Where it is from, for the plan: "tuned on this machine"."""
    is_tuned: bool = True
    """Whether somebody has tuned it, who is to hear where it is of no use any more."""


def kept_choices(problem: Problem, order: Order, own: Store, source: str) -> Iterator[Choice]:
    """
    What is kept for a problem, the best first: the winner of the user's own tuning, the choices of the stores that
    TTLANG_TUNED names, that of the file beside the kernel's source file, what a plain call has chosen before. Whoever
    takes one compiles it; where that fails, `dropped` tells it, and the next may do. Choices that `order` does not know
    are left out. `source`: the path of the kernel's file.
    """
    for choice in _found(problem, order, own, source):
        if order(choice.values) is not None:
            yield choice


def _found(problem: Problem, order: Order, own: Store, source: str) -> Iterator[Choice]:
    if (winner := _tuned(own, problem, order)) is not None:
        yield Choice(winner, "tuned on this machine")
    for place in filter(None, env.TUNED.get().split(os.pathsep)):
        yield from _of_further(Path(place).expanduser(), problem, order)
    beside = file_beside(source)
    if (shipped := read_shipped(beside).get(problem.lasting_key)) is not None:
        yield _of_file(beside, shipped)
    if (chosen := own.chosen(problem)) is not None:
        yield Choice(chosen.values, "chosen by an earlier call", is_tuned=False)


def _tuned(store: Store, problem: Problem, order: Order) -> Values | None:
    winner = store.winner(problem, order)
    return winner.values if winner is not None and winner.tuned else None


def _of_further(place: Path, problem: Problem, order: Order) -> Iterator[Choice]:
    if place.is_dir():
        if (winner := _tuned(Store(place), problem, order)) is not None:
            yield Choice(winner, f"tuned, and kept in {place}")
        return
    if not place.exists():
        warn_once(place, f"{place} is not there, which TTLANG_TUNED names as a store of tuned sizes")
    if (shipped := read_shipped(place).get(problem.lasting_key)) is not None:
        yield _of_file(place, shipped)


def _of_file(file: Path, shipped: Shipped) -> Choice:
    return Choice(shipped.values, f"tuned, and shipped in {file.name}")


def dropped(choice: Choice, cause: DiagnosticError) -> Diagnostic:
    """What is said of a choice that was kept and does not compile any more."""
    first = cause.diagnostics[0]
    shown = ", ".join([f"{name}={value}" for name, value in choice.values])
    message = f"{shown} ({choice.origin}) does not compile any more, and is left out: {first.code}, {first.message}"
    return Diagnostic("TTL0224", message, hint="tune again", severity=Severity.WARNING)
