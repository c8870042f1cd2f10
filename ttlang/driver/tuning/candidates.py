"""The configurations that a search has come across, and what is known of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.tuning import json_forms as forms
from ttlang.driver.tuning.records import Found, Lowered, Problem, Refused
from ttlang.driver.tuning.store import Store


@dataclass(eq=False)
class Candidate:
    """One configuration."""

    configuration: Configuration
    order: tuple[int, ...]
    """Its place in the space."""
    lowered: Lowered | None = None
    refused: Refused | None = None
    found: Found = field(default_factory=Found)
    note: str = ""
    """Why there is no more of it."""

    @property
    def is_known(self) -> bool:
        """Whether it is known to compile, with a bound, or known not to."""
        return self.refused is not None or (self.lowered is not None and self.found.least_cycles is not None)

    @property
    def least_cycles(self) -> float:
        return self.found.least_cycles or 0.0

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong with its results, as far as anybody has looked."""
        return self.found.comparison is None or self.found.comparison.ok

    @property
    def speed(self) -> tuple[float, float, tuple[int, ...]]:
        """By what the best is found: what was measured, else predicted; of equals the first in order."""
        never = float("inf")
        measured, cycles = self.found.microseconds, self.found.cycles
        return never if measured is None else measured, never if cycles is None else cycles, self.order


class Candidates:
    """Those of one search."""

    def __init__(self, space: OpenSpace, problem: Problem | None, store: Store):
        self._space = space
        self._store = store
        self._chip = problem.chip if problem is not None else ""
        self._outcomes: Mapping[str, Lowered | Refused] = {}
        if problem is not None:
            self._outcomes = store.evaluated(problem).outcomes
        self._made: dict[Configuration, Candidate] = {}

    def __iter__(self) -> Iterator[Candidate]:
        """In the order of the space."""
        return iter(sorted(self._made.values(), key=lambda each: each.order))

    def of(self, configuration: Configuration) -> Candidate:
        """What is known of a configuration, also by what is stored."""
        if (made := self._made.get(configuration)) is None:
            made = self._made[configuration] = self._stored(configuration)
        return made

    def has(self, configuration: Configuration) -> bool:
        """Whether the search has come across it."""
        return configuration in self._made

    def in_order_of_bounds(self) -> list[Candidate]:
        """Those that compile, by what they take at least."""
        found = [each for each in self._made.values() if each.lowered is not None]
        return sorted(found, key=lambda each: (each.least_cycles, each.order))

    def by_speed(self) -> list[Candidate]:
        """Those that are predicted, the fastest first."""
        found = [each for each in self._made.values() if each.found.cycles is not None]
        return sorted(found, key=lambda each: (each.found.cycles or 0.0, each.order))

    @property
    def fastest(self) -> Candidate | None:
        """By prediction."""
        return next((each for each in self.by_speed() if each.is_right), None)

    @property
    def winner(self) -> Candidate | None:
        """The best of all that is known; None where nothing compiles, or is right."""
        found = [each for each in self.by_speed() if each.is_right]
        return min(found, key=lambda each: each.speed, default=None)

    def _stored(self, configuration: Configuration) -> Candidate:
        made = Candidate(configuration, self._space.order(configuration))
        outcome = self._outcomes.get(forms.values_text(configuration.values))
        if isinstance(outcome, Refused):
            made.refused = outcome
        elif outcome is not None:
            made.lowered, made.found = outcome, self._store.found(outcome.program, self._chip)
        return made
