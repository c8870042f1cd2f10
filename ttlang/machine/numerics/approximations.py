"""
How the kernel library computes the functions that the vector unit has no instruction for: polynomials, tables and
Newton steps, in the order and with the constants that decide the last bits (docs/numerics.md).

Every function takes the unit that it runs on and float32 arrays, and returns float32 values not yet in DST.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.parts import split_fixed, with_exponent
from ttlang.machine.numerics.vector import (
    Values,
    VectorUnit,
    absolute,
    below_zero,
    bits,
    larger,
    smaller,
    to_dst,
)
from ttlang.tables.functions import Rounding

_F = np.float32
_EXPONENT = np.uint32(0x7F800000)
_FRACTION = np.uint32(0x007FFFFF)

_PARABOLA = (4.791750143340323e-15, 7.839635491371155e-08, 1.0017248)
"""2 to the power f, of f in steps of 2**-23, highest power first."""

_HALF_BREAKS = np.array([0.5, 1, 1.5, 2, 3], np.float32)
"""Where the segments of the six-entry table begin."""
_GELU_SLOPES = np.array([0.1928, 0.4939, 0.6188, 0.6099, 0.5402, 0.5], np.float16).astype(np.float32)
_GELU_OFFSETS = np.array([-1.0443e-4, -0.1604, -0.2796, -0.2635, -0.1194, 0], np.float16).astype(np.float32)


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
    turns = unit.multiply(x, _F(1.442695))
    turns = np.nan_to_num(turns.astype(np.float64), nan=32767.0)
    whole = np.copysign(np.minimum(np.floor(np.abs(turns) + 0.5), 32767), turns)
    part = unit.expression(whole.astype(np.float32), _F(-6.93145752e-1), x)
    part = unit.expression(whole.astype(np.float32), _F(-1.42860677e-6), part)
    curve = unit.polynomial(part, (1.37805939e-3, 8.37312452e-3, 4.16695364e-2, 1.66664720e-1, 4.99999851e-1, 1.0, 1.0))
    pattern = bits(curve)
    exponent = ((pattern & _EXPONENT) >> 23).astype(np.int32) + whole.astype(np.int32)
    scaled = (pattern & ~_EXPONENT) | (np.clip(exponent, 0, 254).astype(np.uint32) << np.uint32(23))
    result = np.where(exponent < 1, _F(0), scaled.view(np.float32))
    return np.where(exponent >= 255, _F(np.inf), result)


def exp_fast(unit: VectorUnit, x: Values) -> Values:
    """`exp_tile<true>`: a straight line through the exponent and seven fraction bits."""
    line = unit.multiply_add(larger(x, _F(-88.5)), _F(369.329925537109375), _F(32500.818359375))
    line = np.nan_to_num(line, nan=65535.0)
    whole = np.clip(np.floor(line.astype(np.float64) + 0.5), 0, 65535).astype(np.uint32)
    return (whole << np.uint32(15)).view(np.float32)


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
    negative = ((pattern & _FRACTION) | np.uint32(0xBF800000)).view(np.float32)
    estimate = unit.polynomial(negative, (0.3232325017452239990234375, 1.4545459747314453125, 2.121212482452392578125))
    for _ in range(steps):
        error = unit.expression(negative, estimate, _F(1))
        estimate = unit.expression(estimate, error, estimate)
    # Inverting all bits takes exponent 0 to infinity and 255 to zero; half of it is the scale of everything between.
    scale = unit.multiply((~pattern & _EXPONENT).view(np.float32), _F(0.5))
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
    return np.where(pattern < np.uint32(0x00800000), _EXPONENT, estimate).view(np.float32)


def divide_number_narrow(unit: VectorUnit, x: Values, value: float) -> Values:
    """`rdiv_tile` with a 16-bit DST: value / x, by a reciprocal that is rounded before it is multiplied."""
    rounded = to_dst(reciprocal(unit, x, steps=1), False, Rounding.NEAREST_AWAY)
    return unit.multiply(rounded.view(np.float32), _F(value))


def divide_number_wide(unit: VectorUnit, x: Values, value: float) -> Values:
    return unit.multiply(reciprocal(unit, x), _F(value))


def softsign(unit: VectorUnit, x: Values) -> Values:
    return unit.multiply(x, reciprocal(unit, unit.add(absolute(x), _F(1))))


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


def square_root(unit: VectorUnit, x: Values) -> Values:
    """`sqrt_tile`: a root estimated by halving the pattern, one step of third order and one of second."""
    product, residual, _ = _root_steps(unit, x)
    refined = unit.expression(residual, unit.multiply(_F(0.5), product), product)
    root = np.where(bits(x).view(np.int32) < np.int32(0x7F800000), refined, product)
    root = np.where(below_zero(x), _F(np.nan), root)
    return np.where(x == 0, x, root)


def reciprocal_root(unit: VectorUnit, x: Values) -> Values:
    """`rsqrt_tile`. A denormal is not zero here: it counts by its pattern, and gives some 2**64."""
    _, residual, estimate = _root_steps(unit, x)
    refined = unit.expression(residual, unit.multiply(_F(0.5), estimate), estimate)
    refined = np.where(below_zero(x), _F(np.nan), refined)
    inverted = (_EXPONENT - bits(x)).view(np.float32)
    return np.where((bits(x) == _EXPONENT) | (x == 0), inverted, refined)


def _root_steps(unit: VectorUnit, x: Values) -> tuple[Values, Values, Values]:
    """x * y, 1 - x * y * y and y, for an approximation y of 1 / sqrt(x)."""
    y = (np.uint32(0x5F1110A0) - (bits(x) >> 1)).view(np.float32)
    error = unit.multiply(-y, unit.multiply(x, y))
    factor = unit.expression(error, unit.add(_F(2.2533049), error), _F(2.2825186))
    y = unit.multiply(y, factor)
    product = unit.multiply(x, y)
    return product, unit.expression(-y, product, _F(1)), y


def rough_root(unit: VectorUnit, x: Values) -> Values:
    """sqrt(x) by two Newton steps; zeros and what is not finite stay."""
    y = (np.uint32(0x5F370000) - (bits(x) >> np.uint32(1))).view(np.float32)
    half = unit.multiply(x, _F(-0.5))
    for _ in range(2):
        y = unit.multiply(unit.expression(unit.multiply(y, y), half, _F(1.5)), y)
    return np.where((x != 0) & np.isfinite(x), unit.multiply(y, x), x)
