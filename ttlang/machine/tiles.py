"""
Host arrays to and from tiles as they lie in memory: the order of a tile's datums and the bytes of each format
(docs/hardware.md, "Formats").

A tile of 32x32 is four faces of 16x16 (upper left, upper right, lower left, lower right), each row-major. Every
array here keeps its leading axes; the last axis holds a tile's 1024 datums in that order, or its bytes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.tables.dtypes import BF16, F32, FACE_SIDE, TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH, DType, Kind

Bytes = NDArray[np.uint8]
Patterns = NDArray[np.uint32]
"""Bit patterns of float32 values."""
Array = NDArray[Any]

FACE = FACE_SIDE
"""Rows and columns of a face, and datums that share an exponent in the block formats."""
BLOCKS = TILE_ELEMENTS // FACE
"""Shared exponents of a tile; they lie before its mantissas."""

_SIGN = np.uint32(0x80000000)
_FRACTION = np.uint32(0x7FFFFF)


def tilize(array: Array) -> Array:
    """
    (..., H, W), H and W multiples of 32 -> (..., H/32 * W/32, 1024), tiles row-major. A ValueError for other shapes.
    """
    *lead, height, width = array.shape if array.ndim >= 2 else (*array.shape, 0)
    if array.ndim < 2 or height % TILE_HEIGHT or width % TILE_WIDTH:
        raise ValueError(f"a shape of {array.shape} is not made of whole {TILE_HEIGHT}x{TILE_WIDTH} tiles")
    rows, columns = height // TILE_HEIGHT, width // TILE_WIDTH
    split = array.reshape(*lead, rows, 2, FACE, columns, 2, FACE)
    n = len(lead)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2, n + 5)
    return split.transpose(order).reshape(*lead, rows * columns, TILE_ELEMENTS)


def untilize(tiles: Array, shape: tuple[int, int]) -> Array:
    """(..., H/32 * W/32, 1024) -> (..., H, W) for `shape` = (H, W). A ValueError if the tiles do not fill it."""
    height, width = shape
    rows, columns = height // TILE_HEIGHT, width // TILE_WIDTH
    whole = height % TILE_HEIGHT == 0 and width % TILE_WIDTH == 0
    if not whole or tiles.shape[-2:] != (rows * columns, TILE_ELEMENTS):
        raise ValueError(f"tiles of shape {tiles.shape} do not make an array of {height}x{width}")
    lead = tiles.shape[:-2]
    n = len(lead)
    split = tiles.reshape(*lead, rows, columns, 2, 2, FACE, FACE)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3, n + 5)
    return split.transpose(order).reshape(*lead, height, width)


def tilize_rows(raw: Bytes) -> Bytes:
    """
    The bytes of 32 rows, which take up as many tiles, (tiles, bytes of a tile) -> those of the tiles. Not for block
    formats, which have no rows.
    """
    tiles, size = raw.shape
    unit = size // TILE_ELEMENTS
    elements = np.ascontiguousarray(raw).view(f"u{unit}").reshape(TILE_HEIGHT, tiles * TILE_WIDTH)
    return np.ascontiguousarray(tilize(elements)).view(np.uint8).reshape(tiles, size)


def untilize_rows(raw: Bytes) -> Bytes:
    """The bytes of a row of tiles, (tiles, bytes of a tile) -> (32, bytes of a row)."""
    tiles, size = raw.shape
    elements = np.ascontiguousarray(raw).view(f"u{size // TILE_ELEMENTS}")
    rows = untilize(elements, (TILE_HEIGHT, tiles * TILE_WIDTH))
    return np.ascontiguousarray(rows).view(np.uint8)


def encode(values: Array, dtype: DType) -> Bytes:
    """
    Values in tile order, (..., 1024) -> the bytes of the tiles, (..., tile_bytes).

    Floats round to nearest, ties to even; a block format rounds each magnitude so at the exponent that its sixteen
    datums share, and saturates. Integers wrap to the width of the format; a float given for an integer loses its
    fraction.
    """
    if values.shape[-1] != TILE_ELEMENTS:
        raise ValueError(f"a tile has {TILE_ELEMENTS} datums, the last axis has {values.shape[-1]}")
    if dtype.kind is Kind.INTEGER:
        whole = values.astype(np.int64) if values.dtype.kind not in "iu" else values
        return _bytes(whole.astype(dtype.numpy_dtype()))
    if dtype is BF16 and values.dtype == BF16.numpy_dtype():
        return _bytes(values)
    with np.errstate(all="ignore"):
        patterns = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    if dtype is F32:
        return _bytes(patterns)
    if dtype is BF16:
        return _bytes(round_to_bf16(patterns))
    return _encode_blocks(patterns, dtype)


def decode(raw: Bytes, dtype: DType) -> Array:
    """
    The bytes of tiles, (..., tile_bytes) -> their values in tile order, (..., 1024): float32 for every float and block
    format, the format's own numpy type for integers.
    """
    if raw.shape[-1] != dtype.tile_bytes:
        raise ValueError(f"a {dtype} tile has {dtype.tile_bytes} bytes, the last axis has {raw.shape[-1]}")
    if dtype.kind is Kind.BLOCK_FLOAT:
        return decode_blocks(raw, dtype).view(np.float32)
    return decode_elements(raw, dtype)


def decode_elements(raw: Bytes, dtype: DType) -> Array:
    """The bytes of elements as they lie in memory -> their values, as `decode` gives them. Not for block formats."""
    if dtype.kind is Kind.INTEGER:
        return raw.view(dtype.numpy_dtype())
    if dtype is BF16:
        return widen_bf16(raw.view(np.uint16)).view(np.float32)
    return raw.view(np.float32)


def round_to_bf16(patterns: Patterns) -> NDArray[np.uint16]:
    """float32 patterns -> bfloat16 patterns, to nearest, ties to even; a NaN stays a NaN, of its sign."""
    odd = (patterns >> 16) & np.uint32(1)
    rounded = ((patterns + (odd + np.uint32(0x7FFF))) >> 16).astype(np.uint16)
    nan = (patterns & np.uint32(0x7FFFFFFF)) > np.uint32(0x7F800000)
    if nan.any():
        rounded[nan] = ((patterns[nan] >> 16) | np.uint32(0x40)).astype(np.uint16)
    return rounded


def widen_bf16(patterns: NDArray[np.uint16]) -> Patterns:
    """bfloat16 patterns -> float32 patterns of the same values."""
    wide = patterns.astype(np.uint32)
    wide <<= 16
    return wide


def magnitude_bits(dtype: DType) -> int:
    """Bits of a datum's magnitude in a block format; one more is its sign."""
    return (dtype.tile_bytes - BLOCKS) * 8 // TILE_ELEMENTS - 1


def _bytes(array: Array) -> Bytes:
    return np.ascontiguousarray(array).view(np.uint8)


def _encode_blocks(patterns: Patterns, dtype: DType) -> Bytes:
    bits = magnitude_bits(dtype)
    blocks = patterns.reshape(*patterns.shape[:-1], BLOCKS, FACE)
    exponents = (blocks >> 23) & np.uint32(0xFF)
    shared = exponents.max(axis=-1, keepdims=True)
    # Denormals count as zero: a block format has no exponent below the smallest normal one.
    significands = np.where(exponents == 0, np.uint32(0), (blocks & _FRACTION) | np.uint32(1 << 23))
    shift = np.minimum(shared - exponents + np.uint32(24 - bits), np.uint32(25))
    half = np.uint32(1) << (shift - np.uint32(1))
    odd = (significands >> shift) & np.uint32(1)
    magnitudes = np.minimum((significands + (half - np.uint32(1) + odd)) >> shift, np.uint32((1 << bits) - 1))
    signs = np.where(magnitudes == 0, np.uint32(0), blocks >> 31)
    data = (magnitudes | (signs << np.uint32(bits))).astype(np.uint8)
    return join_blocks(shared[..., 0].astype(np.uint8), data.reshape(patterns.shape), dtype)


def join_blocks(shared: Bytes, data: Bytes, dtype: DType) -> Bytes:
    """Shared exponents (..., 64) and datums (..., 1024) with the sign above the magnitude -> (..., tile_bytes)."""
    raw = np.empty((*data.shape[:-1], dtype.tile_bytes), np.uint8)
    raw[..., :BLOCKS] = shared
    if magnitude_bits(dtype) == 7:
        raw[..., BLOCKS:] = data
    else:
        np.left_shift(data[..., 1::2], 4, out=raw[..., BLOCKS:])
        raw[..., BLOCKS:] |= data[..., 0::2]
    return raw


def decode_blocks(raw: Bytes, dtype: DType) -> Patterns:
    """
    The bytes of block-float tiles -> float32 patterns of their exact values. A magnitude above one at the largest
    exponent becomes the pattern that its bits spell, a NaN.
    """
    bits = magnitude_bits(dtype)
    exponents = raw[..., :BLOCKS]
    data = raw[..., BLOCKS:]
    units = _UNITS_7.take(data) if bits == 7 else _UNITS_3.take(data).view(np.float32)
    blocks = units.reshape(*units.shape[:-1], BLOCKS, FACE)
    if exponents.max(initial=0) < 255:
        blocks *= _SCALE.take(exponents)[..., np.newaxis]
        return units.view(np.uint32)
    # One exponent lower everything is finite; the exponent field of what is normal then rises by one.
    top = (exponents == 255)[..., np.newaxis]
    blocks *= _SCALE.take(exponents - (exponents == 255))[..., np.newaxis]
    patterns = blocks.view(np.uint32)
    patterns += (top & (blocks != 0)).astype(np.uint32) << np.uint32(23)
    return patterns.reshape(units.shape)


def _unit_values(bits: int) -> NDArray[np.float32]:
    """Each datum as a number in which the shared exponent's power of two is one."""
    datums = np.arange(2 << bits)
    magnitudes = (datums & ((1 << bits) - 1)) / (1 << (bits - 1))
    values = np.where(datums >> bits & 1, -magnitudes, magnitudes)
    return np.where(magnitudes == 0, 0.0, values).astype(np.float32)


def _nibble_pairs() -> NDArray[np.uint64]:
    """Two float32 for each byte, low nibble first, as one word."""
    units = _unit_values(3)
    byte = np.arange(256)
    return np.stack([units[byte & 15], units[byte >> 4]], axis=-1).view(np.uint64)[:, 0]


_UNITS_7 = _unit_values(7)
_UNITS_3 = _nibble_pairs()
_SCALE = np.ldexp(np.float32(1), np.arange(255) - 127)
"""2 to the power that an exponent field stands for."""
