"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math

from ttlang.tables.functions.notation import COMMON, call_of, derived, unary
from ttlang.tables.functions.row import Function
from ttlang.tables.kernel_api import TTNN_0_81

ROWS: tuple[Function, ...] = (
    unary("exp", "exp", lambda np, x: np.exp(x), "e to the power x."),
    unary("exp2", COMMON, lambda np, x: np.exp2(x), "2 to the power x."),
    unary("expm1", COMMON, lambda np, x: np.expm1(x), "exp(x) - 1, accurate near 0."),
    unary("log", COMMON, lambda np, x: np.log(x), "The natural logarithm of x."),
    unary("log1p", "log1p", lambda np, x: np.log1p(x), "log(1 + x), accurate near 0.", aliases=("logp1",)),
    unary(
        "log2",
        call_of(
            "log_with_base_tile",
            COMMON,
            template="false, true",
            since=TTNN_0_81,
            before=call_of("log_with_base_tile", COMMON),
        ),
        lambda np, x: np.log2(x),
        "The logarithm of x to base 2.",
        parameters=(derived("scale", lambda: 1 / math.log(2)),),
    ),
    unary(
        "log10",
        call_of("log_with_base_tile", COMMON),
        lambda np, x: np.log10(x),
        "The logarithm of x to base 10.",
        parameters=(derived("scale", lambda: 1 / math.log(10)),),
    ),
    unary("sqrt", "sqrt", lambda np, x: np.sqrt(x), "The square root of x."),
    unary("rsqrt", "rsqrt", lambda np, x: 1 / np.sqrt(x), "1 / sqrt(x)."),
    unary(
        "recip",
        call_of(
            "recip_tile",
            "recip",
            since=TTNN_0_81,
            # Its default was an algorithm that was dropped then.
            before=call_of("recip_tile", "recip", template="false", init_template="false"),
        ),
        lambda np, x: 1 / x,
        "1 / x.",
    ),
)
