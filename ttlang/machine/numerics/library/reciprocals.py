"""Reciprocals and quotients, as the kernel libraries compute them: by a seed, and Newton steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT, FRACTION
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, bits, to_dst
from ttlang.tables.functions import Rounding

_F = np.float32
_HUGE = _F(2.0**126)


def reciprocal(unit: VectorUnit, x: Values, steps: int = 2) -> Values:
    """1 / x as other kernels use it: a seed, then Newton steps, one of which a parabola always wants."""
    if not unit.rules.estimates_reciprocal:
        return _reciprocal_by_parabola(unit, x, max(steps, 1))
    magnitude = np.abs(x)
    estimate = _reciprocal_estimate(magnitude)
    for _ in range(steps):
        error = unit.expression(magnitude, estimate, _F(-2))
        estimate = np.where(error < 0, unit.multiply(estimate, -error), estimate)
    return np.copysign(estimate, x)


def _reciprocal_by_parabola(unit: VectorUnit, x: Values, steps: int) -> Values:
    """The seed is a parabola through the significand; the exponent is inverted beside it."""
    pattern = bits(x)
    negative = ((pattern & FRACTION) | np.uint32(0xBF800000)).view(np.float32)
    estimate = unit.polynomial(negative, (0.3232325017452239990234375, 1.4545459747314453125, 2.121212482452392578125))
    for _ in range(steps):
        error = unit.expression(negative, estimate, _F(1))
        estimate = unit.expression(estimate, error, estimate)
    # Inverting all bits takes exponent 0 to infinity and 255 to zero; half of it is the scale of everything between.
    scale = unit.multiply((~pattern & EXPONENT).view(np.float32), _F(0.5))
    return np.copysign(unit.multiply(estimate, scale), x)


def reciprocal_of_positive(unit: VectorUnit, x: Values) -> Values:
    """1 / x, x > 0, of inverse and hyperbolic functions with a 16-bit DST: a seed, and a step of Newton's or two."""
    if not unit.rules.estimates_reciprocal:
        seed = (np.uint32(0xFEF392E0) - bits(x)).view(np.float32)
        error = unit.expression(x, seed, _F(1))
        step = unit.expression(error, error, error)
        return unit.expression(-seed, step, -seed)
    estimate = _reciprocal_estimate(x)
    error = unit.expression(-x, estimate, _F(1))
    return unit.expression(estimate, error, estimate)


def negative_reciprocal(unit: VectorUnit, x: Values) -> Values:
    """-1 / x with one Newton step, as the tangent uses it."""
    if not unit.rules.estimates_reciprocal:
        return -_reciprocal_by_parabola(unit, x, steps=1)
    estimate = np.copysign(_reciprocal_estimate(np.abs(x)), x)
    error = unit.expression(-x, estimate, _F(1))
    return unit.subtract(unit.multiply(-estimate, error), estimate)


def _reciprocal_estimate(x: Values) -> Values:
    """The instruction, for x >= 0: seven fraction bits; infinity for what counts as zero, 0 from 2**126 on."""
    pattern = bits(x)
    middle = ((pattern >> 16) & np.uint32(0x7F)).astype(np.float64) + 0.5
    fraction = np.round(128 * (2 / (1 + middle / 128) - 1)).astype(np.uint32)
    exponent = np.uint32(253) - np.minimum(pattern >> 23, np.uint32(253))
    estimate = (exponent << np.uint32(23)) | (fraction << np.uint32(16))
    estimate = np.where(pattern < np.uint32(0x7E800000), estimate, np.uint32(0))
    return np.where(pattern < np.uint32(0x00800000), EXPONENT, estimate).view(np.float32)


def divide_number_narrow(unit: VectorUnit, x: Values, value: float) -> Values:
    """`rdiv_tile` with a 16-bit DST: value / x, by a reciprocal that is rounded before it is multiplied."""
    rounded = to_dst(reciprocal(unit, x, steps=1), False, Rounding.NEAREST_AWAY)
    return unit.multiply(rounded.view(np.float32), _F(value))


def divide_number_wide(unit: VectorUnit, x: Values, value: float) -> Values:
    return unit.multiply(reciprocal(unit, x), _F(value))


def recip_wide(unit: VectorUnit, x: Values) -> Values:
    """`recip_tile` with a 32-bit DST."""
    if not unit.rules.estimates_reciprocal:
        return _reciprocal_by_parabola(unit, x, steps=2)
    magnitude = np.abs(x)
    estimate = _reciprocal_estimate(magnitude)
    error = unit.multiply_add(-magnitude, estimate, _F(1))
    correction = unit.multiply_add(unit.multiply_add(error, error, error), error, error)
    correction = np.where(np.isnan(correction) | (correction > 1), _F(1), correction)
    return np.copysign(unit.multiply_add(correction, estimate, estimate), x)


def divide_narrow(unit: VectorUnit, a: Values, b: Values) -> Values:
    """
    `div_binary_tile` with a 16-bit DST: a times a reciprocal. Rounded to bfloat16 that is the rounded quotient, for
    every pair of significands: only operands near the ends of the range need the detour.
    """
    with np.errstate(all="ignore"):
        quotient = a / b + _F(0)
        detour = ~(_moderate(a) & _moderate(b) & _moderate(quotient) & (b != 0))
    if detour.any():
        quotient[detour] = _divide_by_reciprocal(unit, a[detour], b[detour])
    return quotient


def _moderate(x: Values) -> NDArray[np.bool_]:
    magnitude = np.abs(x)
    return (magnitude == 0) | ((magnitude > _F(2.0**-100)) & (magnitude < _F(2.0**100)))


def _divide_by_reciprocal(unit: VectorUnit, a: Values, b: Values) -> Values:
    """Only +0 counts as a divisor of zero."""
    quotient = unit.multiply(a, reciprocal(unit, b))
    by_zero = np.where(bits(a) == 0, _F(np.nan), np.copysign(_F(np.inf), a))
    return np.where(bits(b) == 0, by_zero, quotient)


def recip_narrow(unit: VectorUnit, x: Values) -> Values:
    """
    `recip_tile` with a 16-bit DST: correctly rounded. Denormals count as zero of their sign, a NaN as infinite, and so
    does everything that an estimate takes to 0.
    """
    endless = ~(np.abs(x) < _HUGE) if unit.rules.estimates_reciprocal else np.isnan(x)
    held = np.where(endless, np.copysign(_F(np.inf), x), x)
    signed = np.where(np.abs(held) < np.finfo(np.float32).tiny, np.copysign(_F(0), held), held)
    return (1 / signed.astype(np.float64)).astype(np.float32)
