"""Selection and constants."""

from __future__ import annotations

import math
from typing import Any

from ttlang.tables.functions.notation import ALL_INTEGERS, SELECTS, TRUNCATE, call_of, made_of
from ttlang.tables.functions.row import Encoding, Function, Parameter


def _where(np: Any, x: Any, y: Any, z: Any) -> Any:
    return np.where(x != 0, y, z)


def _fill(np: Any, value: float) -> Any:
    return np.asarray(value)


ROWS: tuple[Function, ...] = (
    Function(
        "where",
        3,
        call_of("where_tile", "where", template="{format}"),
        _where,
        "y where x is not 0, else z.",
        integer=call_of("where_tile", "where", template="{format}"),
        integer_formats=("si32", "u32"),
        rounding=TRUNCATE,
        tags=frozenset({"bitwise_condition", "selects"}),
    ),
    made_of(
        "mask",
        2,
        lambda np, x, y: np.where(y == 1, 0, x),
        "0 where y is 1, else x.",
        expansion=lambda f, x, y: f.where(f.eq(y, 1.0), 0.0, x),
        tags=SELECTS,
    ),
    made_of(
        "mask_posinf",
        2,
        lambda np, x, y: np.where(y == 1, math.inf, x),
        "Plus infinity where y is 1, else x.",
        expansion=lambda f, x, y: f.where(f.eq(y, 1.0), math.inf, x),
        tags=SELECTS,
    ),
    Function(
        "fill",
        0,
        call_of("fill_tile", "fill"),
        _fill,
        "value everywhere.",
        parameters=(Parameter("value", encoding=Encoding.FLOAT),),
        integer=call_of("fill_tile_int", "fill", "fill_tile_init", "{format}"),
        integer_formats=ALL_INTEGERS,
        rounding=TRUNCATE,
        tags=SELECTS,
    ),
)
