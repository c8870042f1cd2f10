"""A tensor's description, and what follows from it: its pages (docs/hardware.md, "Pages")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, overload

from ttlang.host.memory import DRAM_MEMORY_CONFIG, BufferType, MemoryConfig, ShardSpec, TensorMemoryLayout
from ttlang.host.types import AnyDataType, DataType, Layout, Shape, Tile, to_data_type
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH, DType, Kind

__all__ = [
    "TensorSpec",
]


_PLACES = {
    MemoryConfig: ("memory_config",),
    BufferType: ("buffer_type", "tile"),
    TensorMemoryLayout: ("memory_layout", "shard_spec", "buffer_type", "tile"),
}
"""What follows the layout in a call without names, by the kind of the first."""


@dataclass(frozen=True, init=False)
class TensorSpec:
    """
    Shape in elements, data type, layout and memory configuration. The memory is said as in ttnn, by `buffer_type`
    alone or by `memory_layout`, `shard_spec` and `buffer_type`, or by a whole `memory_config`. A ValueError where they
    contradict each other.
    """

    shape: Shape
    dtype: DataType
    layout: Layout = Layout.ROW_MAJOR
    memory_config: MemoryConfig = DRAM_MEMORY_CONFIG

    @overload
    def __init__(
        self,
        shape: Sequence[int],
        dtype: AnyDataType,
        layout: Layout = ...,
        memory_config: MemoryConfig = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        shape: Sequence[int],
        dtype: AnyDataType,
        layout: Layout = ...,
        buffer_type: BufferType = ...,
        tile: Tile | None = ...,
    ) -> None: ...
    @overload
    def __init__(
        self,
        shape: Sequence[int],
        dtype: AnyDataType,
        layout: Layout,
        memory_layout: TensorMemoryLayout,
        shard_spec: ShardSpec | None = ...,
        buffer_type: BufferType = ...,
        tile: Tile | None = ...,
    ) -> None: ...
    def __init__(
        self, shape: Sequence[int], dtype: AnyDataType, layout: Layout = Layout.ROW_MAJOR, *place: Any, **named: Any
    ) -> None:
        names = next((names for kind, names in _PLACES.items() if place and isinstance(place[0], kind)), ())
        if len(place) > len(names):
            raise TypeError(f"a TensorSpec takes a buffer type, a memory layout or configuration, not {place!r}")
        given = {**dict(zip(names, place, strict=False)), **named}
        object.__setattr__(self, "shape", Shape(shape))
        object.__setattr__(self, "dtype", to_data_type(dtype))
        object.__setattr__(self, "layout", layout)
        object.__setattr__(self, "memory_config", _memory_config(**given))
        self._check()

    def _check(self) -> None:
        if not isinstance(self.layout, Layout):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a layout is TILE_LAYOUT or ROW_MAJOR_LAYOUT, not {self.layout!r}")
        if not isinstance(self.memory_config, MemoryConfig):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a memory configuration is a ttnn.MemoryConfig, not {self.memory_config!r}")
        if self.row.kind is Kind.BLOCK_FLOAT and self.layout is not Layout.TILE:
            raise ValueError(f"{self.row} exists in TILE_LAYOUT only: its exponents belong to tiles")
        if not self.memory_config.is_sharded():
            return
        if self.memory_config.shard_spec is None:
            raise ValueError(
                "a sharded memory configuration needs a shard_spec; create_sharded_memory_config makes one"
            )
        self._check_shards(self.memory_config.shard_spec.shape)

    @property
    def row(self) -> DType:
        """The row of the table of formats."""
        return self.dtype.value

    @cached_property
    def padded_shape(self) -> Shape:
        """The shape in memory: tiles round the last two dimensions up to multiples of 32; a vector gets a second."""
        if self.layout is Layout.ROW_MAJOR:
            return self.shape or Shape((1,))
        *lead, height, width = (1,) * (2 - len(self.shape)) + tuple(self.shape)
        return Shape((*lead, _round_up(height, TILE_HEIGHT), _round_up(width, TILE_WIDTH)))

    @cached_property
    def matrix(self) -> tuple[int, int]:
        """The padded shape with its leading dimensions flattened: rows and columns of elements in memory."""
        *lead, width = self.padded_shape or (1,)
        return prod(lead), width

    @cached_property
    def page_shape(self) -> tuple[int, int]:
        """Rows and columns of elements of a page: a tile, a row, or the part of a row that is in one shard."""
        if self.layout is Layout.TILE:
            return TILE_HEIGHT, TILE_WIDTH
        shard = self.memory_config.shard_spec
        return 1, shard.shape[1] if shard else self.matrix[1]

    @cached_property
    def page_grid(self) -> tuple[int, int]:
        """Rows and columns of pages; pages are numbered row by row."""
        (height, width), (page_height, page_width) = self.matrix, self.page_shape
        # A row of no elements is a page of no bytes.
        return height // page_height, width // page_width if page_width else 1

    @property
    def num_pages(self) -> int:
        rows, columns = self.page_grid
        return rows * columns

    @property
    def page_bytes(self) -> int:
        """Bytes of a page, without the padding between pages."""
        return self.row.tile_bytes if self.layout is Layout.TILE else self.page_shape[1] * self.row.element_bytes

    @cached_property
    def shard_grid(self) -> tuple[int, int]:
        """Rows and columns of shards; the last of each may be filled in part. (1, 1) unless sharded."""
        shard = self.memory_config.shard_spec
        if shard is None:
            return 1, 1
        (height, width), (shard_height, shard_width) = self.matrix, shard.shape
        return -(-height // shard_height), -(-width // shard_width)

    def _check_shards(self, shard: list[int]) -> None:
        (height, width), (shard_height, shard_width) = self.matrix, shard
        if shard_height % self.page_shape[0] or shard_width % self.page_shape[1]:
            raise ValueError(f"a shard of {shard_height}x{shard_width} does not consist of whole 32x32 tiles")
        if self.layout is Layout.ROW_MAJOR and width % shard_width:
            raise ValueError(f"rows of {width} elements do not divide into shards of width {shard_width}")
        kind = self.memory_config.memory_layout
        if kind is TensorMemoryLayout.HEIGHT_SHARDED and shard_width != width:
            raise ValueError(f"HEIGHT_SHARDED shards are as wide as the tensor, {width}; these are {shard_width} wide")
        if kind is TensorMemoryLayout.WIDTH_SHARDED and shard_height != height:
            raise ValueError(f"WIDTH_SHARDED shards are as high as the tensor, {height}; these are {shard_height} high")


def _memory_config(
    *,
    memory_config: MemoryConfig | None = None,
    memory_layout: TensorMemoryLayout = TensorMemoryLayout.INTERLEAVED,
    shard_spec: ShardSpec | None = None,
    buffer_type: BufferType = BufferType.DRAM,
    tile: Tile | None = None,
) -> MemoryConfig:
    """The memory that a spec asks for. Tiles of other sizes than 32x32 are a ValueError of `Tile`."""
    del tile
    return MemoryConfig(memory_layout, buffer_type, shard_spec) if memory_config is None else memory_config


def _round_up(value: int, step: int) -> int:
    return -(-value // step) * step
