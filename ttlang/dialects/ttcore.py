"""The `ttcore` dialect: what tiles and tensors are, shared by `ttl` and `ttkernel`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xdsl.dialects.builtin import ArrayAttr, IntAttr, StringAttr
from xdsl.dialects.utils import EnumAttribute
from xdsl.ir import Attribute, Dialect, ParametrizedAttribute, SpacedOpaqueSyntaxAttribute, TypeAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.str_enum import StrEnum

from ttlang import dtypes
from ttlang.dtypes import DType


class Memory(StrEnum):
    """Where a tensor's pages lie, interleaved over the banks."""

    DRAM = "dram"
    L1 = "l1"


@irdl_attr_definition
class MemoryAttr(EnumAttribute[Memory], SpacedOpaqueSyntaxAttribute):
    name = "ttcore.memory"


@irdl_attr_definition
class TileType(ParametrizedAttribute, TypeAttribute):
    """`!ttcore.tile<32x32, bf16>`: a tile of data of one format."""

    name = "ttcore.tile"
    height: IntAttr
    width: IntAttr
    format: StringAttr

    def __init__(self, dtype: DType | str, height: int = dtypes.TILE_HEIGHT, width: int = dtypes.TILE_WIDTH):
        name = dtype.name if isinstance(dtype, DType) else dtype
        super().__init__(IntAttr(height), IntAttr(width), StringAttr(name))

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
            return IntAttr(height), IntAttr(width), StringAttr(parser.parse_identifier())

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{self.height.data}x{self.width.data}, {self.format.data}>")


def shape_attr(shape: Sequence[int]) -> ArrayAttr[IntAttr]:
    return ArrayAttr(IntAttr(size) for size in shape)


def parse_shape(parser: AttrParser) -> ArrayAttr[IntAttr]:
    """`[2, 3]`."""
    sizes = parser.parse_comma_separated_list(
        parser.Delimiter.SQUARE, lambda: parser.parse_integer(allow_boolean=False, allow_negative=False)
    )
    return shape_attr(sizes)


def shape_text(shape: ArrayAttr[IntAttr]) -> str:
    return f"[{', '.join(str(size.data) for size in shape)}]"


@irdl_attr_definition
class TensorType(ParametrizedAttribute, TypeAttribute):
    """`!ttcore.tensor<[64, 64], !ttcore.tile<32x32, bf16>, dram>`: a tensor of 64x64 tiles, interleaved in DRAM."""

    name = "ttcore.tensor"
    shape: ArrayAttr[IntAttr]
    element: TileType
    memory: MemoryAttr

    def __init__(self, shape: Sequence[int], element: TileType, memory: Memory = Memory.DRAM):
        super().__init__(shape_attr(shape), element, MemoryAttr(memory))

    @property
    def sizes(self) -> tuple[int, ...]:
        """The shape in tiles."""
        return tuple(size.data for size in self.shape)

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
            return shape, element, MemoryAttr(parser.parse_str_enum(Memory))

    def print_parameters(self, printer: Printer) -> None:
        printer.print_string(f"<{shape_text(self.shape)}, ")
        printer.print_attribute(self.element)
        printer.print_string(f", {self.memory.data}>")


@cache
def ttcore_dialect() -> Dialect:
    return Dialect("ttcore", [], [TileType, TensorType, MemoryAttr])
