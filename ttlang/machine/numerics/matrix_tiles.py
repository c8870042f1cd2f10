"""
Matrix products, reductions, broadcasts and transposes of tiles, out of what the two modes have of their own: a product
of matrices, and what a source register keeps of a value (docs/numerics.md, "Matrix products").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.numerics import arrangements
from ttlang.machine.numerics.arrangements import SIDE, Dim
from ttlang.machine.numerics.float32 import EXPONENT, INFINITY, MAGNITUDE, SIGN
from ttlang.machine.numerics.row_sums import RowSums, multiplied
from ttlang.machine.tiles import FACE, Patterns
from ttlang.tables.dtypes import BF16, F32, DType

Pool = Literal["sum", "max"]

UNDEFINED = np.uint32(0x7FC00000)
"""What `reduce` leaves where a chip's DST has something or other: a NaN."""

_ONE = np.uint32(0x3F800000)


class NotModelled(ValueError):
    """What a chip computes, and the simulator has no rule for."""


class MatrixTiles(ABC):
    """
    The part of `Numerics` that combines datums of different places. Tiles are (..., 1024) unpacked values; a `dtype`
    is that of the buffer that they come from. Methods return new arrays.
    """

    _row_sums: RowSums = staticmethod(multiplied)

    @abstractmethod
    def copy_tile(self, values: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        """Unpacked values of a buffer of `dtype` -> DST. The result may share memory with `values`."""

    @abstractmethod
    def _source(self, values: Patterns, dtype: DType, dst32: bool) -> Patterns:
        """What a source register keeps of unpacked values."""

    @abstractmethod
    def _multiply(
        self, left: Patterns, right: Patterns, dst: Patterns, fidelity: str, dst32: bool, depth: int
    ) -> Patterns:
        """dst + left @ right of matrices (n, R, K), (n, K, C), (n, R, C); DST is written after each `depth` of K."""

    def matmul(
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
        """
        `matmul_tiles`: dst + a @ b for each pair of tiles (..., 1024), or a @ b.T with `transpose`. The leading axes of
        a and b are broadcast against each other, and `dst` has those of the result; `dst=None` is a DST of zeros.
        """
        single = (..., np.newaxis, np.newaxis, slice(None))
        before = None if dst is None else dst[..., np.newaxis, :]
        result = self.matmul_block(
            a[single], b[single], dtype_a, dtype_b, dst32, before, fidelity=fidelity, transpose=transpose
        )
        return result[..., 0, :]

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
        """
        As many calls of `matmul_block` as there are tiles along K, in order: for tiles a (..., rt, kt, 1024) and
        b (..., kt, ct, 1024), dst + a @ b as (..., rt * ct, 1024), row-major. With `transpose` each tile of b is
        transposed in its place. The leading axes of a and b are broadcast against each other, and `dst` has those of
        the result; `dst=None` is a DST of zeros. A ValueError if the shapes do not fit.
        """
        if a.ndim < 3 or b.ndim < 3 or a.shape[-2] != b.shape[-3]:
            raise ValueError(f"blocks of tiles of shapes {a.shape[:-1]} and {b.shape[:-1]} can't be multiplied")
        lead = np.broadcast_shapes(a.shape[:-3], b.shape[:-3])
        rows, columns = a.shape[-3], b.shape[-2]
        shape = (*lead, rows * columns, a.shape[-1])
        if dst is not None and dst.shape != shape:
            raise ValueError(f"DST of shape {dst.shape} is not what a product of shape {shape} is added to")
        if transpose:
            b = arrangements.transpose(b)
        x = arrangements.to_matrices(self._source(_repeated(a, lead), dtype_a, dst32))
        y = arrangements.to_matrices(self._source(_repeated(b, lead), dtype_b, dst32))
        if dst is None:
            before = np.zeros((len(x), x.shape[1], y.shape[2]), np.uint32)
        else:
            before = arrangements.to_matrices(dst.reshape(*lead, rows, columns, a.shape[-1]))
        return arrangements.to_tiles(self._multiply(x, y, before, fidelity, dst32, SIDE), lead)

    def reduce(
        self,
        pool: Pool,
        dim: Dim,
        x: Patterns,
        scaler: Patterns,
        dtype: DType,
        dtype_scaler: DType,
        dst32: bool,
        dst: Patterns | None = None,
        fidelity: str = "HiFi4",
        full_fp32: bool = False,
    ) -> Patterns:
        """
        `reduce_tile` of each of the tiles (..., k, 1024) in order into one DST tile (..., 1024): their sum or largest
        datum by row, column or in all, on top of what `dst` has in the same places. `dst=None` is a tile that the
        section has not written; a maximum then is that of the datums alone, also where it is negative.

        `scaler` (..., 1024), of the same leading axes or of axes that broadcast to them, counts with the first row of
        its first face. It multiplies a sum once, a "scalar" sum twice. A maximum with another one than 1 is
        NotModelled. `full_fp32`: what a 32-bit DST holds of a sum is not cut on its way from a row to a column, where
        the generation of the kernel has one.

        Where the result is not, DST is not defined, and has `UNDEFINED` here. The packer writes zeros there while
        `reduce_init` is in force: `pack_mask`.
        """
        lead = x.shape[:-2]
        weights = np.broadcast_to(scaler[..., :FACE], (*lead, FACE)).reshape(-1, FACE)
        before = None if dst is None else arrangements.first_of(dst, dim)
        source = self._source(x, dtype, dst32)
        if pool == "max":
            if not (weights == _ONE).all():
                raise NotModelled("a maximum whose scaler is not 1")
            result = self._largest(source, dim, before, dst32)
        else:
            weights = self._source(weights, dtype_scaler, dst32)
            scratch = F32 if dtype is F32 and dst32 else BF16
            result = self._sum(source, weights, dim, before, fidelity, dst32, scratch, full_fp32)
        return arrangements.place(result, lead, UNDEFINED)

    def pack_mask(self, dst: Patterns, dim: Dim) -> Patterns:
        """What the packer sees of DST tiles (..., 1024) while `reduce_init` is in force: zeros around the result."""
        return arrangements.place(arrangements.first_of(dst, dim), dst.shape[:-1], np.uint32(0))

    def _sum(
        self,
        source: Patterns,
        weights: Patterns,
        dim: Dim,
        dst: Patterns | None,
        fidelity: str,
        dst32: bool,
        scratch: DType,
        full_fp32: bool,
    ) -> Patterns:
        """Sums of (..., k, 1024) with weights (n, 16); `scratch` is what DST passes a source register in."""
        n, tiles = len(weights), source.shape[-2]
        shape = {"row": (n, SIDE, 1), "col": (n, 1, SIDE), "scalar": (n, 1, 1)}[dim]
        before = np.zeros(shape, np.uint32) if dst is None else dst
        if dim == "row":

            def multiply(left: Patterns, right: Patterns, dst: Patterns, depth: int) -> Patterns:
                return self._multiply(left, right, dst, fidelity, dst32, depth)

            def cut(row: Patterns) -> Patterns:
                return row if full_fp32 or not dst32 else self._source(row, F32, scratch is F32)

            return self._row_sums(multiply, cut, source, weights, before)
        if dim == "col":
            right = arrangements.to_matrices(source[..., np.newaxis, :])
            return self._multiply(_repeat(weights, 2 * tiles), right, before, fidelity, dst32, FACE)
        # The four faces of a tile are pooled into one row; that, as a column, once more into a datum.
        faces = source.reshape(n * tiles, 4 * FACE, FACE)
        every = _repeat(np.repeat(weights, tiles, axis=0), 4)
        row = self._multiply(every, faces, np.zeros((n * tiles, 1, FACE), np.uint32), fidelity, dst32, FACE)
        column = self._source(row, F32, scratch is F32).reshape(n, tiles * FACE, 1)
        return self._multiply(_repeat(weights, tiles), column, before, fidelity, dst32, FACE)

    def _largest(self, source: Patterns, dim: Dim, dst: Patterns | None, dst32: bool) -> Patterns:
        """The maximum in the order of the patterns: a NaN is beyond infinity. -0 and denormals are +0."""
        values = np.where((source & EXPONENT) == 0, np.uint32(0), source)
        *lead, tiles, _ = values.shape
        matrices = arrangements.to_matrices(values.reshape(*lead, tiles, 1, -1))
        axes = {"row": (1, 3), "col": (1, 2), "scalar": (1, 2, 3)}[dim]
        order = _order(matrices.reshape(-1, tiles, SIDE, SIDE)).max(axis=axes)
        result = _order(order).view(np.uint32).reshape(len(order), SIDE if dim == "row" else 1, -1)
        if dst is not None:
            result = _order(np.maximum(_order(result), _order(dst))).view(np.uint32)
        if dim == "row" and dst32:
            # These have passed the adder of the matrix unit, which knows no NaN.
            result = np.where((result & MAGNITUDE) > INFINITY, (result & SIGN) | INFINITY, result)
        return result

    def unary_bcast(self, x: Patterns, bcast: Dim, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        """
        `unary_bcast`: a part of each tile (..., 1024) in all of DST. A ValueError for rows of a buffer that is not
        float32 with a 32-bit DST: the chips' call does not broadcast them.
        """
        if bcast == "row" and dst32 and dtype is not F32:
            raise ValueError(f"unary_bcast of rows writes only half of a 32-bit DST from a {dtype} buffer")
        return self.copy_tile(arrangements.broadcast(x, bcast), dtype, dst32, unpack_to_dest)

    def transpose(self, x: Patterns, dtype: DType, dst32: bool, unpack_to_dest: bool = False) -> Patterns:
        """`transpose_wh_tile`: `copy_tile` of the transpose of each tile (..., 1024)."""
        return self.copy_tile(arrangements.transpose(x), dtype, dst32, unpack_to_dest)


def _repeated(tiles: Patterns, lead: tuple[int, ...]) -> Patterns:
    """(..., r, c, 1024) with these leading axes."""
    return tiles if tiles.shape[:-3] == lead else np.broadcast_to(tiles, (*lead, *tiles.shape[-3:]))


def _repeat(weights: Patterns, times: int) -> Patterns:
    """(n, 16) -> (n, 1, times * 16)"""
    return np.tile(weights, times)[:, np.newaxis]


def _order(patterns: Patterns | NDArray[np.int32]) -> NDArray[np.int32]:
    """Patterns as integers in the order of their values, and back: those of negative numbers count downwards."""
    signed = patterns.view(np.int32)
    return signed ^ ((signed >> np.int32(31)) & np.int32(0x7FFFFFFF))
