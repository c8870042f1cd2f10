"""The chips, a file for each. Another one is another record in `CHIPS`: no code asks which chip it is."""

from __future__ import annotations

from ttlang.tables.chips.blackhole import BLACKHOLE
from ttlang.tables.chips.chip import Chip
from ttlang.tables.chips.wormhole_b0 import WORMHOLE_B0

__all__ = ["BLACKHOLE", "CHIPS", "DEFAULT_CHIP", "WORMHOLE_B0", "Chip", "find_chip", "row_alignment"]

CHIPS: dict[str, Chip] = {chip.name: chip for chip in (WORMHOLE_B0, BLACKHOLE)}
DEFAULT_CHIP = WORMHOLE_B0


def find_chip(name: str) -> Chip:
    """The chip of that name, or of that alias. Raises a ValueError for any other."""
    if chip := CHIPS.get(name):
        return chip
    for chip in CHIPS.values():
        if name in chip.aliases:
            return chip
    raise ValueError(f"{name!r} is not a chip; the chips are {', '.join(CHIPS)}")


def row_alignment() -> int:
    """Bytes to which the rows of a row-major block are aligned in L1: what reads from DRAM want, on every chip."""
    return max(chip.dram_alignment for chip in CHIPS.values())
