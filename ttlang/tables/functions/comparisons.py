"""Comparisons: 1 where they hold, else 0."""

from __future__ import annotations

from ttlang.tables.functions.notation import compare, compare_scalar, compare_zero, ordering
from ttlang.tables.functions.row import Function

ROWS: tuple[Function, ...] = (
    # Comparisons of two blocks
    compare("eq", "eq", "equal", "==", expansion=lambda f, x, y: f.eqz(f.sub(x, y))),
    compare("ne", "ne", "not_equal", "!=", expansion=lambda f, x, y: f.nez(f.sub(x, y))),
    ordering("lt", "gt", "less", "<"),
    ordering("le", "ge", "less_equal", "<="),
    ordering("gt", "lt", "greater", ">"),
    ordering("ge", "le", "greater_equal", ">="),
    # Comparisons of a block and a number
    compare_scalar("eq", "equal", "=="),
    compare_scalar("ne", "not_equal", "!="),
    compare_scalar("lt", "less", "<"),
    compare_scalar("le", "less_equal", "<="),
    compare_scalar("gt", "greater", ">"),
    compare_scalar("ge", "greater_equal", ">="),
    # Comparisons with zero
    compare_zero("eqz", "equal", "=="),
    compare_zero("nez", "not_equal", "!="),
    compare_zero("ltz", "less", "<"),
    compare_zero("lez", "less_equal", "<="),
    compare_zero("gtz", "greater", ">"),
    compare_zero("gez", "greater_equal", ">="),
)
