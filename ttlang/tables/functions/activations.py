"""Activations."""

from __future__ import annotations

import math
from typing import Any

from ttlang.tables.functions.error_functions import erfc
from ttlang.tables.functions.notation import COMMON, SELECTS, TRUNCATE, call_of, derived, reciprocal, unary
from ttlang.tables.functions.row import Function, Parameter
from ttlang.tables.kernel_api import TTNN_0_81

_SELU_SCALE = 1.0507009873554804934193349852946
_SELU_ALPHA = 1.6732632423543772848170429916717


def _softplus(np: Any, x: Any, beta: float, threshold: float) -> Any:
    return np.where(x * beta > threshold, x, np.logaddexp(0, x * beta) / beta)


def _expand_mish(f: Any, x: Any) -> Any:
    """With u = exp(x): tanh(log(1 + u)) = n / (n + 2), n = u * (u + 2). It is 1 well before u * u could overflow."""
    u = f.exp(f.min(x, 20.0))
    n = f.mul(u, f.add(u, 2.0))
    return f.mul(x, f.div(n, f.add(n, 2.0)))


ROWS: tuple[Function, ...] = (
    unary(
        "relu",
        "relu",
        lambda np, x: np.maximum(x, 0),
        "max(x, 0).",
        integer=call_of("relu_tile_int32", "relu", "relu_tile_init"),
        tags=SELECTS,
    ),
    unary(
        "relu_max",
        "relu",
        lambda np, x, limit: np.maximum(np.minimum(x, limit), 0),
        "max(min(x, limit), 0).",
        parameters=(Parameter("limit", names={"2026": "upper_limit"}),),
        expansion=lambda f, x, limit: f.relu(f.min(x, limit)),
        rounding=TRUNCATE,
        tags=SELECTS,
    ),
    unary(
        "relu_min",
        "relu",
        lambda np, x, limit: np.maximum(x, limit),
        "max(x, limit).",
        parameters=(Parameter("limit", names={"2026": "lower_limit"}),),
        expansion=lambda f, x, limit: f.max(x, limit),
        rounding=TRUNCATE,
        tags=SELECTS,
    ),
    unary(
        "leaky_relu",
        "relu",
        lambda np, x, slope: np.where(x < 0, x * slope, x),
        "x where x >= 0, else slope * x.",
        parameters=(Parameter("slope", 0.01),),
        rounding=TRUNCATE,
    ),
    unary(
        "prelu",
        "prelu",
        lambda np, x, slope: np.where(x < 0, x * slope, x),
        "x where x >= 0, else slope * x.",
        parameters=(Parameter("slope", 0.25, names={"2026": "alpha"}),),
        rounding=TRUNCATE,
    ),
    unary(
        "elu",
        "elu",
        lambda np, x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        "x where x > 0, else alpha * (exp(x) - 1).",
        parameters=(Parameter("alpha", 1.0, names={"2026": "slope"}),),
    ),
    unary(
        "celu",
        "activations",
        lambda np, x, alpha: np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0) / alpha)),
        "x where x > 0, else alpha * (exp(x / alpha) - 1).",
        parameters=(Parameter("alpha", 1.0), derived("reciprocal", reciprocal, {"2026": "alpha_recip"})),
    ),
    unary(
        "selu",
        "selu",
        lambda np, x, scale, alpha: scale * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0))),
        "scale * elu(x, alpha), by default with the constants that keep mean 0 and variance 1.",
        parameters=(Parameter("scale", _SELU_SCALE), Parameter("alpha", _SELU_ALPHA)),
    ),
    unary(
        "gelu",
        call_of("gelu_tile", "gelu", template="false", init_template="false"),
        lambda np, x: 0.5 * x * erfc(np, -x * math.sqrt(0.5)),
        "x times the probability that a normal variable is below x.",
        tags=frozenset({"inp_float32"}),
    ),
    unary(
        "gelu_lut",
        call_of("gelu_tile", "gelu", template="true", init_template="true"),
        lambda np, x: 0.5 * x * erfc(np, -x * math.sqrt(0.5)),
        "gelu(x) from a table of six segments: fast, off by up to 0.024.",
        rounding=TRUNCATE,
    ),
    unary("silu", COMMON, lambda np, x: x / (1 + np.exp(-x)), "x * sigmoid(x)."),
    unary("sigmoid", COMMON, lambda np, x: 1 / (1 + np.exp(-x)), "1 / (1 + exp(-x))."),
    unary(
        "softplus",
        "softplus",
        _softplus,
        "log(1 + exp(beta * x)) / beta, and x itself where beta * x > threshold.",
        parameters=(
            Parameter("beta", 1.0),
            derived("reciprocal", lambda beta, threshold: reciprocal(beta), {"2026": "beta_reciprocal"}),
            Parameter("threshold", 20.0),
        ),
        tags=frozenset({"inp_float32"}),
    ),
    unary("softsign", "activations", lambda np, x: x / (1 + np.abs(x)), "x / (1 + abs(x)).", rounding=TRUNCATE),
    unary(
        "hardsigmoid",
        "activations",
        lambda np, x: np.clip(x / 6 + 0.5, 0, 1),
        "x / 6 + 1/2, held between 0 and 1.",
        rounding=TRUNCATE,
    ),
    unary(
        "hardtanh",
        "hardtanh",
        lambda np, x, min, max: np.minimum(np.maximum(x, min), max),
        "x, held between min and max.",
        parameters=(
            Parameter("min", -1.0, names={"2026": "min_val"}),
            Parameter("max", 1.0, names={"2026": "max_val"}),
        ),
        rounding=TRUNCATE,
        tags=SELECTS,
    ),
    unary(
        "mish",
        call_of("mish_tile", "mish", template="false", init_template="false", since=TTNN_0_81),
        lambda np, x: x * np.tanh(np.logaddexp(0, x)),
        "x * tanh(softplus(x)).",
        expansion=_expand_mish,
    ),
)
