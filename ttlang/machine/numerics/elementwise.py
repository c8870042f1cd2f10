"""Elementwise functions on DST: any row of the table, from its rule on the chip or from its reference."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ttlang.machine.numerics.units.matrix_unit import CHUNK
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, flush, round_to_even, to_dst
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import INT32, DType
from ttlang.tables.functions import Encoding, Function
from ttlang.tables.kernel_api import Generation

Parameters = tuple[float, ...]
Evaluate = Callable[[Function, Sequence[Patterns], Parameters, bool], Patterns]
"""`evaluate(row, operands, parameters, dst32)` on arrays of any size."""

_TABLES = 64
"""Tables that are kept, of 256 KiB each."""

_SELECTIONS = ("where", "max", "min")
"""Functions whose result is one of their operands, and needs no rounding."""


class FunctionUnit:
    """
    Applies rows to DST arrays. A function of one operand in a 16-bit DST is a table of its 65536 results, made when
    it is first used.
    """

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate
        self._tables: OrderedDict[object, Patterns] = OrderedDict()

    def apply(self, row: Function, operands: Sequence[Patterns], parameters: Parameters, dst32: bool) -> Patterns:
        """Operands of one shape; the result has it too."""
        shape = operands[0].shape
        flat = [x.reshape(-1) for x in operands]
        result = np.empty(flat[0].shape, np.uint32)
        table = self._table(row, parameters) if row.arity == 1 and not dst32 else None
        for start in range(0, result.size, CHUNK):
            part = slice(start, start + CHUNK)
            if table is not None:
                np.take(table, flat[0][part] >> np.uint32(16), out=result[part], mode="clip")
            else:
                result[part] = self._evaluate(row, [x[part] for x in flat], parameters, dst32)
        return result.reshape(shape)

    def _table(self, row: Function, parameters: Parameters) -> Patterns:
        key = (row.name, row.call, parameters)
        table = self._tables.get(key)
        if table is None:
            every = np.arange(1 << 16, dtype=np.uint32) << np.uint32(16)
            table = self._tables[key] = self._evaluate(row, [every], parameters, False)
            if len(self._tables) > _TABLES:
                self._tables.popitem(last=False)
        return table


def chip_evaluator(unit: VectorUnit, generation: Generation) -> Evaluate:
    """
    Results as the chip has them with the kernels of a generation, where there is a rule for the call. Otherwise those
    of the row's reference in float64, rounded to float32 and then, into a 16-bit DST, the way that the row names.
    """
    from ttlang.machine.numerics.library.by_generation import find_rule

    def evaluate(row: Function, operands: Sequence[Patterns], parameters: Parameters, dst32: bool) -> Patterns:
        call = row.call_in(generation)
        rule = find_rule(call, generation) if call else None
        compute = rule.compute(dst32) if rule else None
        if rule is None or compute is None:
            return to_dst(_reference(row, [flush(x) for x in operands], parameters, np.float64), dst32, row.rounding)
        values = [x.view(np.float32) for x in operands]
        with np.errstate(all="ignore"):
            return to_dst(compute(unit, *values, *_call_parameters(row, parameters)), dst32, rule.rounding)

    return evaluate


def evaluate_fast(row: Function, operands: Sequence[Patterns], parameters: Parameters, dst32: bool) -> Patterns:
    """The row's reference: in float32 for a 32-bit DST, else in float64 with one rounding to nearest even."""
    if dst32:
        return _reference(row, operands, parameters, np.float32).view(np.uint32)
    precision = np.float64 if row.arity == 1 else np.float32
    if row.name in _SELECTIONS:
        return _reference(row, operands, parameters, precision).view(np.uint32)
    return round_to_even(_reference(row, operands, parameters, precision).view(np.uint32))


def _reference(
    row: Function, operands: Sequence[Patterns], parameters: Parameters, precision: type[np.floating[Any]]
) -> Values:
    with np.errstate(all="ignore"):
        values = [x.view(np.float32).astype(precision, copy=False) for x in operands]
        result = np.asarray(row.reference(np, *values, *_as_encoded(row, parameters)))
        result = np.ascontiguousarray(np.broadcast_to(result, values[0].shape), dtype=np.float32)
    # What sign a NaN comes with is an accident of the machine that this runs on.
    nan = np.isnan(result)
    return np.where(nan, np.float32(np.nan), result) if nan.any() else result


def _as_encoded(row: Function, parameters: Parameters) -> Parameters:
    """What the user gave, as precise as the kernel call has it."""
    return tuple(
        float(np.float32(value)) if p.encoding is not Encoding.INTEGER else value
        for p, value in zip(row.inputs, parameters, strict=True)
    )


def _call_parameters(row: Function, parameters: Parameters) -> Parameters:
    values = zip(row.parameters, row.call_values(parameters), strict=True)
    return tuple(value for p, value in values if p.encoding is not Encoding.ABSENT)


def apply_integer(row: Function, operands: Sequence[Patterns], parameters: Parameters, dtype: DType) -> Patterns:
    """The row's reference on integer tiles, in 64 bits; results wrap to the width of the format."""
    values = [(x.view(np.int32) if dtype is INT32 else x).astype(np.int64) for x in operands]
    with np.errstate(all="ignore"):
        result = np.asarray(row.reference(np, *values, *(int(value) for value in parameters)))
    width = np.int64((1 << (8 * dtype.element_bytes)) - 1)
    return (np.broadcast_to(result, values[0].shape).astype(np.int64) & width).astype(np.uint32)
