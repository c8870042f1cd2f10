"""Operands of matrix products, as patterns: those that the forms of the arithmetic are compared on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import numpy as np

U = np.uint32
SPECIALS = np.array(
    [0, 1, 0x007F0000, 0x00800000, 0x01000000, 0x20000000, 0x5F800000, 0x7F000000, 0x7F7F0000, 0x7F800000, 0x7FC00000],
    U,
)


class Operands(NamedTuple):
    left: np.ndarray
    right: np.ndarray
    dst: np.ndarray
    depth: int = 32


def source(rng: np.random.Generator, shape: tuple[int, ...], fraction: int, exponents: tuple[int, int]) -> np.ndarray:
    """Patterns with that many fraction bits, biased exponents in a range, and some zeros."""
    bits = rng.integers(0, 1 << 32, shape, dtype=U) & U(0x807FFFFF) & ~U((1 << (23 - fraction)) - 1)
    values = bits | (rng.integers(*exponents, shape).astype(U) << U(23))
    values[rng.random(shape) < 0.1] = 0
    return values


def normal(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """bfloat16 numbers around zero, as patterns."""
    return rng.standard_normal(shape).astype(np.float32).view(U) & U(0xFFFF0000)


def _ordinary(fraction: int, exponents: tuple[int, int], dst32: bool) -> Operands:
    rng = np.random.default_rng([fraction, *exponents])
    left, right = source(rng, (3, 32, 64), fraction, exponents), source(rng, (3, 64, 32), fraction, exponents)
    return Operands(left, right, source(rng, (3, 32, 32), 23 if dst32 else 7, exponents))


def _cancellation(dst32: bool) -> Operands:
    rng = np.random.default_rng(0)
    left, right = source(rng, (2, 32, 32), 7, (124, 130)), source(rng, (2, 32, 32), 7, (124, 130))
    left[:, :, 1::2], right[:, 1::2] = left[:, :, ::2], right[:, ::2] ^ U(0x80000000)
    right[:, ::2] += U(0x00010000) * (rng.random((2, 16, 32)) < 0.2)
    # What is left of a sum may be one unit: the case that Wormhole gets wrong is among these.
    dst = np.where(rng.random((2, 32, 32)) < 0.5, U(0), source(rng, (2, 32, 32), 23 if dst32 else 7, (90, 128)))
    return Operands(left, right, dst)


def _specials(seed: int, columns: int, share: float, dst32: bool) -> Operands:
    """Infinities, NaNs, denormals, and what comes near the ends of the range."""
    rng = np.random.default_rng(seed)
    left, right = source(rng, (3, 16, 32), 7, (110, 140)), source(rng, (3, 32, columns), 7, (110, 140))
    dst = source(rng, (3, 16, columns), 7, (110, 140))
    for array, part in ((left, share), (right, share), (dst, 2.5 * share)):
        chosen = rng.random(array.shape) < part
        array[chosen] = rng.choice(SPECIALS, chosen.sum()) | (rng.integers(0, 2, chosen.sum(), U) << U(31))
    return Operands(left, right, dst)


def _zeros(dst32: bool) -> Operands:
    """Groups and halves without a product, onto numbers that are large, small, zero or near their last place."""
    rng = np.random.default_rng(5)
    left, right = source(rng, (2, 24, 64), 7, (120, 134)), source(rng, (2, 64, 40), 7, (120, 134))
    left[:, ::2, :16], left[:, ::3, 24:32], right[:, 40:56, ::2], left[1, 5] = 0, 0, 0, 0
    return Operands(left, right, source(rng, (2, 24, 40), 23 if dst32 else 7, (60, 180)))


def _shape(n: int, rows: int, columns: int, depth: int, dst32: bool) -> Operands:
    rng = np.random.default_rng([n, rows, columns])
    left, right = normal(rng, (n, rows, 64)), normal(rng, (n, 64, columns))
    return Operands(left, right, normal(rng, (n, rows, columns)), depth)


_EVEN_SHAPES = ((5, 1, 32, 16), (70, 32, 1, 32), (3, 1, 1, 16), (2, 64, 192, 32))
_ODD_SHAPES = ((2, 3, 7, 32), (1, 5, 9, 16), (1, 2, 45, 32))
OPERANDS: dict[str, Callable[[bool], Operands]] = {
    **{
        f"{bits}, {spread}": partial(_ordinary, fraction, exponents)
        for bits, fraction in (("short", 2), ("bf16", 7), ("tf32", 10))
        for spread, exponents in (("alike", (120, 134)), ("apart", (105, 150)), ("far", (82, 172)))
    },
    "cancellation": _cancellation,
    "specials": partial(_specials, 1, 32, 0.004),
    "many specials": partial(_specials, 2, 11, 0.3),
    "zeros": _zeros,
    **{f"{shape}": partial(_shape, *shape) for shape in (*_EVEN_SHAPES, *_ODD_SHAPES)},
}
"""For the width of DST. Shapes are (matrices, rows, columns, depth)."""
