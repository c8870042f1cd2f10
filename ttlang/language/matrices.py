"""Functions of blocks as matrices: products, transposes, reductions, broadcasts, and other shapes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NoReturn, SupportsFloat

from ttlang.language.blocks import Block, Operand
from ttlang.language.call_sites import host_error

Dims = int | Sequence[int]
Shape = Sequence[int]
OlderDim = Literal["row", "col", "scalar"]


def _only_in_threads(name: str) -> NoReturn:
    raise host_error(f"ttl.{name}", "a compute thread")


def matmul(a: Operand, b: Operand, c: Operand | None = None, *, transpose_rhs: bool = False) -> Block:
    """
    The product of a block of (M, K) tiles and one of (K, N), added to the block `c` of (M, N) if there is one: also
    `a @ b`. With `transpose_rhs`, `b` has (N, K) tiles and is read transposed. A reserved block `c` counts as zero
    until something is stored in it. Nothing is written: store the result.
    """
    _only_in_threads("matmul")


def transpose(x: Operand, o: Block | None = None) -> Block:
    """The transpose of a block: (M, N) tiles become (N, M). `o` says no more than the shape."""
    _only_in_threads("transpose")


def reduce_sum(
    x: Operand,
    scaler: Block | SupportsFloat | Dims | None = None,
    o: Block | Shape | None = None,
    dims: Dims | None = None,
    *,
    dim: OlderDim | None = None,
    shape: Shape | None = None,
) -> Block:
    """
    The sums over a whole block, times `scaler` (a number, or a block of one tile that is full of it).

    `dims=[0]`: one for each row, in column 0 of a block of (M, 1) tiles; `[1]`: one for each column, in row 0 of
    (1, N) tiles; `[0, 1]`, also where nothing is said: one, at [0, 0] of a tile. In the edition of 2026, `dims` are
    those that go: `[1]` leaves one for each row; so they are wherever one is negative, or a `shape` is given, which
    says what the result has, in tiles. Also `dim="row"`, `"col"`, `"scalar"`. Elements outside the result are not
    defined. By position also `reduce_sum(x, dims, shape)`, with lists of numbers.
    """
    _only_in_threads("reduce_sum")


def reduce_max(
    x: Operand,
    scaler: Block | SupportsFloat | Dims | None = None,
    o: Block | Shape | None = None,
    dims: Dims | None = None,
    *,
    dim: OlderDim | None = None,
    shape: Shape | None = None,
) -> Block:
    """The largest values over a whole block, times `scaler`. The arguments are those of `reduce_sum`."""
    _only_in_threads("reduce_max")


def broadcast(
    x: Operand, o: Block | Sequence[int] | None = None, dims: Dims | None = None, shape: Shape | None = None
) -> Block:
    """
    A part of a block, repeated: `dims=[0]` copies row 0 to all rows (of a block of (1, N) tiles), `[1]` column 0 to
    all columns (of (M, 1)), `[0, 1]` the element [0, 0]. The shape is `shape`, in tiles, or that of `o`, else what the
    expression around asks for. By position also `broadcast(x, dims, shape)`, with lists of numbers.
    """
    _only_in_threads("broadcast")


def squeeze(x: Operand, dims: Dims) -> Block:
    """
    The block without its dimensions `dims`, each of size 1: (1, M, N) tiles become (M, N). Negative ones count from the
    inside. Two dimensions are left at least.
    """
    _only_in_threads("squeeze")


def unsqueeze(x: Operand, dims: Dims) -> Block:
    """
    The block with further dimensions of size 1, at the places `dims` of the result: with `[0]`, (M, N) tiles become
    (1, M, N).
    """
    _only_in_threads("unsqueeze")
