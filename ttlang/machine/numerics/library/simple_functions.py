"""Functions that the vector unit computes in an instruction or a few."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.units.vector_unit import Truth, Values, VectorUnit, below_zero, bits, larger, smaller

_F = np.float32


def flushed(values: Values) -> Values:
    """Denormals read as +0, and so does -0."""
    return np.where(np.abs(values) < np.finfo(np.float32).tiny, _F(0), values)


def truth(condition: Truth) -> Values:
    return condition.astype(np.float32)


def product(unit: VectorUnit, a: Values, b: Values) -> Values:
    return unit.multiply(a, b)


def sign(unit: VectorUnit, x: Values) -> Values:
    return np.where(x == 0, x, np.copysign(_F(1), x))


def relu_min(unit: VectorUnit, x: Values, limit: float) -> Values:
    return larger(x, _F(limit)) if unit.rules.relu_min_swaps else np.where(x < _F(limit), _F(limit), x)


def leaky_relu(unit: VectorUnit, x: Values, slope: float) -> Values:
    return np.where(below_zero(x), unit.multiply(x, _F(slope)), x)


def clamp(unit: VectorUnit, x: Values, low: float, high: float) -> Values:
    return smaller(larger(x, _F(low)), _F(high))


def threshold(unit: VectorUnit, x: Values, limit: float, value: float) -> Values:
    return np.where(unit.above(x, _F(limit)), x, _F(value))


def round_decimals(unit: VectorUnit, x: Values, decimals: float) -> Values:
    if decimals == 0:
        return unit.add(np.round(x), _F(0))
    return np.round(x.astype(np.float64), int(decimals)).astype(np.float32)


def heaviside(unit: VectorUnit, x: Values, value: float) -> Values:
    return np.where(x == 0, _F(value), truth(~np.signbit(x)))


def logical_not(unit: VectorUnit, x: Values) -> Values:
    """Only +0 is false: the test is on the bits."""
    return truth(bits(x) == 0)


def where(unit: VectorUnit, condition: Values, a: Values, b: Values) -> Values:
    """The test is on the bits: -0 is true."""
    return np.where(bits(condition) != 0, a, b)


def multiply_narrow(unit: VectorUnit, a: Values, b: Values) -> Values:
    """Zero times anything is zero, as in the matrix unit; -0 does not count as zero."""
    return np.where((bits(a) == 0) | (bits(b) == 0), _F(0), unit.multiply(a, b))
