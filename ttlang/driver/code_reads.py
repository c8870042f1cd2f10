"""What a function's code may read of the world around it, from its instructions."""

from __future__ import annotations

import dis
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import lru_cache
from types import CodeType


class Root(Enum):
    """Where a read starts."""

    GLOBAL = auto()
    """A name of the module, or of the builtins."""
    CELL = auto()
    """A variable of the functions around."""
    IMPORT = auto()


@dataclass(frozen=True)
class Read:
    """A name, and the attributes that are taken of it right away: `settings.sizes.rows`."""

    root: Root
    name: str
    attributes: tuple[str, ...] = ()


_ROOTS = {
    "LOAD_GLOBAL": Root.GLOBAL,
    "LOAD_NAME": Root.GLOBAL,
    "LOAD_FROM_DICT_OR_GLOBALS": Root.GLOBAL,
    "LOAD_DEREF": Root.CELL,
    "LOAD_CLASSDEREF": Root.CELL,
    "LOAD_FROM_DICT_OR_DEREF": Root.CELL,
    "IMPORT_NAME": Root.IMPORT,
}
_ATTRIBUTES = ("LOAD_ATTR", "LOAD_METHOD")
_SILENT = ("EXTENDED_ARG", "CACHE", "NOP", "PUSH_NULL")


@lru_cache(maxsize=4096)
def reads_of(code: CodeType) -> tuple[Read, ...]:
    """All reads of a function and of the functions in it, each once."""
    return tuple(dict.fromkeys(_reads(code)))


def _reads(code: CodeType) -> Iterator[Read]:
    root, name, attributes = None, "", ()
    for instruction in dis.get_instructions(code):
        operation = instruction.opname
        if operation in _SILENT:
            continue
        if root is not None and operation in _ATTRIBUTES:
            attributes = *attributes, str(instruction.argval)
            continue
        if root is not None:
            yield Read(root, name, attributes)
        root, name, attributes = _ROOTS.get(operation), str(instruction.argval), ()
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from reads_of(constant)


@lru_cache(maxsize=4096)
def asks_for(code: CodeType, names: frozenset[str]) -> bool:
    """Whether any of the names stands in a function or in the functions in it, as a name or as a text."""
    if not names.isdisjoint(code.co_names):
        return True
    return any(
        asks_for(constant, names) if isinstance(constant, CodeType) else isinstance(constant, str) and constant in names
        for constant in code.co_consts
    )
