"""Where the pages of tensors lie: in which DRAM bank, or on which core."""

from __future__ import annotations

from typing import NamedTuple

from ttlang.machine.program_info import ProgramInfo, TensorInfo


class PagePlace(NamedTuple):
    """Where a page lies."""

    bank: int | None
    """Of DRAM; None if it lies on a core."""
    core: int = 0


class TensorPlaces:
    """Those of a program's tensors (docs/hardware.md, "Pages")."""

    def __init__(self, program: ProgramInfo):
        self._banks = [PagePlace(bank) for bank in range(program.architecture.dram_banks)]
        self._cores = [PagePlace(None, core) for core in range(program.cores)]

    def units_of_row(self, tensor: TensorInfo) -> int:
        """How many units of a tensor a row of it has."""
        return tensor.matrix[1]

    def unit_of_page(self, tensor: TensorInfo, page: int) -> int:
        """The first unit of a page."""
        return page if tensor.tiled else page * tensor.matrix[1]

    def of(self, tensor: TensorInfo, unit: int) -> PagePlace:
        """The place of a unit: a tile, or an element of a row-major tensor."""
        if tensor.sharded:
            row, column = divmod(unit, tensor.matrix[1])
            number = row // tensor.shard_shape[0] * tensor.shard_grid[1] + column // tensor.shard_shape[1]
        else:
            number = unit if tensor.tiled else unit // tensor.matrix[1]
        places = self._banks if tensor.in_dram else self._cores
        return places[number % len(places)]
