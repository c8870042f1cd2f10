"""Activations, as the kernel libraries compute them."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.library.exponentials import ROUNDER, exp_inside, exp_wide
from ttlang.machine.numerics.library.reciprocals import reciprocal
from ttlang.machine.numerics.units.vector_fields import with_exponent
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, absolute, bits, larger, smaller, to_dst
from ttlang.tables.functions import Rounding

_F = np.float32

_HALF_BREAKS = np.array([0.5, 1, 1.5, 2, 3], np.float32)
"""Where the segments of the six-entry table begin."""
_GELU_SLOPES = np.array([0.1928, 0.4939, 0.6188, 0.6099, 0.5402, 0.5], np.float16).astype(np.float32)
_GELU_OFFSETS = np.array([-1.0443e-4, -0.1604, -0.2796, -0.2635, -0.1194, 0], np.float16).astype(np.float32)
_BEND = (8.3751315251e-03, 4.1875664145e-02, 1.6666433215e-01, 4.9999371171e-01, 1.0)
"""(e**f - 1) / f, highest power first."""
_MINUS_LOG_TWO_HIGH = _F(-0.6931152343750000)
_MINUS_LOG_TWO_LOW = _F(-3.19461832987e-05)


def softsign(unit: VectorUnit, x: Values) -> Values:
    return unit.multiply(x, reciprocal(unit, unit.add(absolute(x), _F(1))))


def sigmoid_narrow(unit: VectorUnit, x: Values) -> Values:
    """1 / (1 + e**-x) with one Newton step."""
    denominator = unit.add(exp_inside(unit, -x), _F(1))
    return reciprocal(unit, denominator, steps=1)


def sigmoid_wide(unit: VectorUnit, x: Values) -> Values:
    """1 / (1 + e**-x) with two Newton steps."""
    return reciprocal(unit, unit.add(exp_wide(unit, -x), _F(1)))


def silu_narrow(unit: VectorUnit, x: Values) -> Values:
    """x times its sigmoid, which is not rounded in between."""
    return unit.multiply(x, sigmoid_narrow(unit, x))


def silu_wide(unit: VectorUnit, x: Values) -> Values:
    return unit.multiply(x, sigmoid_wide(unit, x))


def gelu_table(unit: VectorUnit, x: Values) -> Values:
    """`gelu_tile`: half of x plus a line in |x|, of six segments."""
    magnitude = np.abs(x)
    segment = np.searchsorted(_HALF_BREAKS, magnitude, side="right")
    line = unit.multiply_add(magnitude, _GELU_SLOPES[segment], _GELU_OFFSETS[segment])
    return unit.multiply_add(x, _F(0.5), line)


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
    turns = unit.expression(held, _F(1.4426950408889634), ROUNDER)
    whole = unit.subtract(turns, ROUNDER)
    fraction = unit.expression(whole, _MINUS_LOG_TWO_HIGH, held)
    fraction = unit.add(fraction, unit.multiply(whole, _MINUS_LOG_TWO_LOW))
    power = unit.multiply(fraction, unit.polynomial(fraction, _BEND))
    exponent = (bits(turns) - np.uint32(0x4B3FFF81)).view(np.int32)
    scale = with_exponent(np.ones_like(x), exponent)
    return unit.add(unit.subtract(scale, _F(1)), unit.multiply(scale, power))


def hardsigmoid(unit: VectorUnit, x: Values) -> Values:
    line = unit.expression(x, _F(0.1666666716337204), _F(0.5))
    return larger(smaller(line, _F(1)), _F(0))
