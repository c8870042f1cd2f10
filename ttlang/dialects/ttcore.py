"""The `ttcore` dialect: what tiles and tensors are, shared by `ttl` and `ttkernel`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from math import prod
from typing import Self

from typing_extensions import TypeVar
from xdsl.dialects.builtin import ArrayAttr, IntAttr, NoneAttr, StringAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute, TypeAttribute
from xdsl.irdl import AttrConstraint, IntConstraint, VerificationContext, irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang.dialects.attributes import int_attr, shape_attr, string_attr
from ttlang.tables import dtypes
from ttlang.tables.chips import CHIPS, Chip
from ttlang.tables.dtypes import DType, Kind
from ttlang.tables.editions import EDITIONS


class Memory(StrEnum):
    """Where a tensor's pages lie, interleaved over the banks."""

    DRAM = "dram"
    L1 = "l1"


@irdl_attr_definition
class MemoryAttr(EnumAttribute[Memory], SpacedOpaqueSyntaxAttribute):
    name = "ttcore.memory"


class Processor(StrEnum):
    """Of the three that run a compute kernel."""

    UNPACK = "unpack"
    MATH = "math"
    PACK = "pack"


@irdl_attr_definition
class ProcessorAttr(EnumAttribute[Processor], SpacedOpaqueSyntaxAttribute):
    name = "ttcore.processor"


@irdl_attr_definition
class TileType(ParametrizedAttribute, TypeAttribute):
    """`!ttcore.tile<32x32, bf16>`: a tile of data of one format."""

    name = "ttcore.tile"
    height: IntAttr
    width: IntAttr
    format: StringAttr

    def __init__(self, dtype: DType | str, height: int = dtypes.TILE_HEIGHT, width: int = dtypes.TILE_WIDTH):
        name = dtype.name if isinstance(dtype, DType) else dtype
        super().__init__(int_attr(height), int_attr(width), string_attr(name))

    @property
    def dtype(self) -> DType:
        return dtypes.BY_NAME[self.format.data]

    def verify(self) -> None:
        if self.format.data not in dtypes.BY_NAME:
            raise VerifyException(f"'{self.format.data}' is not a data format")
        if (self.height.data, self.width.data) != (dtypes.TILE_HEIGHT, dtypes.TILE_WIDTH):
            raise VerifyException("tiles are 32x32")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            height = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_shape_delimiter()
            width = parser.parse_integer(allow_boolean=False, allow_negative=False)
            parser.parse_punctuation(",")
            return int_attr(height), int_attr(width), string_attr(parser.parse_identifier())

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.height.data}x{self.width.data}, {self.format.data}>")


@lru_cache(typed=True)
def tile_type(dtype: DType) -> TileType:
    """The type of tiles of a format: one for each."""
    return TileType(dtype)


@irdl_attr_definition
class ScalarType(ParametrizedAttribute, TypeAttribute):
    """`!ttcore.scalar<bf16>`: an element of row-major data of one format."""

    name = "ttcore.scalar"
    format: StringAttr

    def __init__(self, dtype: DType | str):
        super().__init__(string_attr(dtype.name if isinstance(dtype, DType) else dtype))

    @property
    def dtype(self) -> DType:
        return dtypes.BY_NAME[self.format.data]

    def verify(self) -> None:
        if self.format.data not in dtypes.BY_NAME:
            raise VerifyException(f"'{self.format.data}' is not a data format")
        if self.dtype.kind is Kind.BLOCK_FLOAT:
            raise VerifyException(f"'{self.format.data}' exists in tiles only")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (string_attr(parser.parse_identifier()),)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.format.data}>")


Element = TileType | ScalarType
"""What shapes count: tiles, or the elements of row-major data, whose pages are rows."""


@dataclass(frozen=True)
class ChipConstraint(AttrConstraint[StringAttr]):
    """The name of a chip that there is a record of."""

    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        if not isinstance(attr, StringAttr) or attr.data not in CHIPS:
            raise VerifyException(f"{attr} is no chip: the chips are {', '.join(CHIPS)}")

    def mapping_type_vars(self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]) -> Self:
        return self


@dataclass(frozen=True)
class EditionConstraint(AttrConstraint[StringAttr]):
    """The name of an edition of the language."""

    def verify(self, attr: Attribute, constraint_context: VerificationContext) -> None:
        if not isinstance(attr, StringAttr) or attr.data not in EDITIONS:
            raise VerifyException(f"{attr} is no edition: the editions are {', '.join(EDITIONS)}")

    def mapping_type_vars(self, type_var_mapping: Mapping[TypeVar, AttrConstraint | IntConstraint]) -> Self:
        return self


def pages_of(sizes: Sequence[int], element: Element) -> int:
    """Pages of a shape: its tiles, or its rows."""
    return prod(sizes if isinstance(element, TileType) else sizes[:-1])


def matrix_of(sizes: Sequence[int]) -> tuple[int, int]:
    """Rows and columns of a shape, with the dimensions before the last flattened into the rows."""
    *leading, columns = sizes
    return prod(leading), columns


def layout_dimensions(element: Element) -> int:
    """How many dimensions, from the last, its layout is about: those of a matrix of tiles, or that of a row."""
    return 2 if isinstance(element, TileType) else 1


def copied_sizes(sizes: Sequence[int], element: Element) -> tuple[int, ...]:
    """The shape as copies see it: of the dimensions before those of the layout, those of size 1 have no part in it."""
    inner = layout_dimensions(element)
    return (*(size for size in sizes[:-inner] if size > 1), *sizes[-inner:])


def parse_shape(parser: AttrParser) -> ArrayAttr[IntAttr]:
    """`[2, 3]`."""
    sizes = parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False, allow_negative=False)
    )
    return shape_attr(sizes)


def shape_text(shape: ArrayAttr[IntAttr]) -> str:
    return f"[{', '.join(str(size.data) for size in shape)}]"


class Sharding(StrEnum):
    """How the shards of a tensor cut it."""

    HEIGHT = "height"
    """Whole rows."""
    WIDTH = "width"
    """Whole columns."""
    BLOCK = "block"
    """Rows and columns."""


class Orientation(StrEnum):
    """The order in which shards take the cores of their grid."""

    ROW_MAJOR = "row_major"
    COL_MAJOR = "col_major"


@irdl_attr_definition
class ShardsAttr(ParametrizedAttribute):
    """
    `#ttcore.shards<height, [2, 4], row_major, [0, 0, 3, 1]>`: shards of 2x4 units of the tensor's shape, on the cores
    of ranges (first column, first row, last column, last row); with several ranges, one after the other.
    """

    name = "ttcore.shards"
    sharding: StringAttr
    shape: ArrayAttr[IntAttr]
    orientation: StringAttr
    ranges: ArrayAttr[IntAttr]

    def __init__(
        self, sharding: Sharding, shape: Sequence[int], orientation: Orientation, ranges: Sequence[Sequence[int]]
    ):
        corners = [corner for one in ranges for corner in one]
        super().__init__(string_attr(sharding), shape_attr(shape), string_attr(orientation), shape_attr(corners))

    @property
    def sizes(self) -> tuple[int, int]:
        """Rows and columns of a shard."""
        rows, columns = self.shape
        return rows.data, columns.data

    @property
    def core_ranges(self) -> tuple[tuple[int, ...], ...]:
        corners = [corner.data for corner in self.ranges]
        return tuple(tuple(corners[i : i + 4]) for i in range(0, len(corners), 4))

    @property
    def cores(self) -> int:
        return sum((x1 - x0 + 1) * (y1 - y0 + 1) for x0, y0, x1, y1 in self.core_ranges)

    @property
    def cores_in_order(self) -> list[tuple[int, int]]:
        """(column, row) of its cores, in the order in which shards take them."""
        by_rows = self.orientation.data == Orientation.ROW_MAJOR
        found: list[tuple[int, int]] = []
        for x0, y0, x1, y1 in self.core_ranges:
            cores = [(x, y) for y in range(y0, y1 + 1) for x in range(x0, x1 + 1)]
            found += cores if by_rows else sorted(cores)
        return found

    @property
    def cores_across(self) -> int:
        """How many cores a row of shards is numbered over, where they are cut in blocks."""
        x0, y0, x1, y1 = (
            f(corners) for f, corners in zip((min, min, max, max), zip(*self.core_ranges, strict=True), strict=True)
        )
        return x1 - x0 + 1 if self.orientation.data == Orientation.ROW_MAJOR else y1 - y0 + 1

    def verify(self) -> None:
        if len(self.shape) != 2 or any(size.data < 1 for size in self.shape):
            raise VerifyException("a shard has a positive number of rows and of columns")
        if not self.ranges.data or len(self.ranges) % 4:
            raise VerifyException("a range of cores has four corners")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            sharding = string_attr(parser.parse_str_enum(Sharding))
            parser.parse_punctuation(",")
            shape = parse_shape(parser)
            parser.parse_punctuation(",")
            orientation = string_attr(parser.parse_str_enum(Orientation))
            parser.parse_punctuation(",")
            return sharding, shape, orientation, parse_shape(parser)

    def print_parameters(self, printer: Printer) -> None:
        head = f"<{self.sharding.data}, {shape_text(self.shape)}, {self.orientation.data}, "
        printer.print_string(f"{head}{shape_text(self.ranges)}>")


@irdl_attr_definition
class TensorType(ParametrizedAttribute, TypeAttribute):
    """
    `!ttcore.tensor<[64, 64], !ttcore.tile<32x32, bf16>, dram>`: a tensor of 64x64 tiles, interleaved in DRAM. A sharded
    one has its `#ttcore.shards` after the memory. With `!ttcore.scalar` it is row-major, its shape in elements.
    """

    name = "ttcore.tensor"
    shape: ArrayAttr[IntAttr]
    element: TileType | ScalarType
    memory: MemoryAttr
    shards: ShardsAttr | NoneAttr

    def __init__(
        self,
        shape: Sequence[int],
        element: Element,
        memory: Memory = Memory.DRAM,
        shards: ShardsAttr | None = None,
    ):
        super().__init__(shape_attr(shape), element, MemoryAttr(memory), shards or NoneAttr())

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape in tiles, or in elements."""
        return tuple([size.data for size in self.shape.data])

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns, with the leading dimensions flattened into the rows."""
        return matrix_of(self.sizes)

    @property
    def pages(self) -> int:
        return pages_of(self.sizes, self.element)

    @property
    def page_bytes(self) -> int:
        """Without the padding to the next page."""
        dtype = self.element.dtype
        return dtype.tile_bytes if isinstance(self.element, TileType) else self.sizes[-1] * dtype.element_bytes

    @property
    def shard_grid(self) -> tuple[int, int]:
        """Rows and columns of shards, the last of which may be filled in part; (1, 1) unless sharded."""
        if isinstance(self.shards, NoneAttr):
            return 1, 1
        (rows, columns), (high, wide) = self.matrix, self.shards.sizes
        return -(-rows // high), -(-columns // wide)

    @property
    def shard_of_core(self) -> dict[tuple[int, int], int]:
        """For each core, by (column, row), that has a shard, its number, counted row by row over the tensor."""
        if isinstance(self.shards, NoneAttr):
            return {}
        down, across = self.shard_grid
        cores = self.shards.cores_in_order
        stride = self.shards.cores_across if self.shards.sharding.data == Sharding.BLOCK else across
        places = {(row, column): row * stride + column for row in range(down) for column in range(across)}
        return {cores[p]: r * across + c for (r, c), p in places.items() if p < len(cores)}

    @property
    def shard_bytes(self) -> int:
        """Of a whole shard of a tiled tensor, whose pages follow each other. A ValueError for any other."""
        if isinstance(self.shards, NoneAttr) or not isinstance(self.element, TileType):
            raise ValueError(f"{self} has no shards of tiles")
        return prod(self.shards.sizes) * self.page_bytes

    def bytes_per_core(self, chip: Chip) -> int:
        """
        What it takes of the L1 of each core of a chip, of the fullest as of all: the allocator gives a tensor the same
        addresses on every core, those without a shard included. 0 for one in DRAM.
        """
        if self.memory.data is not Memory.L1:
            return 0
        page = -(-self.page_bytes // chip.l1_alignment) * chip.l1_alignment
        if isinstance(self.shards, NoneAttr):
            return -(-self.pages // (chip.grid[0] * chip.grid[1])) * page
        shards = -(-prod(self.shard_grid) // self.shards.cores)
        return shards * pages_of(self.shards.sizes, self.element) * page

    def verify(self) -> None:
        if not self.sizes or any(size < 1 for size in self.sizes):
            raise VerifyException("a shape has one or more positive sizes")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            shape = parse_shape(parser)
            parser.parse_punctuation(",")
            element = parser.parse_attribute()
            parser.parse_punctuation(",")
            memory = MemoryAttr(parser.parse_str_enum(Memory))
            shards = parser.parse_attribute() if parser.parse_optional_punctuation(",") else NoneAttr()
            return shape, element, memory, shards

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(f", {self.memory.data}")
        if isinstance(self.shards, ShardsAttr):
            printer.print_string(", ")
            printer.print_attribute(self.shards)
        printer.print_string(">")


@lru_cache
def tensor_type(shape: tuple[int, ...], element: Element, memory: Memory, shards: ShardsAttr | None) -> TensorType:
    """The type of tensors of a shape in tiles, or in elements: one for each."""
    return TensorType(shape, element, memory, shards)


@cache
def ttcore_dialect() -> Dialect:
    return Dialect("ttcore", [], [TileType, ScalarType, TensorType, MemoryAttr, ShardsAttr, ProcessorAttr])
