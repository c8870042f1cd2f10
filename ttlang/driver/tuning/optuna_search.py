"""The configurations that Optuna proposes: it is asked for some, and told what they take (the extra `optuna`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.size_choice import Groups
from ttlang.driver.tuning.candidates import Candidates
from ttlang.driver.tuning.search import Step
from ttlang.settings.extras import import_extra

TRIALS = 200
"""Proposals of a search."""
_ASKED = 8
"""Proposals that are asked for before it is told of any: the same for any number of workers."""


def optuna_search(space: OpenSpace, candidates: Candidates, sampler: Any, trials: int) -> Iterator[Step]:
    """
    The steps of a search by a sampler of Optuna; None: its tree of Parzen estimators, seeded. A proposal is of what is
    not to be largest, and the largest of the others that compile belong to it. Raises a TTL0015 without the package.
    """
    optuna = import_extra("optuna", "optuna")
    study = _quiet_study(optuna, optuna.samplers.TPESampler(seed=0) if sampler is None else sampler)
    groups = Groups(space)
    distributions = {name: _distribution(optuna, space.values[name]) for name in groups.names}
    return _proposals(study, groups, distributions, candidates, optuna.trial.TrialState.PRUNED, trials)


def _proposals(
    study: Any, groups: Groups, distributions: dict[str, Any], candidates: Candidates, pruned: Any, trials: int
) -> Iterator[Step]:
    seen: dict[int, list[Configuration]] = {}
    left = trials
    while left > 0 and len(seen) < len(groups):
        asked = [study.ask(distributions) for _ in range(min(_ASKED, left))]
        left -= len(asked)
        numbers = [_number(trial.params, distributions) for trial in asked]
        # A sampler proposes what it likes again and again, which costs nothing but the proposal.
        further = [number for number in dict.fromkeys(numbers) if number not in seen]
        seen |= {number: groups[number] for number in further}
        if step := [group for number in further if (group := seen[number])]:
            yield step
        for trial, number in zip(asked, numbers, strict=True):
            taken = _least(seen[number], candidates)
            # Optuna forgets trials that fail, and takes pruned ones for the worst.
            if taken is None:
                study.tell(trial, state=pruned)
            else:
                study.tell(trial, taken)


def _quiet_study(optuna: Any, sampler: Any) -> Any:
    """It tells of each study on standard error."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        return optuna.create_study(direction="minimize", sampler=sampler)
    finally:
        optuna.logging.set_verbosity(level)


def _distribution(optuna: Any, values: Sequence[object]) -> Any:
    """Of places in the order of the space: whole numbers have neighbours, other values are alike."""
    last = len(values) - 1
    if all(type(value) is int for value in values):
        return optuna.distributions.IntDistribution(0, last)
    return optuna.distributions.CategoricalDistribution([*range(last + 1)])


def _number(places: dict[str, int], distributions: dict[str, Any]) -> int:
    """Of the group of these places."""
    number = 0
    for name, distribution in distributions.items():
        number = number * _length(distribution) + places[name]
    return number


def _length(distribution: Any) -> int:
    choices = getattr(distribution, "choices", None)
    return distribution.high + 1 if choices is None else len(choices)


def _least(group: Sequence[Configuration], candidates: Candidates) -> float | None:
    """The cycles of the fastest: as predicted, or at least, of what can't be the best. None where nothing compiles."""
    known = [candidates.of(each) for each in group]
    return min((each.found.cycles or each.least_cycles for each in known if each.lowered is not None), default=None)
