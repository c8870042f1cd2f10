"""Signs, integral parts and fractions."""

from __future__ import annotations

from ttlang.tables.functions.notation import COMMON, ROUNDING_INIT, SELECTS, TRUNCATE, call_of, unary
from ttlang.tables.functions.row import Encoding, Function, Parameter

ROWS: tuple[Function, ...] = (
    unary(
        "abs",
        COMMON,
        lambda np, x: np.abs(x),
        "The absolute value of x.",
        integer=call_of("abs_tile_int32", COMMON, "abs_tile_init"),
        tags=SELECTS,
    ),
    unary(
        "neg",
        call_of("negative_tile", "negative"),
        lambda np, x: -x,
        "-x.",
        integer=call_of("negative_tile_int32", "negative", "negative_tile_init"),
        tags=SELECTS,
    ),
    unary("sign", COMMON, lambda np, x: np.sign(x), "-1, 0 or 1, as x is negative, zero or positive.", tags=SELECTS),
    unary(
        "floor",
        call_of("floor_tile", "rounding", ROUNDING_INIT),
        lambda np, x: np.floor(x),
        "The largest integer not above x.",
        tags=SELECTS,
    ),
    unary(
        "ceil",
        call_of("ceil_tile", "rounding", ROUNDING_INIT),
        lambda np, x: np.ceil(x),
        "The smallest integer not below x.",
        tags=SELECTS,
    ),
    unary(
        "trunc",
        call_of("trunc_tile", "rounding", ROUNDING_INIT),
        lambda np, x: np.trunc(x),
        "x without its fraction.",
        tags=SELECTS,
    ),
    unary(
        "frac",
        call_of("frac_tile", "rounding", ROUNDING_INIT),
        lambda np, x: x - np.trunc(x),
        "The fraction of x.",
    ),
    unary(
        "round",
        call_of("round_tile", "rounding", ROUNDING_INIT),
        lambda np, x, decimals: np.round(x, int(decimals)),
        "x to the nearest number of that many decimals, half to even.",
        parameters=(Parameter("decimals", 0, Encoding.INTEGER),),
        rounding=TRUNCATE,
    ),
)
