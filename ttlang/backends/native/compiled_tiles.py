"""
Arithmetic on tiles of bfloat16 by a library in C++ (`tile_arithmetic.cpp`), in one pass where numpy takes a dozen, and
to the bit what the machine has in numpy. It is made where there is a compiler, and used once it is there.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Literal

import numpy as np

from ttlang.backends.native.own_library import OwnLibrary
from ttlang.machine.numerics.stored_tiles import BlockShape, Located, StoredTiles
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import BF16, F32, TILE_ELEMENTS, DType

LOOKED_FOR = 1 << 10
"""Tiles, and products of two, from which on a process looks for the library: numpy takes some 3 us for one."""
WORTH = 1 << 17
"""The same, from which on a process has it made, in a second."""


class _Tiles(ctypes.Structure):
    _fields_ = (("rows", ctypes.c_void_p), ("places", ctypes.c_void_p))


class CompiledTiles:
    """As `TileArithmetic`."""

    def __init__(self) -> None:
        functions = {"ttlang_tiles_serve": 0, "ttlang_multiply_tiles": 5, "ttlang_add_tiles": 6, "ttlang_pack_tiles": 6}
        self.library = OwnLibrary("tile_arithmetic", functions, LOOKED_FOR, WORTH)
        self._scratch = np.empty(0, np.float32)
        self._serves: bool | None = None

    def multiply(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst: Patterns | None,
        dst32: bool,
    ) -> Patterns | None:
        blocks = int(np.prod(lead))
        if left.dtype is not BF16 or right.dtype is not BF16:
            return None
        if (library := self._find(blocks * shape.rows * shape.inner * shape.columns)) is None:
            return None
        size = shape.inner * (shape.rows + shape.columns) * TILE_ELEMENTS
        if self._scratch.size < size:
            self._scratch = np.empty(size, np.float32)
        given = (*lead, shape.rows * shape.columns, TILE_ELEMENTS)
        result = np.empty(given, np.uint32) if dst is None else np.array(dst, order="C").reshape(given)
        a, b = left.located(lead), right.located(lead)
        sizes = (ctypes.c_int64 * 7)(blocks, *shape, dst is not None, dst32)
        exact = library.ttlang_multiply_tiles(
            _tiles(a), _tiles(b), result.ctypes.data, sizes, self._scratch.ctypes.data
        )
        return result if exact else None

    def add(
        self, kind: Literal["add", "sub"], left: StoredTiles, right: StoredTiles, lead: tuple[int, ...], dst32: bool
    ) -> Patterns | None:
        tiles = int(np.prod(lead)) * left.count
        if left.dtype is not BF16 or right.dtype is not BF16 or (library := self._find(tiles)) is None:
            return None
        result = np.empty((*lead, left.count, TILE_ELEMENTS), np.uint32)
        a, b = left.located(lead), right.located(lead)
        finite = library.ttlang_add_tiles(_tiles(a), _tiles(b), result.ctypes.data, tiles, kind == "sub", dst32)
        return result if finite else None

    def pack(self, dst: Patterns, dtype: DType, old: StoredTiles | None, result: Located, dst32: bool) -> bool:
        whole, tiles = dtype is F32, result.places.size
        if dtype is not BF16 and not (whole and dst32):
            return False
        if (library := self._find(tiles)) is None:
            return False
        values = np.ascontiguousarray(dst)
        before = None if old is None else old.located(dst.shape[:-2])
        library.ttlang_pack_tiles(values.ctypes.data, _tiles(before), _tiles(result), tiles, dst32, whole)
        return True

    def _find(self, work: int) -> ctypes.PyDLL | None:
        """The library, where it is fast."""
        library = self.library.find(work)
        if library is not None and self._serves is None:
            self._serves = bool(library.ttlang_tiles_serve())
        return library if self._serves else None


def _tiles(located: Located | None) -> ctypes.Array[_Tiles]:
    if located is None:
        return (_Tiles * 1)()
    assert located.rows.flags.c_contiguous
    assert located.places.flags.c_contiguous
    return (_Tiles * 1)(_Tiles(located.rows.ctypes.data, located.places.ctypes.data))


@cache
def compiled_tiles() -> CompiledTiles:
    """That of this process."""
    return CompiledTiles()
