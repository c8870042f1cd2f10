"""Where the pages of tensors lie: in which DRAM bank, or on which core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from ttlang.machine.page_patterns import Integers, Pattern
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
        places = self._of_memory(tensor)
        return places[_number(tensor, unit) % len(places)]

    def of_pattern(self, tensor: TensorInfo, first: int, shape: Pattern) -> Sequence[PagePlace]:
        """The places of the units of a pattern, of which the first is given."""
        places = self._of_memory(tensor)
        numbers: list[int] = (_number(tensor, first + shape.pages) % len(places)).tolist()
        return [places[number] for number in numbers]

    def core_of_bank(self, bank: int) -> int:
        """The core whose L1 a bank is."""
        return bank % len(self._cores)

    def _of_memory(self, tensor: TensorInfo) -> Sequence[PagePlace]:
        """Those over which its pages are dealt out."""
        return self._banks if tensor.in_dram else self._cores


Numbers = TypeVar("Numbers", int, Integers)


def _number(tensor: TensorInfo, unit: Numbers) -> Numbers:
    """The number of the page, or of the shard, that a unit lies in."""
    columns = tensor.matrix[1]
    if tensor.sharded:
        row, column = unit // columns, unit % columns
        return row // tensor.shard_shape[0] * tensor.shard_grid[1] + column // tensor.shard_shape[1]
    return unit if tensor.tiled else unit // columns
