"""
The sizes of a call for which nothing was tuned: chosen at once, within a budget that is counted in operations, so that
every machine chooses the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod

from ttlang.diagnostics import DiagnosticError, Related, error
from ttlang.driver.configurations import Configuration, OpenSpace
from ttlang.driver.open_call import OpenCall
from ttlang.driver.size_trials import Trial, Trials

CODE = "TTL0711"
BUDGET = 450
"""
Operations to which a plain call may lower the configurations that it tries, the last one aside: three or four products
of matrices, of some 50 milliseconds each (`benchmarks/sizes`).
"""
_OUTLINES = 64
"""Configurations whose buffers are looked at before any is compiled."""
_SHOWN = 5
"""Reasons that are told where nothing compiles."""


def choose(trials: Trials) -> Trial:
    """
    The sizes of a call. Of parameters that are to be largest, the greatest product that compiles for the others'
    values; of what that leaves, what takes the fewest cycles at least, and the first of those. Raises a TTL0711 where
    nothing compiles.
    """
    call = trials.call
    good, spent = list[Trial](), 0
    for others in _in_order_of_promise(call):
        if good and spent >= BUDGET:
            break
        found = list(greatest(trials, others))
        good += found
        spent += sum(trial.operations for trial in found)
    if not good:
        raise _nothing_compiles(call, trials)
    order = call.space.order
    return good[0] if len(good) == 1 else min(good, key=lambda each: (each.least_cycles, order(each.configuration)))


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
        made = (Configuration(tuple(zip(values, each, strict=True))) for each in product(*values.values()))
        return [configuration for configuration in made if space.has(configuration)]


def _in_order_of_promise(call: OpenCall) -> Iterator[list[Configuration]]:
    """
    Groups of configurations. Work is dealt out to cores, so those with the most come first. The larger blocks are, the
    fewer calls there are: of as many cores, first comes what has the most bytes in buffers that may fit, then what lies
    in the middle between those that came, and so on; at last what is too large, and what nobody has looked at.
    """
    groups = Groups(call.space)
    looked = range(0, len(groups), -(-len(groups) // _OUTLINES))
    if len(looked) <= 2:
        yield from (groups[number] for number in range(len(groups)))
        return
    budget = call.options.target().chip.l1_budget
    found = [(*size, groups[number]) for number in looked if (size := _sizes(call, groups[number])) is not None]
    found.sort(key=lambda each: each[1])
    for cores in sorted({cores for cores, _, _ in found}, reverse=True):
        fitting = [group for several, size, group in reversed(found) if several == cores and size <= budget]
        yield from (fitting[at] for at in _halving(len(fitting)))
    yield from (group for _, size, group in found if size > budget)
    yield from (groups[number] for number in range(len(groups)))


def _sizes(call: OpenCall, group: Sequence[Configuration]) -> tuple[int, int] | None:
    """
    Of the last of a group, the smallest one by its sizes: its cores, and L1 of its buffers. None where there is none,
    or its function fails.
    """
    try:
        return call.cores_and_bytes(group[-1]) if group else None
    except DiagnosticError:
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
