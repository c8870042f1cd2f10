"""
The integers of a kernel: 32 bits in two's complement, as the processors have them. What an exact result, before it is
cut to 32 bits, can be at most, given the bounds of the operands; where they don't fit, neither does it, perhaps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

BITS = 32
LOWEST, HIGHEST = -(1 << (BITS - 1)), (1 << (BITS - 1)) - 1


def wrapped(number: int) -> int:
    """The integer that 32 bits hold of a number."""
    return ((number - LOWEST) & ((1 << BITS) - 1)) + LOWEST


def fits(number: int) -> bool:
    """Whether 32 bits hold a number as it is."""
    return LOWEST <= number <= HIGHEST


class Interval(NamedTuple):
    """All integers from `low` to `high`, both included. Without bounds: all that 32 bits hold."""

    low: int = LOWEST
    high: int = HIGHEST

    @property
    def fits(self) -> bool:
        """Whether 32 bits hold all of them as they are."""
        return self.low >= LOWEST and self.high <= HIGHEST

    @property
    def is_constant(self) -> bool:
        return self.low == self.high

    @property
    def is_nonnegative(self) -> bool:
        return self.low >= 0

    def union(self, other: Interval) -> Interval:
        return Interval(min(self.low, other.low), max(self.high, other.high))

    def within(self, other: Interval) -> bool:
        return other.low <= self.low and self.high <= other.high

    def held(self) -> Interval:
        """Of the values as 32 bits hold them: any, where one of them doesn't fit."""
        return self if self.fits else ANY


ANY = Interval()
NATURAL = Interval(0)


def exactly(number: int) -> Interval:
    return Interval(number, number)


def add(a: Interval, b: Interval) -> Interval:
    return Interval(a.low + b.low, a.high + b.high)


def subtract(a: Interval, b: Interval) -> Interval:
    return Interval(a.low - b.high, a.high - b.low)


def multiply(a: Interval, b: Interval) -> Interval:
    return _corners(a, b, lambda x, y: x * y)


def _corners(a: Interval, b: Interval, f: Callable[[int, int], int]) -> Interval:
    """Of a function that grows or falls in each of its operands."""
    values = [f(x, y) for x in a for y in b]
    return Interval(min(values), max(values))


def _farthest(a: Interval) -> Interval:
    most = max(-a.low, a.high)
    return Interval(-most, most)


def floor_divide(a: Interval, b: Interval) -> Interval:
    return _corners(a, b, lambda x, y: x // y) if b.low > 0 or b.high < 0 else _farthest(a)


def divide(a: Interval, b: Interval) -> Interval:
    """Rounded to zero."""
    return floor_divide(a, b) if a.low >= 0 and b.low > 0 else _farthest(a)


def ceiling_divide(a: Interval, b: Interval) -> Interval:
    low, high = floor_divide(Interval(-a.high, -a.low), b)
    return Interval(-high, -low)


def remainder(a: Interval, b: Interval) -> Interval:
    """With the sign of `a`, and nearer to zero than either."""
    most = max(abs(b.low), abs(b.high)) - 1
    return Interval(max(-most, min(a.low, 0)), min(most, max(a.high, 0)))


def bitwise_and(a: Interval, b: Interval) -> Interval:
    highs = [side.high for side in (a, b) if side.low >= 0]
    return Interval(0, min(highs)) if highs else ANY


def bitwise_or(a: Interval, b: Interval) -> Interval:
    if a.low < 0 or b.low < 0:
        return ANY
    return Interval(0, (1 << max(a.high.bit_length(), b.high.bit_length())) - 1)


def _count(b: Interval) -> Interval:
    """By how many bits a shift goes, of which the processor looks at the lowest five bits."""
    every = Interval(0, BITS - 1)
    return b if b.within(every) else every


def shift_left(a: Interval, b: Interval) -> Interval:
    return _corners(a, _count(b), lambda x, y: x << y)


def shift_right(a: Interval, b: Interval) -> Interval:
    return _corners(a, _count(b), lambda x, y: x >> y)


def least(a: Interval, b: Interval) -> Interval:
    return Interval(min(a.low, b.low), min(a.high, b.high))


def greatest(a: Interval, b: Interval) -> Interval:
    return Interval(max(a.low, b.low), max(a.high, b.high))


def choice(_: Interval, a: Interval, b: Interval) -> Interval:
    return a.union(b)


def same(a: Interval) -> Interval:
    return a
