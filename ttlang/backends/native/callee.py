"""A call of the kernel API as a kernel in C++ makes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ttlang.backends.native.snippet import Snippet
from ttlang.tables.kernel_api import GENERATIONS, NEWEST, OLDEST

Words = Sequence[int]
BOTH = tuple(GENERATIONS)
OLDER, NEWER = (OLDEST.name,), (NEWEST.name,)


@dataclass(frozen=True)
class Declaration:
    """A C++ function that makes the call: all of its text but the call's number."""

    name: str
    generations: tuple[str, ...] = BOTH
    template: str = ""
    parameters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Expressions of the call's constants, then of its values."""


@dataclass(frozen=True)
class Callee:
    """A call: its first `constants` words belong to what is called, the other `values` are known to the run alone."""

    name: str
    """Of its number in C++."""
    constants: int
    values: int
    build: Callable[[Snippet, Words], None]
    """Adds the operations for a call with these constants."""
    declarations: tuple[Declaration, ...] = ()
    """None: a function of `kernel_api.h` makes the call."""
