"""A call of the kernel API as a kernel in C++ makes it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from ttlang.backends.native.snippet import Snippet
from ttlang.dialects.ttkernel import CallOp
from ttlang.tables.kernel_api import OLDEST, Dated, Generation

Words = Sequence[int]


@dataclass(frozen=True, kw_only=True)
class Generations:
    """The generations that have something: from `since` on, and none from `until` on."""

    since: Generation = OLDEST
    until: Generation | None = None

    def __contains__(self, generation: Generation) -> bool:
        return self.since <= generation and (self.until is None or generation < self.until)

    def meets(self, generations: Iterable[Generation]) -> bool:
        """Whether one of these has it."""
        return any(generation in self for generation in generations)

    def joined(self, other: Generations) -> Generations:
        """Those that have the one or the other, of which one begins before the other has ended."""
        ends = [each for each in (self.until, other.until) if each is not None]
        return Generations(since=min(self.since, other.since), until=max(ends) if len(ends) == 2 else None)


_DatedT = TypeVar("_DatedT", bound=Dated)


def spans(latest: _DatedT) -> Iterator[tuple[_DatedT, Generations]]:
    """Something that changes with the generations, and which of them have it so."""
    until = None
    for each in latest.history():
        yield each, Generations(since=each.since, until=until)
        until = each.since


@dataclass(frozen=True)
class Declaration:
    """A C++ function that makes the call: all of its text but the call's number."""

    name: str
    template: str = ""
    parameters: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Expressions of the call's constants, then of its values."""
    known: Generations = Generations()
    """The generations of the kernel API that have it."""


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
    kind: type[CallOp] | None = None
    """The operation that it makes, if it is one."""
