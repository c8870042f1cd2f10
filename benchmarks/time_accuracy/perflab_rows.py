"""What a row of `perflab.csv` tells of its experiment: numbers that stand in its words, and the cores of a grid."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

from measured_rows import Row, number
from written_programs import WrittenProgram

from ttlang.tables.dtypes import BF16, BY_NAME, DType

Item = TypeVar("Item")
GRIDS = {"wormhole_b0": (8, 8), "blackhole": (11, 10)}
"""Columns and rows of the cores that programs find: those of an n150, and of the cards that the reports name."""
_DTYPES = {"bf16": BF16.name, "bfloat16": BF16.name, "bfp8": "bfp_bf8", "bfloat8_b": "bfp_bf8", "fp32": "f32"}


class NotToldError(ValueError):
    """A row has not the words that its experiment needs."""


class Told(NamedTuple):
    """A row's words."""

    chip: str
    cores: int
    variant: str
    params: str

    @classmethod
    def of(cls, row: Row) -> Told:
        return cls(row["arch"], number(row, "cores") or 1, row["variant"].lower(), row["params"])

    def number(self, pattern: str, default: int | None = None) -> int:
        """The number that the pattern's group has in the variant, or in the parameters."""
        found = re.search(pattern, self.variant) or re.search(pattern, self.params)
        if found:
            return int(found[1])
        if default is None:
            raise NotToldError(pattern)
        return default

    def says(self, *words: str) -> bool:
        """Whether the variant has one of them."""
        return any(word in self.variant for word in words)

    @property
    def dtype(self) -> DType:
        found = re.search(r"\b(bf16|bfloat16|bfp8|bfloat8_b|fp32|float32)", self.params)
        return BY_NAME[_DTYPES.get(found[1], "f32") if found else BF16.name]

    @property
    def tiles(self) -> int:
        """Those of a tensor of the shape that is named."""
        return self.number(r"(\d+)x") * self.number(r"\d+x(\d+)") // 1024

    @property
    def repeats(self) -> int:
        """How often the kernel does what it does."""
        return self.number(r"(\d+) repeats", 1)

    def program(self, *, fidelity: str = "HiFi4", dst32: bool = False) -> WrittenProgram:
        """One on the whole grid."""
        return WrittenProgram(self.chip, GRIDS[self.chip], fidelity=fidelity, dst32=dst32)

    def nanoseconds(self, program: WrittenProgram, cycles: float) -> float:
        return cycles * 1000 / program.chip.timing().megahertz


def shares(total: int, parts: int) -> Iterator[tuple[int, int]]:
    """The first one and the number of what each part gets: those in a row, of the rest one for each of the first."""
    first, (least, rest) = 0, divmod(total, parts)
    for part in range(parts):
        count = least + (part < rest)
        yield first, count
        first += count


def blocks_of(items: Sequence[Item], size: int) -> list[Sequence[Item]]:
    """Pages, or blocks of them, cut into parts of so many; the last one may have fewer."""
    return [items[first : first + size] for first in range(0, len(items), size)]
