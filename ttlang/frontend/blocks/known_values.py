"""What of values is known while a thread is compiled: the host's numbers and objects, and which are the same."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real
from types import MethodType
from typing import Any

from ttlang.frontend.blocks.values import Bool, Computed, Fill, Group, Host, Int, Method, Value
from ttlang.frontend.blocks.wrapping_integers import Wrapped
from ttlang.language.buffers import CircularBuffer
from ttlang.language.python_objects import as_index
from ttlang.language.semaphores import Semaphore


def host_values(values: Iterable[Value]) -> list[Any] | None:
    """The objects that values are, if all are the host's."""
    found: list[Any] = []
    for value in values:
        if not isinstance(value, Host):
            return None
        found.append(value.value)
    return found


def host_integer(value: Value) -> int | None:
    """The integer that a host value is (numpy's too, and bools as in Python), else None."""
    if not isinstance(value, Host):
        return None
    if isinstance(value.value, int):
        return value.value if isinstance(value.value, Wrapped) else int(value.value)
    if not isinstance(value.value, Real):
        return None
    try:
        return as_index(value.value)
    except TypeError:
        return None


def host_number(value: Value) -> float | int | None:
    """The number that a host value is, else None."""
    if not isinstance(value, Host):
        return value.number if isinstance(value, Fill) else None
    if isinstance(value.value, int | float):
        return value.value
    if not isinstance(value.value, Real):
        return None
    number = host_integer(value)
    return float(value.value) if number is None else number


def is_method(value: Value) -> bool:
    """Whether it is a method of an object of the language, or of a block, which was named and not called."""
    if not isinstance(value, Host):
        return isinstance(value, Method)
    return isinstance(value.value, MethodType) and isinstance(value.value.__self__, CircularBuffer | Semaphore)


def is_integer(value: Value) -> bool:
    """Whether it is an integer or a bool, of the host or of the run."""
    return isinstance(value, Int | Bool) or host_integer(value) is not None


def same_value(first: Value | None, second: Value | None) -> bool:
    """Whether two values are known to be one and the same, so that it does not matter which of two paths was taken."""
    if first is second:
        return True
    if first is None or second is None or type(first) is not type(second):
        return False
    match first, second:
        case Host(a), Host(b):
            return a is b or (type(a) is type(b) and type(a) in _COMPARABLE and _equal(a, b))
        case Computed(ssa), Computed(other):
            return ssa is other
        case Group(a, kind), Group(b, other):
            return kind is other and len(a) == len(b) and all(map(same_value, a, b))
        case _:
            return False


_COMPARABLE: tuple[type, ...] = (bool, int, Wrapped, float, str, bytes, type(None), range, slice)


def _equal(a: object, b: object) -> bool:
    # The sign of a zero is part of a float.
    return a == b and (not isinstance(a, float) or str(a) == str(b))
