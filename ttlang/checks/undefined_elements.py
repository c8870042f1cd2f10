"""
TTL0305, TTL0603: elements of a result that nothing defines.

TTL0603: they take part in a result. TTL0305: they spoil their neighbours, in a format of shared exponents.

What is stored in a buffer, sent through a pipe and read from there is followed as well (`analysis/defined_places.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import BlockFill, BufferFlow, buffer_of, expression_operands, is_constant
from ttlang.analysis.defined_places import COLUMN, ROW, keeps_to_defined, place_of
from ttlang.analysis.dst import postorder
from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import DType, Kind

_SOURCES = {ttl.Dim.ROW: "row 0", ttl.Dim.COL: "column 0", ttl.Dim.SCALAR: "element [0, 0]"}
"""What a broadcast takes."""
_SPREAD_OVER_ROWS = ("column 0", "element [0, 0]")
"""Places whose rows have undefined datums too."""
_DIMS = {"column 0": "[1]", "row 0": "[0]", "element [0, 0]": "[0, 1]"}


def check_undefined_elements(kernel: ttl.KernelOp, flow: BufferFlow) -> Iterator[Diagnostic]:
    """
    Warns of undefined elements that take part in a result: read by a matmul, a reduction, a transpose or a broadcast of
    another part, or stored in a buffer whose blocks go to a tensor that has more than what is defined.
    """
    if not operations_of(kernel, ttl.ReduceOp):
        return  # nothing else leaves elements undefined
    buffers = flow.solve(lambda cb, known: _place_in(flow, cb, known))
    seen: set[Operation] = set()
    for store in operations_of(kernel, ttl.StoreOp):
        places: dict[SSAValue, str] = {}
        for op in flow.parts_of(store):
            _note_place(op, places, buffers)
            if op not in seen and (found := _misuse(op, places)):
                seen.add(op)
                yield found
        place, cb = places.get(store.value), buffer_of(store.block)
        if place in _SPREAD_OVER_ROWS and _stored_format(store).kind is Kind.BLOCK_FLOAT:
            yield _lost(store, place)
        if place and cb is not None and any(not _holds(tensor, place) for tensor in flow.outlets(cb)):
            yield _warning(
                store,
                f"what is stored here is defined in {place} of its tiles alone, and goes to a tensor as a whole",
                f"repeat it: ⟦broadcast⟧(x, dims={_DIMS[place]}); or look at {place} alone",
                *_reduced(store.value, flow),
            )


def _note_place(op: Operation, places: dict[SSAValue, str], buffers: dict[SSAValue, str]) -> None:
    match op:
        case ttl.AcquireOp():
            place = buffers.get(op.cb)
        case ttl.ElementwiseOp() | ttl.TypecastOp() | ttl.FromL1Op() | ttl.ViewOp():
            place = place_of(op, places)
        case _:
            place = None
    if place:
        places[op.results[0]] = place


def _place_in(flow: BufferFlow, cb: SSAValue, buffers: dict[SSAValue, str]) -> str | None:
    """
    Where the blocks of a buffer are defined, if all that fills it agrees. A number stored beforehand, to be added to or
    compared with, says nothing.
    """
    found = {
        place
        for fill in flow.fills[cb]
        if not (isinstance(fill, ttl.StoreOp) and is_constant(fill.value))
        for place in _filled_places(flow, fill, buffers)
    }
    return found.pop() if len(found) == 1 else None


def _filled_places(flow: BufferFlow, fill: BlockFill, buffers: dict[SSAValue, str]) -> Iterator[str | None]:
    if not isinstance(fill, ttl.StoreOp):
        yield from [buffers.get(source) for source in flow.sources_of(fill)] or [None]
        return
    places: dict[SSAValue, str] = {}
    for op in flow.parts_of(fill):
        _note_place(op, places, buffers)
    yield places.get(fill.value)


def _holds(tensor: ttl.TensorAccessorOp, place: str) -> bool:
    """Whether a tensor that is written has no other elements than those at `place` of its tiles."""
    rows, columns = tensor.extents
    return (place == ROW or columns == 1) and (place == COLUMN or rows == 1)


def _lost(store: ttl.StoreOp, place: str) -> Diagnostic:
    """Sixteen datums of a row share an exponent in these formats: undefined neighbours spoil the result."""
    dtype = _stored_format(store)
    return Diagnostic(
        "TTL0305",
        f"what is stored here is defined in {place} of its tiles alone, and {dtype} spoils it: the undefined datums "
        "beside it share its exponent",
        span_of(store),
        f"store it in a buffer of ttl.bfloat16, or repeat it first: ⟦broadcast⟧(x, dims={_DIMS[place]})",
    )


def _stored_format(store: ttl.StoreOp) -> DType:
    return store.block.type.element.dtype


def _reduced(value: SSAValue, flow: BufferFlow) -> Iterator[Related]:
    """Where it was last reduced: in this expression, or before it was stored in a buffer that this one reads."""
    known: set[Operation] = set()
    told: set[Span] = set()
    todo = [value]
    while todo:
        for op in postorder([todo.pop()], _operands_of_the_same_places):
            if op in known:
                continue
            known.add(op)
            if isinstance(op, ttl.ReduceSumOp | ttl.ReduceMaxOp):
                if (span := span_of(op)) is not None and span not in told:
                    told.add(span)
                    yield Related(span, "reduced here")
            elif isinstance(op, ttl.AcquireOp):
                todo += [fill.value for fill in flow.fills[op.cb] if isinstance(fill, ttl.StoreOp)]


def _operands_of_the_same_places(op: Operation) -> Iterable[SSAValue]:
    """The operands that leave a result undefined where they are: not those of a reduction in tiles or a broadcast."""
    match op:
        case ttl.ReduceOp() if op.dim.data is not ttl.Dim.NONE:
            return ()
        case ttl.BroadcastOp():
            return ()
        case _:
            return expression_operands(op)


def _misuse(op: Operation, places: dict[SSAValue, str]) -> Diagnostic | None:
    if not isinstance(op, ttl.FromL1Op):
        return None
    operand = next((operand for operand in op.operands if operand in places), None)
    if operand is None or keeps_to_defined(op, places):
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
        f"repeat it first: ⟦broadcast⟧(x, dims={_DIMS[place]})",
    )


def _warning(op: Operation, message: str, hint: str, *related: Related) -> Diagnostic:
    return Diagnostic("TTL0603", message, span_of(op), hint, related, severity=Severity.WARNING)
