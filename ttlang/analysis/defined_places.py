"""
Which elements of a value are defined. A reduction leaves its result in column 0, in row 0 or at [0, 0] of its tiles,
and anything in the rest; a broadcast from there makes all of it defined again.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.ir import Operation, SSAValue

from ttlang.dialects import ttl

PLACES = {ttl.Dim.ROW: "column 0", ttl.Dim.COL: "row 0", ttl.Dim.SCALAR: "element [0, 0]"}
"""Where a reduction leaves its result."""
COLUMN, ROW, FIRST = (PLACES[dim] for dim in (ttl.Dim.ROW, ttl.Dim.COL, ttl.Dim.SCALAR))
_FLIPPED = {COLUMN: ROW, ROW: COLUMN, FIRST: FIRST}
"""Places in a transposed tile."""


def place_of(op: Operation, places: Mapping[SSAValue, str]) -> str | None:
    """Where the result of an operation is defined, if not everywhere; `places`: those of its operands."""
    match op:
        case ttl.ReduceOp() if op.dim.data is ttl.Dim.NONE:
            return places.get(op.input)
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            # A reduction along what is defined leaves one datum.
            return FIRST if keeps_to_defined(op, places) else PLACES[op.dim.data]
        case ttl.TransposeOp():
            return _FLIPPED.get(places.get(op.input, ""))
        case ttl.MatmulOp():
            return _product_place(op, places)
        case ttl.FromL1Op():
            return None
        case _:
            return next((places[operand] for operand in op.operands if operand in places), None)


def _product_place(op: ttl.MatmulOp, places: Mapping[SSAValue, str]) -> str | None:
    """A row of the left operand makes a row, a column of the right one a column."""
    left, right = places.get(op.lhs) == ROW, places.get(op.rhs) == (ROW if op.transpose else COLUMN)
    if left and right:
        return FIRST
    return ROW if left else COLUMN if right else None


def keeps_to_defined(op: Operation, places: Mapping[SSAValue, str]) -> bool:
    """Whether an operation keeps to what is defined of its operands, where that is not all."""
    match op:
        case ttl.ReduceOp() if op.dim.data is ttl.Dim.NONE:
            return True
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            along = {COLUMN: ttl.Dim.COL, ROW: ttl.Dim.ROW}.get(places.get(op.input, ""))
            return along is op.dim.data
        case ttl.TransposeOp():
            return True
        case ttl.MatmulOp():
            fitting = (
                places.get(op.lhs, ROW) == ROW,
                places.get(op.rhs, "") in ("", ROW if op.transpose else COLUMN),
            )
            return all(fitting) and not any(operand in places for operand in op.operands[2:])
        case _:
            return False
