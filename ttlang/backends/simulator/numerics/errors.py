"""erf, erfc, gelu and softplus as the kernel library of ttnn 0.81 computes them for a 16-bit DST."""

from __future__ import annotations

import numpy as np

from ttlang.backends.simulator.numerics.parts import magnitude, split_fixed, with_exponent
from ttlang.backends.simulator.numerics.vector import Values, VectorUnit, larger

_F = np.float32

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
"""Where the regions of gelu end: zero, a tail by an exponential, a polynomial, x itself."""
_GELU_TAIL_FACTOR = (7.5950479368e-04, 1.3809983619e-02, 9.5413386822e-02, 3.0369991064e-01)
_GELU_TAIL_STEP = _F(0.375)
"""Adding and subtracting it rounds the factor of the tail to multiples of 2**-25."""
_GELU_PROBABILITY = (
    *(7.9821413868e-08, -3.8082057209e-06, 8.1812159812e-05, -1.0717806322e-03),
    *(9.7720050615e-03, -6.6361041488e-02, 3.9894227818e-01),
)
"""(P(x) - 1/2) / x in powers of x * x, highest first."""
_PARABOLA = (4.791750143340323e-15, 7.839635491371155e-08, 1.0017248)
"""2 to the power f, of f in steps of 2**-23, highest power first."""


def softplus(unit: VectorUnit, x: Values, beta: float, reciprocal: float, threshold: float) -> Values:
    """max(t, 0) plus a polynomial in the magnitude of t = beta * x; x stays what it is beyond the threshold."""
    scaled = unit.multiply(x, _F(beta))
    size = magnitude(scaled)
    residual = np.where(unit.above(size, _SOFTPLUS_END), _F(0), unit.polynomial(size, _SOFTPLUS_RESIDUAL))
    result = unit.multiply(unit.add(larger(scaled, _F(0)), residual), _F(reciprocal))
    return np.where(unit.above(scaled, _F(threshold)), x, result)


def gelu(unit: VectorUnit, x: Values) -> Values:
    """x times the probability that a normal variable is below x, which comes from one of three formulas."""
    square = unit.multiply(x, x)
    region = unit.above(x, _GELU_ZERO)
    result = np.where(region, _gelu_tail(unit, x, square), _F(0))
    region &= ~unit.below(x, _GELU_TAIL)
    probability = unit.expression(x, unit.polynomial(square, _GELU_PROBABILITY), _F(0.5))
    result = np.where(region, unit.multiply(x, probability), result)
    region &= ~unit.below(x, _GELU_IDENTITY)
    return np.where(region, x, result)


def _gelu_tail(unit: VectorUnit, x: Values, square: Values) -> Values:
    """x times a cubic in x times e**(-x*x/2), whose product is rounded to a grid."""
    whole, fraction = split_fixed(unit.expression(square, _F(-0.72134752044), _F(127)))
    bell = with_exponent(unit.polynomial(fraction, _PARABOLA), whole)
    factor = unit.multiply(bell, unit.polynomial(x, _GELU_TAIL_FACTOR))
    rounded = unit.subtract(unit.add(factor, _GELU_TAIL_STEP), _GELU_TAIL_STEP)
    return unit.multiply(x, rounded)
