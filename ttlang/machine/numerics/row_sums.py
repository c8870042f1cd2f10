"""
How the generations' kernels sum the rows of a tile: by a product of matrices, or pooled like columns, and then turned.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ttlang.machine.numerics import arrangements
from ttlang.machine.numerics.arrangements import SIDE
from ttlang.machine.tiles import FACE, Patterns

Multiply = Callable[[Patterns, Patterns, Patterns, int], Patterns]
"""dst + left @ right of matrices (n, R, K), (n, K, C), (n, R, C); DST is written after each so many of K."""
Cut = Callable[[Patterns], Patterns]
"""What a source register keeps of DST."""


class RowSums(Protocol):
    def __call__(self, multiply: Multiply, cut: Cut, tiles: Patterns, weights: Patterns, dst: Patterns) -> Patterns:
        """Sums of tiles (..., k, 1024), times weights (n, 16), on top of `dst` (n, 32, 1)."""
        ...


def multiplied(multiply: Multiply, cut: Cut, tiles: Patterns, weights: Patterns, dst: Patterns) -> Patterns:
    """The product of the data with the scaler as a column: the data lie in SrcB."""
    left = arrangements.to_matrices(tiles[..., np.newaxis, :, :])
    column = np.tile(weights, 2 * tiles.shape[-2])[:, :, np.newaxis]
    return multiply(left, column, dst, SIDE)


def pooled(multiply: Multiply, cut: Cut, tiles: Patterns, weights: Patterns, dst: Patterns) -> Patterns:
    """
    The unpacker turns each face, which is pooled into a row as for sums of columns: the data lie in SrcA. The row is
    then turned into a column, by way of SrcB, after each tile, and stands in DST for the next one.

    After `reduce_row_perform_transpose` of `llk_math_reduce.h`. No recording checks it (docs/numerics.md).
    """
    row = np.ascontiguousarray(dst.swapaxes(1, 2))
    every = np.tile(weights, 2)[:, np.newaxis]
    for tile in range(tiles.shape[-2]):
        turned = arrangements.to_matrices(arrangements.transpose(tiles[..., tile : tile + 1, np.newaxis, :]))
        row = cut(multiply(every, turned, row, FACE))
    return row.swapaxes(1, 2)
