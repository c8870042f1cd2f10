"""The error functions."""

from __future__ import annotations

import math
from typing import Any

from ttlang.tables.functions.notation import TRUNCATE, call_of, unary
from ttlang.tables.functions.row import Function


def _erf(np: Any, x: Any) -> Any:
    return np.vectorize(math.erf, otypes=[np.float64])(x)


def erfc(np: Any, x: Any) -> Any:
    """1 - erf(x)."""
    return np.vectorize(math.erfc, otypes=[np.float64])(x)


def _erfinv(np: Any, x: Any) -> Any:
    """
    Winitzki's approximation (relative error 2e-3), refined by three steps of Halley's method on erf. Beyond 1/2 the
    steps solve erfc(y) = 1 - |x| instead, whose right side is exact.
    """
    tail = 1 - np.abs(x)
    log = np.log1p(-x * x)
    half = 2 / (math.pi * 0.147) + log / 2
    y = np.sqrt(np.maximum(np.sqrt(half * half - log / 0.147) - half, 0))
    for _ in range(3):
        excess = np.where(tail < 0.5, tail - erfc(np, y), _erf(np, y) - np.abs(x))
        step = excess * np.exp(y * y) * (math.sqrt(math.pi) / 2)
        y = y - step / (1 + y * step)
    y = np.where(tail == 0, math.inf, np.where(tail < 0, math.nan, y))
    return np.copysign(y, x)


ROWS: tuple[Function, ...] = (
    unary(
        "erf",
        call_of("erf_tile", "erf_erfc", template="false", init_template="false"),
        _erf,
        "The error function of x.",
        rounding=TRUNCATE,
        tags=frozenset({"inp_float32"}),
    ),
    unary("erfc", "erf_erfc", erfc, "1 - erf(x), accurate where it is small.", rounding=TRUNCATE),
    unary("erfinv", "erfinv", _erfinv, "The y whose erf(y) is x.", rounding=TRUNCATE),
)
