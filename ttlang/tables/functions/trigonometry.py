"""Trigonometric and hyperbolic functions."""

from __future__ import annotations

from ttlang.tables.functions.notation import COMMON, unary
from ttlang.tables.functions.row import Function

ROWS: tuple[Function, ...] = (
    unary("sin", "trigonometry", lambda np, x: np.sin(x), "The sine of x radians."),
    unary("cos", "trigonometry", lambda np, x: np.cos(x), "The cosine of x radians."),
    unary("tan", "trigonometry", lambda np, x: np.tan(x), "The tangent of x radians."),
    unary("asin", "trigonometry", lambda np, x: np.arcsin(x), "The arc sine of x, in radians."),
    unary("acos", "trigonometry", lambda np, x: np.arccos(x), "The arc cosine of x, in radians."),
    unary("atan", "trigonometry", lambda np, x: np.arctan(x), "The arc tangent of x, in radians."),
    unary("sinh", "trigonometry", lambda np, x: np.sinh(x), "The hyperbolic sine of x."),
    unary("cosh", "trigonometry", lambda np, x: np.cosh(x), "The hyperbolic cosine of x."),
    unary("tanh", COMMON, lambda np, x: np.tanh(x), "The hyperbolic tangent of x."),
    unary("asinh", "trigonometry", lambda np, x: np.arcsinh(x), "The inverse hyperbolic sine of x."),
    unary("acosh", "trigonometry", lambda np, x: np.arccosh(x), "The inverse hyperbolic cosine of x."),
    unary("atanh", "trigonometry", lambda np, x: np.arctanh(x), "The inverse hyperbolic tangent of x."),
)
