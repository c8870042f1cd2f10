"""
Logarithms and what is made of them, as the kernel library of ttnn 0.81 computes them, where nothing else is said for a
16-bit DST: the exponent times log 2, plus a polynomial in how far the significand, taken in 3/4 .. 3/2, is from one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ttlang.machine.numerics.float32 import EXPONENT, SIGN
from ttlang.machine.numerics.library.reciprocals import reciprocal_of_positive
from ttlang.machine.numerics.units.vector_fields import exponent_of, float_of_integer, halved, with_sign
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, absolute, bits, to_dst
from ttlang.machine.tiles import Patterns
from ttlang.tables.functions import Rounding

_F = np.float32
_THREE_QUARTERS = np.uint32(0x3F400000)
_INFINITY = np.uint32(0x7F800000)

_STEP = _F(2.0**-23)
"""An exponent, left in its place, read as an integer: so many of it are one."""
_LOG_TWO = _F(0.693147182) * _STEP
_SERIES = (-0.25, 0.363525390625, -0.5009765625)
"""(log(1 + m) - m) / m**2, highest power first."""
_SERIES_WIDE = (
    *(-0.049163818359375, 0.10748291015625, -0.1309814453125, 0.1441650390625),
    *(-0.16650390625, 0.199951171875, -0.25000038743019104, 0.3333337604999542),
)
"""((log(1 + m) - m) / m**2 + 1/2) / m."""

_Series = Callable[[VectorUnit, Values], Values]

_LARGE = _F(2.0**28)
"""From here on log(2 x) stands for the inverse hyperbolic functions."""
_ARSINH_BREAK = _F(0.75)
_ARSINH = (
    *(4.375355784e-03, -1.484858524e-02, 2.785361186e-02, -4.417778924e-02),
    *(7.495806366e-02, -1.666652262e-01, 1.0),
)
"""asinh(x) / x in powers of x * x, highest first."""


def log(unit: VectorUnit, x: Values) -> Values:
    """The natural logarithm."""
    return _log(unit, x, _series)


def log_wide(unit: VectorUnit, x: Values) -> Values:
    """With a 32-bit DST."""
    return _log(unit, x, _series_wide)


def _log(unit: VectorUnit, x: Values, series: _Series) -> Values:
    normal, exponent, part = _split(unit, x, series)
    return _with_ends(unit, normal, unit.expression(exponent, _LOG_TWO, part))


def log_with_base(unit: VectorUnit, x: Values, scale: float) -> Values:
    """The natural logarithm times a number."""
    return _log_with_base(unit, x, scale, _series)


def log_with_base_wide(unit: VectorUnit, x: Values, scale: float) -> Values:
    """With a 32-bit DST."""
    return _log_with_base(unit, x, scale, _series_wide)


def _log_with_base(unit: VectorUnit, x: Values, scale: float, series: _Series) -> Values:
    normal, exponent, part = _split(unit, x, series)
    return _with_ends(unit, normal, unit.multiply(unit.expression(exponent, _LOG_TWO, part), _F(scale)))


def log2(unit: VectorUnit, x: Values, scale: float) -> Values:
    """To base 2: the exponent as it is."""
    return _log2(unit, x, scale, _series)


def log2_wide(unit: VectorUnit, x: Values, scale: float) -> Values:
    """With a 32-bit DST."""
    return _log2(unit, x, scale, _series_wide)


def _log2(unit: VectorUnit, x: Values, scale: float, series: _Series) -> Values:
    normal, exponent, part = _split(unit, x, series)
    return _with_ends(unit, normal, unit.add(unit.multiply(exponent, _STEP), unit.multiply(part, _F(scale))))


def _split(unit: VectorUnit, x: Values, series: _Series) -> tuple[Values, Values, Values]:
    """x without denormals and -0, its exponent in `_STEP`s, and the logarithm of its significand."""
    normal = unit.expression(x, _F(1), _F(0))
    exponent = _exponent_from(normal)
    distance = unit.subtract((bits(normal) - exponent).view(np.float32), _F(1))
    return normal, float_of_integer(exponent), series(unit, distance)


def _exponent_from(x: Values) -> Patterns:
    """In the place of a float32's exponent, with which x is 3/4 .. 3/2 times a power of two."""
    return (bits(x) - _THREE_QUARTERS) & (SIGN | EXPONENT)


def _series(unit: VectorUnit, distance: Values) -> Values:
    square = unit.multiply(distance, distance)
    return unit.expression(unit.polynomial(distance, _SERIES), square, distance)


def _series_wide(unit: VectorUnit, distance: Values) -> Values:
    square = unit.multiply(distance, distance)
    factor = unit.multiply_add(unit.polynomial(distance, _SERIES_WIDE), distance, _F(-0.5))
    return unit.expression(factor, square, distance)


def _series_of_log1p_wide(unit: VectorUnit, distance: Values) -> Values:
    """The same without a fused step."""
    square = unit.multiply(distance, distance)
    return unit.expression(unit.polynomial(distance, (*_SERIES_WIDE, -0.5)), square, distance)


def _with_ends(unit: VectorUnit, x: Values, result: Values) -> Values:
    """NaN below zero. Zero and infinity are multiplied by infinity: half of them has its exponent."""
    half = halved(x)
    result = np.where(exponent_of(half) == 255, unit.multiply(result, half), result)
    return np.where(np.signbit(x), _F(np.nan), result)


def log1p(unit: VectorUnit, x: Values) -> Values:
    """log(1 + x)."""
    return _log1p(unit, x, _series)


def log1p_wide(unit: VectorUnit, x: Values) -> Values:
    """With a 32-bit DST."""
    return _log1p(unit, x, _series_of_log1p_wide)


def _log1p(unit: VectorUnit, x: Values, series: _Series) -> Values:
    """The exponent is that of the sum, the significand comes from x itself."""
    total = unit.add(x, _F(1))
    exponent = _exponent_from(total)
    scaled_one = unit.multiply_add(_F(-0.25), (np.uint32(0xC0800000) - exponent).view(np.float32), _F(-1))
    distance = unit.add((bits(x) - exponent).view(np.float32), scaled_one)
    result = unit.expression(float_of_integer(exponent), _LOG_TWO, series(unit, distance))
    result = np.where(bits(total).view(np.int32) >= _INFINITY.view(np.int32), total, result)
    return np.where(np.signbit(total), _F(np.nan), result)


def _log1p_in_dst(unit: VectorUnit, x: Values) -> Values:
    """log1p of what has gone through a 16-bit DST: cut off."""
    return log1p(unit, to_dst(x, False, Rounding.TRUNCATE).view(np.float32))


def asinh(unit: VectorUnit, x: Values) -> Values:
    """By log1p of |x| + x**2 / (1 + sqrt(x**2 + 1)), and by a polynomial below 3/4."""
    size, square = absolute(x), unit.multiply(x, x)
    root = _square_root(unit, unit.add(square, _F(1)))
    argument = unit.expression(square, reciprocal_of_positive(unit, unit.add(root, _F(1))), size)
    large = size >= _LARGE
    argument = np.where(large, unit.subtract(size, _F(1)), np.where(size >= _ARSINH_BREAK, argument, _F(0)))
    result = _log1p_in_dst(unit, argument)
    result = np.where(large, unit.add(result, _F(0.6931471805599453)), result)
    small = unit.multiply(size, unit.polynomial(square, _ARSINH))
    return with_sign(np.where(size < _ARSINH_BREAK, small, result), x)


def acosh(unit: VectorUnit, x: Values) -> Values:
    """By log1p of x - 1 + sqrt((x + 1) * (x - 1))."""
    less = unit.subtract(x, _F(1))
    large = x >= _LARGE
    root = _square_root(unit, unit.multiply(unit.add(x, _F(1)), less))
    result = _log1p_in_dst(unit, np.where(large, less, unit.add(less, root)))
    result = np.where(large, unit.add(result, _F(0.6931471805599453)), result)
    result = np.where(x == 1, _F(0), result)
    return np.where(unit.below(x, _F(1)), _F(np.nan), result)


def atanh(unit: VectorUnit, x: Values) -> Values:
    """Half of log1p of 2 |x| / (1 - |x|)."""
    size = absolute(x)
    inside = np.where(size >= 1, _F(0), size)
    quotient = unit.multiply(unit.add(inside, inside), reciprocal_of_positive(unit, unit.subtract(_F(1), inside)))
    result = with_sign(unit.multiply(_F(0.5), _log1p_in_dst(unit, quotient)), x)
    result = np.where(size == 1, np.copysign(_F(np.inf), x), result)
    return np.where(size > 1, _F(np.nan), result)


def _square_root(unit: VectorUnit, x: Values) -> Values:
    """Of what is not negative: two Newton steps towards 1 / sqrt(x), and one towards sqrt(x)."""
    half = halved(x)
    y = (np.uint32(0x5F1110A0) - (bits(x) >> np.uint32(1))).view(np.float32)
    for _ in range(2):
        y = unit.multiply(y, unit.subtract(_F(1.5), unit.multiply(unit.multiply(half, y), y)))
    root = unit.multiply(x, y)
    error = unit.subtract(x, unit.multiply(root, root))
    refined = unit.expression(unit.multiply(_F(0.5), error), y, root)
    return np.where(x == 0, _F(0), refined)
