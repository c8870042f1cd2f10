"""
Tensors that a script calls kernels with. They are not held, as they leave their device when the script is done with
them: what stands in for them is, and what becomes known of their use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol, TypeGuard
from weakref import ref


class _OfHost(Protocol):
    """A tensor of the host library."""

    def watch(self, used: Callable[[], object]) -> None: ...

    def stand_in(self) -> Any: ...


def _is_of_host(value: object) -> TypeGuard[_OfHost]:
    return hasattr(value, "stand_in")


class UsedTensors:
    """Those of a script."""

    def __init__(self) -> None:
        self.call = 0
        """The number of the call that was made last."""
        self._numbers: dict[int, tuple[ref[object], int, object]] = {}
        """By the identity of a tensor: the tensor, its number, and its stand-in."""
        self._used: list[int] = []
        """By the numbers of tensors, the call behind which they were used last."""

    def stand_in(self, value: Any) -> Any:
        """What is held in place of an argument: for a tensor always the same."""
        if not _is_of_host(value):
            return value
        number = self.number(value)
        _, _, standing = self._numbers[id(value)]
        assert number is not None
        return standing

    def number(self, tensor: object) -> int | None:
        """The number of a tensor, whose use is watched from now on; None for one that nobody can watch."""
        known = self._numbers.get(id(tensor))
        if known is not None and known[0]() is tensor:
            return known[1]
        if not _is_of_host(tensor):
            return None
        number = len(self._used)
        self._used.append(-1)
        self._numbers[id(tensor)] = ref(tensor), number, tensor.stand_in()
        tensor.watch(partial(self._use, number))
        return number

    def are_used_behind(self, call: int, tensors: Iterable[int | None]) -> bool:
        """Whether one of them was used behind the call of that number, or nobody knows."""
        return any(number is None or self._used[number] >= call for number in tensors)

    def _use(self, number: int) -> None:
        self._used[number] = self.call
