"""
Operations on tensors that lie on several chips: each chip computes on its own part, as in ttnn, and none knows of the
others. What does more (`ttlang.host.collectives`, mappers and composers) takes the parts itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from ttlang.host.stored_tensor import StoredTensor
from ttlang.host.withheld_values import FILLED, passing_on

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Stored = TypeVar("Stored", bound=StoredTensor)


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
        for target in map(kwargs.get, FILLED):
            if isinstance(target, StoredTensor):
                check_room(target, chips)
        results: list[object] = [
            once(*_on_chip(args, chip), **{name: _on_chip(value, chip) for name, value in kwargs.items()})
            for chip in range(chips)
        ]
        return cast(Result, _gathered(spread[0], results))

    return on_each


def chips_of(tensors: Sequence[StoredTensor]) -> int:
    """On how many chips tensors are that are used together. A ValueError where they are on different numbers."""
    numbers = {tensor.num_chips for tensor in tensors} - {1}
    if len(numbers) > 1:
        raise ValueError(f"tensors on {' and on '.join(map(str, sorted(numbers)))} chips are used together")
    return max(numbers, default=1)


def check_room(target: StoredTensor, chips: int) -> None:
    """A ValueError if a tensor that is to be filled on each of several chips is on one alone."""
    if target.num_chips < chips:
        raise ValueError(
            f"each of {chips} chips has values of its own; the tensor that they are written to is on one chip"
        )


def by_chip(tensors: Sequence[Stored]) -> list[list[Stored]]:
    """For each chip, what tensors that are used together are on it; one that is on one chip alone is used on all."""
    return [[_part(tensor, chip) for tensor in tensors] for chip in range(chips_of(tensors))]


def _spread(value: object) -> Iterator[StoredTensor]:
    """The tensors on several chips, of values and lists of them."""
    if isinstance(value, tuple | list):
        for each in cast("list[object]", value):
            yield from _spread(each)
    elif isinstance(value, StoredTensor) and value.num_chips > 1:
        yield value


def _on_chip(value: Any, chip: int) -> Any:
    """A value, or a list of them, with what its tensors are on a chip."""
    if isinstance(value, tuple | list):
        return type(cast("list[object]", value))(_on_chip(each, chip) for each in cast("list[object]", value))
    return _part(value, chip) if isinstance(value, StoredTensor) else value


def _part(tensor: Stored, chip: int) -> Stored:
    return tensor.parts[chip] if tensor.num_chips > 1 else tensor


def _gathered(whole: StoredTensor, results: Sequence[object]) -> object:
    """One result of the results of all chips: a tensor of tensors, a list of lists; of anything else the first."""
    first = results[0]
    if isinstance(first, tuple | list):
        columns = zip(*cast("Sequence[list[object]]", results), strict=True)
        return type(cast("list[object]", first))(_gathered(whole, each) for each in columns)
    return whole.gathered(cast("Sequence[StoredTensor]", results)) if isinstance(first, StoredTensor) else first
