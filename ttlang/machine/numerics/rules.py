"""
Which arithmetic stands behind each call of the kernel API: the calls whose results are known to the bit
(tests/machine/numerics/recorded). A call that is not here is computed from the reference of its row of `functions.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics import approximations as library
from ttlang.machine.numerics.vector import Values, VectorUnit, absolute, below_zero, bits, larger, smaller
from ttlang.tables.functions import Rounding

Compute = Callable[..., Values]
"""`compute(unit, *operands, *parameters)`, parameters as they stand in the call; the values before they enter DST."""
Truth = NDArray[np.bool_]
_Unary = Callable[[VectorUnit, Values], Values]
_WithNumber = Callable[[VectorUnit, Values, float], Values]
_WithNumbers = Callable[[VectorUnit, Values, float, float], Values]
_Binary = Callable[[VectorUnit, Values, Values], Values]

_F = np.float32
_HUGE = _F(2.0**126)


@dataclass(frozen=True)
class Rule:
    """The arithmetic of one call, by the width of DST; None where it is not known."""

    narrow: Compute | None
    wide: Compute | None
    rounding: Rounding
    """How its results get into a 16-bit DST."""

    def compute(self, dst32: bool) -> Compute | None:
        return self.wide if dst32 else self.narrow


def _flushed(values: Values) -> Values:
    """Denormals read as +0, and so does -0."""
    return np.where(np.abs(values) < np.finfo(np.float32).tiny, _F(0), values)


def _truth(condition: Truth) -> Values:
    return condition.astype(np.float32)


def _correct(function: Callable[[NDArray[np.float64]], NDArray[np.float64]]) -> _Unary:
    """A function whose results in a 16-bit DST are correctly rounded; denormals count as zero of their sign."""

    def compute(unit: VectorUnit, x: Values) -> Values:
        signed = np.where(np.abs(x) < np.finfo(np.float32).tiny, np.copysign(_F(0), x), x)
        exact = function(signed.astype(np.float64))
        return np.where(np.isnan(exact), _F(np.nan), exact.astype(np.float32))

    return compute


def _product(unit: VectorUnit, a: Values, b: Values) -> Values:
    return unit.multiply(a, b)


def _inverse(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 / x


def recip_narrow(unit: VectorUnit, x: Values) -> Values:
    """A NaN counts as infinite, and so does everything that the estimate of a reciprocal takes to 0."""
    endless = ~(np.abs(x) < _HUGE) if unit.rules.estimates_reciprocal else np.isnan(x)
    return _correct(_inverse)(unit, np.where(endless, np.copysign(_F(np.inf), x), x))


def _sign(unit: VectorUnit, x: Values) -> Values:
    return np.where(x == 0, x, np.copysign(_F(1), x))


def _relu_min(unit: VectorUnit, x: Values, limit: float) -> Values:
    return larger(x, _F(limit)) if unit.rules.relu_min_swaps else np.where(x < _F(limit), _F(limit), x)


def _leaky_relu(unit: VectorUnit, x: Values, slope: float) -> Values:
    return np.where(below_zero(x), unit.multiply(x, _F(slope)), x)


def _clamp(unit: VectorUnit, x: Values, low: float, high: float) -> Values:
    return smaller(larger(x, _F(low)), _F(high))


def _threshold(unit: VectorUnit, x: Values, limit: float, value: float) -> Values:
    return np.where(unit.above(x, _F(limit)), x, _F(value))


def _round(unit: VectorUnit, x: Values, decimals: float) -> Values:
    if decimals == 0:
        return unit.add(np.round(x), _F(0))
    return np.round(x.astype(np.float64), int(decimals)).astype(np.float32)


def _heaviside(unit: VectorUnit, x: Values, value: float) -> Values:
    return np.where(x == 0, _F(value), _truth(~np.signbit(x)))


def _logical_not(unit: VectorUnit, x: Values) -> Values:
    """Only +0 is false: the test is on the bits."""
    return _truth(bits(x) == 0)


def _where(unit: VectorUnit, condition: Values, a: Values, b: Values) -> Values:
    """The test is on the bits: -0 is true."""
    return np.where(bits(condition) != 0, a, b)


def _multiply_narrow(unit: VectorUnit, a: Values, b: Values) -> Values:
    """Zero times anything is zero, as in the matrix unit; -0 does not count as zero."""
    return np.where((bits(a) == 0) | (bits(b) == 0), _F(0), unit.multiply(a, b))


def _compare(relation: Callable[[Values, Values], Truth]) -> _Binary:
    return lambda unit, a, b: _truth(relation(_flushed(a), _flushed(b)))


# Calls that truncate their result where it enters a 16-bit DST.

_UNARY: dict[str, _Unary] = {
    "identity_tile": lambda unit, x: x,
    "abs_tile": lambda unit, x: absolute(x),
    "negative_tile": lambda unit, x: -x,
    "sign_tile": _sign,
    "signbit_tile": lambda unit, x: _truth(np.signbit(x)),
    "floor_tile": lambda unit, x: np.floor(x),
    "ceil_tile": lambda unit, x: np.ceil(x),
    "trunc_tile": lambda unit, x: np.trunc(x),
    "frac_tile": lambda unit, x: unit.subtract(x, np.trunc(x)),
    "relu_tile": lambda unit, x: _relu_min(unit, x, 0),
    "eqz_tile": lambda unit, x: _truth(x == 0),
    "nez_tile": lambda unit, x: _truth(x != 0),
    "ltz_tile": lambda unit, x: _truth(x < 0),
    "gtz_tile": lambda unit, x: _truth(x > 0),
    "lez_tile": lambda unit, x: _truth(x <= 0),
    "gez_tile": lambda unit, x: _truth(x >= 0),
    "isnan_tile": lambda unit, x: _truth(np.isnan(x)),
    "isinf_tile": lambda unit, x: _truth(np.isinf(x)),
    "isposinf_tile": lambda unit, x: _truth(x == np.inf),
    "isneginf_tile": lambda unit, x: _truth(x == -np.inf),
    "isfinite_tile": lambda unit, x: _truth(np.isfinite(x)),
    "logical_not_tile": _logical_not,
    "gelu_tile": library.gelu_table,
    "gelu_tile<true>": library.gelu_table,
    "exp_tile<true>": library.exp_fast,
}

_WITH_NUMBER: dict[str, _WithNumber] = {
    "round_tile": _round,
    "relu_max_tile": lambda unit, x, limit: _clamp(unit, x, 0, limit),
    "relu_min_tile": _relu_min,
    "leaky_relu_tile": _leaky_relu,
    "prelu_tile": _leaky_relu,
    "heaviside_tile": _heaviside,
    "fill_tile": lambda unit, x, value: np.full(x.shape, value, np.float32),
    "unary_eq_tile": lambda unit, x, value: _truth(x == _F(value)),
    "unary_ne_tile": lambda unit, x, value: _truth(x != _F(value)),
    "unary_lt_tile": lambda unit, x, value: _truth(unit.below(x, _F(value))),
    "unary_gt_tile": lambda unit, x, value: _truth(unit.above(x, _F(value))),
    "unary_le_tile": lambda unit, x, value: _truth(~unit.above(x, _F(value))),
    "unary_ge_tile": lambda unit, x, value: _truth(~unit.below(x, _F(value))),
    "unary_max_tile": lambda unit, x, value: larger(x, _F(value)),
    "unary_min_tile": lambda unit, x, value: smaller(x, _F(value)),
    "add_unary_tile": lambda unit, x, value: unit.add(x, _F(value)),
    "sub_unary_tile": lambda unit, x, value: unit.add(x, _F(-value)),
    "mul_unary_tile": lambda unit, x, value: unit.multiply(x, _F(value)),
    "div_unary_tile": lambda unit, x, value: unit.multiply(x, _F(value)),
}

_WITH_NUMBERS: dict[str, _WithNumbers] = {
    "hardtanh_tile": _clamp,
    "clamp_tile": _clamp,
    "threshold_tile": _threshold,
}

_BINARY: dict[str, _Binary] = {
    "add_binary_tile": lambda unit, a, b: unit.add(a, b),
    "sub_binary_tile": lambda unit, a, b: unit.subtract(a, b),
    "rsub_binary_tile": lambda unit, a, b: unit.subtract(b, a),
    "eq_binary_tile": _compare(lambda a, b: a == b),
    "ne_binary_tile": _compare(lambda a, b: a != b),
    "lt_binary_tile": _compare(lambda a, b: a < b),
    "gt_binary_tile": _compare(lambda a, b: a > b),
    "le_binary_tile": _compare(lambda a, b: a <= b),
    "ge_binary_tile": _compare(lambda a, b: a >= b),
    "binary_max_tile": lambda unit, a, b: larger(a, b),
    "binary_min_tile": lambda unit, a, b: smaller(a, b),
}

# Calls that round to nearest, ties to even, before they truncate.

_ROUNDED_UNARY: dict[str, _Unary] = {"square_tile": lambda unit, x: unit.multiply(x, x)}

_ROUNDED_WITH_NUMBER: dict[str, _WithNumber] = {
    "rsub_unary_tile": lambda unit, x, value: unit.subtract(_F(value), x),
    "rsub_tile": lambda unit, x, value: unit.subtract(_F(value), x),
}

_ROUNDED_BINARY: dict[str, _Binary] = {
    f"{call}<ckernel::DstRoundingMode::NearestEven>": _BINARY[call]
    for call in ("add_binary_tile", "sub_binary_tile", "rsub_binary_tile")
}


def _collect() -> dict[str, Rule]:
    truncated: dict[str, Compute] = {**_UNARY, **_WITH_NUMBER, **_WITH_NUMBERS, **_BINARY, "where_tile": _where}
    rounded: dict[str, Compute] = {**_ROUNDED_UNARY, **_ROUNDED_WITH_NUMBER, **_ROUNDED_BINARY}
    rules = {call: Rule(compute, compute, Rounding.TRUNCATE) for call, compute in truncated.items()}
    rules |= {call: Rule(compute, compute, Rounding.NEAREST_EVEN) for call, compute in rounded.items()}
    return rules


RULES = _collect() | {
    "mul_binary_tile": Rule(_multiply_narrow, _product, Rounding.NEAREST_EVEN),
    "div_binary_tile": Rule(library.divide_narrow, None, Rounding.NEAREST_EVEN),
    "rdiv_tile": Rule(library.divide_number_narrow, library.divide_number_wide, Rounding.TRUNCATE),
    "softsign_tile": Rule(library.softsign, library.softsign, Rounding.TRUNCATE),
    "recip_tile": Rule(recip_narrow, library.recip_wide, Rounding.NEAREST_EVEN),
    "sqrt_tile": Rule(library.square_root, library.square_root, Rounding.NEAREST_AWAY),
    "rsqrt_tile": Rule(library.reciprocal_root, library.reciprocal_root, Rounding.NEAREST_AWAY),
    "exp_tile": Rule(library.exp_narrow, library.exp_wide, Rounding.NEAREST_AWAY),
    "tanh_tile": Rule(library.tanh_narrow, None, Rounding.NEAREST_AWAY),
    "sigmoid_tile": Rule(library.sigmoid_narrow, library.sigmoid_wide, Rounding.NEAREST_AWAY),
    "silu_tile": Rule(library.silu_narrow, library.silu_wide, Rounding.NEAREST_AWAY),
}
