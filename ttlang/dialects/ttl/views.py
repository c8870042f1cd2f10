"""Tiles of a block, taken as a block of another shape."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod

from xdsl.dialects.builtin import ArrayAttr, IntAttr
from xdsl.ir import Attribute, ParametrizedAttribute
from xdsl.irdl import irdl_attr_definition
from xdsl.parser import AttrParser
from xdsl.printer import Printer
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.attributes import int_attr, shape_attr
from ttlang.dialects.ttcore import parse_shape, shape_text

MATRIX = 2
"""Rows and columns, the last dimensions of a shape of tiles."""


@irdl_attr_definition
class ViewAttr(ParametrizedAttribute):
    """
    `#ttl.view<[4, 2, 3], [6], 0>`: four matrices of 2x3 tiles. The tiles of a matrix lie in memory order. The first one
    begins at tile 0 of the block, and along each dimension before the last two the next one is so many tiles (6) on: 0
    repeats it.
    """

    name = "ttl.view"
    shape: ArrayAttr[IntAttr]
    leading_strides: ArrayAttr[IntAttr]
    first: IntAttr

    def __init__(self, sizes: Sequence[int], strides: Sequence[int], first: int = 0):
        super().__init__(shape_attr(sizes), shape_attr(strides), int_attr(first))

    @property
    def sizes(self) -> tuple[int, ...]:
        return tuple(size.data for size in self.shape)

    @property
    def matrix(self) -> tuple[int, int]:
        """Rows and columns of each matrix."""
        rows, columns = self.sizes[-MATRIX:]
        return rows, columns

    @property
    def leading(self) -> tuple[int, ...]:
        """How many matrices, along each dimension before the last two."""
        return self.sizes[:-MATRIX]

    @property
    def strides(self) -> tuple[int, ...]:
        """Tiles from one matrix to the next, along each of these dimensions."""
        return tuple(stride.data for stride in self.leading_strides)

    @property
    def in_order(self) -> bool:
        """Whether its tiles are those of memory, one after the other from the first."""
        steps = zip(self.leading, self.strides, strides_of(self.sizes), strict=True)
        return self.first.data == 0 and all(size == 1 or stride == plain for size, stride, plain in steps)

    @property
    def is_one_matrix(self) -> bool:
        """Whether all its matrices are the same tiles."""
        return all(size == 1 or stride == 0 for size, stride in zip(self.leading, self.strides, strict=True))

    @property
    def end(self) -> int:
        """The tile behind the last one that it takes."""
        steps = zip(self.leading, self.strides, strict=True)
        return self.first.data + sum((size - 1) * stride for size, stride in steps) + prod(self.matrix)

    def verify(self) -> None:
        if len(self.sizes) < MATRIX or any(size < 1 for size in self.sizes):
            raise VerifyException("a view has positive sizes, those of rows and columns among them")
        if len(self.strides) != len(self.leading) or self.first.data < 0:
            raise VerifyException("a view has a stride for each dimension before the last two")

    @classmethod
    def parse_parameters(cls, parser: AttrParser) -> Sequence[Attribute]:
        with parser.in_angle_brackets():
            shape = parse_shape(parser)
            parser.parse_punctuation(",")
            strides = parse_shape(parser)
            parser.parse_punctuation(",")
            return shape, strides, IntAttr(parser.parse_integer(allow_boolean=False, allow_negative=False))

    def print_parameters(self, printer: Printer) -> None:
        shape, strides = shape_text(self.shape), shape_text(self.leading_strides)
        printer.print_string(f"<{shape}, {strides}, {self.first.data}>")


def strides_of(sizes: Sequence[int]) -> tuple[int, ...]:
    """The strides, in tiles, of the dimensions before the last two in a block of this shape."""
    return tuple(prod(sizes[axis + 1 :]) for axis in range(len(sizes) - MATRIX))


@lru_cache(maxsize=1024)
def whole(sizes: tuple[int, ...]) -> ViewAttr:
    """All tiles of a block, in their order, as a shape of as many: those of one dimension are a row."""
    matrices = (*(1,) * (MATRIX - len(sizes)), *sizes)
    return ViewAttr(matrices, strides_of(matrices))
