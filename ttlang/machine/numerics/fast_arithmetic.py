"""Arithmetic in float32 that rounds as a chip does, and is fast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics.elementwise import evaluate_fast
from ttlang.machine.numerics.tile_arithmetic import Kind, Numerics
from ttlang.machine.numerics.units.vector_unit import round_to_even
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import F32, DType

Floats = NDArray[np.float32]

ONE_THREAD = 1 << 18
"""Multiplications of a product of matrices up to which OpenBLAS makes it in one thread (`interface/gemm.c`)."""
ELEMENTS_AT_ONCE = 1 << 14
"""Elements of the results of products that are made at once."""


class FastNumerics(Numerics):
    """float32 arithmetic with one rounding, to nearest even, where DST has 16 bits; packs as the chips do."""

    def __init__(self) -> None:
        super().__init__(evaluate_fast)

    def copy_tile(self, values: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        if dtype is not F32 or dst32:
            return values
        return round_to_even(values)

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
        if a.ndim == b.ndim == 5 and b.shape[1] == 1 < a.shape[1] and a.shape[0] == b.shape[0]:
            # Blocks that are multiplied with the same one are one with more rows.
            groups, count, rows, depth, _ = a.shape
            tiles = rows * b.shape[3]
            taller = a.reshape(groups, count * rows, depth, -1)
            before = None if dst is None else dst.reshape(groups, count * tiles, -1)
            rest = (dtype_a, dtype_b, dst32, before, fidelity, transpose)
            return super().matmul_block(taller, b[:, 0], *rest).reshape(groups, count, tiles, -1)
        return super().matmul_block(a, b, dtype_a, dtype_b, dst32, dst, fidelity, transpose)

    def _source(self, values: Patterns, dtype: DType, dst32: bool) -> Patterns:
        return values

    def _multiply(
        self, left: Patterns, right: Patterns, dst: Patterns, fidelity: str, dst32: bool, depth: int
    ) -> Patterns:
        x, y, before = left.view(np.float32), right.view(np.float32), dst.view(np.float32)
        total = np.empty(before.shape, np.float32)
        # Large products one by one: what is added up stays in the cache.
        count = max(1, ELEMENTS_AT_ONCE // max(1, before[0].size))
        with np.errstate(all="ignore"):
            for start in range(0, len(x), count):
                some = slice(start, start + count)
                _add_products(x[some], y[some], before[some], total[some], depth, dst32=dst32)
        return total.view(np.uint32)


def _add_products(left: Floats, right: Floats, before: Floats, total: Floats, depth: int, *, dst32: bool) -> None:
    """total = before + left @ right, in one order whatever is computed at once: a sum of floats depends on it."""
    n, rows, inner = left.shape
    columns = right.shape[2]
    at_once = _rows_at_once(rows, columns, depth)
    left = left.reshape(n, rows // at_once, at_once, inner)
    product = np.empty(total.shape, np.float32)
    split = product.reshape(n, rows // at_once, at_once, columns)
    for start in range(0, inner, depth):
        part = slice(start, start + depth)
        np.matmul(left[..., part], right[:, np.newaxis, part], out=split)
        np.add(product, total if start else before, out=total)
        if not dst32:
            total.view(np.uint32)[:] = round_to_even(total.view(np.uint32))


def _rows_at_once(rows: int, columns: int, depth: int) -> int:
    """Of a product: OpenBLAS takes threads for larger ones, which cost more than they help."""
    most = max(1, ONE_THREAD // (columns * depth))
    return next(count for count in range(min(rows, most), 0, -1) if rows % count == 0)
