"""
Matrix products on the matrix unit, to the bit as `exact_products` defines them, in floating-point operations on whole
arrays.

Within a group of eight products every product is rounded at one place. As in `accumulator`, that is had by adding it
to a number whose last place is there: a product costs a multiplication and an addition. Operands near the ends of the
range, infinities and NaNs are left to `exact_products`, with their row or column.

The datums of the result are worked on in chunks of (rows, matrices * columns): there a column of the left side is
expanded, and a row of the right side serves as it lies.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT, MAGNITUDE, SMALLEST_NORMAL
from ttlang.machine.numerics.units import exact_products
from ttlang.machine.numerics.units.accumulator import dst_is_ordinary
from ttlang.machine.numerics.units.exact_products import GROUP, STEP
from ttlang.machine.numerics.units.ordinary_products import MultiplyOrdinary
from ttlang.machine.numerics.units.product_dst import ANCHOR, Floats, NarrowDst, WideDst, aligned
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import PHASES

Booleans = NDArray[np.bool_]
Exponents = NDArray[np.int16]

CHUNK = 32768
"""Datums of the result that are worked on at once."""
RUN = 4096
"""How many of them lie in one row, if there are enough matrices."""

_HIGH_LEFT, _ALL_LEFT = np.uint32(0xFFFE0000), np.uint32(0xFFFFE000)
_HIGH_RIGHT, _ALL_RIGHT = np.uint32(0xFFF80000), np.uint32(0xFFFFC000)
_GUARD = np.float32(1 + 2.0**-13)
"""Takes a product of twelve bits off a tie, away from zero, by less than half its last place; rounded or not."""
_BIAS = np.int16(127)
_DEAD = np.int16(-10000)
"""The exponent of zero: no sum with it counts."""
_LOWEST = np.uint32((127 - 45) << 23)
_RANGE = np.uint32(90 << 23)
_REPAIRED = 1 << 20
"""Products that are computed bit by bit at once."""


class _Operand(NamedTuple):
    """One side of the product with its K axis first."""

    parts: tuple[Floats, Floats]
    """The significand bits that the multiplier takes first and second, the latter scaled up to the place of those."""
    exponents: Exponents
    """Biased ones for the left side, those of the numbers for the right side."""
    has_second: bool


def multiply_matrices(
    left: Patterns,
    right: Patterns,
    dst: Patterns,
    fidelity: str,
    dst32: bool,
    rules: MatrixUnitRules,
    depth: int = 2 * STEP,
    multiply: MultiplyOrdinary | None = None,
) -> Patterns:
    """
    dst + left @ right for (n, R, K), (n, K, C) and (n, R, C) patterns of source operands, in blocks of `depth` along
    K: in each of them phase by phase, in each phase in steps of sixteen. K is a multiple of `depth`, and `depth` is 16
    or 32. `multiply` does most of it; if it is not given, `multiply_ordinary`.
    """
    result, ordinary = (multiply or multiply_ordinary)(left, right, dst, fidelity, dst32, rules, depth)
    if not ordinary:
        _repair(left, right, dst, result, fidelity, dst32, rules, depth)
    return result


def multiply_ordinary(
    left: Patterns,
    right: Patterns,
    dst: Patterns,
    fidelity: str,
    dst32: bool,
    rules: MatrixUnitRules,
    depth: int,
) -> tuple[Patterns, bool]:
    """In numpy."""
    left, right = _flush(left), _flush(right)
    n, rows, _ = left.shape
    columns = right.shape[2]
    matrices = max(1, min(n, RUN // columns))
    height = max(1, min(rows, CHUNK // (matrices * columns)))
    parts = [
        (slice(i, min(i + matrices, n)), slice(j, min(j + height, rows)))
        for i in range(0, n, matrices)
        for j in range(0, rows, height)
    ]
    result = np.empty(dst.shape, np.uint32)
    with np.errstate(all="ignore"):
        first = _split(left.transpose(2, 1, 0), _HIGH_LEFT, _ALL_LEFT, 7, np.float32(1), np.int16(0))
        second = _split(right.transpose(1, 0, 2), _HIGH_RIGHT, _ALL_RIGHT, 5, _GUARD, _BIAS)

    chunk = _Chunk(first, second, PHASES[fidelity], dst32, rules, depth)
    with _unbuffered(), np.errstate(all="ignore"):
        for part in parts:
            result[part] = chunk.multiply(dst[part], *part)
    return result, False


def _flush(patterns: Patterns) -> Patterns:
    """Denormals are zero to the unit."""
    return np.where(patterns & MAGNITUDE < SMALLEST_NORMAL, np.uint32(0), patterns)


@contextmanager
def _unbuffered() -> Generator[None]:
    """numpy copies broadcast operands into buffers if a row of them is shorter than those are."""
    before = np.setbufsize(16)
    try:
        yield
    finally:
        np.setbufsize(before)


def _split(
    patterns: Patterns, high: np.uint32, whole: np.uint32, bits: int, guard: np.float32, bias: np.int16
) -> _Operand:
    first, second, power = (aligned(patterns.shape, np.uint32) for _ in range(3))
    np.copyto(second, patterns)
    np.bitwise_and(second, EXPONENT, out=power)
    np.bitwise_and(second, high, out=first)
    np.bitwise_and(second, whole, out=second)
    x, y = first.view(np.float32), second.view(np.float32)
    np.subtract(y, x, out=y)
    y *= np.float32(1 << bits) * guard
    x *= guard
    exponents = (power >> np.uint32(23)).astype(np.int16)
    dead = exponents == 0
    exponents -= bias
    exponents[dead] = _DEAD
    return _Operand((x, y), exponents, bool(y.any()))


class _Chunk:
    """Products of rows of some of the matrices, with the buffers that they need."""

    def __init__(
        self, left: _Operand, right: _Operand, phases: int, dst32: bool, rules: MatrixUnitRules, depth: int
    ) -> None:
        self._left, self._right = left, right
        self._phases = phases
        self._groups = depth // GROUP
        self._dst32, self._rules = dst32, rules
        # A phase without any product that is not zero aligns and rounds DST all the same.
        self._used = [
            phase
            for phase in range(phases)
            if (right.has_second or not phase & 1) and (left.has_second or not phase & 2)
        ]
        self._shape = (0, 0, 0)

    def _allocate(self, shape: tuple[int, int, int]) -> None:
        """Buffers of (rows, matrices, columns)."""
        if shape == self._shape:
            return
        self._shape = shape
        flat = (shape[0], shape[1] * shape[2])
        self._factor, self._product = aligned(flat, np.float32), aligned(flat, np.float32)
        self._sums = [[aligned(flat, np.float32) for _ in range(self._groups)] for _ in self._used]
        self._anchors = [aligned(flat, np.float32) for _ in range(self._groups)]
        self._powers = [aligned(flat, np.float32) for _ in range(self._groups)]
        self._exponents, self._top = aligned((GROUP, *flat), np.int16), aligned(flat, np.int16)
        self._dst = WideDst(flat, self._groups, self._rules) if self._dst32 else NarrowDst(flat, self._groups)

    def multiply(self, dst: Patterns, matrices: slice, rows: slice) -> Patterns:
        """dst (matrices, rows, columns) plus their products."""
        n, height, columns = dst.shape
        self._allocate((height, n, columns))
        self._dst.load(dst.swapaxes(0, 1).reshape(self._top.shape))
        for first in range(0, len(self._left.exponents), self._groups * GROUP):
            for group in range(self._groups):
                start = first + group * GROUP
                self._align(group, start, matrices, rows)
                self._sum(group, start, matrices, rows)
            self._dst.begin(self._powers, self._anchors)
            for phase in range(self._phases):
                shift = (5 if phase & 1 else 0) + (7 if phase & 2 else 0)
                sums = self._sums[self._used.index(phase)] if phase in self._used else self._anchors
                for group in range(0, self._groups, STEP // GROUP):
                    self._dst.add(sums, group, shift)
        return self._dst.patterns().reshape(height, n, columns).swapaxes(0, 1)

    def _align(self, group: int, start: int, matrices: slice, rows: slice) -> None:
        """The largest power of two among the products of a group, and the anchor for them."""
        end = start + GROUP
        total, top = self._exponents, self._top
        np.copyto(total.reshape(GROUP, *self._shape), self._left.exponents[start:end, rows, matrices, np.newaxis])
        np.add(total, self._right.exponents[start:end, matrices].reshape(GROUP, 1, -1), out=total)
        np.maximum.reduce(total, axis=0, out=top)
        np.maximum(top, np.int16(0), out=top)
        power = self._powers[group]
        patterns = power.view(np.uint32)
        np.copyto(patterns, top, casting="unsafe")
        np.left_shift(patterns, np.uint32(23), out=patterns)
        np.multiply(power, ANCHOR, out=self._anchors[group])

    def _sum(self, group: int, start: int, matrices: slice, rows: slice) -> None:
        """The products of a group on its anchor, for each phase."""
        factor, product = self._factor, self._product
        expanded = factor.reshape(self._shape)
        for k in range(start, start + GROUP):
            part = -1
            for phase, sums in zip(self._used, self._sums, strict=True):
                if phase >> 1 != part:
                    part = phase >> 1
                    np.copyto(expanded, self._left.parts[part][k, rows, matrices, np.newaxis])
                total = sums[group]
                np.multiply(factor, self._right.parts[phase & 1][k, matrices].reshape(-1), out=product)
                np.add(self._anchors[group] if k == start else total, product, out=total)


def _repair(
    left: Patterns,
    right: Patterns,
    dst: Patterns,
    result: Patterns,
    fidelity: str,
    dst32: bool,
    rules: MatrixUnitRules,
    depth: int,
) -> None:
    """Compute rows and columns with an operand that is not ordinary bit by bit."""
    rows = np.logical_not(np.all(_is_ordinary(left), axis=2) & np.all(dst_is_ordinary(dst), axis=2))
    columns = np.logical_not(np.all(_is_ordinary(right), axis=1))
    at, row = np.nonzero(rows)
    for part in _portions(at.size, right[0].size):
        i, j = at[part], row[part]
        a, before = left[i, j][:, np.newaxis], dst[i, j][:, np.newaxis]
        fixed = exact_products.multiply(a, right[i], before, fidelity, dst32, rules, depth)
        result[i, j] = fixed[:, 0]
    at, column = np.nonzero(columns)
    for part in _portions(at.size, left[0].size):
        i, j = at[part], column[part]
        b, before = right[i, :, j][..., np.newaxis], dst[i, :, j][..., np.newaxis]
        fixed = exact_products.multiply(left[i], b, before, fidelity, dst32, rules, depth)
        result[i, :, j] = fixed[..., 0]


def _portions(count: int, products: int) -> Iterator[slice]:
    """Ranges of `count` vectors whose computation takes so many products each."""
    size = max(1, _REPAIRED // products)
    return (slice(start, start + size) for start in range(0, count, size))


def _is_ordinary(patterns: Patterns) -> Booleans:
    """Where a number is zero, or in 2**-45 .. 2**45; a denormal is zero to the unit."""
    magnitude = patterns & MAGNITUDE
    return (magnitude < SMALLEST_NORMAL) | (magnitude - _LOWEST < _RANGE)
