"""
Facts of a document's kernels as its process tells them: at once what compilation gives, then cycles, then gains. Of
kernels of one name, an editor shows the one that is called first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from ttlang.engine.facts.compiled_facts import compiled_facts, with_reasons
from ttlang.engine.facts.kernel_facts import KernelFacts, facts_to_json
from ttlang.engine.facts.line_costs import costs, costs_with_gains, prediction_of
from ttlang.engine.protocol import Facts
from ttlang.profiler.reruns import MOST_CALLS

if TYPE_CHECKING:
    from ttlang.backends.simulator.predicted_time import Prediction
    from ttlang.driver.compiler import CompiledKernel


class Called(Protocol):
    """A call of the script that compiles."""

    @property
    def compiled(self) -> CompiledKernel: ...

    @property
    def numbers(self) -> Sequence[int]: ...


Emit = Callable[[Facts], None]


def tell_compiled(uri: str, version: int, known: Iterable[KernelFacts], emit: Emit, *, costs_follow: bool) -> None:
    """
    Tells what compilation gives, of calls in their order. `costs_follow`: whether `tell_costs` is called later for the
    same text.
    """
    first: dict[str, KernelFacts] = {}
    for facts in known:
        first.setdefault(facts.name, facts)
    kernels = [facts_to_json(replace(facts, costs_follow=costs_follow)) for facts in first.values()]
    emit(Facts(uri, version, kernels))


def tell_costs(uri: str, version: int, calls: Iterable[Called], emit: Emit) -> None:
    """
    Tells the same with what calls take: for each kernel its cycles, as soon as the clock has run; then what lines would
    gain, and why sizes are no larger.
    """

    def tell(facts: KernelFacts) -> None:
        emit(Facts(uri, version, [facts_to_json(facts)]))

    known = [(call, compiled_facts(call.compiled)) for call in _first_of_each(calls)]
    timed: list[tuple[Called, KernelFacts, Prediction | None]] = []
    for call, facts in known:
        prediction = prediction_of(call.compiled, call.numbers)
        told = facts if prediction is None else replace(facts, costs=costs(prediction))
        timed.append((call, told, prediction))
        tell(told)
    for call, facts, prediction in timed:
        told = with_reasons(facts, call.compiled)
        if prediction is not None:
            told = replace(told, costs=costs_with_gains(prediction, MOST_CALLS / len(timed)))
        if told != facts:
            tell(told)


def _first_of_each(calls: Iterable[Called]) -> list[Called]:
    """The first call of each name."""
    found: dict[str, Called] = {}
    for call in calls:
        found.setdefault(call.compiled.name, call)
    return list(found.values())
