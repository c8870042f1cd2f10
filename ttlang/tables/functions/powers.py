"""Powers."""

from __future__ import annotations

from typing import Any

from ttlang.tables.functions.notation import (
    BINARY,
    COMMON,
    NEAREST_EVEN,
    TRUNCATE,
    binary,
    call_of,
    made_of,
    scalar,
    unary,
)
from ttlang.tables.functions.row import Encoding, Function, Parameter


def _power(np: Any, x: Any, exponent: float) -> Any:
    return np.power(x, int(exponent) if float(exponent).is_integer() else exponent)


def _expand_power(f: Any, x: Any, exponent: float) -> Any:
    """By repeated multiplication for an integer, which is exact up to rounding; a power of 1/2 by a root."""
    if exponent in (0.5, -0.5):
        return f.sqrt(x) if exponent > 0 else f.rsqrt(x)
    if not float(exponent).is_integer():
        return f.power_real(x, exponent)
    if exponent < 0:
        return f.recip(_expand_power(f, x, -exponent))
    if exponent == 1:
        return x
    return f.square(x) if exponent == 2 else f.power_iterative(x, exponent)


def _expand_power_iterative(f: Any, x: Any, exponent: float) -> Any:
    """By squaring: x**13 = x * x**4 * x**8."""
    remaining, result = int(exponent), None
    while remaining:
        if remaining & 1:
            result = x if result is None else f.mul(result, x)
        remaining >>= 1
        if remaining:
            x = f.mul(x, x)
    return f.fill(1) if result is None else result


ROWS: tuple[Function, ...] = (
    made_of(
        "power",
        1,
        _power,
        "x to the power exponent.",
        parameters=(Parameter("exponent"),),
        aliases=("pow",),
        expansion=_expand_power,
    ),
    scalar(
        "power_iterative",
        COMMON,
        _power,
        "x to the power exponent, an integer that is not negative.",
        parameters=(Parameter("exponent", encoding=Encoding.INTEGER),),
        expansion=_expand_power_iterative,
        rounding=TRUNCATE,
    ),
    scalar(
        "power_real",
        call_of("power_tile", COMMON),
        _power,
        "x to the power exponent, by a logarithm.",
        parameters=(Parameter("exponent"),),
    ),
    binary(
        "power_binary",
        call_of("power_binary_tile", BINARY),
        lambda np, x, y: np.power(x, y),
        "x to the power y.",
        public=False,
        with_scalar="power",
        scalar_with="rpow",
    ),
    unary("square", COMMON, lambda np, x: x * x, "x * x.", expansion=lambda f, x: f.mul(x, x), rounding=NEAREST_EVEN),
)
