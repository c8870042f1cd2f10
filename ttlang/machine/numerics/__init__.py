"""
Tile arithmetic: everything that computes on a tile, on arrays of any leading shape (all tiles of a DST batch on all
cores at once) whose last axis is a tile's 1024 datums in the order of L1.
"""

from __future__ import annotations

from typing import Literal

from ttlang.machine.numerics.fast_arithmetic import FastNumerics
from ttlang.machine.numerics.stored_tiles import TileArithmetic
from ttlang.machine.numerics.tile_arithmetic import Numerics
from ttlang.machine.numerics.units.ordinary_products import MultiplyOrdinary
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import NEWEST, Generation

__all__ = ["MultiplyOrdinary", "Numerics", "TileArithmetic", "make_numerics"]


def make_numerics(
    mode: Literal["chip", "fast"],
    chip: Chip,
    generation: Generation = NEWEST,
    multiply: MultiplyOrdinary | None = None,
    tiles: TileArithmetic | None = None,
) -> Numerics:
    """
    The arithmetic of a chip with the kernels of a generation, in one of the two modes. A ValueError for any other mode.
    `multiply` makes products of matrices for `chip`, and `tiles` what can be done in one pass, if they are given.
    """
    if mode not in ("chip", "fast"):
        raise ValueError(f"numerics is chip or fast, not {mode!r}")
    if mode == "fast":
        return FastNumerics(tiles)
    from ttlang.machine.numerics.chip_arithmetic import ChipNumerics

    return ChipNumerics(chip, generation, multiply, tiles)
