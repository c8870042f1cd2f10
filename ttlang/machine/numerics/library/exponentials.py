"""Powers of e and of two, as the kernel libraries compute them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ttlang.machine.numerics.float32 import EXPONENT, SIGN
from ttlang.machine.numerics.units.vector_fields import exponent_of, round_to_integer, split_fixed, with_exponent
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, absolute, bits, in_two, larger, smaller

_F = np.float32

_PARABOLA = (4.791750143340323e-15, 7.839635491371155e-08, 1.0017248)
"""2 to the power f, of f in steps of 2**-23, highest power first."""
ROUNDER = _F(1.5 * 2.0**23)
"""Adding it rounds to a whole number, which then is in the low bits."""

_LN_2 = _F(-6.93145752e-1), _F(-1.42860677e-6)
"""-ln 2 in two parts."""
_EXPONENTIAL = (1.37805939e-3, 8.37312452e-3, 4.16695364e-2, 1.66664720e-1, 4.99999851e-1, 1.0, 1.0)
_ALMOST_HALF = np.nextafter(_F(0.5), _F(0))
"""Added to a magnitude whose whole part is then taken, it rounds to nearest, ties away from zero."""

_EXP2_HIGH = (0.00015342235565185547, 0.0013399124145507812, 0.00962066650390625, 0.05550377070903778)
"""2**f from its third power on, highest power first."""

LOG2_E = _F(1.442695)
MINUS_LOG_TWO = _F(-0.6931471805599453)
_EXPONENTIAL_LESS_ONE = (8.361816406e-03, 4.177856445e-02, 1.666259766e-01)
"""((e**f - 1 - f) / f**2 - 1/2) / f, highest power first."""


def exp_narrow(unit: VectorUnit, x: Values) -> Values:
    """e to the x, good to the bits of a 16-bit DST."""
    return _exp_by_parabola(unit, x, 1.001953125, fused=True)


def _exp_by_parabola(unit: VectorUnit, x: Values, constant: float, fused: bool) -> Values:
    """
    2 to the power x / ln 2: the integer part of the biased exponent becomes the exponent field, the fraction goes
    through a parabola on its 23 bits taken as a whole number.
    """
    step = unit.multiply_add if fused else unit.expression
    biased = step(x, _F(1.4426950216293335), _F(127))
    whole, fraction = split_fixed(smaller(larger(biased, _F(0)), _F(255)))
    curve = step(_F(4.791750143340323e-15), fraction, _F(7.839635491371155e-08))
    return with_exponent(step(curve, fraction, _F(constant)), whole)


def exp_inside(unit: VectorUnit, x: Values) -> Values:
    """e to the x inside of other functions, with another constant than `exp_narrow`."""
    return _exp_by_parabola(unit, x, 1.0017248, fused=False)


def power_of_two(unit: VectorUnit, biased: Values) -> Values:
    """2 to the power x, from x + 127 in 0 .. 255, by the same parabola with another constant."""
    whole, fraction = split_fixed(biased)
    return with_exponent(unit.polynomial(fraction, _PARABOLA), whole)


def exp_wide(unit: VectorUnit, x: Values) -> Values:
    """e to the x, good to the bits of float32: reduced by ln 2 in two parts, then a polynomial."""
    return in_two(partial(_exp_of_usual, unit), partial(_exp_of_any, unit), x, 2.0**-40, 86)


def _exp_of_usual(unit: VectorUnit, x: Values) -> Values:
    """Where no operation of `_exp_of_near` comes near an end of the range, numpy's are the unit's."""
    whole = x * _F(1.442695)
    whole += np.copysign(_ALMOST_HALF, whole)
    np.trunc(whole, out=whole)
    part = whole * _LN_2[0]
    part += x
    part += whole * _LN_2[1]
    power = unit.polynomial(part, _EXPONENTIAL)
    return (bits(power).view(np.int32) + (whole.astype(np.int32) << np.int32(23))).view(np.float32)


def _exp_of_any(unit: VectorUnit, x: Values) -> Values:
    far = ~(np.abs(x) < _F(1024))
    if far.any():
        result = np.where(x < 0, _F(0), _F(np.inf))
        result[~far] = _exp_of_near(unit, x[~far])
        return result
    return _exp_of_near(unit, x)


def _exp_of_near(unit: VectorUnit, x: Values) -> Values:
    whole = round_to_integer(unit.multiply(x, _F(1.442695)), 32767)
    part = unit.expression(whole.astype(np.float32), _LN_2[0], x)
    part = unit.expression(whole.astype(np.float32), _LN_2[1], part)
    curve = unit.polynomial(part, _EXPONENTIAL)
    pattern = bits(curve)
    exponent = ((pattern & EXPONENT) >> 23).astype(np.int32) + whole.astype(np.int32)
    scaled = (pattern & ~EXPONENT) | (np.clip(exponent, 0, 254).astype(np.uint32) << np.uint32(23))
    result = np.where(exponent < 1, _F(0), scaled.view(np.float32))
    return np.where(exponent >= 255, _F(np.inf), result)


def of_product(compute: Callable[[VectorUnit, Values], Values]) -> Callable[[VectorUnit, Values, float], Values]:
    """The same of x times a number, which stays in a register."""
    return lambda unit, x, scale: compute(unit, unit.multiply(x, _F(scale)))


def exp_fast(unit: VectorUnit, x: Values, scale: float = 1.0) -> Values:
    """`exp_tile<true>`: a straight line through the exponent and seven fraction bits."""
    line = _exponent_line(unit, larger(x, _F(-88.5) / _F(scale)), scale)
    line = np.nan_to_num(line, nan=65535.0)
    whole = np.clip(np.floor(line.astype(np.float64) + 0.5), 0, 65535).astype(np.uint32)
    return (whole << np.uint32(15)).view(np.float32)


def exp_unclamped(unit: VectorUnit, x: Values, scale: float) -> Values:
    """The same without `InputClamping`, in fifteen bits: up to e**0.72; below e**-88 with the sign of the line."""
    line = np.nan_to_num(_exponent_line(unit, x, scale), nan=32767.0)
    whole = np.minimum(np.floor(np.abs(line.astype(np.float64)) + 0.5), 32767).astype(np.uint32)
    return ((whole << np.uint32(15)) | (bits(line) & SIGN)).view(np.float32)


def _exponent_line(unit: VectorUnit, x: Values, scale: float) -> Values:
    return unit.multiply_add(x, _F(369.329925537109375) * _F(scale), _F(32500.818359375))


def exp2(unit: VectorUnit, x: Values) -> Values:
    return power_of_two(unit, smaller(larger(unit.add(x, _F(127)), _F(0)), _F(255)))


def exp2_wide(unit: VectorUnit, x: Values) -> Values:
    """With a 32-bit DST: a polynomial in what is left of the nearest whole number."""
    whole = round_to_integer(x, 32767)
    fraction = unit.subtract(x, whole.astype(np.float32))
    high = unit.polynomial(fraction, _EXP2_HIGH)
    low = unit.expression(high, fraction, _F(0.24022603034973145))
    low = unit.expression(unit.expression(low, fraction, _F(0.6931471228599548)), fraction, _F(1))
    exponent = exponent_of(low) + whole.astype(np.int32)
    scaled = np.where(exponent < 1, _F(0), with_exponent(low, exponent))
    return np.where((exponent < 255) & ~np.isnan(x), scaled, unit.multiply(high, _F(np.inf)))


def expm1(unit: VectorUnit, x: Values) -> Values:
    """2 * (s * p + s - 1/2), with half a power of two s and e**f - 1 = p; p itself where x is near zero."""
    turns = unit.multiply_add(LOG2_E, x, ROUNDER)
    whole = unit.subtract(turns, ROUNDER)
    fraction = unit.expression(whole, MINUS_LOG_TWO, x)
    near = power_less_one(unit, fraction)
    scale = ((bits(turns) << np.uint32(23)) + bits(_F(0.5))).view(np.float32)
    half = unit.expression(scale, near, unit.subtract(scale, _F(0.5)))
    less = unit.add(whole, _F(-2))
    end = np.where(np.signbit(less), _F(-0.5), unit.multiply(less, _F(np.inf)))
    half = np.where(round_to_integer(absolute(less), 127) >= 127, end, half)
    return np.where(whole == 0, near, unit.multiply(half, _F(2)))


def power_less_one(unit: VectorUnit, fraction: Values) -> Values:
    """e**f - 1 for what is left of an argument."""
    factor = unit.multiply_add(unit.polynomial(fraction, _EXPONENTIAL_LESS_ONE), fraction, _F(0.5))
    return unit.expression(factor, unit.multiply(fraction, fraction), fraction)
