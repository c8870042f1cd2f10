"""
Which elements of a value are defined. A reduction leaves its result in column 0, in row 0 or at [0, 0] of its tiles,
and anything in the rest; a broadcast from there makes all of it defined again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.dst import postorder
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic, Related, Severity
from ttlang.dialects import ttl
from ttlang.dtypes import DType, Kind

_PLACES = {ttl.Dim.ROW: "column 0", ttl.Dim.COL: "row 0", ttl.Dim.SCALAR: "element [0, 0]"}
"""Where a reduction leaves its result."""
_SOURCES = {ttl.Dim.ROW: "row 0", ttl.Dim.COL: "column 0", ttl.Dim.SCALAR: "element [0, 0]"}
"""What a broadcast takes."""
_SPREAD_OVER_ROWS = ("column 0", "element [0, 0]")
"""Places whose rows have undefined datums too."""
_DIMS = {"column 0": "[1]", "row 0": "[0]", "element [0, 0]": "[0, 1]"}


def check_defined(thread: ttl.ThreadOp, visible: set[SSAValue]) -> Iterator[Diagnostic]:
    """
    Warns of undefined elements that take part in a result: read by a matmul, a reduction, a transpose or a broadcast of
    another part, or stored in one of the buffers `visible`, which other threads copy to tensors.
    """
    seen: set[Operation] = set()
    for store in thread.walk():
        if not isinstance(store, ttl.StoreOp):
            continue
        places: dict[SSAValue, str] = {}
        for op in postorder([store.value], _operands):
            if isinstance(op, ttl.EXPRESSION) and (place := _place(op, places)):
                places[op.results[0]] = place
            if op not in seen and (found := _misuse(op, places)):
                seen.add(op)
                yield found
        acquire = store.block.owner
        place = places.get(store.value)
        if place in _SPREAD_OVER_ROWS and _stored_format(store).kind is Kind.BLOCK_FLOAT:
            yield _lost(store, place)
        if place and isinstance(acquire, ttl.AcquireOp) and acquire.cb in visible:
            yield _warning(
                store,
                f"what is stored here is defined in {place} of its tiles alone, and goes to a tensor as a whole",
                f"repeat it: ttl.broadcast(x, dims={_DIMS[place]}); or look at {place} alone",
                *_reduced(store.value),
            )


def _lost(store: ttl.StoreOp, place: str) -> Diagnostic:
    """Sixteen datums of a row share an exponent in these formats: undefined neighbours spoil the result."""
    dtype = _stored_format(store)
    return Diagnostic(
        "TTL0305",
        f"what is stored here is defined in {place} of its tiles alone, and {dtype} spoils it: the undefined datums "
        "beside it share its exponent",
        span_of(store),
        f"store it in a buffer of ttl.bfloat16, or repeat it first: ttl.broadcast(x, dims={_DIMS[place]})",
    )


def _stored_format(store: ttl.StoreOp) -> DType:
    return cast(ttl.BlockType, store.block.type).element.dtype


def _reduced(value: SSAValue) -> Iterator[Related]:
    """Where it was reduced."""
    for op in postorder([value], _operands):
        if isinstance(op, ttl.ReduceSumOp | ttl.ReduceMaxOp) and (span := span_of(op)) is not None:
            yield Related(span, "reduced here")


def _operands(op: Operation) -> tuple[SSAValue, ...]:
    return tuple(op.operands) if isinstance(op, ttl.EXPRESSION) else ()


def _place(op: Operation, places: dict[SSAValue, str]) -> str | None:
    """Where the result of an operation is defined, if not everywhere."""
    match op:
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            # A reduction along what is defined leaves one datum.
            return _PLACES[ttl.Dim.SCALAR] if _suits(op, places) else _PLACES[op.dim.data]
        case ttl.TransposeOp():
            return _FLIPPED.get(places.get(op.input, ""))
        case ttl.MatmulOp():
            return _product_place(op, places)
        case ttl.FromL1Op():
            return None
        case _:
            return next((places[operand] for operand in op.operands if operand in places), None)


_COLUMN, _ROW, _FIRST = (_PLACES[dim] for dim in (ttl.Dim.ROW, ttl.Dim.COL, ttl.Dim.SCALAR))
_FLIPPED = {_COLUMN: _ROW, _ROW: _COLUMN, _FIRST: _FIRST}
"""Places in a transposed tile."""


def _product_place(op: ttl.MatmulOp, places: dict[SSAValue, str]) -> str | None:
    """A row of the left operand makes a row, a column of the right one a column."""
    left, right = places.get(op.lhs) == _ROW, places.get(op.rhs) == (_ROW if op.transpose else _COLUMN)
    if left and right:
        return _FIRST
    return _ROW if left else _COLUMN if right else None


def _suits(op: Operation, places: dict[SSAValue, str]) -> bool:
    """Whether an operation keeps to what is defined of its operands, where that is not all."""
    match op:
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            along = {_COLUMN: ttl.Dim.COL, _ROW: ttl.Dim.ROW}.get(places.get(op.input, ""))
            return along is op.dim.data
        case ttl.TransposeOp():
            return True
        case ttl.MatmulOp():
            fitting = (
                places.get(op.lhs, _ROW) == _ROW,
                places.get(op.rhs, "") in ("", _ROW if op.transpose else _COLUMN),
            )
            return all(fitting) and not any(operand in places for operand in op.operands[2:])
        case _:
            return False


def _misuse(op: Operation, places: dict[SSAValue, str]) -> Diagnostic | None:
    if not isinstance(op, ttl.FromL1Op):
        return None
    operand = next((operand for operand in op.operands if operand in places), None)
    if operand is None or _suits(op, places):
        return None
    place = places[operand]
    if isinstance(op, ttl.BroadcastOp):
        wanted = _SOURCES.get(op.dim.data, place)
        if wanted in (place, "element [0, 0]"):
            return None
        return _warning(
            op,
            f"this broadcast takes {wanted}, and its operand is defined in {place} alone",
            f"dims={_DIMS[place]} takes {place}",
        )
    name = op.name.removeprefix("ttl.")
    return _warning(
        op,
        f"this {name} takes whole tiles, and its operand is defined in {place} alone",
        f"repeat it first: ttl.broadcast(x, dims={_DIMS[place]})",
    )


def _warning(op: Operation, message: str, hint: str, *related: Related) -> Diagnostic:
    return Diagnostic("TTL0603", message, span_of(op), hint, related, severity=Severity.WARNING)
