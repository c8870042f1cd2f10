"""Exact quotients of integers, until they are rounded."""

from __future__ import annotations

import math

from xdsl.dialects import arith

from ttlang.analysis.bounds import Bounds, interval, is_positive
from ttlang.analysis.intervals import HIGHEST, LOWEST
from ttlang.frontend.blocks.i32_arithmetic import (
    add,
    binary,
    bit_and,
    bit_or,
    check_divisor,
    compare,
    floor_divide,
    known_number,
    modulo,
    multiply,
    negated,
    subtract,
)
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import Host, Int, Ratio, Value
from ttlang.frontend.blocks.wrapping_integers import Wrapped


def floor(c: ThreadBuilder, ratio: Ratio) -> Int | Host:
    return floor_divide(c, ratio.numerator, ratio.denominator)


def ceil(c: ThreadBuilder, ratio: Ratio) -> Int | Host:
    """Rounded up, by whichever is sure to fit: (a + b - 1) // b of a positive b, -(-a // b), a // b + (it is less)."""
    a, b = ratio.numerator, ratio.denominator
    of_a, of_b = interval(c.integer(a)), interval(c.integer(b))
    if of_b.low > 0 and of_a.high + of_b.high - 1 <= HIGHEST:
        return floor_divide(c, subtract(c, add(c, a, b), Host(1)), b)
    if of_a.low > LOWEST and of_b.low <= 0:
        return negated(c, floor_divide(c, negated(c, a), b))
    below = floor_divide(c, a, b)
    return add(c, below, compare(c, "ne", multiply(c, below, b), a))


def truncate(c: ThreadBuilder, ratio: Ratio) -> Int | Host:
    """Rounded towards 0."""
    x, y = known_number(c, ratio.numerator), known_number(c, ratio.denominator)
    if x is not None and y is not None:
        return Host(math.trunc(int(x) / int(y)))
    return Int(binary(c, arith.DivSIOp, c.integer(ratio.numerator), c.integer(ratio.denominator)))


def round_half_even(c: ThreadBuilder, ratio: Ratio) -> Int | Host:
    """Rounded to the nearest integer, to the even one of two: a // b, and 1 more if the rest is more than half of b."""
    a, b = ratio.numerator, ratio.denominator
    if not _is_positive(c, b):
        raise c.error(
            "TTL0106", "round() of a quotient whose divisor may be negative", hint="use math.floor or math.ceil"
        )
    below = floor_divide(c, a, b)
    rest = subtract(c, a, multiply(c, below, b))
    lacking = subtract(c, b, rest)
    odd = compare(c, "eq", modulo(c, below, Host(2)), Host(1))
    tie = bit_and(c, compare(c, "eq", rest, lacking), odd)
    up = bit_or(c, compare(c, "sgt", rest, lacking), tie)
    return add(c, below, up)


def scale(c: ThreadBuilder, ratio: Ratio, factor: Value, *, down: bool = False) -> Ratio:
    """A quotient times an integer, or divided by one."""
    if down:
        check_divisor(c, known_number(c, factor))
        return Ratio(ratio.numerator, _exact(c, multiply(c, ratio.denominator, factor)))
    return Ratio(_exact(c, multiply(c, ratio.numerator, factor)), ratio.denominator)


def shift(c: ThreadBuilder, ratio: Ratio, summand: Value, *, sign: int = 1) -> Ratio:
    """A quotient plus an integer, or minus one."""
    scaled = _exact(c, multiply(c, summand, ratio.denominator))
    total = add(c, ratio.numerator, scaled) if sign > 0 else subtract(c, ratio.numerator, scaled)
    return Ratio(_exact(c, total), ratio.denominator)


def _exact(c: ThreadBuilder, value: Int | Host) -> Int | Host:
    """A part of a quotient, which is no longer that quotient's if it wraps around: a TTL0106 if it may."""
    has_wrapped = isinstance(value, Host) and isinstance(value.value, Wrapped)
    if has_wrapped or (isinstance(value, Int) and Bounds().wraps(value.ssa)):
        raise c.error(
            "TTL0106",
            "a part of this quotient may not fit the 32 bits of a thread's integers",
            hint="round the quotient first, with //, math.ceil, math.floor or int, or keep its parts small",
        )
    return value


def _is_positive(c: ThreadBuilder, value: Value) -> bool:
    return is_positive(c.integer(value))
