"""
The arithmetic units bit by bit, in 64-bit integers: the definition that the fast forms are tested against, and the
path for the operands that those leave out.

Values are float32 bit patterns. The matrix unit (FPU) knows no specials: exponent 255 is a large number like any
other, a denormal is zero, a result too large is infinite and one too small is +0 (docs/numerics.md).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import INFINITY, MAGNITUDE, SIGN, SMALLEST_NORMAL
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules, VectorUnitRules
from ttlang.tables.fidelities import PHASES

Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

_ONE = 1 << 23
"""1.0 in the accumulator."""
_FAR = 40
"""A shift beyond every significand."""


class Fields(NamedTuple):
    """An operand of the matrix unit; denormals are zero. The significand is 0, or has 11 bits."""

    sign: Integers
    exponent: Integers
    significand: Integers


class Term(NamedTuple):
    """A number for the accumulator: `value` / 2**23 * 2**(exponent - 127), with its sign."""

    exponent: Integers
    value: Integers


def fields(patterns: Patterns) -> Fields:
    """Split source operands (at most ten fraction bits) into their parts."""
    wide = patterns.astype(np.int64)
    exponent = (wide >> 23) & 0xFF
    normal = exponent > 0
    significand = np.where(normal, (wide >> 13) & 0x3FF | 0x400, 0)
    return Fields(np.where(normal, wide >> 31, 0), exponent, significand)


def accumulate(dst: Patterns, terms: list[Term], dst32: bool, rules: MatrixUnitRules) -> Patterns:
    """
    `dst` plus all terms, as one step of the accumulator: everything is aligned to the largest exponent, added, and
    rounded to the width of DST.

    Alignment rounds to nearest; a tie of DST's own value goes away from zero, a tie of a term goes up. A 16-bit DST
    cuts both to ten fraction bits first. The sum rounds to 24 or 8 significant bits, ties away from zero.
    """
    wide = np.broadcast_to(dst, terms[0].value.shape).astype(np.int64)
    dst_exponent = (wide >> 23) & 0xFF
    dst_magnitude = np.where(dst_exponent == 0, 0, wide & 0x7FFFFF | _ONE)
    exponent = dst_exponent
    for term in terms:
        exponent = np.maximum(exponent, term.exponent)

    dst_magnitude = round_shift(dst_magnitude, exponent - dst_exponent)
    values = [round_shift(term.value, exponent - term.exponent) for term in terms]
    if not dst32:
        dst_magnitude = round_shift(dst_magnitude, 13) << 13
        values = [round_shift(value, 13) << 13 for value in values]
    total = np.where(wide >> 31, -dst_magnitude, dst_magnitude)
    for value in values:
        total = total + value
    slips = (total == -1) if dst32 and rules.minus_one_slips else None
    return _round_total(total, exponent, 24 if dst32 else 8, slips)


def _round_total(total: Integers, exponent: Integers, bits: int, slips: Booleans | None) -> Patterns:
    """To so many significant bits, ties away from zero; the leading bit is misplaced where it slips."""
    magnitude = np.abs(total)
    length = _bit_length(magnitude)
    excess = length - bits
    kept = np.where(excess > 0, round_shift(magnitude, excess), magnitude << np.clip(-excess, 0, bits))
    carry = kept >> bits
    result_exponent = exponent + length - 24 + carry
    fraction = (kept & ((1 << (bits - 1)) - 1)) << (24 - bits)
    if slips is not None:
        result_exponent = np.where(slips, exponent + 4, result_exponent)
        fraction = np.where(slips, 0, fraction)
    finite = (result_exponent << 23) | fraction
    result = np.where(result_exponent >= 0xFF, 0xFF << 23, finite) | (total < 0).astype(np.int64) << 31
    vanishes = (total == 0) | (result_exponent <= 0) | (exponent <= 0)
    return np.where(vanishes, 0, result).astype(np.uint32)


def round_shift(value: Integers, shift: Integers | int) -> Integers:
    """value / 2**shift to nearest, ties up; unchanged where the shift is not positive."""
    places = np.clip(shift, 1, _FAR)
    return np.where(np.asarray(shift) > 0, (value + (np.int64(1) << (places - 1))) >> places, value)


def _bit_length(magnitude: Integers) -> Integers:
    """Position of the leading one, counted from 1; 0 for 0. Below 2**53."""
    return np.frexp(magnitude.astype(np.float64))[1].astype(np.int64)


def add(
    a: Patterns,
    b: Patterns,
    dst32: bool,
    rules: MatrixUnitRules,
    *,
    subtract: bool = False,
    dst: Patterns | None = None,
) -> Patterns:
    """
    a + b or a - b of source operands; onto `dst` where it is given, else in its place.

    The smaller operand is rounded at the last of the larger one's eleven bits, ties away from zero; the sum of
    the two is exact and goes through the accumulator.
    """
    if subtract:
        b = b ^ SIGN
    larger_first = _magnitude(a) >= _magnitude(b)
    large = fields(np.where(larger_first, a, b))
    small = fields(np.where(larger_first, b, a))
    aligned = round_shift(small.significand, large.exponent - small.exponent)
    total = _signed(large.sign, large.significand) + _signed(small.sign, aligned)
    term = Term(large.exponent, total << 13)
    return accumulate(np.zeros(1, np.uint32) if dst is None else dst, [term], dst32, rules)


def multiply(
    a: Patterns, b: Patterns, fidelity: str, dst32: bool, rules: MatrixUnitRules, *, dst: Patterns | None = None
) -> Patterns:
    """dst + a * b of source operands (dst = 0 where it is not given): one accumulator step for each phase."""
    left, right = fields(a), fields(b)
    alive = (left.significand != 0) & (right.significand != 0)
    result = np.zeros(alive.shape, np.uint32) if dst is None else dst
    for phase in range(PHASES[fidelity]):
        result = accumulate(result, [partial_product(left, right, alive, phase)], dst32, rules)
    return result


def partial_product(left: Fields, right: Fields, alive: Booleans, phase: int) -> Term:
    """
    One phase of a product: the multiplier takes five significand bits of its left operand and seven of its right
    one; phases 1 and 3 take the left one's next five bits, phases 2 and 3 the right one's last four.
    """
    exponent, magnitude = phase_product(left, right, phase)
    counts = alive & (exponent > 0)
    value = _signed(left.sign ^ right.sign, magnitude << 13)
    return Term(np.where(counts, exponent, 0), np.where(counts, value, 0))


def phase_product(left: Fields, right: Fields, phase: int) -> tuple[Integers, Integers]:
    """Exponent and magnitude, in units of 2**-10, of what `partial_product` multiplies; both are of any size."""
    low_left, low_right = phase & 1, phase & 2
    m = (left.significand >> 1) & 0x1F if low_left else left.significand >> 6
    n = (right.significand & 0xF) << 3 if low_right else right.significand >> 4
    scale = -127 - (5 if low_left else 0) - (7 if low_right else 0)
    return left.exponent + right.exponent + scale, m * n


def _signed(sign: Integers, magnitude: Integers) -> Integers:
    return np.where(sign == 1, -magnitude, magnitude)


def multiply_add(a: Patterns, b: Patterns, c: Patterns, rules: VectorUnitRules) -> Patterns:
    """
    a * b + c of the vector unit (SFPU). Not quite fused: of the product 27 bits are kept, the last standing for all
    below it, before the addition; then one rounding to nearest even. Denormals are zero on the way in and on the way
    out.
    """
    a, b, c = np.broadcast_arrays(a, b, c)
    (sign_a, exp_a, man_a), (sign_b, exp_b, man_b), (sign_c, exp_c, man_c) = (_float_fields(x) for x in (a, b, c))
    sign_p = sign_a ^ sign_b
    exp_p = exp_a + exp_b - 127
    exact = man_a * man_b
    product = _jam_shift(exact, 20)
    addend = man_c << 3

    exponent = np.maximum(exp_p, exp_c)
    product_at = _jam_shift(product, exponent - exp_p)
    addend_at = _jam_shift(addend, exponent - exp_c)
    total = _signed(sign_p, product_at) + _signed(sign_c, addend_at)
    # Of two equal magnitudes the product gives its sign; the total is then zero or has that sign.
    sign = np.where(product_at >= addend_at, sign_p, sign_c)
    magnitude = np.abs(total)
    excess = _bit_length(np.maximum(magnitude, 1)) - 27
    exponent = exponent + excess

    if rules.signed_zeros:
        flushed, zero_sign = sign << 31, (sign_p & sign_c) << 31
    else:
        flushed, zero_sign = np.int64(0), np.int64(0)
    if rules.gradual_underflow:
        excess = np.where(exponent <= 0, excess + 1, excess)
        too_small = np.zeros(exponent.shape, np.bool_)
    else:
        too_small = exponent < 0
    seen = np.int64(1) if rules.second_bit_is_lost else excess | 1
    lost = ((magnitude & seen) != 0).astype(np.int64)
    kept = np.where(excess > 0, magnitude >> np.clip(excess, 0, _FAR) | lost, magnitude << np.clip(-excess, 0, _FAR))
    rounded = (np.maximum(exponent, 0) << 23) + ((kept >> 3) & 0x7FFFFF)
    rounded += ((kept & 7) + (rounded & 1)) > 4

    result = np.where(rounded >> 23 == 0, flushed, rounded | sign << 31)
    result = np.where(too_small, 0, result)
    result = np.where(exponent >= 0xFF, sign << 31 | 0xFF << 23, result)
    result = np.where(magnitude == 0, zero_sign, result)
    only_addend = np.where(man_c != 0, c.astype(np.int64), zero_sign)
    result = np.where((exact == 0) | (exp_p < 0), only_addend, result)
    result = np.where(exp_p >= 0xFF, sign_p << 31 | 0xFF << 23, result)

    special = np.maximum(np.maximum(exp_a, exp_b), exp_c) == 0xFF
    if special.any():
        result = np.where(special, special_multiply_add(a, b, c, rules), result)
    return result.astype(np.uint32)


def special_multiply_add(a: Patterns, b: Patterns, c: Patterns, rules: VectorUnitRules) -> Patterns:
    """`multiply_add` for elements one of whose operands is infinite or a NaN."""
    zero_a, zero_b = (_magnitude(x) < SMALLEST_NORMAL for x in (a, b))
    inf_a, inf_b, inf_c = (_magnitude(x) == INFINITY for x in (a, b, c))
    nan_a, nan_b, nan_c = (_magnitude(x) > INFINITY for x in (a, b, c))
    sign_p, sign_c = (a ^ b) & SIGN, c & SIGN
    nan_p = nan_a | nan_b | (inf_a & zero_b) | (zero_a & inf_b)
    inf_p = inf_a | inf_b
    opposite = inf_p & inf_c & (sign_p != sign_c)
    sign = np.where(nan_c & ~nan_p, sign_c, sign_p) if rules.nan_has_sign else np.uint32(0)
    nan = sign | np.uint32(rules.nan)
    infinite = np.where(inf_p, sign_p, sign_c) | INFINITY
    return np.where(nan_p | nan_c | opposite, nan, infinite)


def _magnitude(patterns: Patterns) -> Patterns:
    return patterns & MAGNITUDE


def _float_fields(patterns: Patterns) -> tuple[Integers, Integers, Integers]:
    wide = patterns.astype(np.int64)
    exponent = (wide >> 23) & 0xFF
    return wide >> 31, exponent, np.where(exponent == 0, 0, wide & 0x7FFFFF | _ONE)


def _jam_shift(value: Integers, shift: Integers | int) -> Integers:
    """value >> shift with the last bit set where ones were lost; nothing is left of a value that vanishes."""
    places = np.clip(shift, 0, 62)
    kept = value >> places
    return np.where(kept == 0, 0, kept | ((kept << places) != value))
