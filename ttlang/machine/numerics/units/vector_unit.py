"""
The vector unit (SFPU): float32 arithmetic as it rounds, and the ways its results get into DST (docs/numerics.md).

numpy's own float32 operations round as the unit does; it differs at denormals, at the sign of a zero and at NaNs.
Elements that come near those are computed again by `exact`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, reduce

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import HIGH_HALF, INFINITY, MAGNITUDE, SIGN, SMALLEST_NORMAL
from ttlang.machine.numerics.units import exact
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import VectorUnitRules
from ttlang.tables.functions import Rounding

Values = NDArray[np.float32]
Operand = Values | np.float32
Truth = NDArray[np.bool_]

_SUM_FLOOR = np.uint32(0x0D800000)
"""2**-100: a nonzero sum of at least this size is not touched by a denormal operand."""
_PRODUCT_FLOOR = np.uint32(0x01000000)
"""2**-125: a product of at least this size is normal before and after rounding."""


@dataclass(frozen=True)
class VectorUnit:
    """The multiply-add unit of a chip, on arrays of float32 of any shape."""

    rules: VectorUnitRules

    def add(self, a: Operand, b: Operand) -> Values:
        """a + b, as a * 1 + b: which of them is the product decides the sign of a NaN."""
        with np.errstate(all="ignore"):
            result = np.asarray(a + b)
            if not self.rules.signed_zeros:
                result += np.float32(0)  # There is no -0 among its sums.
        return self._repair(result, _unsure(bits(result), _SUM_FLOOR), a, np.float32(1), b)

    def subtract(self, a: Operand, b: Operand) -> Values:
        return self.add(a, -b)

    def multiply(self, a: Operand, b: Operand) -> Values:
        """a * b, as a * b + 0."""
        with np.errstate(all="ignore"):
            result = np.asarray(a * b)
            result += np.float32(0)  # The addend is +0: no product is -0.
        unsure = _unsure(bits(result), _PRODUCT_FLOOR)
        for operand in (a, b):
            if isinstance(operand, np.ndarray):
                unsure = _merge(unsure, _denormal(bits(operand)))
        return self._repair(result, unsure, a, b, np.float32(0))

    def multiply_add(self, a: Operand, b: Operand, c: Operand) -> Values:
        """One multiply-add instruction: of the product, 27 bits are kept before the addition."""
        with np.errstate(all="ignore"):
            result, unsure = self._fused(*np.broadcast_arrays(a, b, c))
        return self._repair(result, unsure, a, b, c)

    def _fused(self, a: Values, b: Values, c: Values) -> tuple[Values, Truth]:
        """
        Both summands as whole numbers of the place 2**-26 at the larger exponent, in float64, where their sum is
        exact; and where that is not enough.
        """
        product = a.astype(np.float64) * b
        exponent_a, exponent_b, exponent_c = ((bits(x) >> np.uint32(23)) & np.uint32(0xFF) for x in (a, b, c))
        exponent = np.maximum(exponent_a + exponent_b, exponent_c + np.uint32(127)).astype(np.int64)
        scale = ((np.int64(1023 + 26 + 254) - exponent) << np.int64(52)).view(np.float64)
        addend = c * scale
        addend *= exponent_c != 0
        total = _jammed(product * scale) + _jammed(addend)
        if self.rules.second_bit_is_lost:
            # A sum of four or more shifts down by two.
            high = np.flatnonzero(np.abs(total) >= 2.0**28)
            low = np.fmod(total.ravel()[high], 4.0)
            total.ravel()[high] -= np.where(np.abs(low) == 2.0, low, 0.0)
        result = (total / scale).astype(np.float32)
        magnitude = bits(result) & MAGNITUDE
        unsure = (magnitude < _SUM_FLOOR) | (magnitude >= INFINITY)
        unsure |= (exponent_a == 0) | (exponent_b == 0) | (exponent_a + exponent_b >= np.uint32(0xFF + 127))
        return result, unsure

    def polynomial(self, x: Operand, coefficients: tuple[float, ...]) -> Values:
        """Horner's rule, highest power first, every product and every sum rounded."""

        def of_any(x: Values) -> Values:
            result = np.full(x.shape, coefficients[0], np.float32)
            for coefficient in coefficients[1:]:
                result = self.expression(result, x, np.float32(coefficient))
            return result

        return in_two(lambda x: _horner(x, coefficients), of_any, np.asarray(x), *_range_of(coefficients))

    def expression(self, a: Operand, b: Operand, c: Operand) -> Values:
        """
        `a * b + c` as the kernel library writes it in C++, which the reference data of the tests has as two
        instructions: the product is rounded.
        """
        return self.add(self.multiply(a, b), c)

    def above(self, a: Values, b: Operand) -> Truth:
        """a > b, to which a NaN may be taken as well."""
        return (a > b) | (np.isnan(a) & ~np.signbit(a) & self.rules.compares_nan_by_sign)

    def below(self, a: Values, b: Operand) -> Truth:
        """a < b, in the same way."""
        return (a < b) | (np.isnan(a) & np.signbit(a) & self.rules.compares_nan_by_sign)

    def _repair(self, result: Values, unsure: Truth | None, a: Operand, b: Operand, c: Operand) -> Values:
        """`result`, with a * b + c computed bit by bit where it is unsure."""
        if unsure is None or not unsure.any():
            return result
        x, y, z = (bits(np.broadcast_to(operand, result.shape)[unsure]) for operand in (a, b, c))
        if np.isnan(result[unsure]).all():
            result[unsure] = exact.special_multiply_add(x, y, z, self.rules).view(np.float32)
        else:
            result[unsure] = exact.multiply_add(x, y, z, self.rules).view(np.float32)
        return result


def in_two(
    usual: Callable[[Values], Values], of_any: Callable[[Values], Values], x: Values, low: float, high: float
) -> Values:
    """A function by `usual`, which is quick, where `x` is zero or of a magnitude in low .. high, else by `of_any`."""
    magnitude = bits(x) & MAGNITUDE
    least, most = (np.float32(end).view(np.uint32) for end in (low, high))
    below = magnitude - np.uint32(1)  # zero wraps around to the top
    if below.min(initial=least) >= least - np.uint32(1) and magnitude.max(initial=0) <= most:
        return usual(x)
    strange = (below < least - np.uint32(1)) | (magnitude > most)
    if strange.all():
        return of_any(x)
    result = usual(np.where(strange, np.float32(0), x))
    result[strange] = of_any(x[strange])
    return result


@cache
def _range_of(coefficients: tuple[float, ...]) -> tuple[float, float]:
    """
    The magnitudes of x for which `_horner` is to the bit as the unit: there no product and no sum is near an end of the
    range. A sum that is not zero has at least 2**-25 of its coefficient: where the two nearly cancel, it is a multiple
    of the last places of both.
    """
    sizes = [abs(float(np.float32(coefficient))) for coefficient in coefficients]
    least = min([sizes[0], *(size * 2.0**-25 for size in sizes[1:-1])])
    if not least:
        return np.inf, np.inf
    most = 2.0**40
    while reduce(lambda total, size: total * most + size, sizes) > 2.0**120:
        most /= 2
    return 2.0**-76 / least, most


def _horner(x: Values, coefficients: tuple[float, ...]) -> Values:
    result = np.full(x.shape, coefficients[0], np.float32)
    for coefficient in coefficients[1:]:
        result *= x
        result += np.float32(coefficient)
    return result


def _jammed(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Whole numbers, towards zero; odd where a fraction was lost, unless nothing is left."""
    whole = np.trunc(numbers)
    even = np.trunc(whole * 0.5) * 2.0 == whole
    return whole + np.where((whole != numbers) & even & (whole != 0), np.copysign(1.0, numbers), 0.0)


def bits(values: Operand) -> Patterns:
    """The patterns of float32 values."""
    return np.asarray(values, np.float32).view(np.uint32)


def larger(a: Operand, b: Operand) -> Values:
    """
    The maximum in the order of sign and magnitude, in which -NaN is the least of all, -0 is below +0, and +NaN is the
    greatest of all: the unit's swap instruction.
    """
    return _from_rank(np.maximum(_rank(a), _rank(b)))


def smaller(a: Operand, b: Operand) -> Values:
    """The minimum in the order of `larger`."""
    return _from_rank(np.minimum(_rank(a), _rank(b)))


def _rank(values: Operand) -> NDArray[np.int32]:
    """Integers in the order of sign and magnitude."""
    signed = bits(values).view(np.int32)
    return signed ^ ((signed >> np.int32(31)) & np.int32(0x7FFFFFFF))


def _from_rank(rank: NDArray[np.int32]) -> Values:
    return (rank ^ ((rank >> np.int32(31)) & np.int32(0x7FFFFFFF))).view(np.float32)


def absolute(values: Values) -> Values:
    """Without the sign, which a NaN keeps."""
    return np.where(np.isnan(values), values, np.abs(values))


def below_zero(values: Values) -> Truth:
    """The test on the sign: true for a NaN that has one."""
    return np.signbit(values) & (values != 0)


def to_dst(values: Values, dst32: bool, rounding: Rounding) -> Patterns:
    """
    float32 results -> DST, denormals flushed to zero of their sign. A 16-bit DST takes the upper half, after the
    rounding that the kernel does itself.
    """
    patterns = flush(bits(values))
    if dst32:
        return patterns
    match rounding:
        case Rounding.TRUNCATE:
            return patterns & HIGH_HALF
        case Rounding.NEAREST_EVEN:
            return round_to_even(patterns)
        case Rounding.NEAREST_AWAY:
            return _convert(patterns)


def round_to_even(patterns: Patterns) -> Patterns:
    """Patterns to the nearest with an empty lower half, ties to even; a NaN is not looked at."""
    rounded = patterns >> np.uint32(16)
    rounded &= np.uint32(1)
    rounded += np.uint32(0x7FFF)
    rounded += patterns
    rounded &= HIGH_HALF
    return rounded


def _convert(patterns: Patterns) -> Patterns:
    """The conversion instruction: to nearest, ties away; a NaN becomes infinite, a denormal +0."""
    magnitude = np.minimum(patterns & MAGNITUDE, INFINITY)
    rounded = (magnitude + np.uint32(0x8000)) & HIGH_HALF
    return np.where(magnitude < SMALLEST_NORMAL, np.uint32(0), rounded | (patterns & SIGN))


def flush(patterns: Patterns) -> Patterns:
    """Denormals -> zero of their sign."""
    denormal = _denormal(patterns)
    return patterns if denormal is None else np.where(denormal, patterns & SIGN, patterns)


def _denormal(patterns: Patterns) -> Truth | None:
    """Where there are denormals; None if there are none."""
    # Zero wraps around to the top of the range.
    below = patterns & MAGNITUDE
    below -= np.uint32(1)
    limit = SMALLEST_NORMAL - np.uint32(1)
    return None if below.min(initial=limit) >= limit else below < limit


def _unsure(patterns: Patterns, floor: np.uint32) -> Truth | None:
    """Where a result is a NaN, or below `floor` and not zero; None if that is nowhere."""
    magnitude = patterns & MAGNITUDE
    below = magnitude - np.uint32(1)
    limit = floor - np.uint32(1)
    if below.min(initial=limit) >= limit and magnitude.max(initial=0) <= INFINITY:
        return None
    return (below < limit) | (magnitude > INFINITY)


def _merge(a: Truth | None, b: Truth | None) -> Truth | None:
    if a is None or b is None:
        return b if a is None else a
    return a | b
