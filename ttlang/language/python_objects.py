"""
What an object is, where it may be any: tests as `isinstance` makes them, after which type checkers take what is in a
container for objects.
"""

from __future__ import annotations

from operator import index
from typing import Any, TypeGuard


def is_sequence(value: object) -> TypeGuard[list[object] | tuple[object, ...]]:
    """Whether it is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_dict(value: object) -> TypeGuard[dict[object, object]]:
    return isinstance(value, dict)


def is_slice(value: object) -> TypeGuard[slice[object, object, object]]:
    return isinstance(value, slice)


def as_index(value: Any) -> int:
    """The integer that an object stands for, of numpy as well. A TypeError for any that stands for none."""
    return index(value)
