"""Functions that hold a number between bounds."""

from __future__ import annotations

import math

from ttlang.tables.functions.notation import SELECTS, TRUNCATE, call_of, made_of, scalar, unary
from ttlang.tables.functions.row import Function, Parameter

ROWS: tuple[Function, ...] = (
    unary(
        "clamp",
        "clamp",
        lambda np, x, min, max: np.minimum(np.maximum(x, min), max),
        "x, held between min and max.",
        integer=call_of("clamp_tile_int32", "clamp", "clamp_tile_init"),
        parameters=(Parameter("min", -math.inf), Parameter("max", math.inf)),
        rounding=TRUNCATE,
        tags=SELECTS,
    ),
    made_of(
        "threshold",
        1,
        lambda np, x, threshold, value: np.where(x > threshold, value, x),
        "value where x > threshold, else x.",
        parameters=(Parameter("threshold"), Parameter("value")),
        expansion=lambda f, x, threshold, value: f.where(f.gt(x, threshold), value, x),
        tags=SELECTS,
    ),
    scalar(
        "threshold_below",
        call_of("threshold_tile", "threshold"),
        lambda np, x, threshold, value: np.where(x <= threshold, value, x),
        "x where x > threshold, else value: the other way round than `threshold`, as the kernel and torch have it.",
        parameters=(Parameter("threshold"), Parameter("value")),
        rounding=TRUNCATE,
        tags=SELECTS | {"beside_the_language"},
    ),
)
