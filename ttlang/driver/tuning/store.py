"""
What tuning keeps on disk: a file for each problem, with the program of each configuration or why there is none; a file
for each program, with what was found of it. Which configuration is best is not written down, but derived from these:
so one more configuration costs one evaluation, and a change of the compiler costs only those whose programs it changes.

Every file appears whole, however a process ends. A tuner's changes are made under a lock. A plain call takes no lock,
since `filelock` may not be there, and takes as long to import as a choice may take: it writes what it has chosen into
a file of its own, where the last writer wins, and adds to other files what it has just read from them, so that what
another process adds to the same file at that very moment may have to be found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from ttlang.driver.tuning import json_forms as forms
from ttlang.driver.tuning.kept_files import locked, read_kept, write_kept
from ttlang.driver.tuning.records import Chosen, Evaluated, Found, Lowered, Problem, Refused, Values
from ttlang.driver.tuning.versions import cost_version
from ttlang.settings import cache

Read = TypeVar("Read")
Rank = tuple[int, ...]
Order = Callable[[Values], Rank | None]
"""Gives what the configurations of a problem are in order by, and None for what is none of them."""


class Winner(NamedTuple):
    """The best configuration of a problem."""

    values: Values
    program: str
    found: Found
    tuned: bool
    """Whether a tuner has gone through the problem, so that this is the best of all."""


class Store:
    """A folder of results."""

    def __init__(self, folder: Path, *, locks: bool = False, cached: bool = False):
        """`locks`: for a tuner, beside which others may write. `cached`: it lies in the cache, where old files go."""
        self.folder = folder
        self._locks = locks
        self._cached = cached

    def evaluated(self, problem: Problem) -> Evaluated:
        """What is known of a problem; nothing, of a new one."""
        return self._read(self._problem(problem), forms.evaluated_from_json) or Evaluated({}, frozenset())

    def add(self, problem: Problem, outcomes: Mapping[Values, Lowered | Refused], *, tuned: bool = False) -> None:
        """
        Adds what became of further configurations. `tuned`: a tuner has gone through its space now. Raises a TTL0223
        where the store can't be written.
        """
        further = {forms.values_text(values): outcome for values, outcome in outcomes.items()}
        with self._alone():
            known = self.evaluated(problem)
            merged = Evaluated({**known.outcomes, **further}, known.tuned | ({problem.space} if tuned else set()))
            write_kept(self._problem(problem), {**forms.problem_to_json(problem), **forms.evaluated_to_json(merged)})
        if tuned and self._cached:
            cache.trim()

    def found(self, program: str, chip: str) -> Found:
        """What was found of a program, by the costs as they are now."""
        return self._read(self._program(program, chip), forms.found_from_json) or Found()

    def add_found(self, program: str, chip: str, further: Found) -> Found:
        """Adds what was found of a program, and gives all of it. Raises a TTL0223 where the store can't be written."""
        with self._alone():
            found = self.found(program, chip).beside(further)
            write_kept(self._program(program, chip), forms.found_to_json(found))
        return found

    def chosen(self, problem: Problem) -> Chosen | None:
        """What a plain call has chosen before."""
        return self._read(self._choice(problem), forms.chosen_from_json)

    def choose(self, problem: Problem, chosen: Chosen) -> None:
        """Keeps what a plain call has chosen. Raises a TTL0223 where the store can't be written."""
        write_kept(self._choice(problem), {**forms.problem_to_json(problem), **forms.chosen_to_json(chosen)})

    def winner(self, problem: Problem, order: Order) -> Winner | None:
        """
        The best configuration that is known of a problem: the one whose median is least, where any was measured; else
        the one that is predicted to be fastest. Those have no part that do not compile, that `order` does not know, or
        that have failed the comparison with a reference. Of equals the first in order wins. None where nothing is left.
        """
        known: dict[str, Found] = {}
        measured: list[tuple[float, Rank, Winner]] = []
        predicted: list[tuple[float, Rank, Winner]] = []
        evaluated = self.evaluated(problem)
        for text, outcome in evaluated.outcomes.items():
            if not isinstance(outcome, Lowered) or (rank := order(values := forms.values_of(text))) is None:
                continue
            if (found := known.get(outcome.program)) is None:
                found = known[outcome.program] = self.found(outcome.program, problem.chip)
            if found.comparison is not None and not found.comparison.ok:
                continue
            winner = Winner(values, outcome.program, found, problem.space in evaluated.tuned)
            if found.microseconds is not None:
                measured.append((found.microseconds, rank, winner))
            if found.cycles is not None:
                predicted.append((found.cycles, rank, winner))
        best = min(measured or predicted, key=lambda each: each[:2], default=None)
        return None if best is None else best[2]

    def _read(self, path: Path, read: Callable[[Any], Read]) -> Read | None:
        if self._cached:
            cache.use(path)
        return read_kept(path, read)

    def _alone(self) -> AbstractContextManager[None]:
        return locked(self.folder) if self._locks else nullcontext()

    def _problem(self, problem: Problem) -> Path:
        return Path(f"{self.folder}/problems/{problem.key}.json")

    def _choice(self, problem: Problem) -> Path:
        return Path(f"{self.folder}/choices/{problem.choice_key}.json")

    def _program(self, program: str, chip: str) -> Path:
        return Path(f"{self.folder}/programs/{program}-{chip}-{cost_version()}.json")


def folder_of_user() -> Path:
    """Where the results of this user are."""
    return cache.folder() / "tuned"


def own_store(*, locks: bool = False) -> Store:
    """The user's own, in the cache folder. `locks` as `Store` has it."""
    return Store(folder_of_user(), locks=locks, cached=True)
