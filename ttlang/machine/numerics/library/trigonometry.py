"""
Trigonometric and hyperbolic functions as the kernel library of ttnn 0.81 computes them, where nothing else is said for
a 16-bit DST. Sine, cosine and tangent reduce their argument by pi or half of it, in four parts.
"""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.float32 import BIAS
from ttlang.machine.numerics.library.exponentials import LOG2_E, MINUS_LOG_TWO, ROUNDER, power_less_one
from ttlang.machine.numerics.library.reciprocals import negative_reciprocal, reciprocal, reciprocal_of_positive
from ttlang.machine.numerics.library.roots import rough_root
from ttlang.machine.numerics.units.vector_fields import exponent_of, magnitude, round_to_integer, with_sign
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, absolute, bits, smaller
from ttlang.machine.tiles import Patterns

_F = np.float32
_PI = (-3.140625, -0.0009670257568359375, -6.277114152908325e-07, -1.215420125655342e-10)
_HALF_PI_PARTS = tuple(part / 2 for part in _PI)
"""Negative, and short enough that their products with whole numbers are exact, the last aside."""
_ONE_BY_PI = _F(0.31830987334251404)
_TWO_BY_PI = _F(0.6366197466850281)
_HALF_PI = _F(1.5707963705062866)

_SINE = (-0.0001883816730696708, 0.008323983289301395, -0.16666534543037415)
_SINE_WIDE = (2.6061034077429213e-06, -0.00019809778314083815, 0.008333069272339344, -0.16666659712791443)
_TANGENT = (0.08181696385145187, 0.12633037567138672, 0.33357691764831543)
"""(f(x) / x - 1) / x**2 in powers of x * x, highest first."""
_ARC_SINE = (0.083148844540119171, 0.063812628388404846, 0.16771225631237030, 0.99997860193252563)
_ARC_TANGENT = (-4.4326744973659515e-2, 0.15557900071144104, -0.32580858469009399, 0.99978786706924438)
"""f(x) / x in powers of x * x, highest first."""
_ARC_SINE_BREAK = _F(0.625)

_EXPONENTIAL = (0.038877178, 0.168174848, 0.500122011, 0.999963462, 1.0)
"""e**f, highest power first."""


def tanh_narrow(unit: VectorUnit, x: Values) -> Values:
    """tanh by an odd polynomial that is cut off at one, good to the bits of a 16-bit DST."""
    curve = unit.polynomial(
        np.abs(x),
        (
            5.876733921468257904052734375e-3,
            -6.6649019718170166015625e-2,
            0.281917631626129150390625,
            -0.4890659749507904052734375,
            3.0897438526153564453125e-2,
            0.999004364013671875,
            0.0,
        ),
    )
    return np.copysign(smaller(curve, _F(1)), x)


def sin(unit: VectorUnit, x: Values) -> Values:
    return _sine(unit, *_half_turns(unit, x), _SINE)


def sin_wide(unit: VectorUnit, x: Values) -> Values:
    """With a 32-bit DST."""
    return _sine(unit, *_half_turns(unit, x), _SINE_WIDE)


def cos(unit: VectorUnit, x: Values) -> Values:
    return _sine(unit, *_odd_quarter_turns(unit, x), _SINE)


def cos_wide(unit: VectorUnit, x: Values) -> Values:
    """With a 32-bit DST."""
    return _sine(unit, *_odd_quarter_turns(unit, x), _SINE_WIDE)


def _half_turns(unit: VectorUnit, x: Values) -> tuple[Values, Patterns]:
    """What is left of x, and how many half turns are taken away, in the low bits."""
    turns = unit.multiply_add(x, _ONE_BY_PI, ROUNDER)
    return _reduced(unit, x, unit.subtract(turns, ROUNDER), _PI), bits(turns)


def _odd_quarter_turns(unit: VectorUnit, x: Values) -> tuple[Values, Patterns]:
    """The same by odd multiples of pi / 2: the sine of what is left is the cosine of x."""
    turns = unit.add(unit.multiply_add(x, _ONE_BY_PI, _F(0.5)), ROUNDER)
    odd = unit.multiply_add(unit.subtract(turns, ROUNDER), _F(2), _F(-1))
    return _reduced(unit, x, odd, _HALF_PI_PARTS), bits(turns)


def _reduced(unit: VectorUnit, x: Values, turns: Values, parts: tuple[float, ...]) -> Values:
    for part in parts:
        x = unit.add(x, unit.multiply(turns, _F(part)))
    return x


def _sine(unit: VectorUnit, x: Values, turns: Patterns, coefficients: tuple[float, ...]) -> Values:
    """By a polynomial; with the other sign for an odd number of half turns."""
    square = unit.multiply(x, x)
    signed = (bits(x) ^ (turns << np.uint32(31))).view(np.float32)
    return unit.expression(unit.polynomial(square, coefficients), unit.multiply(signed, square), signed)


def tan(unit: VectorUnit, x: Values) -> Values:
    """By a polynomial; -1 / tan for an odd number of quarter turns."""
    turns = unit.multiply_add(x, _TWO_BY_PI, ROUNDER)
    reduced = _reduced(unit, x, unit.subtract(turns, ROUNDER), _HALF_PI_PARTS)
    square = unit.multiply(reduced, reduced)
    factor = unit.multiply(unit.polynomial(square, _TANGENT), square)
    tangent = unit.expression(factor, reduced, reduced)
    return np.where(bits(turns) & np.uint32(1), negative_reciprocal(unit, tangent), tangent)


def asin(unit: VectorUnit, x: Values) -> Values:
    return np.where(unit.above(absolute(x), _F(1)), _F(np.nan), _arc_sine(unit, x))


def acos(unit: VectorUnit, x: Values) -> Values:
    return np.where(unit.above(absolute(x), _F(1)), _F(np.nan), unit.subtract(_HALF_PI, _arc_sine(unit, x)))


def _arc_sine(unit: VectorUnit, x: Values) -> Values:
    """By a polynomial; pi / 2 minus twice that of sqrt((1 - |x|) / 2) for what is near one."""
    size = absolute(x)
    near_one = ~(unit.subtract(size, _ARC_SINE_BREAK) < 0)
    root = rough_root(unit, unit.multiply(unit.subtract(_F(1), size), _F(0.5)))
    argument = np.where(near_one, root, size)
    result = unit.multiply(argument, unit.polynomial(unit.multiply(argument, argument), _ARC_SINE))
    result = np.where(near_one, unit.subtract(_HALF_PI, unit.multiply(_F(2), result)), result)
    return with_sign(result, x)


def atan(unit: VectorUnit, x: Values) -> Values:
    """By a polynomial; pi / 2 minus that of 1 / |x| for what is beyond one."""
    size = absolute(x)
    beyond_one = unit.subtract(size, _F(1)) >= 0
    argument = np.where(beyond_one, reciprocal(unit, size), size)
    result = unit.multiply(unit.polynomial(unit.multiply(argument, argument), _ARC_TANGENT), argument)
    result = np.where(beyond_one, unit.subtract(_HALF_PI, result), result)
    return np.where(np.isnan(x), _F(np.nan), with_sign(result, x))


def cosh(unit: VectorUnit, x: Values) -> Values:
    """2 q + 1 / (8 q) of a quarter q of e**|x|."""
    whole, fraction, size = _split_exponential(unit, x)
    power = unit.multiply(unit.polynomial(fraction, _EXPONENTIAL), _power_of_two(whole - 2))
    quarter = np.where(whole + 125 < 255, power, unit.multiply(size, _F(np.inf)))
    inverse = unit.multiply(reciprocal_of_positive(unit, quarter), _F(0.125))
    double = unit.add(quarter, quarter)
    return np.where(exponent_of(quarter) - BIAS < 24, unit.add(double, inverse), double)


def sinh(unit: VectorUnit, x: Values) -> Values:
    """2 q + 2 q / (4 q + 1) of a quarter q of e**|x| - 1; x itself where q is tiny."""
    whole, fraction, size = _split_exponential(unit, x)
    scale = _power_of_two(whole - 2)
    power = unit.expression(power_less_one(unit, fraction), scale, unit.subtract(scale, _F(0.25)))
    quarter = np.where(whole < 130, power, unit.multiply(size, _F(np.inf)))
    inverse = reciprocal_of_positive(unit, unit.expression(_F(4), quarter, _F(1)))
    double = unit.add(quarter, quarter)
    exponent = exponent_of(quarter) - BIAS
    result = np.where(exponent < 23, unit.expression(double, inverse, double), double)
    return with_sign(np.where(exponent >= -27, result, x), x)


def _split_exponential(unit: VectorUnit, x: Values) -> tuple[np.ndarray, Values, Values]:
    """|x| / log 2 to the nearest whole number, at most 255; what is left of |x|; and |x|."""
    size = magnitude(x)
    turns = round_to_integer(np.abs(unit.multiply(x, LOG2_E)), 255)
    return turns.astype(np.int32), unit.expression(turns.astype(np.float32), MINUS_LOG_TWO, size), size


def _power_of_two(exponent: np.ndarray) -> Values:
    """What shifting the exponent into its place gives."""
    return ((exponent + BIAS).astype(np.uint32) << np.uint32(23)).view(np.float32)
