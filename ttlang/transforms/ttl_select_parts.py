"""
Finds functions of which a column or a row of each tile is asked for. Where the kernel call can leave the rest alone
(`VectorMode`), it then takes half the time: it computes the two faces that the column, or the row, lies in.

That is so where all that reads a value takes a part of it, as a broadcast takes column 0; and where the operands are
defined in a part alone, as what a reduction leaves: the result is defined nowhere else, whoever reads it. A select may
hide what is not defined, so nothing is concluded from what it selects from.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.defined_places import COLUMN, FIRST, ROW, place_of
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import type_of
from ttlang.dialects.walking import operations, operations_of
from ttlang.transforms.pass_order import OrderedPass

_PARTS = {COLUMN: ttl.Dim.COL, ROW: ttl.Dim.ROW, FIRST: ttl.Dim.ROW}
_TAKEN = {ttl.Dim.COL: COLUMN, ttl.Dim.ROW: ROW, ttl.Dim.SCALAR: FIRST}
"""What a broadcast takes of its operand."""


def _defined(thread: ttl.ComputeThreadOp) -> dict[SSAValue, str]:
    """Where values are defined that are not defined everywhere, as far as expressions tell."""
    places: dict[SSAValue, str] = {}
    for op in operations(thread):
        if isinstance(op, ttl.EXPRESSION) and not _selects(op) and (place := place_of(op, places)) is not None:
            places[op.results[0]] = place
    return places


def _selects(op: Operation) -> bool:
    return isinstance(op, ttl.ElementwiseOp) and "bitwise_condition" in op.ROW.tags


def _asked_for(thread: ttl.ComputeThreadOp) -> dict[SSAValue, str]:
    """The part of values that is read, where that is not all of them."""
    places: dict[SSAValue, str] = {}
    for op in reversed(tuple(operations(thread))):
        if isinstance(op, ttl.EXPRESSION):
            taken = {_taken(use.operation, places) for use in op.results[0].uses}
            if len(taken) == 1 and (place := taken.pop()) is not None:
                places[op.results[0]] = place
    return places


def _taken(user: Operation, places: dict[SSAValue, str]) -> str | None:
    """The part of an operand that an operation reads, given those that are read of results; None: all of it."""
    match user:
        case ttl.BroadcastOp():
            return _TAKEN.get(user.dim.data)
        case ttl.ElementwiseOp() | ttl.TypecastOp():
            return places.get(user.result)
        case _:
            return None


def _computes_parts(op: ttl.ElementwiseOp) -> bool:
    """Whether the function's kernel call can leave a part of a tile alone; calls of integers can't."""
    integer = type_of(op.result, ttl.BlockType).element.dtype.is_integer
    return op.ROW.call is not None and op.ROW.call.in_part and not integer


class TTLSelectPartsPass(OrderedPass):
    """Sets `part` on functions of which a row or a column of each tile is asked for."""

    name = "ttl-select-parts"
    needs = frozenset({Guarantee.BLOCK_EXPRESSIONS, Guarantee.KERNEL_FUNCTIONS, Guarantee.MATRIX_REDUCTIONS})
    gives = frozenset[Guarantee]()

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in operations_of(op, ttl.ComputeThreadOp):
            able = [each for each in operations_of(thread, ttl.ElementwiseOp) if _computes_parts(each)]
            if not able:
                continue
            defined, asked_for = _defined(thread), _asked_for(thread)
            for each in able:
                place = defined.get(each.result) or asked_for.get(each.result)
                if place is not None:
                    each.part = ttl.DimAttr(_PARTS[place])
