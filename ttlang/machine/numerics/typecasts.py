"""
`typecast_tile`: a tile in DST from one format's meaning to another's (docs/numerics.md, "Typecast").

| from        | to                   | result                                                              |
|-------------|----------------------|---------------------------------------------------------------------|
| float32     | bfloat16             | to nearest, ties to even, within the 32-bit pattern                 |
| other float | float                | as it is: the packer does the conversion                            |
| float       | int32, uint32        | towards zero, saturated; a NaN as the infinity of its sign          |
| float       | uint16               | to nearest, ties away from zero, saturated; negative numbers are 0  |
| float       | uint8                | towards zero, then modulo 256; 0 from 2**31 on                      |
| integer     | float32              | to nearest, ties to even                                            |
| integer     | bfloat16, bfp8, bfp4 | to float32 as above, then to bfloat16, ties away from zero          |
| int32       | uint16               | saturated; a negative number is 0                                   |
| uint32      | uint16               | saturated                                                           |
| integer     | uint8                | modulo 256                                                          |
| integer     | other integer        | the bits as they are                                                |
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.units.vector_unit import flush, to_dst
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import BF16, F32, INT32, UINT8, UINT16, UINT32, DType
from ttlang.tables.functions import Rounding

_SIGN = np.uint32(0x80000000)


def typecast(dst: Patterns, source: DType, target: DType) -> Patterns:
    """The patterns of `target` for those of `source`. The result may share memory with `dst`."""
    if source.is_integer and target.is_integer:
        return _integer_to_integer(dst, source, target)
    if source.is_integer:
        return _integer_to_float(dst, source, target)
    if target.is_integer:
        return _float_to_integer(dst, target)
    if source is F32 and target is BF16:
        return to_dst(dst.view(np.float32), False, Rounding.NEAREST_EVEN)
    return dst


def _integer_to_integer(dst: Patterns, source: DType, target: DType) -> Patterns:
    if target is UINT8:
        return dst & np.uint32(0xFF)
    if target is not UINT16 or source in (UINT16, UINT8):
        return dst
    positive = np.where(dst.view(np.int32) < 0, np.uint32(0), dst) if source is INT32 else dst
    return np.minimum(positive, np.uint32(0xFFFF))


def _integer_to_float(dst: Patterns, source: DType, target: DType) -> Patterns:
    values = (dst.view(np.int32) if source is INT32 else dst).astype(np.float32)
    return to_dst(values, target is F32, Rounding.NEAREST_AWAY)


def _float_to_integer(dst: Patterns, target: DType) -> Patterns:
    values = _ordered(dst)
    if target is INT32:
        return np.clip(np.trunc(values), -(2.0**31), 2.0**31 - 1).astype(np.int32).view(np.uint32)
    if target is UINT32:
        return np.clip(np.trunc(values), 0, 2.0**32 - 1).astype(np.uint32)
    if target is UINT16:
        return np.clip(np.floor(values + 0.5), 0, 0xFFFF).astype(np.uint32)
    small = np.where(np.abs(values) < 2.0**31, values, 0)
    return np.trunc(small).astype(np.int64).astype(np.uint32) & np.uint32(0xFF)


def _ordered(dst: Patterns) -> NDArray[np.float64]:
    """The values, with NaNs as infinities: both are the largest exponent to the integer code."""
    with np.errstate(invalid="ignore"):
        values = flush(dst).view(np.float32).astype(np.float64)
    return np.where(np.isnan(values), np.where(dst & _SIGN, -np.inf, np.inf), values)
