"""
The arithmetic of the host operations, on numpy arrays: float32 for floats, int64 for integers. It is not the chip's
arithmetic; kernels have that.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.tables.functions import Function

Values = NDArray[Any]
Scalar = float | int | np.number[Any]
Operand = Values | Scalar

FAR = float(1 << 62)
"""Beyond every integer format, and a float that int64 holds."""


def evaluate(row: Function, operands: tuple[Operand, ...], what: str = "") -> Values:
    """
    A function of arrays and numbers, its parameters included, broadcast as in numpy. Integers stay integers as long as
    every operand is one and the function keeps them so; a predicate gives integers. A ValueError if the shapes do not
    match.
    """
    arrays = [operand for operand in operands if isinstance(operand, np.ndarray)]
    try:
        np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = " and ".join(str(list(array.shape)) for array in arrays)
        raise ValueError(f"{what or row.name}: the shapes {shapes} do not broadcast") from None
    count = len(operands) - len(row.inputs)
    blocks, parameters = operands[:count], operands[count:]
    # A range without a bound has an infinite one; that makes no floats of integers.
    integers = all(map(_is_whole, blocks)) and all(_is_whole(p) or np.all(np.isinf(p)) for p in parameters)
    working = np.dtype(np.int64 if integers else np.float32)
    blocks = [np.asarray(block, working) for block in blocks]
    if integers:
        parameters = [np.asarray(np.clip(p, -FAR, FAR)).astype(np.int64) for p in parameters]
    with np.errstate(all="ignore"):
        result = np.asarray(row.reference(np, *blocks, *parameters))
    if row.predicate:
        return result.astype(np.int64)
    return result if result.dtype.kind in "iu" else as_float(result)


def matmul(a: Values, b: Values) -> Values:
    """The matrix product over the last two dimensions, the others broadcast. A ValueError if shapes do not match."""
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError("matmul needs matrices; an operand is a scalar")
    if a.shape[-1] != b.shape[max(b.ndim - 2, 0)]:
        raise ValueError(f"matmul: the inner dimensions of {list(a.shape)} and {list(b.shape)} differ")
    try:
        with np.errstate(all="ignore"):
            return np.matmul(as_float(a), as_float(b))
    except ValueError:
        raise ValueError(f"matmul: the batches of {list(a.shape)} and {list(b.shape)} do not broadcast") from None


def as_float(values: Values) -> NDArray[np.float32]:
    return values.astype(np.float32, copy=False)


def _is_whole(operand: Operand) -> bool:
    if isinstance(operand, np.ndarray):
        return operand.dtype.kind in "iub"
    return float(operand).is_integer()
