"""
The unpacker: bytes in L1 -> values, and values -> what a source register or DST makes of them (docs/numerics.md).

DST and everything on the way to it is float32 bit patterns; a 16-bit DST holds patterns whose lower half is 0. An
integer tile holds the integer itself, in two's complement. (A Wormhole keeps it as sign and magnitude: there -2**31
does not exist. That is not modelled.)
"""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.float32 import HIGH_HALF, INFINITY, MAGNITUDE, SIGN, SMALLEST_NORMAL
from ttlang.machine.tiles import Bytes, Patterns, decode_blocks, widen_bf16
from ttlang.tables.dtypes import BF16, F32, DType, Kind

_TF32 = np.uint32(0xFFFFE000)


def unpack_tiles(raw: Bytes, dtype: DType) -> Patterns:
    """
    Bytes of tiles (..., tile_bytes) -> patterns (..., 1024) of their exact values, in the order of L1; a view of `raw`
    where the format allows it. Integers are extended to 32 bits.
    """
    if dtype.kind is Kind.INTEGER:
        stored = raw.view(dtype.numpy_dtype())
        return stored.view(np.uint32) if stored.dtype.itemsize == 4 else stored.astype(np.uint32)
    if dtype is F32:
        return raw.view(np.uint32)
    if dtype is BF16:
        return widen_bf16(raw.view(np.uint16))
    return decode_blocks(raw, dtype)


def to_source(patterns: Patterns, dtype: DType, dst32: bool) -> Patterns:
    """
    What a source register holds of unpacked values: ten fraction bits (tf32) with a 32-bit DST, else seven (bf16);
    the rest of a float32 is cut off.
    """
    if dtype is not F32:
        return patterns
    return patterns & (_TF32 if dst32 else HIGH_HALF)


def copy_to_dst(patterns: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool) -> Patterns:
    """
    `copy_tile`. A 16-bit DST gets the bits as they are. On its way into a 32-bit DST a value passes the adder of the
    matrix unit as x + 0: denormals and -0 become +0, and NaNs infinite; `unpack_to_dest` goes around it. Integers
    pass. The result may share memory with `patterns`.
    """
    if dtype.is_integer or (unpack_to_dest and dst32):
        return patterns
    source = to_source(patterns, dtype, dst32)
    return through_adder(source) if dst32 else source


def flush_to_zero(patterns: Patterns) -> Patterns:
    """Denormals and -0 -> +0. The result may share memory with `patterns`."""
    tiny = (patterns & INFINITY) == 0
    return np.where(tiny, np.uint32(0), patterns) if tiny.any() else patterns


def through_adder(patterns: Patterns) -> Patterns:
    """x + 0 of the matrix unit. The result may share memory with `patterns`."""
    magnitude = patterns & MAGNITUDE
    tiny = magnitude < SMALLEST_NORMAL
    kept = np.where(tiny, np.uint32(0), patterns)
    if magnitude.max(initial=0) > INFINITY:
        nan = magnitude > INFINITY
        kept[nan] = (patterns[nan] & SIGN) | INFINITY
    return kept
