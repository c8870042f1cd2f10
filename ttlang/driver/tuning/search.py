"""
Which configurations a tuner goes through: all, where few go together; of many what lies on the way from several places,
far from each other, to the best around each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.size_choice import Groups
from ttlang.driver.tuning.candidates import Candidate, Candidates

ALL = 1000
"""The most configurations that are all tried."""
LISTED = 100_000
"""The most of which it is asked whether they go together, before one is tried."""
STARTS = 8
"""Places in a larger space from which it is searched."""

Step = Sequence[Sequence[Configuration]]
"""Groups of configurations that differ in what is to be largest."""


def search(space: OpenSpace, candidates: Candidates) -> Iterator[Step]:
    """The steps of a search; each may look at what has come of those before."""
    groups = Groups(space)
    if (few := _all_if_few(space, groups)) is not None:
        yield few
        return
    yield from _climbs(space, groups, candidates)


def _all_if_few(space: OpenSpace, groups: Groups) -> Step | None:
    """All that go together; None where they are too many to be tried."""
    if space.count > (ALL if space.where is None else LISTED):
        return None
    found, count = list[list[Configuration]](), 0
    for number in range(len(groups)):
        if group := groups[number]:
            found.append(group)
            count += len(group)
            if count > ALL:
                return None
    return found


def _climbs(space: OpenSpace, groups: Groups, candidates: Candidates) -> Iterator[Step]:
    """
    From each of several places by what configurations take at least, which is found for all; then from the fastest by
    what they are predicted to take. What one climb has tried costs the next one nothing.
    """
    for start in range(STARTS):
        here = _first_that_goes_together(groups, len(groups) * start // STARTS)
        if here is None:
            return
        yield [here]
        yield from _climb(space, candidates, _best(here, candidates, _bound), _bound)
    fastest = candidates.fastest
    if fastest is not None:
        yield from _climb(space, candidates, fastest.configuration, _prediction)


Height = Callable[[Candidate], float | None]
"""What a climb looks for less of; None of what it can't stand on."""


def _bound(candidate: Candidate) -> float | None:
    return candidate.least_cycles if candidate.lowered is not None else None


def _prediction(candidate: Candidate) -> float | None:
    return candidate.found.cycles


def _climb(space: OpenSpace, candidates: Candidates, at: Configuration | None, height: Height) -> Iterator[Step]:
    """To the best of the neighbours, as long as one is better."""
    while at is not None:
        around = list(space.neighbours(at))
        if further := [[each] for each in around if not candidates.has(each)]:
            yield further
        best = _best([at, *around], candidates, height)
        at = best if best != at else None


def _first_that_goes_together(groups: Groups, number: int) -> list[Configuration] | None:
    """The first group from one on, and then from the start, that `where` leaves something of."""
    for offset in range(len(groups)):
        if found := groups[(number + offset) % len(groups)]:
            return found
    return None


def _best(configurations: Sequence[Configuration], candidates: Candidates, height: Height) -> Configuration | None:
    known = [candidates.of(each) for each in configurations if candidates.has(each)]
    found = [(at, each.order, each.configuration) for each in known if (at := height(each)) is not None]
    return min(found, key=lambda each: each[:2])[2] if found else None
