"""
Finds the best configuration of a call: which compile, what each takes at least, what the best of those are predicted to
take, whether the fastest are right, and, where somebody measures them, what they take on a card.

Tasks are handed out in rounds of one size, and what comes of a round is looked at as a whole: so everything is the same
with any number of workers. What comes of each task is stored at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ttlang.diagnostics import Diagnostic, DiagnosticError
from ttlang.driver.configurations import Configuration
from ttlang.driver.open_call import OpenCall
from ttlang.driver.size_choice import product_of
from ttlang.driver.tuning.candidates import Candidate, Candidates
from ttlang.driver.tuning.evaluation import NEEDS_DATA, Answer, Task, bounded, predicted, refusal, task_of
from ttlang.driver.tuning.records import Comparison, Found, Lowered, Problem, Refused
from ttlang.driver.tuning.store import Store
from ttlang.driver.tuning.workers import Outcome, Status, Workers

ROUND = 16
"""Configurations that are handed out before anybody looks at what came of them."""
PREDICTED = 8
"""The same of predictions, which take longer, and of which each may end the search."""
CHECKED = 3
"""Of the fastest configurations, how many are simulated and compared with a reference."""

Check = Callable[[Configuration], Comparison]
Progress = Callable[[str, int, int], None]
"""Is told of a step by its name, how many configurations it has gone through, and out of how many."""


class Judges(NamedTuple):
    """What looks at a configuration beside the clock. Each gets its values; each may be missing."""

    predict: Callable[[Configuration], float] | None = None
    """Cycles of a program that depends on data, by a run on the call's tensors."""
    reference: Callable[[], Check] | None = None
    """Makes the reference, and what runs a configuration in the simulator and compares its results with that."""
    measure: Callable[[Configuration], float] | None = None
    """Microseconds on a card."""
    compares_anew: bool = False
    """Whether what is kept of comparisons may be of another reference."""


@dataclass
class Tuner:
    """One search."""

    call: OpenCall
    numbers: tuple[int, ...]
    """The integers of the call that are no constants."""
    candidates: Candidates
    problem: Problem | None
    """None of a kernel that can't be told in another process: nothing is stored."""
    store: Store
    workers: Workers
    judges: Judges
    progress: Progress
    predicts_all: bool = False
    """Whether those are predicted, too, that can't be the fastest."""

    def run(self, search: Iterable[Sequence[Sequence[Configuration]]]) -> None:
        """
        Goes through a search, which gives groups of configurations, of each of which only the largest that compile are
        wanted; it may look at the candidates between two of its steps.
        """
        for groups in search:
            self._find_largest(groups)
            self._predict()
        self._check()
        self._measure()
        if self.problem is not None:
            self.store.add(self.problem, {}, tuned=True)

    # -------------------------------------------------------------------------------------------------- what compiles

    def _find_largest(self, groups: Sequence[Sequence[Configuration]]) -> None:
        """Round by round, the largest of each group that has not been tried."""
        space = self.call.space
        waiting = [_by_size(group, space.largest) for group in groups]
        total = sum(map(len, waiting))
        while waiting:
            taken = [tier.pop(0) for tier in waiting[:ROUND]]
            self._bound([configuration for sizes in taken for configuration in sizes])
            for tier, sizes in zip(waiting[:ROUND], taken, strict=True):
                if any(self.candidates.of(each).lowered for each in sizes):
                    for smaller in tier:
                        self._leave_out(smaller)
                    tier.clear()
            waiting = [tier for tier in waiting if tier]
            self.progress("compiled", total - sum(map(len, waiting)), total)

    def _leave_out(self, configurations: Iterable[Configuration]) -> None:
        for configuration in configurations:
            self.candidates.of(configuration).note = "a larger size compiles"

    def _bound(self, configurations: Sequence[Configuration]) -> None:
        tried = [candidate for each in configurations if not (candidate := self.candidates.of(each)).is_known]
        tasks: list[tuple[Candidate, Task]] = []
        for candidate in tried:
            try:
                front = self.call.front_end(candidate.configuration)
            except DiagnosticError as wrong:
                self.call.check_mendable(wrong)
                self._refuse(candidate, wrong.diagnostics[0])
                continue
            tasks.append((candidate, task_of(front.module, front.call.options, self.numbers)))
        for candidate, answer in self._answers(bounded, tasks):
            if answer.refused is not None:
                self._refuse(candidate, refusal(answer))
                continue
            candidate.lowered = Lowered(answer.program)
            if self.problem is not None:
                self.store.add(self.problem, {candidate.configuration.values: candidate.lowered})
            self._find(candidate, answer.found)

    def _refuse(self, candidate: Candidate, found: Diagnostic) -> None:
        candidate.refused = Refused(found.code, found.message)
        if self.problem is not None:
            self.store.add(self.problem, {candidate.configuration.values: candidate.refused})

    def _answers(
        self, function: Callable[[Task], Answer], tasks: Sequence[tuple[Candidate, Task]]
    ) -> Iterator[tuple[Candidate, Answer]]:
        """Those that there are; a task that comes to nothing is noted."""
        outcome: Outcome[Answer]
        for index, outcome in self.workers.run(function, [task for _, task in tasks]):
            candidate = tasks[index][0]
            if outcome.status is Status.DONE and outcome.result is not None:
                yield candidate, outcome.result
            else:
                candidate.note = f"{outcome.status}: {outcome.reason}"

    def _find(self, candidate: Candidate, further: Found) -> None:
        """Something has been found of a program."""
        chip = self.call.options.target().chip.name
        if self.problem is not None and candidate.lowered is not None:
            candidate.found = self.store.add_found(candidate.lowered.program, chip, further)
        else:
            candidate.found = candidate.found.beside(further)

    # ------------------------------------------------------------------------------------------------- how fast it is

    def _predict(self) -> None:
        """
        In the order of what they take at least, as long as that is less than what the fastest takes: the others can't
        be faster.
        """
        waiting = [each for each in self.candidates.in_order_of_bounds() if each.found.cycles is None]
        total = len(waiting)
        while waiting:
            fastest = self.candidates.fastest
            limit = None if fastest is None or self.predicts_all else fastest.found.cycles
            taken = [each for each in waiting[:PREDICTED] if limit is None or each.least_cycles < limit]
            if not taken:
                break
            self._predict_round(taken)
            waiting = waiting[len(taken) :]
            self.progress("predicted", total - len(waiting), total)
        for candidate in waiting:
            candidate.note = f"takes {candidate.least_cycles:,.0f} cycles at least"

    def _predict_round(self, candidates: Sequence[Candidate]) -> None:
        tasks: list[tuple[Candidate, Task]] = []
        for candidate in candidates:
            front = self.call.front_end(candidate.configuration)
            tasks.append((candidate, task_of(front.module, front.call.options, self.numbers)))
        for candidate, answer in self._answers(predicted, tasks):
            if answer.refused is None:
                self._find(candidate, answer.found)
                continue
            found = refusal(answer)
            if found.code == NEEDS_DATA and self.judges.predict is not None:
                self._find(candidate, Found(cycles=self.judges.predict(candidate.configuration)))
            else:
                candidate.note = f"{found.code}, {found.message}"

    # ----------------------------------------------------------------------------------------- whether it is right

    def _check(self) -> None:
        """The fastest, until so many are right."""
        if self.judges.reference is None:
            return
        right, check = 0, None
        for candidate in self.candidates.by_speed():
            if right == CHECKED:
                return
            if candidate.found.comparison is None or self.judges.compares_anew:
                check = check or self.judges.reference()
                self._find(candidate, Found(comparison=self._compared(candidate, check)))
            right += candidate.is_right
            self.progress("compared", right, CHECKED)

    @staticmethod
    def _compared(candidate: Candidate, check: Check) -> Comparison:
        try:
            return check(candidate.configuration)
        except DiagnosticError as wrong:
            first = wrong.diagnostics[0]
            candidate.note = f"fails in the simulator: {first.code}, {first.message}"
            return Comparison(0.0, float("inf"), ok=False)

    def _measure(self) -> None:
        if self.judges.measure is None:
            return
        fastest = [each for each in self.candidates.by_speed() if each.is_right][:CHECKED]
        for number, candidate in enumerate(fastest):
            self._find(candidate, Found(measured=(self.judges.measure(candidate.configuration),)))
            self.progress("measured", number + 1, len(fastest))


def _by_size(group: Sequence[Configuration], largest: Sequence[str]) -> list[list[Configuration]]:
    """Configurations by the product of what is to be largest, the greatest first, each in order."""
    tiers: dict[int, list[Configuration]] = {}
    for configuration in group:
        tiers.setdefault(product_of(configuration, largest), []).append(configuration)
    return [tiers[size] for size in sorted(tiers, reverse=True)]
