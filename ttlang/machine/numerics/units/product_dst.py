"""
DST under matrix products: chunks of it to which the sums of two groups of products are added in a step, as
`exact.accumulate` does, in buffers that are kept.

See `accumulator` for rounding by anchors, numbers whose last place is where to round. Sums come on the anchor of their
group, and phases other than the first in units of their own: it is DST that is scaled to them.
"""

from __future__ import annotations

from math import prod
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT, HIGH_HALF
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules

Floats = NDArray[np.float32]

_T = TypeVar("_T", bound=np.generic)

_PAGE = 4096

ANCHOR = np.float32(1.5 * 2.0**13)
"""Times 2**e: a float32 number with its last place at 2**(e - 10)."""

_DST_GUARD = np.float32(1 + 2.0**-12)
"""Takes the eight bits of a 16-bit DST off a tie, away from zero."""
_NUDGE = np.float32(2.0**-12)
"""A quarter of the last place of the sum of a group: takes the sum off a tie, up."""
_DOUBLE_ROUNDING = np.float32(2.0**-24)
"""
What rounding at 2**-23 before 2**-10 adds to a sum: half a place of the first, where that is more than the sum's own.
With `_NUDGE` it is between one and two places of the sum if that lies fourteen binades down, between two and three at
fifteen, below one place nearer than that, and farther down it does not count.
"""
_HALF_ULP = np.uint32(0x8000)

_WIDE_ANCHOR = np.float64(1.5 * 2.0**29)
"""Times 2**e: a float64 number with its last place at 2**(e - 23)."""
_WIDE_GUARD = np.float64(1 + 2.0**-40)
_WIDE_NUDGE = 2.0**-26
"""As `_NUDGE`, and less than half a place of a 32-bit DST even where nothing is shifted."""
_WIDE_EXPONENT = np.uint64(0x7FF << 52)
_WIDE_HALF = np.uint64(1 << 28)
_WIDE_KEPT = np.uint64(0xFFFFFFFFE0000000)
"""The bits of a float64 that a float32 has, and half of the last one."""
_UNIT = np.float64(-(2.0**-52) / 1.5)
"""Times an anchor: minus one in its last place."""
_SLIP = np.float64(2.0**27)


def aligned(shape: tuple[int, ...], dtype: type[_T]) -> NDArray[_T]:
    """An empty array at the start of a page: where arrays start in cache lines, numpy takes up to twice as long."""
    size = prod(shape) * np.dtype(dtype).itemsize
    raw = np.empty(size + _PAGE, np.uint8)
    start = -raw.ctypes.data % _PAGE
    return raw[start : start + size].view(dtype).reshape(shape)


class NarrowDst:
    """A 16-bit DST. Everything is rounded to ten fraction bits at the common exponent, then to eight bits."""

    def __init__(self, shape: tuple[int, int], groups: int) -> None:
        self._dst, self._exponent = (aligned(shape, np.uint32) for _ in range(2))
        self._total, self._anchor, self._term = (aligned(shape, np.float32) for _ in range(3))
        self._nudges = aligned((groups, *shape), np.float32)

    def load(self, patterns: Patterns) -> None:
        np.copyto(self._dst, patterns)

    def patterns(self) -> Patterns:
        return self._dst

    def begin(self, powers: list[Floats], anchors: list[Floats]) -> None:
        """A block of groups with these largest powers of two, and the anchors of their sums."""
        self._powers, self._anchors = powers, anchors
        for nudge, power in zip(self._nudges, powers, strict=True):
            np.multiply(power, _NUDGE, out=nudge)

    def add(self, sums: list[Floats], group: int, shift: int) -> None:
        """The sums of two groups on their anchors, in units of 2**-shift."""
        dst, total, anchor, term = self._dst, self._total, self._anchor, self._term
        exponent = self._exponent.view(np.float32)
        up = np.float32(1 << shift)
        np.bitwise_and(dst, EXPONENT, out=self._exponent)
        if shift:
            np.multiply(exponent, up, out=exponent)
        np.maximum(exponent, self._powers[group], out=exponent)
        np.maximum(exponent, self._powers[group + 1], out=exponent)
        np.multiply(exponent, ANCHOR, out=anchor)
        np.multiply(exponent, _DOUBLE_ROUNDING, out=exponent)
        np.multiply(dst.view(np.float32), _DST_GUARD * up, out=total)
        np.add(total, anchor, out=total)
        for g in (group, group + 1):
            np.subtract(sums[g], self._anchors[g], out=term)
            np.add(term, self._nudges[g], out=term)
            np.add(term, exponent, out=term)
            np.add(total, term, out=total)
        np.subtract(total, anchor, out=total)
        if shift:
            np.multiply(total, 1 / up, out=total)
        np.add(total.view(np.uint32), _HALF_ULP, out=dst)
        np.bitwise_and(dst, HIGH_HALF, out=dst)


class WideDst:
    """A 32-bit DST, kept as float64. Everything is rounded to 23 fraction bits at the common exponent, then to 24."""

    def __init__(self, shape: tuple[int, int], groups: int, rules: MatrixUnitRules) -> None:
        self._dst, self._exponent, self._total, self._anchor, self._term = (
            aligned(shape, np.float64) for _ in range(5)
        )
        self._powers, self._anchors = (aligned((groups, *shape), np.float64) for _ in range(2))
        self._slips = aligned(shape, np.bool_)
        self._slips_at_minus_one = rules.minus_one_slips

    def load(self, patterns: Patterns) -> None:
        np.copyto(self._dst, patterns.view(np.float32))

    def patterns(self) -> Patterns:
        return self._dst.astype(np.float32).view(np.uint32)

    def begin(self, powers: list[Floats], anchors: list[Floats]) -> None:
        """As `NarrowDst.begin`; the anchors are below those of the sums by what takes a sum off a tie."""
        for wide, power in zip(self._powers, powers, strict=True):
            np.copyto(wide, power)
        np.multiply(self._powers, np.float64(ANCHOR) - _WIDE_NUDGE, out=self._anchors)

    def add(self, sums: list[Floats], group: int, shift: int) -> None:
        """As `NarrowDst.add`."""
        dst, total, anchor, term, exponent = self._dst, self._total, self._anchor, self._term, self._exponent
        up = np.float64(1 << shift)
        np.bitwise_and(dst.view(np.uint64), _WIDE_EXPONENT, out=exponent.view(np.uint64))
        if shift:
            np.multiply(exponent, up, out=exponent)
        np.maximum(exponent, self._powers[group], out=exponent)
        np.maximum(exponent, self._powers[group + 1], out=exponent)
        np.multiply(exponent, _WIDE_ANCHOR, out=anchor)
        np.multiply(dst, _WIDE_GUARD * up, out=total)
        np.add(total, anchor, out=total)
        for g in (group, group + 1):
            np.copyto(term, sums[g])
            np.subtract(term, self._anchors[g], out=term)
            np.add(total, term, out=total)
        np.subtract(total, anchor, out=total)
        if self._slips_at_minus_one:
            self._slip()
        if shift:
            np.multiply(total, 1 / up, out=total)
        np.add(total.view(np.uint64), _WIDE_HALF, out=dst.view(np.uint64))
        np.bitwise_and(dst.view(np.uint64), _WIDE_KEPT, out=dst.view(np.uint64))

    def _slip(self) -> None:
        """What becomes of a total of exactly minus one unit."""
        np.multiply(self._anchor, _UNIT, out=self._term)
        np.equal(self._total, self._term, out=self._slips)
        if self._slips.any():
            np.multiply(self._total, _SLIP, out=self._total, where=self._slips)
