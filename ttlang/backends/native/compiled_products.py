"""
Products of matrices in the chips' arithmetic, by a library in C++ (`ordinary_products.cpp`), which is to the bit what
the machine has in numpy, and some ten times as fast. It is made where there is a compiler, and used once it is there.
"""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from ttlang.backends.native.own_library import OwnLibrary
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import PHASES

WORTH = 1 << 24
"""Products of numbers from which on a process has the library made. It takes a second, in which numpy makes 2**27."""

_SIDE_BY_SIDE = 32
"""Columns, or rows, that are worked on at once, at most."""


class CompiledProducts:
    """`matrix_products.multiply_ordinary`, in numpy until the library is there."""

    def __init__(self) -> None:
        functions = {"ttlang_multiply_narrow": 5, "ttlang_multiply_wide": 5}
        self.library = OwnLibrary("ordinary_products", functions, 1, WORTH, for_this_processor=True)
        self._scratch = np.empty(0, np.float32)

    def __call__(
        self,
        left: Patterns,
        right: Patterns,
        dst: Patterns,
        fidelity: str,
        dst32: bool,
        rules: MatrixUnitRules,
        depth: int,
    ) -> tuple[Patterns, bool]:
        matrices, rows, inner = left.shape
        columns = right.shape[2]
        library = self.library.find(matrices * rows * inner * columns)
        if library is None:
            # Not before it is asked for: simulations in `fast` load none of it.
            from ttlang.machine.numerics.units.matrix_products import multiply_ordinary

            return multiply_ordinary(left, right, dst, fidelity, dst32, rules, depth)
        size = 3 * inner * (max(rows, columns) + _SIDE_BY_SIDE)
        if self._scratch.size < size:
            self._scratch = np.empty(size, np.float32)
        result = np.array(dst, order="C")
        shape = (ctypes.c_int64 * 7)(matrices, rows, inner, columns, depth, PHASES[fidelity], rules.minus_one_slips)
        multiply = library.ttlang_multiply_wide if dst32 else library.ttlang_multiply_narrow
        a, b = np.ascontiguousarray(left), np.ascontiguousarray(right)
        ordinary = multiply(a.ctypes.data, b.ctypes.data, result.ctypes.data, shape, self._scratch.ctypes.data)
        return result, bool(ordinary)


@cache
def compiled_products() -> CompiledProducts:
    """That of this process."""
    return CompiledProducts()
