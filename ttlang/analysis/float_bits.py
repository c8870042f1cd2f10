"""Floats by their bits, as data movement processors, which have no unit for floats, hold and compare them."""

from __future__ import annotations

from ctypes import c_float

INFINITY = 0x7F80_0000
MAGNITUDE = 0x7FFF_FFFF
UNORDERED = 2
"""What a comparison with NaN gives."""


def float32_bits(number: float) -> int:
    """The bits of the nearest float32, as an integer with a sign."""
    return int.from_bytes(bytes(c_float(number)), "little", signed=True)


def compare_floats(a: int, b: int) -> int:
    """-1, 0 or 1, as the float32 of the bits `a` is less than, equal to or greater than that of `b`; UNORDERED."""
    if (a & MAGNITUDE) > INFINITY or (b & MAGNITUDE) > INFINITY:
        return UNORDERED
    x = a if a >= 0 else -(a & MAGNITUDE)
    y = b if b >= 0 else -(b & MAGNITUDE)
    return (x > y) - (x < y)


def integer_part(bits: int) -> int:
    """The float32 of these bits without its fraction, if it lies between 0 and 2^31 - 1; else anything."""
    exponent = (bits >> 23 & 0xFF) - 150
    significand = bits & 0x7F_FFFF | 0x80_0000
    if exponent < -23:
        return 0
    return significand >> -exponent if exponent < 0 else significand << min(exponent, 7)
