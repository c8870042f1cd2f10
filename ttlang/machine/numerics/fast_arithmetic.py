"""Arithmetic in float32 that rounds as a chip does, and is fast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics import arrangements
from ttlang.machine.numerics.arrangements import SIDE
from ttlang.machine.numerics.elementwise import evaluate_fast
from ttlang.machine.numerics.pack import upper_halves
from ttlang.machine.numerics.stored_tiles import BlockShape, Packing, StoredTiles, SumKind, TileArithmetic
from ttlang.machine.numerics.tile_arithmetic import Kind, Numerics
from ttlang.machine.numerics.units.vector_unit import round_to_even
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import BF16, F32, TILE_ELEMENTS, DType

Floats = NDArray[np.float32]

ONE_THREAD = 1 << 18
"""Multiplications of a product of matrices up to which OpenBLAS makes it in one thread (`interface/gemm.c`)."""
ELEMENTS_AT_ONCE = 1 << 14
"""Elements of the results of products that are made at once."""


class FastNumerics(Numerics):
    """float32 arithmetic with one rounding, to nearest even, where DST has 16 bits; packs as the chips do."""

    def __init__(self, tiles: TileArithmetic | None = None) -> None:
        super().__init__(evaluate_fast, tiles)
        self._agreed: dict[tuple[int, int], bool] = {}
        """For rows and columns of tiles, what `_agrees` has found."""

    def copy_tile(self, values: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        if dtype is not F32 or dst32:
            return values
        return round_to_even(values)

    def matmul_stored(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst32: bool,
        dst: Patterns | None = None,
        fidelity: str = "HiFi4",
    ) -> Patterns:
        tiles = self._tiles
        done = None if tiles is None else tiles.multiply(left, right, shape, lead, dst, dst32)
        if tiles is not None and done is not None and self._agrees(tiles, shape.rows, shape.columns):
            return done
        return super().matmul_stored(left, right, shape, lead, dst32, dst, fidelity)

    def matmul_packed(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        tiles = self._tiles
        if tiles is None or not tiles.multiply_and_pack(left, right, shape, lead, dst32, packing):
            return False
        return self._agrees(tiles, shape.rows, shape.columns)

    def _agrees(self, tiles: TileArithmetic, rows: int, columns: int) -> bool:
        """
        Whether products of such blocks are to the bit what numpy makes of them: in which order OpenBLAS adds up is its
        own affair, and may depend on the processor and the shape. Of random numbers another order is seen.
        """
        if (rows, columns) not in self._agreed:
            random = np.random.default_rng(0).standard_normal((rows + columns, TILE_ELEMENTS), np.float32)
            raw = upper_halves(random.view(np.uint32)).view(np.uint8)
            left = StoredTiles(raw[:rows], None, BF16, rows)
            right = StoredTiles(raw[rows:], None, BF16, columns)
            shape = BlockShape(rows, 1, columns, transpose=False)
            done = tiles.multiply(left, right, shape, (), None, dst32=True)
            self._agreed[rows, columns] = done is not None and np.array_equal(
                done, super().matmul_stored(left, right, shape, (), dst32=True)
            )
        return self._agreed[rows, columns]

    def add_stored(self, kind: SumKind, left: StoredTiles, right: StoredTiles, cores: int, dst32: bool) -> Patterns:
        if self._tiles is not None and (done := self._tiles.add(kind, left, right, (cores,), dst32)) is not None:
            return done
        return super().add_stored(kind, left, right, cores, dst32)

    def add_packed(
        self, kind: SumKind, left: StoredTiles, right: StoredTiles, cores: int, dst32: bool, packing: Packing
    ) -> bool:
        return self._tiles is not None and self._tiles.add_and_pack(kind, left, right, (cores,), dst32, packing)

    def binary_fpu(
        self,
        kind: Kind,
        a: Patterns,
        b: Patterns,
        dtype_a: DType,
        dtype_b: DType,
        dst32: bool,
        dst: Patterns | None = None,
        fidelity: str = "HiFi4",
        accumulate: bool = False,
    ) -> Patterns:
        x, y = a.view(np.float32), b.view(np.float32)
        with np.errstate(all="ignore"):
            result = np.asarray(x + y if kind == "add" else x - y if kind == "sub" else x * y)
            if dst is not None and (accumulate or kind == "mul"):
                result += dst.view(np.float32)
        return result.view(np.uint32) if dst32 else round_to_even(result.view(np.uint32))

    def matmul_block(
        self,
        a: Patterns,
        b: Patterns,
        dtype_a: DType,
        dtype_b: DType,
        dst32: bool,
        dst: Patterns | None = None,
        fidelity: str = "HiFi4",
        transpose: bool = False,
    ) -> Patterns:
        if a.ndim != 5 or b.ndim != 5 or a.shape[-2] != b.shape[-3]:
            return super().matmul_block(a, b, dtype_a, dtype_b, dst32, dst, fidelity, transpose)
        if transpose:
            b = arrangements.transpose(b)
        x, y = _matrices(a), _matrices(b)
        # What is multiplied with several blocks is arranged once.
        lead = np.broadcast_shapes(x.shape[:2], y.shape[:2])
        x, y = np.broadcast_to(x, (*lead, *x.shape[2:])), np.broadcast_to(y, (*lead, *y.shape[2:]))
        before = None if dst is None else _matrices(dst.reshape(*lead, a.shape[2], b.shape[3], -1))
        total = _products(x, y, before, SIDE, dst32=dst32)
        return arrangements.to_tiles(total.view(np.uint32).reshape(-1, *total.shape[2:]), lead)

    def _source(self, values: Patterns, dtype: DType, dst32: bool) -> Patterns:
        return values

    def _multiply(
        self, left: Patterns, right: Patterns, dst: Patterns, fidelity: str, dst32: bool, depth: int
    ) -> Patterns:
        x, y, before = (each.view(np.float32)[np.newaxis] for each in (left, right, dst))
        return _products(x, y, before, depth, dst32=dst32)[0].view(np.uint32)


def _matrices(blocks: Patterns) -> Floats:
    """(groups, blocks, r, c, 1024) -> (groups, blocks, r * 32, c * 32)."""
    matrices = arrangements.to_matrices(blocks)
    return matrices.view(np.float32).reshape(*blocks.shape[:2], *matrices.shape[1:])


def _products(left: Floats, right: Floats, before: Floats | None, depth: int, *, dst32: bool) -> Floats:
    """before + left @ right of (m, n, R, K), (m, n, K, C), (m, n, R, C); None stands for zeros."""
    m, n, rows, _ = left.shape
    total = np.empty((m, n, rows, right.shape[3]), np.float32)
    # Large products one by one: what is added up stays in the cache.
    count = max(1, ELEMENTS_AT_ONCE // total[0].size)
    with np.errstate(all="ignore"):
        for start in range(0, m, count):
            some = slice(start, start + count)
            held = None if before is None else before[some]
            _add_products(left[some], right[some], held, total[some], depth, dst32=dst32)
    return total


def _add_products(
    left: Floats, right: Floats, before: Floats | None, total: Floats, depth: int, *, dst32: bool
) -> None:
    """total = before + left @ right, in one order whatever is computed at once: a sum of floats depends on it."""
    m, n, rows, inner = left.shape
    columns = right.shape[3]
    at_once = _rows_at_once(rows, columns, depth)
    left = left.reshape(m, n, rows // at_once, at_once, inner)
    product = np.empty(total.shape, np.float32)
    split = product.reshape(m, n, rows // at_once, at_once, columns)
    zero = np.float32(0)
    for start in range(0, inner, depth):
        part = slice(start, start + depth)
        np.matmul(left[..., part], right[:, :, np.newaxis, part], out=split)
        np.add(product, total if start else zero if before is None else before, out=total)
        if not dst32:
            total.view(np.uint32)[:] = round_to_even(total.view(np.uint32))


def _rows_at_once(rows: int, columns: int, depth: int) -> int:
    """Of a product: OpenBLAS takes threads for larger ones, which cost more than they help."""
    most = max(1, ONE_THREAD // (columns * depth))
    return next(count for count in range(min(rows, most), 0, -1) if rows % count == 0)
