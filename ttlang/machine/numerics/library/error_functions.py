"""
erf and its inverse, erfc, gelu and softplus as the kernel library of ttnn 0.81 computes them for a 16-bit DST.
"""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.library.exponentials import power_of_two
from ttlang.machine.numerics.library.logarithms import log
from ttlang.machine.numerics.library.reciprocals import reciprocal
from ttlang.machine.numerics.library.roots import rough_root
from ttlang.machine.numerics.units.vector_fields import magnitude, with_sign
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, absolute, larger, smaller

_F = np.float32

_ERF = (7.4481184425e-04, 4.5400281738e-02, 2.7609212279e-01, 1.1280932447e00)
_ERF_DIVISOR = (2.4813862145e-05, 8.2844606784e-03, 1.3675764810e-01, 5.7439188334e-01, 1.0)
"""erf(x) / x is their quotient, each in powers of x * x, highest first."""
_ERF_LARGEST = _F(10)

_ERFC = (
    (1.3746744953e-02, -1.5691982210e-01, 6.8185544014e-01, -1.3375675678e00, 1.0000233650e00),
    (-4.7387182178e-08, 9.1439767402e-07, -6.6162156145e-06, 2.1275576728e-05, -2.5655237550e-05),
)
_ERFC_DIVISOR = (
    (2.8375532478e-02, 2.5104774162e-02, -3.4568668343e-03, 4.3667086959e-01, -2.0801517367e-01, 1.0),
    (-2.1375391632e-02, 1.2677097321e-01, -1.3888636231e-01, -2.0572184026e-01, -1.6457208991e-01, 1.0),
)
"""erfc(|x|) is their quotient: the first ones below the break, the second ones above."""
_ERFC_BREAK = _F(2.5)
_ERFC_LARGEST = _F(5)

_SOFTPLUS_RESIDUAL = (
    *(-3.1273466851e-05, 5.0152968088e-04, -1.8627923291e-03, -1.3000584069e-02),
    *(1.4279095486e-01, -5.0932420424e-01, 6.9423984729e-01),
)
"""log(1 + e**-a) for a in 0 .. 5, highest power first."""
_SOFTPLUS_END = _F(5)
"""From here on the residual is nothing."""

_GELU_ZERO = _F(-5.54259443)
_GELU_TAIL = _F(-3.125)
_GELU_IDENTITY = _F(2.78125)
"""Where the tail of gelu begins, the polynomial, and x itself."""
_GELU_TAIL_FACTOR = (7.5950479368e-04, 1.3809983619e-02, 9.5413386822e-02, 3.0369991064e-01)
_GELU_TAIL_STEP = _F(0.375)
"""Adding and subtracting it rounds the factor of the tail to multiples of 2**-25."""
_GELU_PROBABILITY = (
    *(7.9821413868e-08, -3.8082057209e-06, 8.1812159812e-05, -1.0717806322e-03),
    *(9.7720050615e-03, -6.6361041488e-02, 3.9894227818e-01),
)
"""(P(x) - 1/2) / x in powers of x * x, highest first."""


def erf(unit: VectorUnit, x: Values) -> Values:
    """Held between -1 and 1."""
    return smaller(larger(erf_quotient(unit, x, _ERF, _ERF_DIVISOR), _F(-1)), _F(1))


def erf_quotient(unit: VectorUnit, x: Values, dividend: tuple[float, ...], divisor: tuple[float, ...]) -> Values:
    """x, between -10 and 10, times a quotient of polynomials in its square."""
    held = with_sign(smaller(magnitude(x), _ERF_LARGEST), x)
    square = unit.multiply(held, held)
    product = unit.multiply(unit.polynomial(square, dividend), held)
    return unit.multiply(product, reciprocal(unit, unit.polynomial(square, divisor)))


def erfc(unit: VectorUnit, x: Values) -> Values:
    """A quotient of polynomials in |x|, by the coarsest reciprocal; 2 minus that where x has a sign."""
    size = smaller(absolute(x), _ERFC_LARGEST)
    above = size >= _ERFC_BREAK
    (low, high), (low_divisor, high_divisor) = (
        [unit.polynomial(size, coefficients) for coefficients in table] for table in (_ERFC, _ERFC_DIVISOR)
    )
    divisor = np.where(above, high_divisor, low_divisor)
    quotient = unit.multiply(np.where(above, high, low), reciprocal(unit, divisor, steps=0))
    return np.where(np.signbit(x), unit.subtract(_F(2), quotient), quotient)


def erfinv(unit: VectorUnit, x: Values) -> Values:
    """Winitzki's formula: a root of a root of a polynomial in log(1 - x*x)."""
    logarithm = log(unit, unit.subtract(_F(1), unit.multiply(x, x)))
    half = unit.expression(_F(-0.5), logarithm, _F(-4.330746750799873))
    inner = unit.subtract(unit.multiply(half, half), unit.multiply(logarithm, _F(6.802721088435375)))
    return with_sign(rough_root(unit, unit.add(half, rough_root(unit, inner))), x)


def softplus(unit: VectorUnit, x: Values, beta: float, reciprocal: float, threshold: float) -> Values:
    """max(t, 0) plus a polynomial in the magnitude of t = beta * x; x stays what it is beyond the threshold."""
    scaled = unit.multiply(x, _F(beta))
    size = magnitude(scaled)
    residual = np.where(unit.above(size, _SOFTPLUS_END), _F(0), unit.polynomial(size, _SOFTPLUS_RESIDUAL))
    result = unit.multiply(unit.add(larger(scaled, _F(0)), residual), _F(reciprocal))
    return np.where(unit.above(scaled, _F(threshold)), x, result)


def gelu(unit: VectorUnit, x: Values) -> Values:
    """The tail is x times a cubic in x times e**(-x*x/2), whose product is rounded to a grid."""
    square = unit.multiply(x, x)
    bell = power_of_two(unit, unit.expression(square, _F(-0.72134752044), _F(127)))
    factor = unit.multiply(bell, unit.polynomial(x, _GELU_TAIL_FACTOR))
    rounded = unit.subtract(unit.add(factor, _GELU_TAIL_STEP), _GELU_TAIL_STEP)
    return gelu_of_regions(unit, x, unit.multiply(x, rounded), _GELU_ZERO, _GELU_PROBABILITY)


def gelu_of_regions(
    unit: VectorUnit, x: Values, tail: Values, zero: np.float32, probability: tuple[float, ...]
) -> Values:
    """0 up to `zero`, then a tail, then x times the probability that a normal variable is below x, then x itself."""
    region = unit.above(x, zero)
    result = np.where(region, tail, _F(0))
    region &= ~unit.below(x, _GELU_TAIL)
    below = unit.expression(x, unit.polynomial(unit.multiply(x, x), probability), _F(0.5))
    result = np.where(region, unit.multiply(x, below), result)
    region &= ~unit.below(x, _GELU_IDENTITY)
    return np.where(region, x, result)
