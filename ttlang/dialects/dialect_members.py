"""What a dialect consists of: the operations, types and attributes that its modules define."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import TypeVar

from xdsl.ir import Attribute, Operation

_T = TypeVar("_T")


def operations_in(*modules: ModuleType) -> list[type[Operation]]:
    """The operations that modules define, in the order of the text. Families of them have no name of their own."""
    return [kind for module in modules for kind in _classes(module, Operation)]


def attributes_in(*modules: ModuleType) -> list[type[Attribute]]:
    """The types and attributes that modules define."""
    return [kind for module in modules for kind in _classes(module, Attribute)]


def _classes(module: ModuleType, parent: type[_T]) -> Iterator[type[_T]]:
    for value in vars(module).values():
        if not isinstance(value, type) or value.__module__ != module.__name__:
            continue
        if issubclass(value, parent) and "name" in vars(value):
            yield value
