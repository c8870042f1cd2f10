"""The values of a tensor to its pages and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttlang.host.arithmetic import FAR
from ttlang.host.spec import TensorSpec
from ttlang.host.types import Layout
from ttlang.machine.tiles import decode, encode, tilize, untilize
from ttlang.tables.dtypes import BF16, TILE_ELEMENTS, UINT16, DType

Values = NDArray[Any]
Pages = NDArray[np.uint8]


def cast(values: Values, row: DType) -> Values:
    """
    Values in the numpy type that holds a format: bfloat16, float32 (block formats too, which round in `encode_pages`)
    or an integer type. Floats round to nearest even. A float given for an integer loses its fraction (a NaN is 0); what
    is out of range wraps, except that a float saturates in uint16.
    """
    target = row.numpy_dtype()
    if not row.is_integer or values.dtype.kind in "iub":
        with np.errstate(all="ignore"):
            return values.astype(target, copy=False)
    limits = np.iinfo(target)
    finite = np.nan_to_num(values.astype(np.float64), nan=0.0, posinf=limits.max, neginf=limits.min)
    if row is UINT16:
        finite = finite.clip(limits.min, limits.max)
    return finite.clip(-FAR, FAR).astype(np.int64).astype(target)


def encode_pages(values: Values, spec: TensorSpec, pad_value: float = 0.0) -> Pages:
    """Values of the spec's shape -> its pages (num_pages, page_bytes); `pad_value` fills what tiles add."""
    row = spec.row
    array = cast(values, row)
    if spec.layout is Layout.ROW_MAJOR:
        # The source stays its owner's: a copy even where no byte changes.
        return array.copy(order="C").reshape(-1).view(np.uint8).reshape(spec.num_pages, spec.page_bytes)
    # numpy moves unsigned words faster than bfloat16 objects.
    words = array.view(f"u{array.dtype.itemsize}")
    if spec.padded_shape != spec.shape:
        filler = cast(np.asarray(pad_value), row).view(words.dtype)
        padded = np.full(spec.padded_shape, filler)
        padded[tuple(slice(extent) for extent in _as_matrix(spec))] = words.reshape(_as_matrix(spec))
        words = padded
    tiles = tilize(words).view(array.dtype)
    return encode(tiles, row).reshape(spec.num_pages, spec.page_bytes)


def decode_pages(pages: Pages, spec: TensorSpec) -> Values:
    """
    The pages of a tensor -> its values, in the spec's shape without padding: float32 for float and block formats, the
    format's own type for integers.
    """
    row = spec.row
    if spec.layout is Layout.ROW_MAJOR:
        values = np.ascontiguousarray(pages).reshape(-1).view(row.numpy_dtype()).reshape(spec.shape)
        return values.astype(np.float32) if row is BF16 else values.copy()
    *lead, height, width = spec.padded_shape
    count = height * width // TILE_ELEMENTS
    tiles = decode(pages, row).reshape(*lead, count, TILE_ELEMENTS)
    values = untilize(tiles, (height, width))
    return values[tuple(slice(extent) for extent in _as_matrix(spec))].reshape(spec.shape)


def _as_matrix(spec: TensorSpec) -> tuple[int, ...]:
    """The shape with at least two dimensions."""
    return (1,) * (2 - len(spec.shape)) + tuple(spec.shape)
