"""
Source locations of operations, and reports that point at them.

A place in the source is a `FileLineColLoc`. One that has an end, too, as all of the front end have, is a `FusedLoc` of
the two, so that the IR's text keeps it: `loc(fused["k.py":3:9, "k.py":3:21])`. A place in an inlined function stands in
a `CallSiteLoc`, with that of the call.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from xdsl.dialects.builtin import (
    ArrayAttr,
    CallSiteLoc,
    FileLineColLoc,
    FusedLoc,
    IntAttr,
    LocationAttr,
    NoneAttr,
)
from xdsl.ir import Attribute, Operation

from ttlang.diagnostics import Diagnostic, Related, Severity, Span
from ttlang.diagnostics.fixes import Fix
from ttlang.dialects.attributes import string_attr

_NO_METADATA = NoneAttr()


def location(span: Span, *calls: Span) -> LocationAttr:
    """The location attribute of a place in the source. `calls`: those that lead there, innermost first."""
    made = _place(span)
    return CallSiteLoc(made, location(*calls)) if calls else made


@lru_cache(maxsize=1024)
def _place(span: Span) -> LocationAttr:
    start = _point(span.file, span.line, span.column)
    if span.end_line is None or span.end_column is None:
        return start
    return FusedLoc(ArrayAttr([start, _point(span.file, span.end_line, span.end_column)]), _NO_METADATA)


def _point(file: str, line: int, column: int) -> FileLineColLoc:
    return FileLineColLoc(string_attr(file), IntAttr(line), IntAttr(column))


def span_of(op: Operation | None) -> Span | None:
    """Where an operation, or the nearest one around it that knows, comes from."""
    while op is not None:
        if (span := _span(op.location)) is not None:
            return span
        op = op.parent_op()
    return None


def _span(at: Attribute) -> Span | None:
    match at:
        case FileLineColLoc():
            return Span(at.filename.data, at.line.data, at.column.data)
        case FusedLoc(locations=ArrayAttr(data=(FileLineColLoc() as start, FileLineColLoc() as end))):
            return Span(start.filename.data, start.line.data, start.column.data, end.line.data, end.column.data)
        case CallSiteLoc():
            return _span(at.callee)
        case _:
            return None


def calls_to(op: Operation) -> tuple[Related, ...]:
    """The calls that lead to an operation of an inlined function, innermost first; not those that it stands in."""
    found: list[Related] = []
    at: Attribute = op.location
    while isinstance(at, CallSiteLoc):
        inner, at = _span(at), at.caller
        span = _span(at)
        if span is not None and inner is not None and not _encloses(span, inner):
            found.append(Related(span, "called here"))
    return tuple(found)


def _encloses(outer: Span, inner: Span) -> bool:
    if outer.file != inner.file or outer.end_line is None or outer.end_column is None:
        return False
    start, end = (outer.line, outer.column), (outer.end_line, outer.end_column)
    return start <= (inner.line, inner.column) <= end


def diagnostic_at(
    code: str,
    message: str,
    op: Operation,
    hint: str | None,
    notes: Iterable[tuple[Operation, str]] = (),
    severity: Severity = Severity.ERROR,
    fix: Fix = (),
) -> Diagnostic:
    """A report on an operation; the notes are on others, with the calls that lead there."""
    related = list(calls_to(op))
    for other, text in notes:
        if (span := span_of(other)) is not None:
            related += [Related(span, text), *calls_to(other)]
    return Diagnostic(code, message, span_of(op), hint, tuple(related), severity, fix)
