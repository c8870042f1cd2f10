"""Which bank of the memory each page of a tensor lies in, and where in it (docs/hardware.md, "Pages")."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.host.cores import CoreCoord, CoreRange, corerange_to_cores
from ttlang.host.memory import BufferType, ShardOrientation, ShardSpec, TensorMemoryLayout
from ttlang.host.spec import TensorSpec
from ttlang.tables.chips import Chip


@dataclass(frozen=True)
class Placement:
    """Where the pages of one tensor lie. A bank is a DRAM bank, or the L1 of a core."""

    banks: NDArray[np.int64]
    """Bank of each page, an index of `cores`."""
    offsets: NDArray[np.int64]
    """Bytes from the buffer's address to each page, in its bank."""
    cores: tuple[CoreCoord, ...]
    """The banks in the order of their numbers; a DRAM bank is the core (bank, 0)."""
    aligned_page_bytes: int
    """Bytes from one page of a bank to its next."""
    bytes_per_bank: int
    """Bytes that the buffer takes of the fullest bank."""


def place(spec: TensorSpec, chip: Chip) -> Placement:
    """The placement of a tensor on a chip. A ValueError if it names cores or banks that the chip lacks."""
    in_dram = spec.memory_config.buffer_type is BufferType.DRAM
    alignment = chip.dram_alignment if in_dram else chip.l1_alignment
    columns, rows = (chip.dram_banks, 1) if in_dram else chip.grid
    all_banks = CoreRange(CoreCoord(0, 0), CoreCoord(columns - 1, rows - 1))
    stride = -(-spec.page_bytes // alignment) * alignment
    pages = np.arange(spec.num_pages, dtype=np.int64)

    shard = spec.memory_config.shard_spec
    if shard is None:
        cores = tuple(all_banks.cores())
        slots, banks = np.divmod(pages, len(cores))
        fullest = -(-spec.num_pages // len(cores))
        return Placement(banks, slots * stride, cores, stride, fullest * stride)

    for core_range in shard.grid.ranges():
        if not all_banks.contains(core_range):
            what = f"{columns} DRAM banks" if in_dram else f"a grid of {columns}x{rows} cores"
            raise ValueError(f"{chip.title} has {what}; the shard grid has {core_range!r}")
    cores = tuple(corerange_to_cores(shard.grid, row_wise=shard.orientation is ShardOrientation.ROW_MAJOR))
    page_row, page_column = np.divmod(pages, max(spec.page_grid[1], 1))
    high, wide = shard.shape[0] // spec.page_shape[0], shard.shape[1] // max(spec.page_shape[1], 1)
    shard_row, row_in_shard = np.divmod(page_row, high)
    shard_column, column_in_shard = np.divmod(page_column, wide)
    banks = shard_row * _cores_across(spec, shard, len(cores)) + shard_column
    slots = row_in_shard * wide + column_in_shard
    return Placement(banks, slots * stride, cores, stride, high * wide * stride)


def _cores_across(spec: TensorSpec, shard: ShardSpec, cores: int) -> int:
    """How many banks a row of shards is numbered over. A ValueError if there are more shards than cores."""
    down, across = spec.shard_grid
    if spec.memory_config.memory_layout is not TensorMemoryLayout.BLOCK_SHARDED:
        if down * across > cores:
            raise ValueError(f"{down * across} shards do not fit on {cores} cores; make the shards larger")
        return across
    size = shard.grid.bounding_box().grid_size()
    if size.x * size.y != cores:
        raise ValueError("BLOCK_SHARDED needs a core grid that is one rectangle")
    grid_down, grid_across = (size.y, size.x) if shard.orientation is ShardOrientation.ROW_MAJOR else (size.x, size.y)
    if down > grid_down or across > grid_across:
        raise ValueError(
            f"{down}x{across} shards do not fit on {grid_down}x{grid_across} cores; make the shards larger"
        )
    return grid_across
