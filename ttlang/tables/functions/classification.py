"""Tests of what a number is."""

from __future__ import annotations

from ttlang.tables.functions.notation import COMMON, call_of, class_test, unary
from ttlang.tables.functions.row import Function

ROWS: tuple[Function, ...] = (
    unary(
        "logical_not",
        call_of("eqz_tile", "comp"),
        lambda np, x: np.equal(x, 0).astype(x.dtype),
        "1 where x is 0, else 0.",
        # logical_not_tile tests bits in ttnn 0.69: -0 would count as true.
        integer=call_of("eqz_tile_int32", "comp", "eqz_tile_init"),
        predicate=True,
    ),
    unary(
        "signbit",
        COMMON,
        lambda np, x: np.signbit(x).astype(x.dtype),
        "1 where x has the sign of a negative number, as -0 has, else 0.",
        integer=call_of("signbit_tile_int32", COMMON, "signbit_tile_init"),
        predicate=True,
    ),
    class_test("isnan", "not a number"),
    class_test("isinf", "infinite"),
    class_test("isposinf", "plus infinity"),
    class_test("isneginf", "minus infinity"),
    class_test("isfinite", "a finite number"),
)
