"""The vector unit's instructions on the fields of float32 values, and its conversions to and from integers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import EXPONENT, FRACTION, SIGN
from ttlang.machine.numerics.units.vector_unit import Operand, Values, bits
from ttlang.machine.tiles import Patterns

Integers = NDArray[np.int32]


def exponent_of(values: Values) -> Integers:
    """The exponent field, with its bias."""
    return ((bits(values) & EXPONENT) >> np.uint32(23)).view(np.int32)


def with_exponent(values: Values, exponent: Integers | int) -> Values:
    """Sign and fraction of `values` with the low eight bits of an integer as the exponent field."""
    field = (np.asarray(exponent, np.int32).view(np.uint32) & np.uint32(0xFF)) << np.uint32(23)
    return ((bits(values) & ~EXPONENT) | field).view(np.float32)


def with_sign(values: Operand, sign: Values) -> Values:
    """The magnitude of `values`, NaNs as well, with the sign of others."""
    return ((bits(values) & ~SIGN) | (bits(sign) & SIGN)).view(np.float32)


def magnitude(values: Values) -> Values:
    """Without the sign, NaNs as well."""
    return (bits(values) & ~SIGN).view(np.float32)


def split_fixed(values: Values) -> tuple[Integers, Values]:
    """
    Whole part, and fraction as a number of 2**-23 steps, of values in 0 .. 255.99 (others are held there): what is left
    of their significand where it is shifted to a common place, cut off.
    """
    held = np.nan_to_num(values.astype(np.float64), nan=0.0)
    fixed = np.floor(np.ldexp(np.clip(held, 0, 256 - 2.0**-16), 23)).astype(np.uint32)
    return (fixed >> np.uint32(23)).view(np.int32), (fixed & FRACTION).astype(np.float32)


def round_to_integer(values: Values, largest: int) -> NDArray[np.float64]:
    """To the nearest whole number, ties away from zero; magnitudes beyond `largest`, and NaNs, become that."""
    wide = np.nan_to_num(values.astype(np.float64), nan=float(largest))
    return np.copysign(np.minimum(np.floor(np.abs(wide) + 0.5), largest), values)


def float_of_integer(patterns: Patterns) -> Values:
    """Integers in two's complement as float32 values, by their magnitude and their sign."""
    return patterns.view(np.int32).astype(np.float32)


def halved(values: Values) -> Values:
    """One less in the exponent field, modulo 256; what is infinite or not a number stays."""
    exponent = exponent_of(values)
    return with_exponent(values, np.where(exponent == 255, exponent, exponent - 1))
