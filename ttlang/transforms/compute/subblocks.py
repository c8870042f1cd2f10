"""The subblock of tiles that a DST section computes: which tiles of the inputs and outputs are at a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from xdsl.ir import SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.typed_values import owner_of
from ttlang.transforms.rewriting import Ints


@dataclass(frozen=True)
class Place:
    """
    Where a call is built, and the tile it is for: the origin of the subblock, the tile's row and column and number in
    it, and its step k.
    """

    ints: Ints
    origin: tuple[SSAValue, SSAValue]
    r: SSAValue
    c: SSAValue
    number: SSAValue
    k: SSAValue

    @property
    def row(self) -> SSAValue:
        return self.ints.add(self.origin[0], self.r)

    @property
    def column(self) -> SSAValue:
        return self.ints.add(self.origin[1], self.c)


@dataclass(frozen=True)
class Subblock:
    """So many rows and columns of tiles of what a `ttl.compute` computes."""

    compute: ttl.ComputeOp
    matrix: Sequence[SSAValue]
    """The place of the matrix, along each of the dimensions of `ComputeOp.matrices`."""
    origin: tuple[SSAValue, SSAValue]
    """The row and the column that it begins at."""
    rows: int
    columns: int

    @property
    def tiles(self) -> int:
        return self.rows * self.columns

    @cached_property
    def inputs(self) -> tuple[ttl.Input, ...]:
        return self.compute.described_inputs

    def input_of(self, tile: SSAValue) -> ttl.Input:
        """The input that a tile, an argument of the body, is of."""
        return self.inputs[self.compute.input_number(tile)]

    def buffer(self, tile: SSAValue) -> str:
        """The buffer that a tile is read from."""
        return ttl.buffer_name(self.input_of(tile).block)

    def tile(self, tile: SSAValue, place: Place) -> SSAValue:
        """The number, in its buffer's block, of an input's tile at a place."""
        return self.index(self.input_of(tile), place)

    def dst(self, value: SSAValue, place: Place) -> SSAValue:
        """Where in DST a value of the body is for the tile at a place."""
        return place.ints.add(place.number, place.ints.constant(self.first_dst(value)))

    def first_dst(self, value: SSAValue) -> int:
        """Where in DST a value of the body begins, which has a tile for each of the subblock."""
        return owner_of(value, ttl.TileOp).slot * self.tiles

    def last_part(self, one: ttl.Input) -> tuple[tuple[int, int, int], int]:
        """
        Where the last of an input's tiles for the subblock lie: the row and column in it, and the step k, that the
        first of them is for, and how many follow each other from there on.
        """
        rows, columns = self.rows, self.columns
        high, wide = one.shape.matrix
        match one.map:
            case "mn" if columns == wide:
                return (0, 0, 0), rows * columns
            case "mn":
                return (rows - 1, 0, 0), columns
            case "m1":
                return (0, 0, 0), rows
            case "1n":
                return (0, 0, 0), columns
            case "nm":
                return (0, columns - 1, 0), rows
            case "mk":
                return (0, 0, 0), rows * wide
            case "kn":
                return (0, 0, high - 1), columns
            case "nk":
                return (0, 0, 0), columns * wide
            case "k":
                return (0, 0, 0), high * wide
            case _:
                return (0, 0, 0), 1

    def index(self, one: ttl.Input, place: Place) -> SSAValue:
        """The tile of an input or output, by its map (`ttl.MAPS`), in the matrix that is computed."""
        ints, shape = place.ints, one.shape
        index = self._index_in_matrix(one.map, shape.matrix[1], place)
        if not self.matrix and not shape.first.data:
            return index
        first = ints.constant(shape.first.data)
        for number, size, stride in zip(self.matrix, shape.leading, shape.strides, strict=False):
            if size > 1:
                first = ints.add(first, ints.mul(number, ints.constant(stride)))
        return ints.add(first, index)

    def _index_in_matrix(self, name: str, columns: int, place: Place) -> SSAValue:
        """`columns`: of the input's matrix."""
        ints, width = place.ints, place.ints.constant(columns)
        match name:
            case "mn" if not self.compute.maps:
                return place.column
            case "mn":
                return ints.add(ints.mul(place.row, width), place.column)
            case "m1":
                return place.row
            case "1n":
                return place.column
            case "nm":
                return ints.add(ints.mul(place.column, width), place.row)
            case "mk":
                return ints.add(ints.mul(place.row, width), place.k)
            case "kn":
                return ints.add(ints.mul(place.k, width), place.column)
            case "nk":
                return ints.add(ints.mul(place.column, width), place.k)
            case "k":
                return place.k
            case _:
                return ints.constant(0)
