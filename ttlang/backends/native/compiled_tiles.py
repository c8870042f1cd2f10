"""
Arithmetic on tiles of bfloat16 by a library in C++ (`tile_arithmetic.cpp`), in one pass where numpy takes a dozen, and
to the bit what the machine has in numpy. It is made where there is a compiler, and used once it is there.
"""

from __future__ import annotations

import ctypes
from ctypes import byref
from functools import cache
from math import prod

import numpy as np

from ttlang.backends.native.own_library import OwnLibrary
from ttlang.machine.numerics.stored_tiles import BlockShape, Located, Packing, StoredTiles, SumKind
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import BF16, F32, TILE_ELEMENTS

LOOKED_FOR = 1 << 10
"""Tiles, and products of two, from which on a process looks for the library: numpy takes some 3 us for one."""
WORTH = 1 << 17
"""The same, from which on a process has it made, in a second."""


class _Tiles(ctypes.Structure):
    _fields_ = (("rows", ctypes.c_void_p), ("places", ctypes.c_void_p))


class _Pack(ctypes.Structure):
    _fields_ = (("old", _Tiles), ("result", _Tiles), ("whole", ctypes.c_int64))


class CompiledTiles:
    """As `TileArithmetic`."""

    def __init__(self) -> None:
        functions = {"ttlang_tiles_serve": 0, "ttlang_multiply_tiles": 6, "ttlang_add_tiles": 7, "ttlang_pack_tiles": 4}
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
        if (library := self._find(left, right, prod(lead) * shape.products)) is None:
            return None
        given = (*lead, shape.rows * shape.columns, TILE_ELEMENTS)
        result = np.empty(given, np.uint32) if dst is None else np.array(dst, order="C").reshape(given)
        exact = self._multiply(library, left, right, shape, lead, result, None, dst is not None, dst32)
        return result if exact else None

    def multiply_and_pack(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        if not _can_pack(packing, dst32) or (library := self._find(left, right, prod(lead) * shape.products)) is None:
            return False
        block = np.empty((shape.rows * shape.columns, TILE_ELEMENTS), np.uint32)
        return self._multiply(library, left, right, shape, lead, block, packing, False, dst32)

    def _multiply(
        self,
        library: ctypes.PyDLL,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst: Patterns,
        packing: Packing | None,
        held: bool,
        dst32: bool,
    ) -> bool:
        size = shape.inner * (shape.rows + shape.columns) * TILE_ELEMENTS
        if self._scratch.size < size:
            self._scratch = np.empty(size, np.float32)
        a, b, pack = left.located(lead), right.located(lead), _Packing(packing)
        sizes = (ctypes.c_int64 * 7)(prod(lead), *shape, held, dst32)
        scratch = self._scratch.ctypes.data
        call = library.ttlang_multiply_tiles
        return bool(call(byref(_tiles(a)), byref(_tiles(b)), dst.ctypes.data, pack.pointer, sizes, scratch))

    def add(
        self, kind: SumKind, left: StoredTiles, right: StoredTiles, lead: tuple[int, ...], dst32: bool
    ) -> Patterns | None:
        if (library := self._find(left, right, prod(lead) * left.count)) is None:
            return None
        result = np.empty((*lead, left.count, TILE_ELEMENTS), np.uint32)
        return result if self._add(library, kind, left, right, lead, result, None, dst32) else None

    def add_and_pack(
        self,
        kind: SumKind,
        left: StoredTiles,
        right: StoredTiles,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        if not _can_pack(packing, dst32) or (library := self._find(left, right, prod(lead) * left.count)) is None:
            return False
        return self._add(library, kind, left, right, lead, np.empty(TILE_ELEMENTS, np.uint32), packing, dst32)

    def _add(
        self,
        library: ctypes.PyDLL,
        kind: SumKind,
        left: StoredTiles,
        right: StoredTiles,
        lead: tuple[int, ...],
        dst: Patterns,
        packing: Packing | None,
        dst32: bool,
    ) -> bool:
        a, b, pack = left.located(lead), right.located(lead), _Packing(packing)
        sizes = prod(lead) * left.count, kind == "sub", dst32
        call = library.ttlang_add_tiles
        return bool(call(byref(_tiles(a)), byref(_tiles(b)), dst.ctypes.data, pack.pointer, *sizes))

    def pack(self, dst: Patterns, packing: Packing, dst32: bool) -> bool:
        tiles = packing.result.places.size
        if not _can_pack(packing, dst32) or (library := self._find_any(tiles)) is None:
            return False
        values, pack = np.ascontiguousarray(dst), _Packing(packing)
        library.ttlang_pack_tiles(values.ctypes.data, pack.pointer, tiles, dst32)
        return True

    def _find(self, left: StoredTiles, right: StoredTiles, work: int) -> ctypes.PyDLL | None:
        """The library, if the operands are what it takes."""
        return self._find_any(work) if left.dtype is BF16 and right.dtype is BF16 else None

    def _find_any(self, work: int) -> ctypes.PyDLL | None:
        """The library, where it is fast."""
        library = self.library.find(work)
        if library is not None and self._serves is None:
            self._serves = bool(library.ttlang_tiles_serve())
        return library if self._serves else None


def _can_pack(packing: Packing, dst32: bool) -> bool:
    return packing.dtype is BF16 or (packing.dtype is F32 and dst32)


class _Packing:
    """What a call of the library gets of it, and the arrays that this points to."""

    def __init__(self, packing: Packing | None):
        self.pointer = None
        if packing is None:
            return
        self._old = None if packing.old is None else packing.old.located()
        self._result = packing.result
        old = _Tiles() if self._old is None else _tiles(self._old)
        self.pointer = byref(_Pack(old, _tiles(packing.result), packing.dtype is F32))


def _tiles(located: Located) -> _Tiles:
    assert located.rows.flags.c_contiguous
    assert located.places.flags.c_contiguous
    return _Tiles(located.rows.ctypes.data, located.places.ctypes.data)


@cache
def compiled_tiles() -> CompiledTiles:
    """That of this process."""
    return CompiledTiles()
