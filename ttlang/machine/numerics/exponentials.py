"""
exp2, expm1, mish and the functions that bend at zero, as the kernel library of ttnn 0.81 computes them for a 16-bit
DST.
"""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.approximations import exp_inside, power_of_two, reciprocal
from ttlang.machine.numerics.parts import exponent_of, round_to_integer, with_exponent
from ttlang.machine.numerics.vector import Values, VectorUnit, absolute, bits, larger, smaller, to_dst
from ttlang.tables.functions import Rounding

_F = np.float32
_ROUNDER = _F(1.5 * 2.0**23)
"""Adding it rounds to a whole number, which then is in the low bits."""

_EXP2_HIGH = (0.00015342235565185547, 0.0013399124145507812, 0.00962066650390625, 0.05550377070903778)
"""2**f from its third power on, highest power first."""

LOG2_E = _F(1.442695)
MINUS_LOG_TWO = _F(-0.6931471805599453)
_EXPONENTIAL_LESS_ONE = (8.361816406e-03, 4.177856445e-02, 1.666259766e-01)
"""((e**f - 1 - f) / f**2 - 1/2) / f, highest power first."""
_BEND = (8.3751315251e-03, 4.1875664145e-02, 1.6666433215e-01, 4.9999371171e-01, 1.0)
"""(e**f - 1) / f, highest power first."""
_MINUS_LOG_TWO_HIGH = _F(-0.6931152343750000)
_MINUS_LOG_TWO_LOW = _F(-3.19461832987e-05)


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


def mish(unit: VectorUnit, x: Values) -> Values:
    """x * tanh(log(1 + u)) = x * u * (u + 2) / ((u + 1)**2 + 1), u = e**x as DST would have it; x itself from 8 on."""
    power = to_dst(exp_inside(unit, x), False, Rounding.NEAREST_AWAY).view(np.float32)
    more = unit.add(power, _F(1))
    inverse = reciprocal(unit, unit.expression(more, more, _F(1)), steps=1)
    factor = unit.multiply(unit.multiply(power, unit.add(power, _F(2))), inverse)
    if unit.rules.estimates_reciprocal:
        # It has fewer bits: 1 - 2 / denominator loses less of them.
        factor = np.where(np.signbit(x), factor, unit.subtract(_F(1), unit.multiply(_F(2), inverse)))
    return np.where(unit.below(x, _F(8)), unit.multiply(x, factor), x)


def expm1(unit: VectorUnit, x: Values) -> Values:
    """2 * (s * p + s - 1/2), with half a power of two s and e**f - 1 = p; p itself where x is near zero."""
    turns = unit.multiply_add(LOG2_E, x, _ROUNDER)
    whole = unit.subtract(turns, _ROUNDER)
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


def elu(unit: VectorUnit, x: Values, alpha: float) -> Values:
    return np.where(np.signbit(x), unit.multiply(_F(alpha), _bend(unit, x)), x)


def celu(unit: VectorUnit, x: Values, alpha: float, reciprocal: float) -> Values:
    bent = _bend(unit, unit.multiply(_F(reciprocal), x))
    return np.where(np.signbit(x), unit.multiply(_F(alpha), bent), x)


def selu(unit: VectorUnit, x: Values, scale: float, alpha: float) -> Values:
    bent = unit.multiply(_F(scale) * _F(alpha), _bend(unit, x))
    return np.where(np.signbit(x), bent, unit.multiply(_F(scale), x))


def _bend(unit: VectorUnit, x: Values) -> Values:
    """e**x - 1 for x <= 0."""
    held = larger(x, _F(-87))
    turns = unit.expression(held, _F(1.4426950408889634), _ROUNDER)
    whole = unit.subtract(turns, _ROUNDER)
    fraction = unit.expression(whole, _MINUS_LOG_TWO_HIGH, held)
    fraction = unit.add(fraction, unit.multiply(whole, _MINUS_LOG_TWO_LOW))
    power = unit.multiply(fraction, unit.polynomial(fraction, _BEND))
    exponent = (bits(turns) - np.uint32(0x4B3FFF81)).view(np.int32)
    scale = with_exponent(np.ones_like(x), exponent)
    return unit.add(unit.subtract(scale, _F(1)), unit.multiply(scale, power))


def hardsigmoid(unit: VectorUnit, x: Values) -> Values:
    line = unit.expression(x, _F(0.1666666716337204), _F(0.5))
    return larger(smaller(line, _F(1)), _F(0))
