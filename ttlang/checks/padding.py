"""
TTL0606: padding that takes part in a result.

A tensor whose rows or columns are no multiple of 32 is padded to whole tiles, and a block that passes the end of its
tensor (`pad=True`) is filled up with zeros; a reduction over them, or a product along them, takes in what the formula
makes of the padding. That has to be neutral: 0 for a sum, nothing above the values for a maximum, a product of 0 for a
matmul.

What a value holds in the padding is followed by its formula, with numbers: a function of known numbers is computed, one
of unknown ones is tried on several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, NamedTuple

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import BlockFill, BufferFlow, tensor_of
from ttlang.analysis.linear_forms import linear_form
from ttlang.analysis.locations import span_of
from ttlang.analysis.window_ends import passes_end
from ttlang.diagnostics import Diagnostic, Severity
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TensorType, TileType
from ttlang.dialects.walking import operations_of
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH

_TRIED = (-1e4, -50.0, -3.0, -1.0, -0.5, 0.0, 0.3, 1.0, 2.5, 60.0, 1e4)
"""Stand for a number that is not known."""
_LOWEST = -1e4
"""A padding as low as this is meant to lose every comparison."""


class _Kind(Enum):
    DATA = auto()
    """Numbers of their own to the end of the last tile."""
    UNIFORM = auto()
    """The same number all along: a constant, or a broadcast."""
    PADDED = auto()


class _Source(NamedTuple):
    """Whose padding it is."""

    tensor: ttl.TensorAccessorOp
    axis: int
    of_blocks: bool = False
    """Blocks pass the end. Else the tensor's last tile is padded."""


@dataclass(frozen=True)
class _Along:
    """What a value holds along an axis. `number`: in the padding, or all along; None where that is not known."""

    kind: _Kind
    number: float | None = None
    source: _Source | None = None

    @property
    def padded(self) -> bool:
        return self.kind is _Kind.PADDED

    @property
    def fills_block(self) -> bool:
        """Whether blocks pass the end of a tensor."""
        return self.source is not None and self.source.of_blocks


_DATA = _Along(_Kind.DATA)
_ANY = _Along(_Kind.UNIFORM)


@dataclass(frozen=True)
class _Content:
    """What a value holds along its rows' axis and along its columns', and the least that it can be, if known."""

    rows: _Along = _DATA
    columns: _Along = _DATA
    low: float | None = None

    @property
    def axes(self) -> tuple[_Along, _Along]:
        return self.rows, self.columns


_Contents = dict[SSAValue, _Content]
_ROWS, _COLUMNS = range(2)
_REDUCED = {ttl.Dim.ROW: (_COLUMNS,), ttl.Dim.COL: (_ROWS,), ttl.Dim.SCALAR: (_ROWS, _COLUMNS), ttl.Dim.NONE: ()}
"""The axes along which a reduction runs."""
_REPEATED = {ttl.Dim.COL: (_COLUMNS,), ttl.Dim.ROW: (_ROWS,), ttl.Dim.SCALAR: (_ROWS, _COLUMNS), ttl.Dim.NONE: ()}
"""Those along which a broadcast repeats."""


def check_padding(kernel: ttl.KernelOp, flow: BufferFlow) -> Iterator[Diagnostic]:
    """Warns of reductions and products that take in padding which is not neutral."""
    if (kernel.pad is None and all(tensor.elements is None for tensor in kernel.tensors)) or not _is_read(flow):
        return
    buffers = flow.solve(lambda cb, known: _content_in(flow, cb, known))
    seen: set[Operation] = set()
    for store in operations_of(kernel, ttl.StoreOp):
        contents: _Contents = {}
        for op in flow.parts_of(store):
            if op not in seen:
                seen.add(op)
                yield from _misuse(op, contents)
            _note(op, contents, buffers)


# ------------------------------------------------------------------------------------------------- what it is


def _is_read(flow: BufferFlow) -> bool:
    """Whether padding comes into any buffer."""
    reads = (fill for fills in flow.fills.values() for fill in fills if isinstance(fill, ttl.CopyOp))
    brought = [_read(copy) for copy in reads if copy.direction is ttl.Direction.READ]
    handed_on = [_held_by(tensor, (True, True)) for tensor in flow.published.values()]
    return any(along.padded for content in (*brought, *handed_on) for along in content.axes)


def _content_in(flow: BufferFlow, cb: SSAValue, buffers: _Contents) -> _Content | None:
    """What the blocks of a buffer hold; None as long as nothing is known of what fills it."""
    found = [content for fill in flow.fills[cb] for content in _filled(flow, fill, buffers)]
    if (tensor := flow.published.get(cb)) is not None:
        found.append(_held_by(tensor, (True, True)))
    if not found:
        return None
    lows = [content.low for content in found if content.low is not None]
    low = min(lows) if len(lows) == len(found) else None
    rows, columns = (_joined([content.axes[axis] for content in found]) for axis in (_ROWS, _COLUMNS))
    return _Content(rows, columns, low)


def _filled(flow: BufferFlow, fill: BlockFill, buffers: _Contents) -> Iterator[_Content]:
    if isinstance(fill, ttl.StoreOp):
        contents: _Contents = {}
        for op in flow.parts_of(fill):
            _note(op, contents, buffers)
        # In the first round, a buffer that feeds itself is not known yet.
        if fill.value in contents:
            yield contents[fill.value]
    elif isinstance(fill, ttl.CopyOp) and fill.direction is ttl.Direction.READ:
        yield _read(fill)
    elif isinstance(fill, ttl.CopyOp):
        yield from (buffers[source] for source in flow.sources_of(fill) if source in buffers)
    else:
        yield _Content()


def _joined(found: Sequence[_Along]) -> _Along:
    """
    What is known where one of several comes. Numbers of their own show that the author thought of the padding of tiles;
    that of blocks is in the last of them, whatever the others hold.
    """
    kinds = {one.kind for one in found}
    if _Kind.DATA in kinds:
        if not any(one.fills_block for one in found):
            return _DATA
        found = [one for one in found if one.kind is not _Kind.DATA]
    number = found[0].number if len({one.number for one in found}) == 1 else None
    source = next((one.source for one in found if one.source is not None), None)
    return _Along(_Kind.PADDED if _Kind.PADDED in kinds else _Kind.UNIFORM, number, source)


def _read(copy: ttl.CopyOp) -> _Content:
    """What a copy from a tensor brings: padding, if its window can reach the last tiles."""
    tensor, window = tensor_of(copy.source), copy.source.owner
    rows, columns = (
        not isinstance(window, ttl.TensorSliceOp) or _reaches_end(window, axis - 2) for axis in (_ROWS, _COLUMNS)
    )
    held = _held_by(tensor, (rows, columns))
    if not isinstance(window, ttl.TensorSliceOp) or not any(passing := passes_end(window)):
        return held
    rows, columns = (
        _filled_up(along, tensor, axis) if passing[axis - 2] else along
        for axis, along in zip((_ROWS, _COLUMNS), held.axes, strict=True)
    )
    return _Content(rows, columns)


def _filled_up(along: _Along, tensor: ttl.TensorAccessorOp, axis: int) -> _Along:
    """What a block holds that passes the end of a tensor, which holds this along that axis."""
    number = None if along.padded and along.number != 0 else 0.0
    return _Along(_Kind.PADDED, number, _Source(tensor, axis, of_blocks=True))


def _held_by(tensor: ttl.TensorAccessorOp, reaches: tuple[bool, bool]) -> _Content:
    """What a part of a tensor holds. `reaches`: whether its last tiles are in it, along the rows' axis and columns'."""
    if tensor.elements is None or not isinstance(tensor.result.type.element, TileType):
        return _Content()
    found: list[_Along] = []
    for axis, extent, unit in zip((_ROWS, _COLUMNS), tensor.extents, (TILE_HEIGHT, TILE_WIDTH), strict=True):
        padding = _Along(_Kind.PADDED, tensor.padding_value, _Source(tensor, axis))
        found.append(padding if extent % unit and reaches[axis] else _DATA)
    rows, columns = found
    return _Content(rows, columns)


def _reaches_end(window: ttl.TensorSliceOp, axis: int) -> bool:
    """Whether a window can have the last tile along an axis, counted from the end."""
    form = linear_form(window.offsets[axis])
    tiles = window.tensor.type
    assert isinstance(tiles, TensorType)
    return bool(form.terms) or form.constant + window.result.type.sizes[axis] >= tiles.sizes[axis]


def _note(op: Operation, contents: _Contents, buffers: _Contents) -> None:
    """Adds what the result of an operation holds."""
    match op:
        case ttl.AcquireOp():
            if op.cb in buffers:
                contents[op.block] = buffers[op.cb]
        case ttl.ElementwiseOp():
            contents[op.result] = _elementwise(op, contents)
        case ttl.TypecastOp() | ttl.ViewOp():
            contents[op.result] = _of(op.input, contents)
        case ttl.TransposeOp():
            flipped = _of(op.input, contents)
            contents[op.result] = replace(flipped, rows=flipped.columns, columns=flipped.rows)
        case ttl.BroadcastOp():
            source = _of(op.input, contents)
            repeated = _REPEATED[op.dim.data]
            rows, columns = (_ANY if axis in repeated else along for axis, along in enumerate(source.axes))
            contents[op.result] = _Content(rows, columns, source.low)
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            contents[op.result] = _reduced(op, _of(op.input, contents))
        case ttl.MatmulOp():
            rows, columns = _of(op.lhs, contents).rows, _of(op.rhs, contents).axes[_ROWS if op.transpose else _COLUMNS]
            contents[op.result] = _Content(_summed(rows), _summed(columns))
        case _:
            pass


def _of(value: SSAValue, contents: _Contents) -> _Content:
    return contents.get(value, _Content())


def _reduced(op: ttl.ReduceSumOp | ttl.ReduceMaxOp, source: _Content) -> _Content:
    sums = isinstance(op, ttl.ReduceSumOp)
    kept = [_summed(along) if sums else along for along in source.axes]
    rows, columns = (_ANY if axis in _REDUCED[op.dim.data] else along for axis, along in enumerate(kept))
    low = source.low if not sums or (source.low is not None and source.low >= 0) else None
    return _Content(rows, columns, low)


def _summed(along: _Along) -> _Along:
    """Sums of what the padding holds: known if that is 0."""
    return along if along.number == 0 else replace(along, number=None)


def _elementwise(op: ttl.ElementwiseOp, contents: _Contents) -> _Content:
    operands = [_of(value, contents) for value in op.inputs]
    rows, columns = (_combined(op, [operand.axes[axis] for operand in operands]) for axis in (_ROWS, _COLUMNS))
    results = _tried(op, [(None, operand.low) for operand in operands])
    return _Content(rows, columns, min(results) if results else None)


def _combined(op: ttl.ElementwiseOp, operands: list[_Along]) -> _Along:
    kinds = {operand.kind for operand in operands}
    if _Kind.DATA in kinds:
        # Numbers of another tensor take part: a mask, as far as can be known here.
        return _DATA
    results = set(_tried(op, [(operand.number, None) for operand in operands]))
    number = results.pop() if len(results) == 1 else None
    source = next((operand.source for operand in operands if operand.source is not None), None)
    return _Along(_Kind.PADDED if _Kind.PADDED in kinds else _Kind.UNIFORM, number, source)


def _tried(op: ttl.ElementwiseOp, operands: Sequence[tuple[float | None, float | None]]) -> list[float]:
    """
    What a function gives for operands of which the number is known, or the least that it can be, or nothing. Operands
    that are one value are one number. Empty where one result is no number.
    """
    import numpy as np

    block = op.result.type
    assert isinstance(block, ttl.BlockType)
    kind = np.int64 if block.element.dtype.is_integer else np.float64
    values = dict(zip(op.inputs, operands, strict=True))
    choices = [_numbers(*known) for known in values.values()]
    grid = dict(zip(values, np.meshgrid(*[np.array(c, kind) for c in choices], indexing="ij"), strict=True))
    with np.errstate(all="ignore"):
        result: Any = op.ROW.reference(np, *(grid[value] for value in op.inputs), *op.parameter_values)
    flat = np.asarray(result, np.float64).ravel()
    return [] if np.isnan(flat).any() else flat.tolist()


def _numbers(number: float | None, low: float | None) -> list[float]:
    if number is not None:
        return [number]
    return [*_TRIED] if low is None else sorted({max(low, tried) for tried in _TRIED})


# ------------------------------------------------------------------------------------------------- what is wrong


def _misuse(op: Operation, contents: _Contents) -> Iterator[Diagnostic]:
    match op:
        case ttl.ReduceSumOp() | ttl.ReduceMaxOp():
            source = _of(op.input, contents)
            axes = [axis for axis in _REDUCED[op.dim.data] if not _is_neutral(op, source, source.axes[axis])]
            yield from (_warning(op, source.axes[axis]) for axis in axes[:1])
        case ttl.MatmulOp():
            inner = _COLUMNS if op.transpose else _ROWS
            left, right = _of(op.lhs, contents).columns, _of(op.rhs, contents).axes[inner]
            if _is_bad_product(left, right):
                yield _warning(op, left if left.padded else right)
        case _:
            pass


def _is_neutral(op: ttl.ReduceSumOp | ttl.ReduceMaxOp, source: _Content, along: _Along) -> bool:
    if not along.padded:
        return True
    if along.number is None:
        return False
    if isinstance(op, ttl.ReduceSumOp):
        return along.number == 0
    return along.number <= (_LOWEST if source.low is None else max(_LOWEST, source.low))


def _is_bad_product(left: _Along, right: _Along) -> bool:
    """Whether padding is multiplied with anything that may not be 0, by a number that is not 0 itself."""
    if not (left.padded or right.padded) or 0 in (left.number, right.number):
        return False
    return _Kind.DATA not in (left.kind, right.kind)


def _warning(op: Operation, along: _Along) -> Diagnostic:
    assert along.source is not None
    tensor, axis, of_blocks = along.source
    unit, (one, many) = ((TILE_HEIGHT, ("row", "rows")), (TILE_WIDTH, ("column", "columns")))[axis]
    extent = tensor.extents[axis]
    padded, tiles = -extent % unit, -(-extent // unit)
    holds = "hold" if padded > 1 else "holds"
    made = f"{along.number:g}" if along.number is not None else "what the formula makes of the padding"
    name = tensor.name_.data
    if of_blocks:
        of_tiles = f"{tiles} {one if tiles == 1 else many} of tiles"
        what = f"the last block of {name} passes the end of its {of_tiles}, and what fills it up holds {made} here"
    else:
        what = f"{name} has {extent} {one if extent == 1 else many} and {padded} of padding, which {holds} {made} here"
    hint = _HINTS[isinstance(op, ttl.ReduceMaxOp), of_blocks].format(tiles=tiles)
    message = f"this {op.name.removeprefix('ttl.')} takes in padding: {what}"
    return Diagnostic("TTL0606", message, span_of(op), hint, severity=Severity.WARNING)


_SUM = (
    "what is added has to be 0 there: multiply it by a tensor of ones and zeros first, or give ttnn.from_torch a "
    "pad_value that becomes 0"
)
_MAXIMUM = "make the tensor with ttnn.from_torch(..., pad_value=-1e30), which no maximum takes"
_SUM_OF_BLOCKS = (
    "what is added has to be 0 there: multiply it by a tensor of ones, whose blocks are filled up alike, or take "
    "blocks of a size that divides {tiles}"
)
_MAXIMUM_OF_BLOCKS = "take blocks of a size that divides {tiles}: 0 is more than negative numbers"
_HINTS = {
    (False, False): _SUM,
    (False, True): _SUM_OF_BLOCKS,
    (True, False): _MAXIMUM,
    (True, True): _MAXIMUM_OF_BLOCKS,
}
"""For a maximum or not, for padding of blocks or not."""
