"""Where in a user's file something was made or called, and what a call outside of the compiler raises."""

from __future__ import annotations

import linecache
from itertools import islice
from types import CodeType
from typing import NamedTuple

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.diagnostics.python_warnings import is_ours, outer_frame


class Origin(NamedTuple):
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


def host_error(name: str, where: str = "a thread") -> DiagnosticError:
    """What a function raises that only the compiler can give a meaning to, when Python calls it."""
    return error(
        "TTL0113",
        f"{name} works only inside {where}",
        caller_span(),
        hint="threads are compiled, not run: use it in a function decorated with @ttl.compute() or @ttl.datamovement()",
    )
