"""
Which arithmetic stands behind each call of the kernel API: in every generation: the calls whose
results are known to the bit (tests/machine/numerics/recorded).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ttlang.machine.numerics.library import activations, exponentials, reciprocals, roots, trigonometry
from ttlang.machine.numerics.library.rule import Compute, Rule
from ttlang.machine.numerics.library.simple_functions import (
    clamp,
    flushed,
    heaviside,
    leaky_relu,
    logical_not,
    multiply_narrow,
    product,
    relu_min,
    round_decimals,
    sign,
    threshold,
    truth,
    where,
)
from ttlang.machine.numerics.units.vector_unit import Truth, Values, VectorUnit, absolute, larger, smaller
from ttlang.tables.functions import Rounding

_F = np.float32
_Unary = Callable[[VectorUnit, Values], Values]
_WithNumber = Callable[[VectorUnit, Values, float], Values]
_WithNumbers = Callable[[VectorUnit, Values, float, float], Values]
_Binary = Callable[[VectorUnit, Values, Values], Values]


def _compare(relation: Callable[[Values, Values], Truth]) -> _Binary:
    return lambda unit, a, b: truth(relation(flushed(a), flushed(b)))


# Calls that truncate their result where it enters a 16-bit DST.

_UNARY: dict[str, _Unary] = {
    "identity_tile": lambda unit, x: x,
    "abs_tile": lambda unit, x: absolute(x),
    "negative_tile": lambda unit, x: -x,
    "sign_tile": sign,
    "signbit_tile": lambda unit, x: truth(np.signbit(x)),
    "floor_tile": lambda unit, x: np.floor(x),
    "ceil_tile": lambda unit, x: np.ceil(x),
    "trunc_tile": lambda unit, x: np.trunc(x),
    "frac_tile": lambda unit, x: unit.subtract(x, np.trunc(x)),
    "relu_tile": lambda unit, x: relu_min(unit, x, 0),
    "eqz_tile": lambda unit, x: truth(x == 0),
    "nez_tile": lambda unit, x: truth(x != 0),
    "ltz_tile": lambda unit, x: truth(x < 0),
    "gtz_tile": lambda unit, x: truth(x > 0),
    "lez_tile": lambda unit, x: truth(x <= 0),
    "gez_tile": lambda unit, x: truth(x >= 0),
    "isnan_tile": lambda unit, x: truth(np.isnan(x)),
    "isinf_tile": lambda unit, x: truth(np.isinf(x)),
    "isposinf_tile": lambda unit, x: truth(x == np.inf),
    "isneginf_tile": lambda unit, x: truth(x == -np.inf),
    "isfinite_tile": lambda unit, x: truth(np.isfinite(x)),
    "logical_not_tile": logical_not,
    "gelu_tile": activations.gelu_table,
    "gelu_tile<true>": activations.gelu_table,
    "exp_tile<true>": exponentials.exp_fast,
    "exp_tile<true, false, InputClamping::None>": exponentials.exp_unclamped,
}

_WITH_NUMBER: dict[str, _WithNumber] = {
    "round_tile": round_decimals,
    "relu_max_tile": lambda unit, x, limit: clamp(unit, x, 0, limit),
    "relu_min_tile": relu_min,
    "leaky_relu_tile": leaky_relu,
    "prelu_tile": leaky_relu,
    "heaviside_tile": heaviside,
    "fill_tile": lambda unit, x, value: np.full(x.shape, value, np.float32),
    "unary_eq_tile": lambda unit, x, value: truth(x == _F(value)),
    "unary_ne_tile": lambda unit, x, value: truth(x != _F(value)),
    "unary_lt_tile": lambda unit, x, value: truth(unit.below(x, _F(value))),
    "unary_gt_tile": lambda unit, x, value: truth(unit.above(x, _F(value))),
    "unary_le_tile": lambda unit, x, value: truth(~unit.above(x, _F(value))),
    "unary_ge_tile": lambda unit, x, value: truth(~unit.below(x, _F(value))),
    "unary_max_tile": lambda unit, x, value: larger(x, _F(value)),
    "unary_min_tile": lambda unit, x, value: smaller(x, _F(value)),
    "add_unary_tile": lambda unit, x, value: unit.add(x, _F(value)),
    "sub_unary_tile": lambda unit, x, value: unit.add(x, _F(-value)),
    "mul_unary_tile": lambda unit, x, value: unit.multiply(x, _F(value)),
    "div_unary_tile": lambda unit, x, value: unit.multiply(x, _F(value)),
}

_WITH_NUMBERS: dict[str, _WithNumbers] = {
    "hardtanh_tile": clamp,
    "clamp_tile": clamp,
    "threshold_tile": threshold,
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
    truncated: dict[str, Compute] = {**_UNARY, **_WITH_NUMBER, **_WITH_NUMBERS, **_BINARY, "where_tile": where}
    rounded: dict[str, Compute] = {**_ROUNDED_UNARY, **_ROUNDED_WITH_NUMBER, **_ROUNDED_BINARY}
    rules = {call: Rule(compute, compute, Rounding.TRUNCATE) for call, compute in truncated.items()}
    rules |= {call: Rule(compute, compute, Rounding.NEAREST_EVEN) for call, compute in rounded.items()}
    return rules


COMMON_CALLS = _collect() | {
    "mul_binary_tile": Rule(multiply_narrow, product, Rounding.NEAREST_EVEN),
    "div_binary_tile": Rule(reciprocals.divide_narrow, None, Rounding.NEAREST_EVEN),
    "rdiv_tile": Rule(reciprocals.divide_number_narrow, reciprocals.divide_number_wide, Rounding.TRUNCATE),
    "softsign_tile": Rule(activations.softsign, activations.softsign, Rounding.TRUNCATE),
    "recip_tile": Rule(reciprocals.recip_narrow, reciprocals.recip_wide, Rounding.NEAREST_EVEN),
    "sqrt_tile": Rule(roots.square_root, roots.square_root, Rounding.NEAREST_AWAY),
    "rsqrt_tile": Rule(roots.reciprocal_root, roots.reciprocal_root, Rounding.NEAREST_AWAY),
    "exp_tile": Rule(exponentials.exp_narrow, exponentials.exp_wide, Rounding.NEAREST_AWAY),
    "exp_tile<false, true>": Rule(
        exponentials.of_product(exponentials.exp_narrow),
        exponentials.of_product(exponentials.exp_wide),
        Rounding.NEAREST_AWAY,
    ),
    "tanh_tile": Rule(trigonometry.tanh_narrow, None, Rounding.NEAREST_AWAY),
    "sigmoid_tile": Rule(activations.sigmoid_narrow, activations.sigmoid_wide, Rounding.NEAREST_AWAY),
    "silu_tile": Rule(activations.silu_narrow, activations.silu_wide, Rounding.NEAREST_AWAY),
}
