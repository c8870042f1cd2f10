"""Arithmetic in float32 that rounds as a chip does, and is fast."""

from __future__ import annotations

import numpy as np

from ttlang.machine.numerics.elementwise import evaluate_fast
from ttlang.machine.numerics.tile_arithmetic import Kind, Numerics
from ttlang.machine.numerics.units.vector_unit import round_to_even
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import F32, DType


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

    def _source(self, values: Patterns, dtype: DType, dst32: bool) -> Patterns:
        return values

    def _multiply(
        self, left: Patterns, right: Patterns, dst: Patterns, fidelity: str, dst32: bool, depth: int
    ) -> Patterns:
        x, y, total = left.view(np.float32), right.view(np.float32), dst.view(np.float32)
        with np.errstate(all="ignore"):
            # One order, whatever is computed at once: a sum of floats depends on it.
            for start in range(0, x.shape[2], depth):
                part = slice(start, start + depth)
                product = x[:, :, part] @ y[:, part]
                product += total
                total = product if dst32 else round_to_even(product.view(np.uint32)).view(np.float32)
        return total.view(np.uint32)
