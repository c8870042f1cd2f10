"""Source locations of operations."""

from __future__ import annotations

from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr
from xdsl.ir import Operation

from ttlang.diagnostics import Span


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
