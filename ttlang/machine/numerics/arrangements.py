"""Tiles as matrices: the datums of a tile, which lie face by face, in rows and columns; transposes and broadcasts."""

from __future__ import annotations

from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.tiles import FACE, Patterns

Dim = Literal["row", "col", "scalar"]
"""
What a broadcast repeats: row 0 in all rows, column 0 in all columns, the element [0, 0]. What a reduction leaves: one
result a row (in column 0), one a column (in row 0), one in all (at [0, 0]).
"""

SIDE = 2 * FACE
"""Rows and columns of a tile."""
_FACE_ROW = np.dtype((np.void, FACE * np.dtype(np.uint32).itemsize))
"""A row of a face as one thing to copy, which takes half as long."""


def to_matrices(tiles: Patterns) -> Patterns:
    """(..., r, c, 1024) -> (n, r * 32, c * 32), n the leading axes together."""
    *lead, r, c, _ = tiles.shape
    n = prod(lead)
    rows = tiles.view(_FACE_ROW).reshape(n, r, c, 2, 2, FACE)
    return _copied(rows.transpose(0, 1, 3, 5, 2, 4)).reshape(n, r * SIDE, c * SIDE)


def to_tiles(matrices: Patterns, lead: tuple[int, ...]) -> Patterns:
    """(n, r * 32, c * 32) -> (*lead, r * c, 1024), tiles row-major."""
    n, height, width = matrices.shape
    r, c = height // SIDE, width // SIDE
    rows = matrices.view(_FACE_ROW).reshape(n, r, 2, FACE, c, 2)
    return _copied(rows.transpose(0, 1, 4, 2, 5, 3)).reshape(*lead, r * c, SIDE * SIDE)


def _copied(rows: NDArray[np.void]) -> Patterns:
    """(..., 1) rows of faces, in this order."""
    return np.ascontiguousarray(rows).view(np.uint32)


def transpose(tiles: Patterns) -> Patterns:
    """(..., 1024): each tile on its own."""
    faces = tiles.reshape(*tiles.shape[:-1], 2, 2, FACE, FACE)
    return faces.swapaxes(-4, -3).swapaxes(-2, -1).reshape(tiles.shape)


def broadcast(tiles: Patterns, dim: Dim) -> Patterns:
    """(..., 1024): a part of each tile in all of it."""
    faces = tiles.reshape(*tiles.shape[:-1], 2, 2, FACE, FACE)
    if dim in ("row", "scalar"):
        faces = faces[..., :1, :, :1, :]
    if dim in ("col", "scalar"):
        faces = faces[..., :, :1, :, :1]
    return np.broadcast_to(faces, (*tiles.shape[:-1], 2, 2, FACE, FACE)).reshape(tiles.shape)


def first_of(tiles: Patterns, dim: Dim) -> Patterns:
    """Where a reduction leaves its result: (..., 1024) -> (n, 32, 1), (n, 1, 32) or (n, 1, 1)."""
    matrices = to_matrices(tiles[..., np.newaxis, np.newaxis, :])
    rows = SIDE if dim == "row" else 1
    columns = SIDE if dim == "col" else 1
    return matrices[:, :rows, :columns]


def place(result: Patterns, lead: tuple[int, ...], rest: np.uint32) -> Patterns:
    """The other way: tiles (*lead, 1024) with a result there, and one pattern everywhere else."""
    matrices = np.full((len(result), SIDE, SIDE), rest, np.uint32)
    matrices[:, : result.shape[1], : result.shape[2]] = result
    return to_tiles(matrices, lead).reshape(*lead, SIDE * SIDE)
