"""
The packer: DST -> bytes in L1 (docs/numerics.md, "Packing").

To a float format every value is first made normal: a NaN infinite, a denormal and -0 zero. Only float32 out of a
32-bit DST is left as it is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.float32 import INFINITY, MAGNITUDE, SIGN
from ttlang.machine.numerics.units.vector_unit import flush, round_to_even
from ttlang.machine.tiles import BLOCKS, FACE, Bytes, Patterns, join_blocks, magnitude_bits, widen_bf16
from ttlang.tables.dtypes import BF16, F32, DType, Kind

Halves = NDArray[np.uint16]
"""Upper halves of patterns: bfloat16 values."""

_SIGN = np.uint16(0x8000)
_MAGNITUDE = np.uint16(0x7FFF)
_INFINITY = np.uint16(0x7F80)
_SMALLEST_NORMAL = np.uint16(0x0080)
_SIGNIFICAND = 7
"""Bits of a magnitude before a block format cuts it."""


def pack(dst: Patterns, dtype: DType, dst32: bool, precise: bool = False) -> Bytes:
    """
    DST (..., 1024) -> bytes of tiles (..., tile_bytes), which may share memory with `dst`.

    bfloat16: out of a 32-bit DST to nearest, ties away from zero. Block formats: `pack_blocks`. Integers keep their
    low bits: the packer of a narrow integer format does not saturate (`typecast` does, before it).
    `precise` is the packer's precise mode for block formats.
    """
    if dtype.kind is Kind.INTEGER:
        return _bytes(dst.astype(f"u{dtype.element_bytes}"))
    if dtype.kind is Kind.BLOCK_FLOAT:
        return pack_blocks(dst, dtype, dst32, precise)
    if dtype is F32:
        return _bytes(dst if dst32 else _widen(_normal_halves(upper_halves(dst))))
    assert dtype is BF16
    return _bytes(round_to_halves(dst) if dst32 else _normal_halves(upper_halves(dst)))


def round_to_halves(dst: Patterns) -> Halves:
    """A 32-bit DST as bfloat16: to nearest, ties away from zero; no NaN, denormal or -0 among the results."""
    if (dst & MAGNITUDE).max(initial=0) > INFINITY:
        dst = np.where((dst & MAGNITUDE) > INFINITY, (dst & SIGN) | INFINITY, dst)
    halves = ((dst + np.uint32(0x8000)) >> 16).astype(np.uint16)
    return _without_tiny(halves)


def upper_halves(dst: Patterns) -> Halves:
    """The bfloat16 values that a 16-bit DST holds."""
    return np.right_shift(dst, np.uint32(16)).astype(np.uint16)


def _normal_halves(halves: Halves) -> Halves:
    return _without_tiny(_without_nan(halves))


def _without_nan(halves: Halves) -> Halves:
    magnitude = halves & _MAGNITUDE
    if magnitude.max(initial=0) <= _INFINITY:
        return halves
    return np.minimum(magnitude, _INFINITY) | (halves & _SIGN)


def _without_tiny(halves: Halves) -> Halves:
    return halves * ((halves & _MAGNITUDE) >= _SMALLEST_NORMAL)


def _widen(halves: Halves) -> Patterns:
    return np.left_shift(halves, np.uint32(16), dtype=np.uint32)


def pack_blocks(dst: Patterns, dtype: DType, dst32: bool, precise: bool) -> Bytes:
    """
    DST -> a block format. Sixteen datums in a row share the largest of their exponents; each significand is shifted
    to it with ties away from zero, and saturates. The significand has seven bits when it gets there, eight in the
    precise mode. Four-bit blocks keep the upper bits of the eight-bit ones. A magnitude of zero has no sign.
    """
    halves = _block_operands(dst, dst32, precise)
    # One row for each datum of a block: the blocks side by side.
    rows = np.ascontiguousarray(halves.reshape(-1, FACE).T)
    exponents = (rows >> np.uint16(7)) & np.uint16(0xFF)
    shared = exponents.max(axis=0)
    factors = np.uint16(0x80) >> np.minimum(shared - exponents, np.uint16(8))
    significands = (rows & np.uint16(0x7F)) | np.uint16(0x80)
    magnitudes = (significands * factors + np.uint16(0x80)) >> np.uint16(8)
    np.minimum(magnitudes, np.uint16(0x7F), out=magnitudes)
    # A zero has no leading one, and is not always shifted away: not among small exponents.
    if shared.min(initial=8) < 8:
        magnitudes *= exponents > 0
    bits = magnitude_bits(dtype)
    magnitudes >>= np.uint16(_SIGNIFICAND - bits)
    signs = ((rows >> np.uint16(15)) << np.uint16(bits)) * (magnitudes != 0)
    data = np.ascontiguousarray((magnitudes | signs).astype(np.uint8).T)
    return join_blocks(shared.astype(np.uint8).reshape(*dst.shape[:-1], BLOCKS), data.reshape(dst.shape), dtype)


def _block_operands(dst: Patterns, dst32: bool, precise: bool) -> Halves:
    """What reaches the block encoder: bfloat16 values; the lower half of a float32 is dropped unrounded."""
    halves = upper_halves(dst)
    if dst32 and precise:
        return _without_tiny(halves)
    if not dst32:
        halves = _normal_halves(halves)
        return halves if precise else _round_last_bit(halves)
    return _without_tiny(_round_last_bit(_without_nan(halves)))


def _round_last_bit(halves: Halves) -> Halves:
    """One fraction bit less, ties away from zero."""
    return (halves + np.uint16(1)) & np.uint16(0xFFFE)


def accumulate_packed(old: Bytes, new: Bytes, dtype: DType) -> Bytes:
    """
    The packer adding to L1: `old` lies there, `new` is what it would write without. Denormals are zero, and a NaN has
    one pattern. A bfloat16 sum rounds to nearest, ties to even. There is no such mode for block formats: a ValueError.
    """
    if dtype.kind is Kind.INTEGER:
        width = f"u{dtype.element_bytes}"
        return _bytes(old.view(width) + new.view(width))
    if dtype.kind is Kind.BLOCK_FLOAT:
        raise ValueError(f"the packer does not accumulate {dtype} tiles")
    with np.errstate(all="ignore"):
        if dtype is F32:
            total = flush(old.view(np.uint32)).view(np.float32) + flush(new.view(np.uint32)).view(np.float32)
            patterns = flush(total.view(np.uint32))
            if (patterns & MAGNITUDE).max(initial=0) > INFINITY:
                patterns = np.where(np.isnan(total), np.uint32(0x7FC00000), patterns)
            return _bytes(patterns)
        # float32 has more than twice the bits of the operands: rounding its sum once more is as good as the exact one.
        a, b = (flush(widen_bf16(x.view(np.uint16))).view(np.float32) for x in (old, new))
        patterns = (a + b).view(np.uint32)
    rounded = round_to_even(patterns)
    if (patterns & MAGNITUDE).max(initial=0) > INFINITY:
        rounded[(patterns & MAGNITUDE) > INFINITY] = np.uint32(0x7FC00000)
    return _bytes(upper_halves(flush(rounded)))


def _bytes(array: NDArray[np.unsignedinteger]) -> Bytes:
    return np.ascontiguousarray(array).view(np.uint8)
