"""
The sizes of a call for which nothing was tuned: chosen at once, within a budget that is counted in operations, so that
every machine chooses the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from math import prod

from ttlang.analysis.work_estimate import estimated_cycles
from ttlang.diagnostics import DiagnosticError, Related, error
from ttlang.dialects.walking import operations
from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.open_call import OpenCall
from ttlang.driver.size_trials import Trial, Trials

CODE = "TTL0711"
BUDGET = 800
"""
Operations of `ttl` that the front end may make for a plain call, before the one is lowered that looks best: some
dozen products of matrices, of 8 milliseconds each (`benchmarks/sizes`).
"""
_SPREAD = 0.5
"""The part of it for configurations from all over the space; the rest is for those beside the best of them."""
_FAILED = 50
"""Operations that one counts as which the front end refuses."""
_FILTERED = 4096
"""Groups of which `where` is asked whether they go together, which takes a few microseconds each."""
_OUTLINES = 32
"""Configurations whose buffers are looked at before any is compiled."""
_SHOWN = 5
"""Reasons that are told where nothing compiles."""


def choose(trials: Trials) -> Trial:
    """
    The sizes of a call. Of parameters that are to be largest, the greatest product that compiles for the others'
    values; of what that leaves, what is likely to take the fewest cycles, as far as the budget lets anybody look; where
    several products are equal, what takes the fewest at least, and the first of those. Raises a TTL0711 where nothing
    compiles.
    """
    looks = _Looks(trials)
    for group in _in_order_of_promise(trials.call):
        if looks.spent >= _SPREAD * BUDGET:
            break
        looks.at(group)
    looks.climb()
    order = trials.call.space.order
    for group in (*looks.best_first, *_every(trials.call)):
        if good := list(greatest(trials, group)):
            return (
                good[0]
                if len(good) == 1
                else min(good, key=lambda each: (each.least_cycles, order(each.configuration)))
            )
    raise _nothing_compiles(trials.call, trials)


class _Looks:
    """What configurations are likely to take, by the front end's IR; one stands for each group."""

    def __init__(self, trials: Trials):
        self._trials = trials
        self._groups = Groups(trials.call.space)
        self._found: dict[Configuration, tuple[float, tuple[int, ...]]] = {}
        self._seen: set[Configuration] = set()
        self.spent = 0

    def at(self, group: Sequence[Configuration]) -> None:
        """At the largest of a group that may fit."""
        space = self._trials.call.space
        for configuration in sorted(group, key=lambda each: -product_of(each, space.largest)):
            if configuration in self._seen:
                return
            self._seen.add(configuration)
            try:
                kernel = self._trials.kernel(configuration)
            except DiagnosticError as wrong:
                self._trials.call.check_mendable(wrong)
                self.spent += _FAILED
                continue
            self.spent += len(operations(kernel))
            self._found[configuration] = estimated_cycles(kernel), space.order(configuration)
            return

    def climb(self) -> None:
        """From the best to the best of its neighbours, until there is no better one, or nothing left to spend."""
        around = None
        while self._found and around != (best := min(self._found, key=self._found.__getitem__)):
            around = best
            for other in self._trials.call.space.neighbours(best):
                if self.spent >= BUDGET:
                    return
                self.at(self._groups.around(other))

    @property
    def best_first(self) -> Iterator[list[Configuration]]:
        """The groups that were looked at."""
        return (self._groups.around(each) for each in sorted(self._found, key=self._found.__getitem__))


def greatest(trials: Trials, others: Sequence[Configuration]) -> Iterator[Trial]:
    """
    Of configurations that differ in sizes that are to be largest, in order: those that compile and whose product of
    these sizes no other one has.
    """
    space = trials.call.space
    names = space.largest
    reached = None
    for configuration in sorted(others, key=lambda each: -product_of(each, names)):
        size = product_of(configuration, names)
        if reached is not None and size < reached:
            return
        trial = trials.of(configuration)
        if trial.compiled is not None:
            reached = size
            yield trial


def product_of(configuration: Configuration, names: Iterable[str]) -> int:
    """Of its sizes of these names."""
    sizes: list[int] = [value for name, value in configuration.values if name in names and isinstance(value, int)]
    return prod(sizes)


class Groups:
    """The configurations of a space, by the values of what is not to be largest: groups, in order, made when asked."""

    def __init__(self, space: OpenSpace):
        self._space = space
        self.names = [name for name in space.values if name not in space.largest]

    def __len__(self) -> int:
        return prod(len(self._space.values[name]) for name in self.names)

    def __getitem__(self, number: int) -> list[Configuration]:
        """Those of a group that go together, which may be none."""
        space = self._space
        values = dict(space.values)
        for name in reversed(self.names):
            number, at = divmod(number, len(space.values[name]))
            values[name] = (space.values[name][at],)
        return self._of(values)

    def around(self, configuration: Configuration) -> list[Configuration]:
        """The group of a configuration."""
        chosen = dict(configuration.values)
        return self._of({**self._space.values, **{name: (chosen[name],) for name in self.names}})

    def _of(self, values: Mapping[str, tuple[object, ...]]) -> list[Configuration]:
        made = (Configuration(tuple(zip(values, each, strict=True))) for each in product(*values.values()))
        return [configuration for configuration in made if self._space.has(configuration)]


def _in_order_of_promise(call: OpenCall) -> Iterator[list[Configuration]]:
    """
    Groups of configurations. Work is dealt out to cores, so those with the most come first. The larger blocks are, the
    fewer calls there are: of as many cores, first comes what has the most bytes in buffers that may fit, then what lies
    in the middle between those that came, and so on; at last what is too large.
    """
    groups = Groups(call.space)
    places = range(0, len(groups), -(-len(groups) // _FILTERED))
    together = [group for number in places if (group := groups[number])]
    if len(together) <= 2:
        yield from together
        return
    budget = call.options.target().chip.l1_budget
    looked = together[:: -(-len(together) // _OUTLINES)]
    found = [(*size, group) for group in looked if (size := _sizes(call, group)) is not None]
    found.sort(key=lambda each: each[1])
    for cores in sorted({cores for cores, _, _ in found}, reverse=True):
        fitting = [group for several, size, group in reversed(found) if several == cores and size <= budget]
        yield from (fitting[at] for at in _halving(len(fitting)))
    yield from (group for _, size, group in found if size > budget)


def _every(call: OpenCall) -> Iterator[list[Configuration]]:
    groups = Groups(call.space)
    return (groups[number] for number in range(len(groups)))


def _sizes(call: OpenCall, group: Sequence[Configuration]) -> tuple[int, int] | None:
    """
    Of the last of a group, the smallest one by its sizes: its cores, and L1 of its buffers. None where there is none,
    or its function fails.
    """
    try:
        return call.cores_and_bytes(group[-1]) if group else None
    except DiagnosticError as wrong:
        call.check_mendable(wrong)
        return None


def _halving(count: int) -> Iterator[int]:
    """All numbers below `count`: the first, the one in the middle, those in the middle of the halves, and so on."""
    seen: set[int] = set()
    parts = 1
    while len(seen) < count:
        for part in range(parts):
            at = count * part // parts
            if at not in seen:
                seen.add(at)
                yield at
        parts *= 2


def _nothing_compiles(call: OpenCall, trials: Trials) -> DiagnosticError:
    tried = list(trials)
    compiler = call.compiler
    if not tried:
        message = f"no sizes of {compiler.name} go together: where= leaves none of {call.space.count}"
        return error(CODE, message, compiler.place, hint="let where= return True for some of them")
    if len(found := {trial.refused for trial in tried if trial.refused is not None}) == 1:
        # Sizes have nothing to do with it.
        return DiagnosticError(tuple(found))
    reasons: dict[object, Related] = {}
    for trial in tried:
        if (refused := trial.refused) is not None:
            message = f"with {trial.configuration}, {refused.code}: {refused.message}"
            reasons.setdefault((refused.code, refused.span), Related(refused.span or compiler.place, message))
    related = list(reasons.values())[:_SHOWN]
    message = f"no sizes of {compiler.name} compile, of {len(tried)} that were tried"
    hint = "let its parameters have smaller values, too" if any(each.code == "TTL0701" for each in found) else None
    return error(CODE, message, compiler.place, hint=hint, related=related)
