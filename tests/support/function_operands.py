"""Operands and parameters for the functions of the table."""

from __future__ import annotations

import numpy as np

from ttlang.tables.dtypes import F32, DType
from ttlang.tables.functions import Function

SHAPE = (64, 96)


PARAMETERS = {"clamp": (-0.75, 1.25), "threshold": (0.5, 2.0), "relu_max": (1.5,), "relu_min": (0.5,), "power": (3,)}
"""Numbers for functions whose parameters have no defaults."""


def values_for(row: Function, dtype: DType, seed: int) -> list[np.ndarray]:
    """Operands in the function's domain."""
    rng = np.random.default_rng(seed)
    if dtype.is_integer:
        return [rng.integers(-50, 50, SHAPE).astype(np.int32) for _ in range(row.arity)]
    low, high = {
        "log": (0.1, 8), "log2": (0.1, 8), "log10": (0.1, 8), "log1p": (-0.5, 8), "sqrt": (0, 8), "rsqrt": (0.1, 8),
        "asin": (-0.95, 0.95), "acos": (-0.95, 0.95), "atanh": (-0.9, 0.9), "erfinv": (-0.9, 0.9), "acosh": (1.1, 8),
        "tan": (-1.2, 1.2), "recip": (0.25, 8), "div": (0.25, 8),
    }.get(row.name, (-3, 3))  # fmt: skip
    operands = [rng.uniform(low, high, SHAPE).astype(np.float32) for _ in range(row.arity)]
    if row.arity == 3 or row.name in ("mask", "mask_posinf"):
        operands[0 if row.arity == 3 else 1][::2] = 0.0
    if row.predicate and row.arity == 2:
        operands[1][::3] = operands[0][::3]
    return operands


def parameters_of(row: Function, dtype: DType = F32) -> tuple[float, ...]:
    if dtype.is_integer and row.inputs:
        return tuple(range(-4, 20, 7))[: len(row.inputs)]
    if row.name in PARAMETERS:
        return PARAMETERS[row.name]
    return tuple(0.75 if p.default is None else p.default for p in row.inputs)
