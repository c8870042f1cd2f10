"""
Products of matrices in the chips' arithmetic, by a library in C++ (`ordinary_products.cpp`), which is to the bit what
the machine has in numpy, and some ten times as fast. It is made where there is a compiler, and used once it is there.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from pathlib import Path

import numpy as np

from ttlang.diagnostics import DiagnosticError
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips.arithmetic import MatrixUnitRules
from ttlang.tables.fidelities import PHASES

WORTH = 1 << 24
"""Products of numbers from which on a process has the library made. It takes a second, in which numpy makes 2**27."""

_SOURCE = Path(__file__).parent / "ordinary_products.cpp"
_FLAGS = ("-O2", "-fvisibility=default", "-fno-fast-math", "-Wno-psabi")
_PADDED = 32
"""Columns are filled up to a multiple of it."""


class CompiledProducts:
    """`matrix_products.multiply_ordinary`, in numpy until the library is there."""

    def __init__(self) -> None:
        self._library: ctypes.PyDLL | None = None
        self._made = 0
        """Products so far, in numpy."""
        self._possible = sys.platform in ("linux", "darwin")
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
        library = self._library or self._find(matrices * rows * inner * columns)
        if library is None:
            # Not before it is asked for: simulations in `fast` load none of it.
            from ttlang.machine.numerics.units.matrix_products import multiply_ordinary

            return multiply_ordinary(left, right, dst, fidelity, dst32, rules, depth)
        padded = -(-columns // _PADDED) * _PADDED
        size = 3 * inner * (rows + padded)
        if self._scratch.size < size:
            self._scratch = np.empty(size, np.float32)
        result = np.array(dst, order="C")
        shape = (ctypes.c_int64 * 7)(matrices, rows, inner, columns, depth, PHASES[fidelity], rules.minus_one_slips)
        multiply = library.ttlang_multiply_wide if dst32 else library.ttlang_multiply_narrow
        a, b = np.ascontiguousarray(left), np.ascontiguousarray(right)
        ordinary = multiply(a.ctypes.data, b.ctypes.data, result.ctypes.data, shape, self._scratch.ctypes.data)
        return result, bool(ordinary)

    def _find(self, products: int) -> ctypes.PyDLL | None:
        """The library, if it is there, or if these products, with those so far, are worth making it."""
        if not self._possible:
            return None
        first, self._made = self._made == 0, self._made + products
        if first or self._made >= WORTH:
            self._possible = self._made < WORTH
            self._library = _load(make=self._made >= WORTH)
        return self._library


def _load(*, make: bool) -> ctypes.PyDLL | None:
    """None where it isn't there and shall not be made, or can't be."""
    from ttlang.backends.native import host_compiler  # as above
    from ttlang.settings import cache as kept

    text, command = _SOURCE.read_text(encoding="utf-8"), [*host_compiler.FLAGS, *_FLAGS, str(_SOURCE)]
    try:
        path = host_compiler.library_path("products", text, command)
        if make:
            host_compiler.compile_own("products", text, command)
        elif not kept.is_kept(path):
            return None
        library = ctypes.PyDLL(str(path))
    except (DiagnosticError, OSError):
        return None
    for function in (library.ttlang_multiply_narrow, library.ttlang_multiply_wide):
        function.argtypes = [ctypes.c_void_p] * 5
        function.restype = ctypes.c_int
    return library


@cache
def compiled_products() -> CompiledProducts:
    """That of this process."""
    return CompiledProducts()
