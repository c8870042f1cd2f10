"""
What chips compute differently, each rule by its name. Source of all: recordings of both chips, bit by bit
(tests/machine/numerics/recorded, docs/numerics.md); what is not here they do alike.
"""

from __future__ import annotations

from typing import NamedTuple


class MatrixUnitRules(NamedTuple):
    """The matrix unit (FPU)."""

    minus_one_slips: bool
    """
    In a 32-bit DST the leading bit of a total of exactly minus one unit of the accumulator is misplaced: minus 2**4
    comes out, in place of minus 2**-23, times the power of two that all was aligned to.
    """


class VectorUnitRules(NamedTuple):
    """The vector unit (SFPU), and what the kernel libraries make of its instructions."""

    signed_zeros: bool
    """A sum that is zero, or so small that it becomes zero, keeps its sign; else it is +0."""
    gradual_underflow: bool
    """A sum below the normal numbers is rounded as a denormal before it becomes zero, so it may yet be normal."""
    second_bit_is_lost: bool
    """A sum that shifts down by two places takes its last bit into account where it rounds, not the one above it."""
    nan: int
    """The pattern of the NaN that it makes."""
    nan_has_sign: bool
    """That NaN has the sign of what it came from."""
    compares_nan_by_sign: bool
    """A comparison is the sign of a difference, a NaN's as well: +NaN is above every number, -NaN below."""
    estimates_reciprocal: bool
    """
    An instruction estimates 1 / x, to seven fraction bits, with 0 from 2**126 on, and the library starts from it; else
    from a parabola through the significand, or from what subtracting the pattern gives.
    """
    relu_min_swaps: bool
    """`relu_min_tile` orders by sign and magnitude, NaNs as well, by a swap; else a comparison, which a NaN fails."""


class Arithmetic(NamedTuple):
    """The rules of a chip's units."""

    matrix: MatrixUnitRules
    vector: VectorUnitRules
