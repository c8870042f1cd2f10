"""
The matrix unit (FPU) on whole arrays: add, sub and mul of two source operands, to the bit as `exact` defines them, in
float32 operations.

Everything runs over flat chunks that stay in the cache, in buffers that are kept. Operands that float32 does not
cover (near the ends of its range, infinities, NaNs, denormals) are found by a test on each chunk and done by `exact`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT, HIGH_HALF, INFINITY, MAGNITUDE, SIGN
from ttlang.machine.numerics.units import exact
from ttlang.machine.numerics.units.accumulator import FloatTerm, accumulate, dst_is_ordinary
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import PHASES

CHUNK = 32768
"""Datums that are worked on at once."""

_GUARD = np.float32(1 + 2.0**-12)
"""Takes a tie off its place, away from zero, and is less than any distance that counts."""
_HALF_BIT = np.uint32(0x00400000)
_THIRTEEN = np.uint32(13 << 23)
_HALF_ULP = np.uint32(0x8000)
"""Half a unit in the last place of bfloat16."""

_SUM_LOW = np.uint32((127 - 100) << 23)
_SUM_HIGH = np.uint32((127 + 113) << 23)
_SUM_RANGE = _SUM_HIGH - _SUM_LOW
"""The larger operand of a sum may lie in 2**-100 .. 2**113."""
_SCALE = np.uint32(64 << 23)
"""Takes sums beyond that range into it, as a difference of patterns: 2**-64."""
_FACTOR_LOW = np.uint32((127 - 50) << 23)
_FACTOR_HIGH = np.uint32((127 + 62) << 23)
"""If both factors lie in 2**-50 .. 2**62, their product is not near an end."""
_PRODUCT_LOW = np.uint32((127 - 112) << 23)
_PRODUCT_RANGE = np.uint32((112 + 126) << 23)
"""A product may lie in 2**-112 .. 2**126: there every phase of it counts, and none is infinite."""

_FEW = 2000
"""Operands that are not looked through for those that are alike."""
_KEYS = tuple(np.uint64(key) for key in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""Odd numbers without a pattern: sums of them tell operands apart, as a rule."""

_OF_ANY_CHIP = MatrixUnitRules(minus_one_slips=False)
"""Rules for a 16-bit DST, which asks for none."""

_LARGEST_DENORMAL = np.uint32(0x007FFFFF)
_FRACTION_TO_TOP = np.uint32(9)

_MASKS = {
    "LoFi": (np.uint32(0xFFF80000), np.uint32(0xFFFE0000)),
    "HiFi2": (np.uint32(0xFFFFC000), np.uint32(0xFFFE0000)),
    "HiFi3": (np.uint32(0xFFFFC000), np.uint32(0xFFFFE000)),
    "HiFi4": (np.uint32(0xFFFFC000), np.uint32(0xFFFFE000)),
}
"""The bits of the left and of the right factor that the phases of a fidelity multiply."""


class MatrixUnit:
    """Elementwise add and mul, with the buffers that they need. Operands and results are flat arrays of one length."""

    def __init__(self, rules: MatrixUnitRules) -> None:
        self._rules = rules
        self._rows = [np.empty(CHUNK, np.uint32) for _ in range(5)]

    def add(self, a: Patterns, b: Patterns, dst32: bool, subtract: bool = False) -> Patterns:
        """a + b or a - b, in the place of what was in DST. Chips do not differ in it."""
        result = np.empty(a.shape, np.uint32)
        with np.errstate(all="ignore"):
            for start in range(0, a.size, CHUNK):
                part = slice(start, start + CHUNK)
                self._add_chunk(a[part], b[part], result[part], dst32, subtract)
        return result

    def _add_chunk(self, a: Patterns, b: Patterns, result: Patterns, dst32: bool, subtract: bool) -> None:
        """
        With L the operand of the larger exponent e, K + a + b - K for a K that has its last place at 2**(e - 10) is
        L + (the other one rounded there), whichever comes first: L is a multiple of that place and is not changed.
        """
        large, test, k, x, y = (row[: a.size] for row in self._rows)
        np.bitwise_and(a, MAGNITUDE, out=large)
        np.bitwise_and(b, MAGNITUDE, out=test)
        np.maximum(large, test, out=large)
        # |L| * 2**13 with its first fraction bit set: adding both operands never takes it out of its binade.
        np.bitwise_or(large, _HALF_BIT, out=k)
        np.add(k, _THIRTEEN, out=k)
        anchor, total, other = k.view(np.float32), x.view(np.float32), y.view(np.float32)
        np.multiply(a.view(np.float32), _GUARD, out=total)
        np.multiply(b.view(np.float32), -_GUARD if subtract else _GUARD, out=other)
        np.add(total, anchor, out=total)
        np.add(total, other, out=total)
        if dst32:
            np.subtract(total, anchor, out=result.view(np.float32))
        else:
            np.subtract(total, anchor, out=total)
            np.add(x, _HALF_ULP, out=result)
            np.bitwise_and(result, HIGH_HALF, out=result)

        np.subtract(large, _SUM_LOW, out=test)
        if test.max() < _SUM_RANGE:
            return
        small = np.flatnonzero((large < _SUM_LOW) & (large != 0))
        if small.size:
            result[small] = exact.add(a[small], b[small], dst32, self._rules, subtract=subtract)
        huge = np.flatnonzero(large >= _SUM_HIGH)
        if huge.size:
            result[huge] = self._add_huge(a[huge], b[huge], dst32, subtract)

    def _add_huge(self, a: Patterns, b: Patterns, dst32: bool, subtract: bool) -> Patterns:
        """A sum whose larger operand is at least 2**113 or infinite: the same with 2**-64 times the operands."""
        a, b = (np.where(x & MAGNITUDE > _SCALE, x - _SCALE, np.uint32(0)) for x in (a, b))
        scaled = self.add(a, b, dst32, subtract)
        magnitude = scaled & MAGNITUDE
        grown = np.minimum(magnitude + _SCALE, INFINITY) | (scaled & SIGN)
        return np.where(magnitude == 0, np.uint32(0), grown)

    def multiply(self, a: Patterns, b: Patterns, fidelity: str, dst32: bool) -> Patterns:
        """a * b, into a DST of zeros. Chips do not differ in it."""
        result = np.empty(a.shape, np.uint32)
        chunk = self._multiply_wide if dst32 else self._multiply_narrow
        with np.errstate(all="ignore"):
            for start in range(0, a.size, CHUNK):
                part = slice(start, start + CHUNK)
                chunk(a[part], b[part], result[part], fidelity)
        return result

    def _multiply_wide(self, a: Patterns, b: Patterns, result: Patterns, fidelity: str) -> None:
        """A 32-bit DST has room for every bit of the product."""
        x, y, z = (row[: a.size] for row in self._rows[:3])
        mask_a, mask_b = _MASKS[fidelity]
        np.bitwise_and(a, mask_a, out=x)
        np.bitwise_and(b, mask_b, out=y)
        product = result.view(np.float32)
        np.multiply(x.view(np.float32), y.view(np.float32), out=product)
        if fidelity == "HiFi3":
            # Its phases leave out the product of the two low parts.
            np.bitwise_and(a, _MASKS["LoFi"][0], out=z)
            low_a = np.subtract(x.view(np.float32), z.view(np.float32), out=x.view(np.float32))
            np.bitwise_and(b, _MASKS["LoFi"][1], out=z)
            low_b = np.subtract(y.view(np.float32), z.view(np.float32), out=y.view(np.float32))
            np.multiply(low_a, low_b, out=low_a)
            np.subtract(product, low_a, out=product)
        np.add(product, np.float32(0), out=product)
        self._repair_product(a, b, result, result, fidelity, True)

    def _multiply_narrow(self, a: Patterns, b: Patterns, result: Patterns, fidelity: str) -> None:
        """
        What the phases make of a product in a 16-bit DST depends on the two significands and the sign alone: a table
        has the difference to the exact product of the bits that they use.
        """
        x, y, _, p = (row[: a.size] for row in self._rows[:4])
        used_a, used_b = a, b
        if fidelity in ("LoFi", "HiFi2"):
            mask_a, mask_b = _MASKS[fidelity]
            used_a = np.bitwise_and(a, mask_a, out=x)
            used_b = np.bitwise_and(b, mask_b, out=y)
        product = p.view(np.float32)
        np.multiply(used_a.view(np.float32), used_b.view(np.float32), out=product)
        np.add(product, np.float32(0), out=product)
        # Seven fraction bits of a, seven of b, and the sign, from bit 31 down.
        np.left_shift(used_a, _FRACTION_TO_TOP, out=x)
        np.left_shift(used_b, _FRACTION_TO_TOP, out=y)
        np.right_shift(y, np.uint32(7), out=y)
        np.bitwise_or(x, y, out=x)
        np.right_shift(p, np.uint32(14), out=y)
        np.bitwise_or(x, y, out=x)
        np.right_shift(x, np.uint32(17), out=x)
        np.take(_corrections(fidelity), x, out=result, mode="clip")
        np.add(result, p, out=result)
        self._repair_product(a, b, p, result, fidelity, False)

    def _repair_product(
        self, a: Patterns, b: Patterns, product: Patterns, result: Patterns, fidelity: str, dst32: bool
    ) -> None:
        small, large, test = (row[: a.size] for row in self._rows[:3])
        np.bitwise_and(a, MAGNITUDE, out=small)
        np.bitwise_and(b, MAGNITUDE, out=test)
        np.maximum(small, test, out=large)
        np.minimum(small, test, out=small)
        if small.min() >= _FACTOR_LOW and large.max() < _FACTOR_HIGH:
            return
        np.bitwise_and(product, MAGNITUDE, out=test)
        # A product with zero is zero, unless float32 took the other factor for infinite.
        unsure = (test - _PRODUCT_LOW >= _PRODUCT_RANGE) & ((small != 0) | (large >= INFINITY))
        unsure |= (small - np.uint32(1)) < _LARGEST_DENORMAL
        picked = np.flatnonzero(unsure)
        if picked.size:
            result[picked] = exact.multiply(a[picked], b[picked], fidelity, dst32, self._rules)

    def add_onto(self, dst: Patterns, a: Patterns, b: Patterns, dst32: bool, subtract: bool = False) -> Patterns:
        """dst + (a + b), or dst + (a - b)."""

        def ordinary(x: Patterns, y: Patterns, before: Patterns) -> Patterns:
            # The aligned sum has twelve bits at most: a 32-bit DST shows it as it is.
            total = self.add(x, y, True, subtract).view(np.float32)
            exponent = np.maximum(x & EXPONENT, y & EXPONENT)
            return accumulate(before, [FloatTerm(total, exponent)], dst32, self._rules)

        def any_of_all(x: Patterns, y: Patterns, before: Patterns) -> Patterns:
            return exact.add(x, y, dst32, self._rules, subtract=subtract, dst=before)

        return _onto(a, b, dst, ordinary, any_of_all)

    def multiply_onto(self, dst: Patterns, a: Patterns, b: Patterns, fidelity: str, dst32: bool) -> Patterns:
        """dst + a * b, phase by phase."""

        def ordinary(x: Patterns, y: Patterns, before: Patterns) -> Patterns:
            total = before
            for term in _phase_terms(x, y, fidelity):
                total = accumulate(total, [term], dst32, self._rules)
            return total

        def any_of_all(x: Patterns, y: Patterns, before: Patterns) -> Patterns:
            return exact.multiply(x, y, fidelity, dst32, self._rules, dst=before)

        # Nothing comes of an infinite factor of zero either.
        zero = ((a & EXPONENT) == 0) | ((b & EXPONENT) == 0)
        if zero.any():
            a, b = (np.where(zero, np.uint32(0), x) for x in (a, b))
        return _onto(a, b, dst, ordinary, any_of_all)


_Onto = Callable[[Patterns, Patterns, Patterns], Patterns]
"""DST after a step of the accumulator, of both operands and what DST was."""


def _onto(a: Patterns, b: Patterns, dst: Patterns, ordinary: _Onto, any_of_all: _Onto) -> Patterns:
    """Chunk by chunk by `ordinary`, and by `any_of_all` where that does not hold."""
    result = np.empty(a.shape, np.uint32)
    with np.errstate(all="ignore"):
        for start in range(0, a.size, CHUNK):
            part = slice(start, start + CHUNK)
            result[part] = _onto_chunk(a[part], b[part], dst[part], ordinary, any_of_all)
    return result


def _onto_chunk(x: Patterns, y: Patterns, before: Patterns, ordinary: _Onto, any_of_all: _Onto) -> Patterns:
    factors = _is_factor(x) & _is_factor(y)
    # Nothing is left of such operands beside the largest exponent, which rounds to infinity: so does what a reduction
    # leaves around its results.
    endless = factors & ((before & EXPONENT) == EXPONENT)
    if endless.any():
        result = before & SIGN | INFINITY
        if (rest := np.flatnonzero(~endless)).size:
            result[rest] = _onto_chunk(x[rest], y[rest], before[rest], ordinary, any_of_all)
        return result
    result = ordinary(x, y, before)
    unsure = np.flatnonzero(~(factors & dst_is_ordinary(before)))
    if unsure.size:
        result[unsure] = _each_once(any_of_all, x[unsure], y[unsure], before[unsure])
    return result


def _phase_terms(a: Patterns, b: Patterns, fidelity: str) -> Iterator[FloatTerm]:
    """The partial products of factors, phase by phase."""
    high_a, high_b = (a & _MASKS["LoFi"][0]).view(np.float32), (b & _MASKS["LoFi"][1]).view(np.float32)
    low_a = (a & _MASKS["HiFi4"][0]).view(np.float32) - high_a
    low_b = (b & _MASKS["HiFi4"][1]).view(np.float32) - high_b
    exponent = (a & EXPONENT) + (b & EXPONENT) - np.uint32(127 << 23)
    alive = high_a * high_b != 0
    for phase in range(PHASES[fidelity]):
        value = (low_a if phase & 1 else high_a) * (low_b if phase & 2 else high_b)
        shift = (5 if phase & 1 else 0) + (7 if phase & 2 else 0)
        yield FloatTerm(value, (exponent - np.uint32(shift << 23)) * alive)


def _each_once(compute: _Onto, *operands: Patterns) -> Patterns:
    """
    `compute` of operands, which may be alike in many places: what reductions leave around their results is. Then it is
    called for one of each.
    """
    size = operands[0].size
    if size < _FEW:
        return compute(*operands)
    keys = sum((x.astype(np.uint64) * key for x, key in zip(operands, _KEYS, strict=True)), np.uint64(0))
    _, first, place = np.unique(keys, return_index=True, return_inverse=True)
    if first.size > size // 4:
        return compute(*operands)
    some = [x[first] for x in operands]
    if any((each[place] != x).any() for each, x in zip(some, operands, strict=True)):
        return compute(*operands)  # two of them have one key
    return compute(*some)[place]


def _is_factor(patterns: Patterns) -> NDArray[np.bool_]:
    """Where a number is zero, or in 2**-45 .. 2**45."""
    magnitude = patterns & MAGNITUDE
    return (magnitude == 0) | (magnitude - np.uint32((127 - 45) << 23) < np.uint32(90 << 23))


@cache
def _corrections(fidelity: str) -> Patterns:
    """
    (32768,): for the fraction bits of two bfloat16 numbers and the sign of their product, what the phases in a 16-bit
    DST give less the exact product, as a difference of patterns.
    """
    index = np.arange(1 << 15, dtype=np.uint32)
    a = np.uint32(127 << 23) | ((index >> np.uint32(8)) << np.uint32(16))
    b = np.uint32(127 << 23) | ((index & np.uint32(0xFE)) << np.uint32(15)) | (index << np.uint32(31))
    mask_a, mask_b = _MASKS[fidelity]
    used = (a & mask_a).view(np.float32) * (b & mask_b).view(np.float32)
    return exact.multiply(a, b, fidelity, False, _OF_ANY_CHIP) - used.view(np.uint32)
