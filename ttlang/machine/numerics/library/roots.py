"""Square roots and their reciprocals, by Newton steps from half the pattern."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.float32 import EXPONENT
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, below_zero, bits

_F = np.float32


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
    inverted = (EXPONENT - bits(x)).view(np.float32)
    return np.where((bits(x) == EXPONENT) | (x == 0), inverted, refined)


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
