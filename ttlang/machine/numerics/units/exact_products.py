"""Matrix products bit by bit, in 64-bit integers: what `matrix_products` is tested against (see `exact`)."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.units.exact import Fields, Integers, Term, accumulate, fields, phase_product, round_shift
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import PHASES

STEP = 16
"""Products that the unit adds to a datum of DST at once."""
GROUP = 8
"""Products that are aligned to each other; each step has two groups."""

_FAR = 30
"""A distance of exponents beyond which nothing is left of a product."""


def multiply(
    left: Patterns,
    right: Patterns,
    dst: Patterns,
    fidelity: str,
    dst32: bool,
    rules: MatrixUnitRules,
    depth: int = 2 * STEP,
) -> Patterns:
    """
    dst + left @ right, (..., R, K), (..., K, C) and (..., R, C): along K in blocks of `depth`, in each of them phase
    by phase, in each phase in steps of sixteen. The multiplier takes seven significand bits of `left` at first, and
    five of `right`.
    """
    result = dst
    for block in range(0, left.shape[-1], depth):
        for phase in range(PHASES[fidelity]):
            for start in range(block, block + depth, STEP):
                terms = [
                    _group(
                        fields(left[..., k : k + GROUP, np.newaxis]),
                        fields(right[..., np.newaxis, k : k + GROUP, :]),
                        phase,
                    )
                    for k in range(start, start + STEP, GROUP)
                ]
                result = accumulate(result, terms, dst32, rules)
    return result


def _group(left: Fields, right: Fields, phase: int) -> Term:
    """
    The sum of eight products, (..., R, 8, 1) and (..., 1, 8, C): each is rounded at the last of the twelve bits of the
    one with the largest exponent, ties away from zero.
    """
    exponent, magnitude = phase_product(right, left, phase)
    alive = (left.significand != 0) & (right.significand != 0)
    exponent = np.where(alive, exponent, 0)
    top = exponent.max(axis=-2)
    aligned = round_shift(magnitude, np.minimum(top[..., np.newaxis, :] - exponent, _FAR))
    signed = np.where(left.sign ^ right.sign == 1, -aligned, aligned)
    total: Integers = np.where(alive, signed, 0).sum(axis=-2)
    counts = top > 0
    return Term(np.where(counts, top, 0), np.where(counts, total << 13, 0))
