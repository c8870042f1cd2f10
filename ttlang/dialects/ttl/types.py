"""Types of `ttl`: blocks, slices, circular buffers, pipes, semaphores, transfers under way."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import prod

from xdsl.dialects.builtin import ArrayAttr, IntAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang.dialects.attributes import int_attr, shape_attr
from ttlang.dialects.ttcore import (
    Element,
    ScalarType,
    TileType,
    matrix_of,
    pages_of,
    parse_shape,
    shape_text,
)
from ttlang.tables.chips import row_alignment


@dataclass(frozen=True, init=False)  # without it, its fields would take no part in comparisons
class ShapedType(ParametrizedAttribute, TypeAttribute, ABC):
    """A type with a shape in tiles, or in row-major elements: `<[2, 2], !ttcore.tile<32x32, bf16>>`."""

    shape: ArrayAttr[IntAttr]
    element: TileType | ScalarType

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple([size.data for size in self.shape.data])

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns, with the leading dimensions flattened into the rows."""
        return matrix_of(self.sizes)

    @property
    def tiles(self) -> int:
        return prod(self.sizes)

    @property
    def block_pages(self) -> int:
        """Pages of a block: its tiles, or its rows."""
        return pages_of(self.sizes, self.element)

    @property
    def page_bytes(self) -> int:
        """Those of a tile, or of a row with its padding."""
        dtype = self.element.dtype
        if isinstance(self.element, TileType):
            return dtype.tile_bytes
        alignment = row_alignment()
        return -(-self.sizes[-1] * dtype.element_bytes // alignment) * alignment

    @property
    def block_bytes(self) -> int:
        return self.block_pages * self.page_bytes

    def verify(self) -> None:
        if not self.shape.data or any(size.data < 1 for size in self.shape):
            raise VerifyException("a shape has one or more positive sizes")


def _parse_shaped(parser: AttrParser) -> list[Attribute]:
    shape = parse_shape(parser)
    parser.parse_punctuation(",")
    return [shape, parser.parse_attribute()]


class _WindowType(ShapedType, ABC):
    """A shape and an element, and no more."""

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return _parse_shaped(parser)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(">")


@irdl_attr_definition
class BlockType(_WindowType):
    """`!ttl.block<[2, 2], !ttcore.tile<32x32, bf16>>`: the tiles of a block, in a buffer or computed."""

    name = "ttl.block"

    def __init__(self, shape: Sequence[int], element: Element):
        super().__init__(shape_attr(shape), element)


@irdl_attr_definition
class SliceType(_WindowType):
    """`!ttl.slice<[2, 2], !ttcore.tile<32x32, bf16>>`: a window of a tensor, as large as a block."""

    name = "ttl.slice"

    def __init__(self, shape: Sequence[int], element: Element):
        super().__init__(shape_attr(shape), element)


@irdl_attr_definition
class CircularBufferType(ShapedType):
    """`!ttl.cb<[2, 2], !ttcore.tile<32x32, bf16>, 2>`: a ring of two blocks of 2x2 tiles."""

    name = "ttl.cb"
    block_count: IntAttr

    def __init__(self, shape: Sequence[int], element: Element, block_count: int):
        super().__init__(shape_attr(shape), element, int_attr(block_count))

    def verify(self) -> None:
        super().verify()
        if self.block_count.data < 1:
            raise VerifyException("a circular buffer holds at least one block")

    @property
    def block(self) -> BlockType:
        return _block_of(self)

    @property
    def pages(self) -> int:
        return self.block_pages * self.block_count.data

    @property
    def total_bytes(self) -> int:
        return self.block_bytes * self.block_count.data

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            parameters = _parse_shaped(parser)
            parser.parse_punctuation(",")
            return (*parameters, IntAttr(parser.parse_integer(allow_boolean=False, allow_negative=False)))

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(f", {self.block_count.data}>")


def buffer_type(shape: Sequence[int], element: Element, block_count: int) -> CircularBufferType:
    """The type of buffers of so many blocks: one for each."""
    return _buffer_type(tuple(shape), element, block_count)


@lru_cache
def _buffer_type(shape: tuple[int, ...], element: Element, block_count: int) -> CircularBufferType:
    return CircularBufferType(shape, element, block_count)


@lru_cache
def _block_of(buffer: CircularBufferType) -> BlockType:
    return BlockType(buffer.sizes, buffer.element)


class Direction(StrEnum):
    READ = "read"
    WRITE = "write"
    SEND = "send"
    RECEIVE = "receive"


@irdl_attr_definition
class PipeType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.pipe`: a channel from one core to one or more."""

    name = "ttl.pipe"


@irdl_attr_definition
class CoreTableType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.core_table`: integers that each core has of its own."""

    name = "ttl.core_table"


@irdl_attr_definition
class ElementType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.element`: a float32 that a data movement thread holds."""

    name = "ttl.element"


@irdl_attr_definition
class SemaphoreType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.semaphore`: a counter on every core."""

    name = "ttl.semaphore"


@irdl_attr_definition
class DirectionAttr(EnumAttribute[Direction], SpacedOpaqueSyntaxAttribute):
    name = "ttl.direction"


@irdl_attr_definition
class TransferHandleType(ParametrizedAttribute, TypeAttribute):
    """`!ttl.transfer_handle<read>`: a transfer under way, to be waited for once on every path."""

    name = "ttl.transfer_handle"
    direction: DirectionAttr

    def __init__(self, direction: Direction):
        super().__init__(DirectionAttr(direction))

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            return (DirectionAttr(parser.parse_str_enum(Direction)),)

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.direction.data}>")


# ------------------------------------------------------------------------------------- kernels and resources


class Engine(StrEnum):
    """The unit that computes a function of tiles."""

    FPU = "fpu"
    SFPU = "sfpu"


@irdl_attr_definition
class EngineAttr(EnumAttribute[Engine], SpacedOpaqueSyntaxAttribute):
    name = "ttl.engine"


class Dim(StrEnum):
    """
    What a reduction leaves, and what a broadcast repeats: the hardware's words (docs/hardware.md, "Reduce").

    A reduction leaves one result a `row` (in column 0), a `col` (in row 0), or one (`scalar`, at [0, 0]). A broadcast
    copies row 0 to all rows (`row`), column 0 to all columns (`col`), the element [0, 0] (`scalar`), or repeats whole
    tiles (`none`).
    """

    ROW = "row"
    COL = "col"
    SCALAR = "scalar"
    NONE = "none"


@irdl_attr_definition
class DimAttr(EnumAttribute[Dim], SpacedOpaqueSyntaxAttribute):
    name = "ttl.dim"
