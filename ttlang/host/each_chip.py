"""
Operations on tensors that lie on several chips: each chip computes on its own part, as in ttnn, and none knows of the
others. What does more (`ttlang.host.collectives`, mappers and composers) takes the parts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeGuard, TypeVar, cast

from ttlang.host.withheld_values import passing_on


class Distributed(Protocol):
    """A tensor, seen as what it is on each chip."""

    @property
    def num_chips(self) -> int: ...
    @property
    def parts(self) -> Sequence[Any]:
        """What it is on each chip: tensors on the host that share its memory."""
        ...

    def gathered(self, parts: Sequence[Any]) -> Any:
        """The tensor whose parts these are, where this one is."""
        ...


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def tensor_operation(operation: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """
    An operation that makes tensors of tensors. It is written for one chip, and for values that are there: this does it
    on each chip that its tensors are on, and passes on what is yet to be computed (`passing_on`).
    """
    once = passing_on(operation)

    @wraps(operation)
    def on_each(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        spread = list(_spread((*args, *kwargs.values())))
        if not spread:
            return once(*args, **kwargs)
        chips = chips_of(spread)
        results: list[object] = [
            once(*_on_chip(args, chip), **{name: _on_chip(value, chip) for name, value in kwargs.items()})
            for chip in range(chips)
        ]
        return cast(Result, _gathered(spread[0], results))

    return on_each


def chips_of(tensors: Sequence[Distributed]) -> int:
    """On how many chips tensors are that are used together. A ValueError where they are on different numbers."""
    numbers = {tensor.num_chips for tensor in tensors} - {1}
    if len(numbers) > 1:
        raise ValueError(f"tensors on {' and on '.join(map(str, sorted(numbers)))} chips are used together")
    return max(numbers, default=1)


def by_chip(tensors: Sequence[Any]) -> list[list[Any]]:
    """For each chip, what tensors that are used together are on it; one that is on one chip alone is used on all."""
    return [[_on_chip(tensor, chip) for tensor in tensors] for chip in range(chips_of(tensors))]


def _spread(value: object) -> Iterator[Distributed]:
    """The tensors on several chips, of values and lists of them."""
    if isinstance(value, tuple | list):
        for each in cast("list[object]", value):
            yield from _spread(each)
    elif _is_spread(value):
        yield value


def _is_spread(value: object) -> TypeGuard[Distributed]:
    return getattr(value, "num_chips", 1) > 1 and hasattr(value, "parts")


def _on_chip(value: Any, chip: int) -> Any:
    if isinstance(value, tuple | list):
        return type(cast("list[object]", value))(_on_chip(each, chip) for each in cast("list[object]", value))
    return value.parts[chip] if _is_spread(value) else value


def _gathered(whole: Distributed, results: list[Any]) -> object:
    """One result of the results of all chips: a tensor of tensors, a list of lists; of anything else the first."""
    first = results[0]
    if isinstance(first, tuple | list):
        return type(cast("list[object]", first))(_gathered(whole, list(each)) for each in zip(*results, strict=True))
    return whole.gathered(results) if hasattr(first, "gathered") else first
