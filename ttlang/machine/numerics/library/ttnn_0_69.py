"""The kernel library of ttnn 0.69, where it does otherwise than that of 0.81: its formulas, and its calls."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.float32 import BIAS
from ttlang.machine.numerics.library import trigonometry
from ttlang.machine.numerics.library.common_calls import COMMON_CALLS
from ttlang.machine.numerics.library.error_functions import erf_quotient, gelu_of_regions
from ttlang.machine.numerics.library.exponentials import exp_inside, of_product, power_of_two
from ttlang.machine.numerics.library.reciprocals import recip_narrow, reciprocal
from ttlang.machine.numerics.library.rule import Compute, Library, narrow_only
from ttlang.machine.numerics.row_sums import pooled
from ttlang.machine.numerics.units.vector_fields import exponent_of, magnitude, with_exponent
from ttlang.machine.numerics.units.vector_unit import Values, VectorUnit, below_zero, larger, to_dst
from ttlang.machine.numerics.unpack import flush_to_zero
from ttlang.tables.functions import Rounding

_F = np.float32
_AWAY = Rounding.NEAREST_AWAY
_CUT = Rounding.TRUNCATE
_EVEN = Rounding.NEAREST_EVEN

_LOG_TWO = _F(0.69314718246459961)
_LOG = (
    *(0.04224011301994324, -0.3706687390804291, 1.3681391477584839),
    *(-2.800232410430908, 3.767500400543213, -2.0069785118103027),
)
"""log(x) for x in 1 .. 2, highest power first."""

_ERF = (7.2088670200e-04, 4.6252749800e-02, 2.8147370800e-01, 1.1274247000e00)
_ERF_DIVISOR = (2.4571044400e-05, 8.2026154600e-03, 1.4150301400e-01, 5.7780367500e-01, 1.0)
"""erf(x) / x is their quotient, each in powers of x * x, highest first."""

_SOFTPLUS_RESIDUAL = (
    *(-4.8245715334e-07, 2.1285692128e-05, -3.4358495031e-04, 2.7290175203e-03, -1.0528374463e-02),
    *(5.6753782555e-03, 1.2186349183e-01, -4.9926245213e-01, 6.9310557842e-01),
)
"""log(1 + e**-a) for a in 0 .. 5, highest power first."""
_SOFTPLUS_BREAK = _F(5)

_GELU_ZERO = _F(-13.1875)
_GELU_TAIL_FACTOR = (1.0058581740e-05, 3.9454728181e-04, 5.8260409601e-03, 3.9288617802e-02, -2.9069766448e-01)
_GELU_PROBABILITY = (
    *(-5.7769380390e-09, 2.9501944709e-07, -7.0036203397e-06, 1.0574820044e-04),
    *(-1.1655492708e-03, 9.9489670247e-03, -6.6479682922e-02, 3.9894151688e-01),
)
"""(P(x) - 1/2) / x in powers of x * x, highest first."""


def log(unit: VectorUnit, x: Values) -> Values:
    """The exponent times log 2, plus a polynomial in the significand."""
    series = unit.polynomial(with_exponent(x, BIAS), _LOG)
    exponent = exponent_of(x) - BIAS
    result = unit.expression(exponent.astype(np.float32), _LOG_TWO, series)
    result = np.where(x == 0, _F(-np.inf), result)
    return np.where(x == np.inf, x, np.where((exponent == 128) | below_zero(x), _F(np.nan), result))


def log_with_base(unit: VectorUnit, x: Values, scale: float) -> Values:
    """The natural logarithm times a number: zero and infinity stay what they are."""
    result = log(unit, x)
    return np.where(np.isfinite(result), unit.multiply(result, _F(scale)), result)


def recip(unit: VectorUnit, x: Values) -> Values:
    """From a parabola: one Newton step, and rounded last. From an estimate: as in 0.81."""
    if unit.rules.estimates_reciprocal:
        return recip_narrow(unit, x)
    return to_dst(reciprocal(unit, x, steps=1), False, Rounding.NEAREST_AWAY).view(np.float32)


def erf(unit: VectorUnit, x: Values) -> Values:
    return erf_quotient(unit, x, _ERF, _ERF_DIVISOR)


def softplus(unit: VectorUnit, x: Values, beta: float, reciprocal: float, threshold: float) -> Values:
    """max(t, 0) plus a polynomial in the magnitude of t = beta * x, or e**-|t| as DST would have it."""
    scaled = unit.multiply(x, _F(beta))
    size = magnitude(scaled)
    power = to_dst(exp_inside(unit, -size), False, Rounding.NEAREST_AWAY).view(np.float32)
    residual = np.where(unit.above(size, _SOFTPLUS_BREAK), power, unit.polynomial(size, _SOFTPLUS_RESIDUAL))
    result = unit.multiply(unit.add(larger(scaled, _F(0)), residual), _F(reciprocal))
    return np.where(unit.below(scaled, _F(threshold)), result, x)


def gelu(unit: VectorUnit, x: Values) -> Values:
    """The tail is e**(-x*x/2) times a polynomial in x."""
    square = unit.multiply(x, x)
    bell = power_of_two(unit, unit.expression(square, _F(-0.72134752044), _F(127)))
    tail = unit.multiply(bell, unit.polynomial(x, _GELU_TAIL_FACTOR))
    return gelu_of_regions(unit, x, tail, _GELU_ZERO, _GELU_PROBABILITY)


_NARROW: dict[str, tuple[Compute, Rounding]] = {
    "exp_tile": (exp_inside, _AWAY),
    "exp_tile<false, true>": (of_product(exp_inside), _AWAY),
    "recip_tile<false>": (recip, _EVEN),
    "log_tile": (log, _AWAY),
    "log_with_base_tile": (log_with_base, _AWAY),
    "softplus_tile": (softplus, _AWAY),
    "gelu_tile<false>": (gelu, _AWAY),
    "erf_tile<false>": (erf, _CUT),
    "sin_tile": (trigonometry.sin, _AWAY),
    "cos_tile": (trigonometry.cos, _AWAY),
}

LIBRARY_0_69 = Library(
    COMMON_CALLS | narrow_only(_NARROW),
    # The flag by which the unit takes what has no exponent for zero is set.
    copy=flush_to_zero,
    row_sums=pooled,
    row_sums_recorded=False,
)
