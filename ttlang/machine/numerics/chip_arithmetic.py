"""The arithmetic of a chip, to the bit wherever it is known (docs/numerics.md)."""

from __future__ import annotations

from ttlang.machine.numerics import unpack
from ttlang.machine.numerics.elementwise import chip_evaluator
from ttlang.machine.numerics.library.by_generation import find_library
from ttlang.machine.numerics.stored_tiles import TileArithmetic
from ttlang.machine.numerics.tile_arithmetic import Kind, Numerics
from ttlang.machine.numerics.units.matrix_products import multiply_matrices
from ttlang.machine.numerics.units.matrix_unit import MatrixUnit
from ttlang.machine.numerics.units.ordinary_products import MultiplyOrdinary
from ttlang.machine.numerics.units.vector_unit import VectorUnit
from ttlang.machine.tiles import Patterns
from ttlang.tables.chips import Chip
from ttlang.tables.dtypes import DType
from ttlang.tables.kernel_api import Generation


class ChipNumerics(Numerics):
    """The arithmetic of a chip, to the bit wherever it is known (docs/numerics.md)."""

    def __init__(
        self,
        chip: Chip,
        generation: Generation,
        multiply: MultiplyOrdinary | None = None,
        tiles: TileArithmetic | None = None,
    ) -> None:
        """`multiply` makes products of matrices, in the place of what there is in numpy."""
        super().__init__(chip_evaluator(VectorUnit(chip.arithmetic.vector), generation), tiles)
        self._rules = chip.arithmetic.matrix
        self._matrix = MatrixUnit(self._rules)
        self._multiply_ordinary = multiply
        self._library = find_library(generation)
        self._row_sums = self._library.row_sums

    def copy_tile(self, values: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        copied = unpack.copy_to_dst(values, dtype, dst32, unpack_to_dest)
        return copied if dst32 or dtype.is_integer else self._library.copy(copied)

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
        left = unpack.to_source(a, dtype_a, dst32).reshape(-1)
        right = unpack.to_source(b, dtype_b, dst32).reshape(-1)
        subtract = kind == "sub"
        if dst is None or not (accumulate or kind == "mul"):
            if kind == "mul":
                result = self._matrix.multiply(left, right, fidelity, dst32)
            else:
                result = self._matrix.add(left, right, dst32, subtract)
        elif kind == "mul":
            result = self._matrix.multiply_onto(dst.reshape(-1), left, right, fidelity, dst32)
        else:
            result = self._matrix.add_onto(dst.reshape(-1), left, right, dst32, subtract)
        return result.reshape(a.shape)

    def _source(self, values: Patterns, dtype: DType, dst32: bool) -> Patterns:
        return unpack.to_source(values, dtype, dst32)

    def _multiply(
        self, left: Patterns, right: Patterns, dst: Patterns, fidelity: str, dst32: bool, depth: int
    ) -> Patterns:
        return multiply_matrices(left, right, dst, fidelity, dst32, self._rules, depth, self._multiply_ordinary)
