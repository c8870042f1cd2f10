"""What a tensor is, by its specification, and the same under the names that scripts for ttnn use."""

from __future__ import annotations

from ttlang.host.memory import MemoryConfig
from ttlang.host.spec import TensorSpec
from ttlang.host.types import DataType, Layout, Shape, Tile
from ttlang.tables.dtypes import DType


class TensorDescription:
    """What its specification says of a tensor."""

    _spec: TensorSpec

    @property
    def spec(self) -> TensorSpec:
        return self._spec

    @property
    def shape(self) -> Shape:
        """Extents in elements."""
        return self._spec.shape

    @property
    def padded_shape(self) -> Shape:
        """Extents with the padding to whole tiles."""
        return self._spec.padded_shape

    @property
    def dtype(self) -> DataType:
        return self._spec.dtype

    @property
    def row(self) -> DType:
        """The row of its data type in the table of formats."""
        return self._spec.row

    @property
    def layout(self) -> Layout:
        return self._spec.layout

    @property
    def tile(self) -> Tile:
        return Tile()

    def get_dtype(self) -> DataType:
        return self.dtype

    def get_layout(self) -> Layout:
        return self.layout

    def get_tile(self) -> Tile:
        return self.tile

    def memory_config(self) -> MemoryConfig:
        return self._spec.memory_config

    def is_sharded(self) -> bool:
        return self._spec.memory_config.is_sharded()

    def volume(self) -> int:
        """Number of elements, padding not counted."""
        return self.shape.volume

    def logical_volume(self) -> int:
        return self.shape.volume

    def element_size(self) -> int:
        """Bytes of an element. A ValueError for the block formats."""
        return self._spec.row.element_bytes

    def buffer_num_pages(self) -> int:
        return self._spec.num_pages

    def buffer_page_size(self) -> int:
        """Bytes of a page, without the padding between pages."""
        return self._spec.page_bytes
