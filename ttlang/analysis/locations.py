"""
Source locations of operations, and reports that point at them.

A place in the source is a `FileLineColLoc`. One that has an end, too, as all of the front end have, is a `FusedLoc` of
the two, so that the IR's text keeps it: `loc(fused["k.py":3:9, "k.py":3:21])`.
"""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects.builtin import ArrayAttr, FileLineColLoc, FusedLoc, IntAttr, LocationAttr, NoneAttr, StringAttr
from xdsl.ir import Operation

from ttlang.diagnostics import Diagnostic, Related, Severity, Span

_NO_METADATA = NoneAttr()


def location(span: Span) -> LocationAttr:
    """The location attribute of a place in the source."""
    start = _point(span.file, span.line, span.column)
    if span.end_line is None or span.end_column is None:
        return start
    return FusedLoc(ArrayAttr([start, _point(span.file, span.end_line, span.end_column)]), _NO_METADATA)


def _point(file: str, line: int, column: int) -> FileLineColLoc:
    return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(column))


def span_of(op: Operation | None) -> Span | None:
    """Where an operation, or the nearest one around it that knows, comes from."""
    while op is not None:
        match op.location:
            case FileLineColLoc() as at:
                return Span(at.filename.data, at.line.data, at.column.data)
            case FusedLoc(locations=ArrayAttr(data=(FileLineColLoc() as at, FileLineColLoc() as end))):
                return Span(at.filename.data, at.line.data, at.column.data, end.line.data, end.column.data)
            case _:
                op = op.parent_op()
    return None


def diagnostic_at(
    code: str,
    message: str,
    op: Operation,
    hint: str | None,
    notes: Iterable[tuple[Operation, str]] = (),
    severity: Severity = Severity.ERROR,
) -> Diagnostic:
    """A report on an operation; the notes are on others."""
    related = tuple(Related(span, text) for place, text in notes if (span := span_of(place)) is not None)
    return Diagnostic(code, message, span_of(op), hint, related, severity)
