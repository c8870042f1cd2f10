"""Where language functions are called: in a kernel function that is being run, or outside of any."""

from __future__ import annotations

import inspect
import linecache
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from types import CodeType, FrameType
from typing import TYPE_CHECKING

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.diagnostics.python_warnings import is_ours, outer_frame

if TYPE_CHECKING:
    from ttlang.language.buffers import CircularBuffer
    from ttlang.language.edition import Edition
    from ttlang.language.pipes import Pipe, PipeNet
    from ttlang.language.semaphores import Semaphore
    from ttlang.language.tensors import TensorParameter
    from ttlang.language.threads import Program, Thread


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
    buffers: list[CircularBuffer] = field(default_factory=list["CircularBuffer"])
    pipes: list[Pipe] = field(default_factory=list["Pipe"])
    nets: list[PipeNet] = field(default_factory=list["PipeNet"])
    semaphores: list[Semaphore] = field(default_factory=list["Semaphore"])
    threads: list[Thread] = field(default_factory=list["Thread"])
    program: Program | None = None
    asked_for_core: bool = False
    foreign: tuple[str, Origin | None] | None = None
    """The first name of another edition that the kernel function uses, and where."""
    frame: FrameType | None = None
    """The frame of the kernel function: its variables give buffers their names."""

    @property
    def grid(self) -> tuple[int, int]:
        """Columns, and rows of all chips, one below the other."""
        columns, *rows = self.dimensions
        return columns, prod(rows)

    def spelled(self, edition: Edition, name: str) -> None:
        """The kernel function uses a name that only this edition has."""
        if edition is not self.edition and self.foreign is None:
            self.foreign = name, caller()

    def find_frame(self) -> None:
        """Keeps the frame of the kernel function, which is one of the callers."""
        frame = None if self.frame else inspect.currentframe()
        while frame is not None:
            if frame.f_code is self.code:
                self.frame = frame
                return
            frame = frame.f_back


CURRENT: ContextVar[Run | None] = ContextVar("ttlang_run", default=None)
"""The run that is going on."""


@dataclass(frozen=True)
class Origin:
    """An instruction of a user's function: where something was made. Cheap to keep, the span is computed on demand."""

    code: CodeType
    instruction: int

    def span(self) -> Span:
        place = next(islice(self.code.co_positions(), self.instruction // 2, None), (None,) * 4)
        line, end_line, start, end = place
        file = self.code.co_filename
        if line is None:
            return code_span(self.code)
        if start is None:
            return Span(file, line, 1)
        end_column = None if end is None or end_line is None else character_column(file, end_line, end)
        return Span(file, line, character_column(file, line, start), end_line, end_column)


def code_span(code: CodeType) -> Span:
    """Where a function starts, with its decorators; without its indentation, where the source can be read."""
    text = linecache.getline(code.co_filename, code.co_firstlineno)
    return Span(code.co_filename, code.co_firstlineno, len(text) - len(text.lstrip()) + 1)


def character_column(file: str, line: int, offset: int) -> int:
    """The column, counted from 1 in characters, of an offset in bytes, which is how Python counts."""
    text = linecache.getline(file, line)
    return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1


def caller() -> Origin | None:
    """The innermost caller that is no part of ttlang."""
    frame = outer_frame()
    return Origin(frame.f_code, frame.f_lasti) if frame is not None else None


def raised_at(error: BaseException, file: str | None = None) -> Span | None:
    """The innermost place that an exception has come from: in that file, else in any that is no part of ttlang."""
    place, traceback = None, error.__traceback__
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_filename == file if file is not None else not is_ours(frame):
            place = Origin(frame.f_code, traceback.tb_lasti)
        traceback = traceback.tb_next
    return place.span() if place else None


def caller_span() -> Span | None:
    origin = caller()
    return origin.span() if origin else None


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


def host_error(name: str, where: str = "a thread") -> DiagnosticError:
    """What a function raises that only the compiler can give a meaning to, when Python calls it."""
    return error(
        "TTL0113",
        f"{name} works only inside {where}",
        caller_span(),
        hint="threads are compiled, not run: use it in a function decorated with @ttl.compute() or @ttl.datamovement()",
    )
