"""A kernel function that is being run: what its calls of the language ask for and make."""

from __future__ import annotations

import inspect
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import prod
from types import CodeType, FrameType, FunctionType
from typing import TypeVar

from ttlang.diagnostics import error, session
from ttlang.language.call_sites import Origin, caller, caller_span
from ttlang.language.tensors import TensorParameter
from ttlang.tables.editions import Edition

Made = TypeVar("Made")


@dataclass
class Run:
    """One run of a kernel function, on behalf of one core: what it has asked for and made so far."""

    code: CodeType
    """Of the kernel function."""
    dimensions: tuple[int, ...]
    """Of the grid: columns, rows, and chips if there are several."""
    core: tuple[int, int]
    """The core that this run is for, as (column, row)."""
    edition: Edition
    tensors: tuple[TensorParameter, ...] = ()
    works: list[FunctionType] = field(default_factory=list[FunctionType])
    """What the stages of a unified body do."""
    _made: dict[type, list[object]] = field(default_factory=dict[type, list[object]])
    asked_for_core: bool = False
    asked_for_grid: bool = False
    foreign: tuple[str, Origin | None] | None = None
    """The first name of another edition that the kernel function uses, and where."""
    frame: FrameType | None = None
    """The frame of the kernel function: its variables give buffers their names."""

    @property
    def grid(self) -> tuple[int, int]:
        """Columns, and rows of all chips, one below the other."""
        columns, *rows = self.dimensions
        return columns, prod(rows)

    def keep(self, thing: object) -> None:
        """The kernel function, which is among the callers, has made a buffer, a pipe, a thread, …"""
        self._find_frame()
        self._made.setdefault(type(thing), []).append(thing)

    def made(self, kind: type[Made]) -> list[Made]:
        """What the kernel function has made of one class, in its order."""
        return [thing for thing in self._made.get(kind, ()) if isinstance(thing, kind)]

    def count_made(self) -> int:
        """How many things the kernel function has made."""
        return sum(map(len, self._made.values()))

    def spelled(self, name: str) -> None:
        """The kernel function uses a name that not all editions have."""
        if self.foreign is None and not self.edition.has(name):
            self.foreign = name, caller()

    def _find_frame(self) -> None:
        frame = None if self.frame else inspect.currentframe()
        while frame is not None:
            if frame.f_code is self.code:
                self.frame = frame
                return
            frame = frame.f_back


CURRENT: ContextVar[Run | None] = ContextVar("ttlang_run", default=None)
"""The run that is going on."""


_LAUNCHED: ContextVar[tuple[int, ...] | None] = ContextVar("ttlang_launched", default=None)


def launched(dimensions: tuple[int, ...]) -> None:
    """A kernel is launched on a grid of these sizes."""
    _LAUNCHED.set(dimensions)


def grid_in_use(name: str) -> tuple[int, ...]:
    """
    Of the kernel function that is being run; on the host, of the kernel that was launched last. A TTL0208 before any.
    """
    if (run := CURRENT.get()) is not None:
        run.asked_for_grid = True
        return run.dimensions
    session.asked_for_grid()
    if (last := _LAUNCHED.get()) is not None:
        return last
    raise error(
        "TTL0208",
        f"{name} is used outside a kernel function, and no kernel has been called before",
        caller_span(),
        hint="call it in a kernel, or after one: on the host it tells the grid of the kernel that was called last",
    )


def current_run(name: str) -> Run:
    """The run that is going on; a TTL0208 if there is none. `name`: the function that is called."""
    if (run := CURRENT.get()) is not None:
        return run
    raise error(
        "TTL0208",
        f"{name} is used outside a kernel function",
        caller_span(),
        hint="call it in the body of a function that is decorated with @ttl.kernel or @ttl.operation",
    )
