"""The counters that a thread keeps for itself, as statements of the generated function."""

from __future__ import annotations

import ast

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel


def emit_counters(writer: Writer, op: ttkernel.CountersOp) -> None:
    """A list that starts with zeros."""
    zeros = ast.List([pyast.number(0)] * op.size.value.data, ast.Load())
    writer.store(op.result, zeros, op)


def emit_counter(writer: Writer, op: ttkernel.CounterOp) -> None:
    """Adds one to an item of the list, or looks at it."""
    counters = writer.value(op.counters)
    assert isinstance(counters, ast.Name)
    place = pyast.number(0)
    if op.index is not None:
        place = writer.copy("place", writer.value(op.index), op)
    if isinstance(op, ttkernel.CountOp):
        target = ast.Subscript(pyast.name(counters.id), place, ast.Store())
        writer.emit(ast.AugAssign(target, ast.Add(), pyast.number(1)), op)
    if op.result.uses:
        writer.store(op.result, pyast.item(pyast.name(counters.id), place), op)
