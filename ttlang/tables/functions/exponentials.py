"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math
from typing import Any

from ttlang.tables.functions.notation import COMMON, TRUNCATE, call_of, derived, scalar, unary
from ttlang.tables.functions.row import Encoding, Function, Option, Parameter
from ttlang.tables.kernel_api import TTNN_0_81

_OF_EXP = (
    Option("approx", False, "By a straight line between powers of two: fast, off by up to 1/25 of the result."),
    Option("scale", None, "A number that x is multiplied by first; where the kernel call takes it, in a register."),
    Option(
        "skip_clamp_check",
        False,
        "With approx: only for -88 <= x <= 0.7, as where a maximum was subtracted; five times as fast. Below, it is "
        "negative, and above 2.",
    ),
    Option(
        "iterations", 8, "Steps of the vector unit for a face.", only="fewer would leave a part of each tile as it was"
    ),
)


def _exp(f: Any, x: Any, approx: bool, scale: float | None, skip_clamp_check: bool, iterations: int) -> Any:
    """
    e to the power scale * x. The accurate kernel multiplies by a bfloat16; an approximation has the scale in its init,
    and clamps at the wrong end for a negative one.
    """
    if approx and skip_clamp_check:
        return f.exp_unclamped(x, 1 if scale is None else scale)
    if scale is None or scale == 1:
        return f.exp_approx(x) if approx else f.exp(x)
    if approx:
        return f.exp_approx_scaled(x, scale) if scale > 0 else f.exp_approx(f.mul(x, scale))
    return f.exp_scaled(x, scale) if _is_bfloat16(scale) else f.exp(f.mul(x, scale))


def _unclamped(np: Any, x: Any) -> Any:
    """e to the power x as far as the line through exponents goes: up to 2, and on below e**-88 with its sign."""
    return np.where(x < -88, -np.minimum(np.exp(-176 - x), 2), np.minimum(np.exp(x), 2))


def _is_bfloat16(value: float) -> bool:
    """Whether bfloat16 has a number: 8 bits of it, and not so small that it has fewer."""
    mantissa, exponent = math.frexp(value)
    return math.ldexp(mantissa, 8).is_integer() and -125 <= exponent <= 128


ROWS: tuple[Function, ...] = (
    unary(
        "exp",
        call_of("exp_tile", "exp", in_part=True),
        lambda np, x: np.exp(x),
        "e to the power x.",
        options=_OF_EXP,
        chosen=_exp,
        of_product=lambda f, x, factor: f.exp_scaled(x, factor) if _is_bfloat16(factor) else None,
        approximation=lambda f, x: f.exp_approx(x),
    ),
    scalar(
        "exp_scaled",
        call_of("exp_tile", "exp", template="false, true", in_part=True),
        lambda np, x, scale: np.exp(scale * x),
        "e to the power scale * x.",
        parameters=(Parameter("scale", encoding=Encoding.BF16),),
        # An approximation is clamped at the wrong end for a negative scale.
        approximation=lambda f, x, scale: f.exp_approx_scaled(x, scale) if scale > 0 else f.exp_scaled(x, scale),
    ),
    scalar(
        "exp_approx",
        call_of("exp_tile", "exp", template="true", init_template="true", in_part=True),
        lambda np, x: np.exp(x),
        "e to the power x, by a straight line between powers of two: fast, off by up to 1/25 of the result.",
        parameters=(),
        of_product=lambda f, x, factor: f.exp_approx_scaled(x, factor) if factor > 0 else None,
        rounding=TRUNCATE,
    ),
    scalar(
        "exp_approx_scaled",
        call_of("exp_tile", "exp", template="true", init_template="true, {scale}", in_part=True),
        lambda np, x, scale: np.exp(scale * x),
        "e to the power scale * x, as exp_approx, of a positive scale.",
        parameters=(Parameter("scale", encoding=Encoding.IN_INIT),),
        rounding=TRUNCATE,
    ),
    scalar(
        "exp_unclamped",
        call_of(
            "exp_tile",
            "exp",
            template="true, false, InputClamping::None",
            init_template="true, {scale}, InputClamping::None",
            in_part=True,
        ),
        lambda np, x, scale: _unclamped(np, scale * x),
        "e to the power scale * x, as exp_approx, for -88 <= scale * x <= 0.7 alone.",
        parameters=(Parameter("scale", encoding=Encoding.IN_INIT),),
        rounding=TRUNCATE,
    ),
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
            in_part=True,
            since=TTNN_0_81,
            # Its default was an algorithm that was dropped then.
            before=call_of("recip_tile", "recip", template="false", init_template="false", in_part=True),
        ),
        lambda np, x: 1 / x,
        "1 / x.",
    ),
)
