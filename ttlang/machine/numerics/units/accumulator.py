"""
The accumulator of the matrix unit in floating-point operations: DST plus terms as `exact.accumulate` has it, for
numbers of ordinary size.

Adding a number K whose last place is P rounds to a multiple of P; with K - K around a sum, every operand is rounded
there on its own and the sum is exact. What `exact` does at a tie is had by moving each operand off its ties before:
DST's own value away from zero, a term up.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules

Floats = NDArray[np.floating[Any]]
Booleans = NDArray[np.bool_]
_HALF_BIT = np.uint32(0x00400000)
_THIRTEEN = np.uint32(13 << 23)
_LOW = np.uint32((127 - 90) << 23)
_RANGE = np.uint32((90 + 100) << 23)


class FloatTerm(NamedTuple):
    """A number for the accumulator. Its exponent is that of the place it is aligned by, not of its leading bit."""

    value: NDArray[np.float32]
    exponent: Patterns
    """The exponent as a field in its place in a pattern. That of a sum counts even where the sum is zero."""


def dst_is_ordinary(dst: Patterns) -> Booleans:
    """Where DST is zero or in 2**-90 .. 2**100."""
    magnitude = dst & np.uint32(0x7FFFFFFF)
    return (magnitude == 0) | (magnitude - _LOW < _RANGE)


def accumulate(dst: Patterns, terms: list[FloatTerm], dst32: bool, rules: MatrixUnitRules) -> Patterns:
    """
    dst + all terms, in one step. DST has to be ordinary, or to come from such steps; the terms are zero or have an
    exponent of -102 at least, so that no sum is denormal, and of 100 at most.
    """
    exponent = dst & EXPONENT
    for term in terms:
        np.maximum(exponent, term.exponent, out=exponent)
    return _wide(dst, terms, exponent, rules) if dst32 else _narrow(dst, terms, exponent)


def _narrow(dst: Patterns, terms: list[FloatTerm], exponent: Patterns) -> Patterns:
    """Ten fraction bits at the common exponent, then eight significant bits, ties away from zero."""
    anchor = ((exponent + _THIRTEEN) | _HALF_BIT).view(np.float32)
    total = dst.view(np.float32) * np.float32(1 + 2.0**-12)
    total += anchor
    for term in terms:
        total += term.value + np.abs(term.value) * np.float32(2.0**-13)
    total -= anchor
    patterns = total.view(np.uint32)
    patterns += np.uint32(0x8000)
    patterns &= np.uint32(0xFFFF0000)
    return patterns


def _wide(dst: Patterns, terms: list[FloatTerm], exponent: Patterns, rules: MatrixUnitRules) -> Patterns:
    """Twenty-three fraction bits at the common exponent, then 24 significant bits, ties away from zero."""
    place = exponent.view(np.float32).astype(np.float64)
    anchor = place * (1.5 * 2.0**29)
    total = dst.view(np.float32).astype(np.float64)
    total *= 1 + 2.0**-40
    total += anchor
    for term in terms:
        value = term.value.astype(np.float64)
        total += value + np.abs(value) * 2.0**-40
    total -= anchor
    result = (total * (1 + 2.0**-40)).astype(np.float32)
    if rules.minus_one_slips:
        slip = (total == place * -(2.0**-23)) & (place != 0)
        if slip.any():
            result[slip] = place[slip] * -(2.0**4)
    return result.view(np.uint32)
