"""Tiles as they lie in memory, to calls that read and write them there; and who computes on them in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np

from ttlang.machine.page_patterns import Integers
from ttlang.machine.tiles import Bytes, Patterns
from ttlang.tables.dtypes import DType

SumKind = Literal["add", "sub"]


class Located(NamedTuple):
    """Tiles as rows of an array: what has the bytes of each (rows, tile_bytes), and which rows, (..., tiles)."""

    rows: Bytes
    places: Integers


class StoredTiles:
    """So many tiles of an operand in memory, for each of the leading axes; one of an axis stands for all."""

    __slots__ = ("_places", "_raw", "count", "dtype")

    def __init__(self, raw: Bytes, places: Integers | None, dtype: DType, count: int):
        """
        `raw`: the bytes, (..., tiles, tile_bytes), where `places` is None; else the rows that `places`, (..., tiles),
        are of.
        """
        self._raw = raw
        self._places = places
        self.dtype = dtype
        self.count = count

    def gather(self) -> Bytes:
        """(..., tiles, tile_bytes); a view where that is possible."""
        return self._raw if self._places is None else self._raw.take(self._places, axis=0, mode="clip")

    def located(self, lead: Sequence[int] | None = None) -> Located:
        """As (*lead, count) rows of an array; with the axes that they have if none are given."""
        rows, places = self._raw, self._places
        if places is None:
            places = np.arange(rows[..., 0].size, dtype=np.int64).reshape(rows.shape[:-1])
            rows = np.ascontiguousarray(rows).reshape(-1, rows.shape[-1])
        shape = (*(places.shape[:-1] if lead is None else lead), self.count)
        if places.shape != shape:
            places = np.broadcast_to(places, shape)
        return Located(rows, np.ascontiguousarray(places, np.int64))


class BlockShape(NamedTuple):
    """Of a product of blocks."""

    rows: int
    """In tiles, as all of these."""
    inner: int
    columns: int
    transpose: bool
    """Whether each tile of the second block is transposed in its place."""

    @property
    def products(self) -> int:
        """Those of two tiles."""
        return self.rows * self.inner * self.columns


class Packing(NamedTuple):
    """What the packer does with tiles of DST."""

    dtype: DType
    old: StoredTiles | None
    """What it adds to, if anything."""
    result: Located


class TileArithmetic(Protocol):
    """
    Arithmetic on tiles in one pass, to the bit that of `FastNumerics` and `pack`; None or False where it can't be had,
    or might be another one. Then tiles that should have been packed to may hold anything.
    """

    def multiply(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst: Patterns | None,
        dst32: bool,
    ) -> Patterns | None:
        """dst + left @ right, (*lead, rows * columns, 1024)."""
        ...

    def multiply_and_pack(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        """Packs left @ right."""
        ...

    def add(
        self, kind: SumKind, left: StoredTiles, right: StoredTiles, lead: tuple[int, ...], dst32: bool
    ) -> Patterns | None:
        """left + right or left - right, (*lead, tiles, 1024)."""
        ...

    def add_and_pack(
        self,
        kind: SumKind,
        left: StoredTiles,
        right: StoredTiles,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        """Packs left + right or left - right."""
        ...

    def pack(self, dst: Patterns, packing: Packing, dst32: bool) -> bool:
        """Packs DST, (..., tiles, 1024)."""
        ...
