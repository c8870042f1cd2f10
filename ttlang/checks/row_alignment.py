"""TTL0309: copies of parts of rows whose start the NOC can't reach."""

from __future__ import annotations

from math import gcd

from ttlang.analysis.linear_forms import linear_form
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Memory, ScalarType
from ttlang.dialects.walking import operations_of
from ttlang.tables.chips import Chip


def check_row_alignment(thread: ttl.ThreadOp, chip: Chip) -> list[Diagnostic]:
    """
    The copies that are sure to start at a byte of a row that differs, modulo what the NOC wants, from the start of the
    block's row, which is aligned. What only the run knows is for the simulator.
    """
    found = [_check(op, chip) for op in operations_of(thread, ttl.CopyOp)]
    return [diagnostic for diagnostic in found if diagnostic is not None]


def _check(op: ttl.CopyOp, chip: Chip) -> Diagnostic | None:
    reads = op.direction is ttl.Direction.READ
    part = (op.source if reads else op.destination).owner
    if not isinstance(part, ttl.TensorSliceOp):
        return None
    tensor = part.tensor.type
    if not isinstance(tensor.element, ScalarType):
        return None
    alignment = chip.dram_alignment if reads and tensor.memory.data is Memory.DRAM else chip.l1_alignment
    form = linear_form(part.offsets[-1])
    size = tensor.element.dtype.element_bytes
    # All starts are alike modulo this.
    common = gcd(alignment, *(factor * size for factor in form.terms.values()))
    if form.constant * size % common == 0:
        return None
    column = "this column" if form.terms else f"column {form.constant}"
    transfer = f"{'reads from' if reads else 'writes to'} {tensor.memory.data.upper()}"
    return Diagnostic(
        "TTL0309",
        f"{column} of a row of {tensor.element.dtype} starts at no multiple of {alignment} bytes, which {transfer} "
        f"want on {chip.title}",
        span_of(op),
        f"start at a multiple of {alignment // size} elements, or pad the tensor so that this is one",
    )
