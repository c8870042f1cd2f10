"""What a tensor is made of, under ttnn's names: data types, layouts, shapes and the tile."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from operator import index
from typing import TYPE_CHECKING, Self, TypeAlias

from ttlang.tables import dtypes
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH

if TYPE_CHECKING:
    import torch

__all__ = [
    "DEVICE_STORAGE_TYPE",
    "ROW_MAJOR_LAYOUT",
    "TILE_LAYOUT",
    "TILE_SIZE",
    "DataType",
    "Layout",
    "Shape",
    "StorageType",
    "Tile",
    "bfloat4_b",
    "bfloat8_b",
    "bfloat16",
    "float32",
    "int32",
    "uint8",
    "uint16",
    "uint32",
]


TILE_SIZE = TILE_HEIGHT
"""Rows and columns of a tile."""


class NamedEnum(Enum):
    """An enumeration whose members print by their name alone."""

    def __repr__(self) -> str:
        return str(self)


class DataType(NamedEnum):
    """A format; a member's value is its row of `ttlang.tables.dtypes`, and `find_dtype` takes the member itself."""

    BFLOAT16 = dtypes.BF16
    FLOAT32 = dtypes.F32
    UINT32 = dtypes.UINT32
    BFLOAT8_B = dtypes.BFP8
    BFLOAT4_B = dtypes.BFP4
    UINT8 = dtypes.UINT8
    UINT16 = dtypes.UINT16
    INT32 = dtypes.INT32


bfloat16 = DataType.BFLOAT16
float32 = DataType.FLOAT32
bfloat8_b = DataType.BFLOAT8_B
bfloat4_b = DataType.BFLOAT4_B
uint8 = DataType.UINT8
uint16 = DataType.UINT16
uint32 = DataType.UINT32
int32 = DataType.INT32


AnyDataType: TypeAlias = "DataType | dtypes.DType | torch.dtype"
"""What names a type where one is asked for."""


def to_data_type(value: object) -> DataType:
    """The member for a `DataType`, a row of `ttlang.tables.dtypes`, or a format's name. A TypeError for all else."""
    if isinstance(value, DataType):
        return value
    try:
        return DataType(dtypes.find_dtype(value))
    except ValueError as error:
        raise TypeError(f"dtype: {error}") from None


class Layout(NamedEnum):
    """How the elements of a tensor are grouped into pages."""

    ROW_MAJOR = 0
    """A page is a row of the last dimension."""
    TILE = 1
    """A page is a tile of 32x32."""


ROW_MAJOR_LAYOUT = Layout.ROW_MAJOR
TILE_LAYOUT = Layout.TILE


class StorageType(NamedEnum):
    """Whether a tensor has been placed on a device."""

    HOST = 0
    DEVICE = 1


DEVICE_STORAGE_TYPE = StorageType.DEVICE


class Shape(tuple[int, ...]):
    """Extents in elements, outermost first. Compares equal to a tuple or list of the same extents."""

    __slots__ = ()

    def __new__(cls, extents: Iterable[int]) -> Self:
        if not isinstance(extents, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a shape is a sequence of extents, as in Shape([32, 64]); this is {extents!r}")
        shape = super().__new__(cls, map(index, extents))
        if any(extent < 0 for extent in shape):
            raise ValueError(f"a shape has a negative extent: {list(shape)}")
        return shape

    @property
    def rank(self) -> int:
        return len(self)

    @property
    def volume(self) -> int:
        """Number of elements."""
        count = 1
        for extent in self:
            count *= extent
        return count

    def to_rank(self, rank: int) -> Shape:
        """The same volume in `rank` dimensions: 1s are put in front, or taken away; a ValueError for others."""
        surplus = max(len(self) - rank, 0)
        if any(extent != 1 for extent in self[:surplus]):
            raise ValueError(f"{self} does not fit in {rank} dimensions")
        return Shape((1,) * (rank - len(self)) + tuple(self[surplus:]))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, (tuple, list)) else NotImplemented  # pyright: ignore[reportUnknownArgumentType]

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = tuple[int, ...].__hash__

    def __repr__(self) -> str:
        return f"Shape({list(self)})"


class Tile:
    """The tile of a tensor. Tiles of other sizes and transposed tiles are a ValueError."""

    def __init__(self, tile_shape: Iterable[int] = (TILE_HEIGHT, TILE_WIDTH), transpose_tile: bool = False) -> None:
        shape = tuple(tile_shape)
        if shape != (TILE_HEIGHT, TILE_WIDTH) or transpose_tile:
            raise ValueError(f"tiles are {TILE_HEIGHT}x{TILE_WIDTH} and not transposed; this asks for {shape}")
        self.tile_shape = [TILE_HEIGHT, TILE_WIDTH]
        self.face_shape = [TILE_HEIGHT // 2, TILE_WIDTH // 2]
        self.num_faces = TILE_ELEMENTS // (self.face_shape[0] * self.face_shape[1])

    def get_tile_size(self, dtype: AnyDataType) -> int:
        """Bytes of a tile in L1, shared exponents included."""
        return to_data_type(dtype).value.tile_bytes

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tile)

    def __hash__(self) -> int:
        return hash(Tile)

    def __repr__(self) -> str:
        return f"Tile with shape: {self.tile_shape}"
