"""What every arithmetic on tiles has: the calls that the simulator makes."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Literal

import numpy as np

from ttlang.machine.numerics import arrangements, typecasts, unpack
from ttlang.machine.numerics.arrangements import Dim
from ttlang.machine.numerics.elementwise import Evaluate, FunctionUnit, Parameters, apply_integer
from ttlang.machine.numerics.float32 import HIGH_HALF
from ttlang.machine.numerics.matrix_tiles import MatrixTiles
from ttlang.machine.numerics.pack import accumulate_packed, pack
from ttlang.machine.numerics.stored_tiles import BlockShape, Packing, StoredTiles, SumKind, TileArithmetic
from ttlang.machine.numerics.units.vector_unit import to_dst
from ttlang.machine.tiles import Bytes, Patterns
from ttlang.tables.dtypes import BF16, DType
from ttlang.tables.functions import Function, Rounding

Kind = Literal["add", "sub", "mul"]


class Numerics(MatrixTiles):
    """
    Arithmetic on tiles. Arrays are (..., 1024) bit patterns of float32 (uint32), or of integers for integer tiles; a
    16-bit DST holds patterns whose lower half is 0. `dst32` is the width of DST. Results are new arrays unless a
    method says otherwise; operands are never written to.
    """

    def __init__(self, evaluate: Evaluate, tiles: TileArithmetic | None = None) -> None:
        """`tiles` does what is done in one pass, in the place of what there is in numpy."""
        self._functions = FunctionUnit(evaluate)
        self._tiles = tiles

    def unpack_tiles(self, raw: Bytes, dtype: DType) -> Patterns:
        """Bytes in L1 (..., tile_bytes) -> patterns of their exact values; a view of `raw` where possible."""
        return unpack.unpack_tiles(raw, dtype)

    def pack(self, dst: Patterns, dtype: DType, dst32: bool, *, bfp8_precise: bool = False) -> Bytes:
        """DST -> bytes in L1, (..., tile_bytes). The result may share memory with `dst`."""
        return pack(dst, dtype, dst32, bfp8_precise)

    def accumulate_packed(self, old: Bytes, new: Bytes, dtype: DType) -> Bytes:
        """What the packer leaves in L1 where it adds: `old` lies there, `new` is what it would write without."""
        return accumulate_packed(old, new, dtype)

    def unpack_stored(self, tiles: StoredTiles) -> Patterns:
        """`unpack_tiles` of tiles in memory, (..., count, 1024)."""
        values = self.unpack_tiles(tiles.gather(), tiles.dtype)
        *lead, count, datums = values.shape
        return values if count == tiles.count else np.broadcast_to(values, (*lead, tiles.count, datums))

    def pack_to(self, dst: Patterns, packing: Packing, dst32: bool) -> bool:
        """
        `pack` to tiles in memory, or `accumulate_packed` of it and of old ones; False where that is not done in one
        pass. Then these tiles may hold anything.
        """
        return self._tiles is not None and self._tiles.pack(dst, packing, dst32)

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
        """`matmul_block` of tiles in memory with these leading axes, whose numbers of tiles are the shape's."""
        a, b = self.unpack_stored(left), self.unpack_stored(right)
        a = a.reshape(*a.shape[:-2], shape.rows, shape.inner, a.shape[-1])
        b = b.reshape(*b.shape[:-2], shape.inner, shape.columns, b.shape[-1])
        if np.broadcast_shapes(a.shape[:-3], b.shape[:-3]) != lead:
            a = np.broadcast_to(a, (*lead, *a.shape[-3:]))
        return self.matmul_block(a, b, left.dtype, right.dtype, dst32, dst, fidelity, shape.transpose)

    def matmul_packed(
        self,
        left: StoredTiles,
        right: StoredTiles,
        shape: BlockShape,
        lead: tuple[int, ...],
        dst32: bool,
        packing: Packing,
    ) -> bool:
        """`matmul_stored` and `pack_to` of all of it, likewise."""
        return False

    def add_stored(self, kind: SumKind, left: StoredTiles, right: StoredTiles, cores: int, dst32: bool) -> Patterns:
        """`binary_fpu` of tiles in memory, those of so many cores, in the place of what DST holds."""
        a, b = self.unpack_stored(left), self.unpack_stored(right)
        return self.binary_fpu(kind, a, b, left.dtype, right.dtype, dst32)

    def add_packed(
        self, kind: SumKind, left: StoredTiles, right: StoredTiles, cores: int, dst32: bool, packing: Packing
    ) -> bool:
        """`add_stored` and `pack_to` of all of it, likewise."""
        return False

    @abstractmethod
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
        """
        `add_tiles`, `sub_tiles`, `mul_tiles` of unpacked values of two buffers. A sum takes the place of `dst`, or is
        added to it with `accumulate`; a product is always added to it. `dst=None` is a DST of zeros.
        """

    def binary_fpu_bcast(
        self,
        kind: Kind,
        a: Patterns,
        b: Patterns,
        bcast: Dim,
        dtype_a: DType,
        dtype_b: DType,
        dst32: bool,
        dst: Patterns | None = None,
        fidelity: str = "HiFi4",
        accumulate: bool = False,
    ) -> Patterns:
        """`add_tiles_bcast_rows` and its like: `binary_fpu` with a part of each tile of b in all of it."""
        repeated = arrangements.broadcast(b, bcast)
        return self.binary_fpu(kind, a, repeated, dtype_a, dtype_b, dst32, dst, fidelity, accumulate)

    def reuse_fpu(
        self,
        kind: Kind,
        dst: Patterns,
        values: Patterns,
        dtype: DType,
        dst32: bool,
        dst_first: bool,
        fidelity: str = "HiFi4",
    ) -> Patterns:
        """
        `add_reuse_dest_tiles` and its like: DST and the unpacked values of a buffer, `dst_first` for DEST_TO_SRCA.
        DST goes into its source register as bfloat16, cut off; the result takes its place, a product too.
        """
        source = dst & HIGH_HALF
        if dst_first:
            return self.binary_fpu(kind, source, values, BF16, dtype, dst32, fidelity=fidelity)
        return self.binary_fpu(kind, values, source, dtype, BF16, dst32, fidelity=fidelity)

    def sfpu(
        self,
        row: Function,
        operands: Sequence[Patterns],
        parameters: Parameters,
        dst32: bool,
        integer: DType | None = None,
    ) -> Patterns:
        """
        An elementwise function of tiles in DST, with the parameters that the user gives (`row.inputs`). `integer` is
        the format of integer tiles.
        """
        if len(operands) != row.arity or not operands:
            raise ValueError(f"{row.name} takes {row.arity} operands, not {len(operands)}")
        if integer is not None:
            return apply_integer(row, operands, parameters, integer)
        return self._functions.apply(row, operands, parameters, dst32)

    def copy_dest_values(self, source: Patterns) -> Patterns:
        """From one tile in DST to another."""
        return source.copy()

    def fill(self, shape: tuple[int, ...], value: float, dst32: bool, integer: DType | None = None) -> Patterns:
        """A constant in every datum. A float enters a 16-bit DST truncated, an integer wraps to its format."""
        if integer is not None:
            return np.full(shape, int(value) & ((1 << (8 * integer.element_bytes)) - 1), np.uint32)
        return np.full(shape, to_dst(np.full(1, value, np.float32), dst32, Rounding.TRUNCATE)[0], np.uint32)

    def typecast(self, dst: Patterns, source: DType, target: DType, dst32: bool) -> Patterns:
        """`typecast_tile`: see `typecasts`. The result may share memory with `dst`."""
        return typecasts.typecast(dst, source, target)
