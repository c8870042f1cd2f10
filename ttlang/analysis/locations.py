"""Source locations of operations, and reports that point at them."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr
from xdsl.ir import Operation

from ttlang.diagnostics import Diagnostic, Related, Severity, Span


def location(file: str, line: int, column: int) -> FileLineColLoc:
    """A location attribute; lines and columns count from 1."""
    return FileLineColLoc(StringAttr(file), IntAttr(line), IntAttr(column))


def span_of(op: Operation | None) -> Span | None:
    """Where an operation, or the nearest one around it that knows, comes from."""
    while op is not None:
        if isinstance(at := op.location, FileLineColLoc):
            return Span(at.filename.data, at.line.data, at.column.data)
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
