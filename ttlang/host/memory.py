"""Where a tensor lies: memory kinds, sharding, memory configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ttlang.host.cores import CoreCoord, CoreGrid, CoreRange, CoreRangeSet
from ttlang.host.types import NamedEnum

__all__ = [
    "DRAM_MEMORY_CONFIG",
    "L1_BLOCK_SHARDED_MEMORY_CONFIG",
    "L1_HEIGHT_SHARDED_MEMORY_CONFIG",
    "L1_MEMORY_CONFIG",
    "L1_WIDTH_SHARDED_MEMORY_CONFIG",
    "BufferType",
    "MemoryConfig",
    "ShardOrientation",
    "ShardSpec",
    "ShardStrategy",
    "TensorMemoryLayout",
    "create_sharded_memory_config",
]


class BufferType(NamedEnum):
    DRAM = 0
    L1 = 1


class TensorMemoryLayout(NamedEnum):
    """How pages are spread over the banks of the memory (docs/hardware.md, "Pages")."""

    INTERLEAVED = 0
    """Page by page, round robin over all banks."""
    HEIGHT_SHARDED = 2
    """Blocks of full-width rows."""
    WIDTH_SHARDED = 3
    """Blocks of full-height columns."""
    BLOCK_SHARDED = 4
    """A grid of blocks."""


class ShardOrientation(NamedEnum):
    """The order in which shards take the cores of a grid."""

    ROW_MAJOR = 0
    COL_MAJOR = 1


class ShardStrategy(NamedEnum):
    HEIGHT = 1
    WIDTH = 2
    BLOCK = 3


_LAYOUT_OF = {
    ShardStrategy.HEIGHT: TensorMemoryLayout.HEIGHT_SHARDED,
    ShardStrategy.WIDTH: TensorMemoryLayout.WIDTH_SHARDED,
    ShardStrategy.BLOCK: TensorMemoryLayout.BLOCK_SHARDED,
}


class ShardSpec:
    """One shard of `shard_shape` (rows, columns; in elements) on each core of `grid`."""

    def __init__(
        self,
        grid: CoreRangeSet,
        shard_shape: Sequence[int],
        shard_orientation: ShardOrientation = ShardOrientation.ROW_MAJOR,
    ) -> None:
        if len(shard_shape) != 2 or min(shard_shape) < 1:
            raise ValueError(f"a shard has a height and a width, both above 0; this is {list(shard_shape)}")
        self.grid = grid
        self.shape = [int(extent) for extent in shard_shape]
        self.orientation = shard_orientation

    def num_cores(self) -> int:
        return self.grid.num_cores()

    def _key(self) -> tuple[object, ...]:
        return (self.grid, tuple(self.shape), self.orientation)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShardSpec) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"ShardSpec(grid={self.grid!r}, shape={self.shape}, orientation={self.orientation})"


@dataclass(frozen=True)
class MemoryConfig:
    """The kind of memory and the spread over its banks. A tensor that is sharded needs the `shard_spec`."""

    memory_layout: TensorMemoryLayout = TensorMemoryLayout.INTERLEAVED
    buffer_type: BufferType = BufferType.DRAM
    shard_spec: ShardSpec | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.memory_layout, TensorMemoryLayout) or not isinstance(self.buffer_type, BufferType):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"MemoryConfig(memory_layout, buffer_type, shard_spec) got {self.memory_layout!r}, {self.buffer_type!r}"
            )
        if self.shard_spec and not self.is_sharded():
            raise ValueError("an interleaved memory configuration takes no shard_spec")

    def is_sharded(self) -> bool:
        return self.memory_layout is not TensorMemoryLayout.INTERLEAVED

    @property
    def interleaved(self) -> bool:
        return not self.is_sharded()


DRAM_MEMORY_CONFIG = MemoryConfig()
L1_MEMORY_CONFIG = MemoryConfig(buffer_type=BufferType.L1)
L1_BLOCK_SHARDED_MEMORY_CONFIG = MemoryConfig(TensorMemoryLayout.BLOCK_SHARDED, BufferType.L1)
L1_HEIGHT_SHARDED_MEMORY_CONFIG = MemoryConfig(TensorMemoryLayout.HEIGHT_SHARDED, BufferType.L1)
L1_WIDTH_SHARDED_MEMORY_CONFIG = MemoryConfig(TensorMemoryLayout.WIDTH_SHARDED, BufferType.L1)


def create_sharded_memory_config(
    shape: Sequence[int],
    core_grid: CoreGrid | CoreRangeSet,
    strategy: ShardStrategy,
    orientation: ShardOrientation | None = None,
    use_height_and_width_as_shard_shape: bool = False,
) -> MemoryConfig:
    """
    The L1 configuration that cuts a tensor of `shape` into one shard for each core. With
    `use_height_and_width_as_shard_shape`, `shape` is that of a shard (swapped for COL_MAJOR); a `CoreRangeSet` needs
    it. A ValueError where the cores do not divide the tensor.
    """
    if len(shape) < 2:
        raise ValueError(f"sharding needs a height and a width; the shape is {list(shape)}")
    orientation = orientation or ShardOrientation.ROW_MAJOR
    *batch, height, width = shape
    if use_height_and_width_as_shard_shape:
        shard = (height, width) if orientation is ShardOrientation.ROW_MAJOR else (width, height)
    elif isinstance(core_grid, CoreRangeSet):
        raise ValueError("a CoreRangeSet goes with use_height_and_width_as_shard_shape=True; or give a CoreGrid")
    else:
        shard = _shard_of((prod(batch) * height, width), core_grid, strategy, orientation)
    layout = _LAYOUT_OF[strategy]
    return MemoryConfig(layout, BufferType.L1, ShardSpec(_as_range_set(core_grid), shard, orientation))


def _as_range_set(grid: CoreGrid | CoreRangeSet) -> CoreRangeSet:
    if isinstance(grid, CoreRangeSet):
        return grid
    return CoreRangeSet([CoreRange(CoreCoord(0, 0), CoreCoord(grid.x - 1, grid.y - 1))])


def _shard_of(
    matrix: tuple[int, int], grid: CoreGrid, strategy: ShardStrategy, orientation: ShardOrientation
) -> tuple[int, int]:
    height, width = matrix
    across, down = (grid.x, grid.y) if orientation is ShardOrientation.ROW_MAJOR else (grid.y, grid.x)
    parts = {
        ShardStrategy.HEIGHT: (grid.num_cores, 1),
        ShardStrategy.WIDTH: (1, grid.num_cores),
        ShardStrategy.BLOCK: (down, across),
    }[strategy]
    if height % parts[0] or width % parts[1]:
        raise ValueError(
            f"{height}x{width} elements do not divide into {parts[0]}x{parts[1]} equal shards; pad the tensor or "
            "choose another core grid"
        )
    return height // parts[0], width // parts[1]
