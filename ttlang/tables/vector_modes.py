"""The parts of a tile that a function of the SFPU can be told to compute: `VectorMode` of the kernel API."""

from __future__ import annotations

from typing import NamedTuple

from ttlang.tables.dtypes import FACE_ELEMENTS, TILE_ELEMENTS


class VectorMode(NamedTuple):
    """One of them."""

    name: str
    """As IR has it; in C++ it is `VectorMode::` and the same in capitals."""
    number: int
    """Its value in C++ (`llk_defs.h` of both releases)."""
    faces: tuple[int, ...]
    """Those of the tile that are computed; the others stay as they were."""

    @property
    def share(self) -> float:
        """Of the whole tile's time."""
        return len(self.faces) * FACE_ELEMENTS / TILE_ELEMENTS


ROW = VectorMode("r", 1, (0, 1))
"""The faces that row 0 is in."""
COLUMN = VectorMode("c", 2, (0, 2))
"""Those of column 0."""
WHOLE = VectorMode("rc", 4, (0, 1, 2, 3))
BY_NAME = {mode.name: mode for mode in (ROW, COLUMN)}
"""The parts. Where none is named, the whole tile is computed."""
