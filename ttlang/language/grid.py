"""The grid of cores that a kernel runs on, and the place of the current core in it."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index

from ttlang.diagnostics import error
from ttlang.language.context import caller_span, current_run

Coordinates = int | tuple[int, ...]

MOST_DIMENSIONS = 16
"""More than any grid has: what asks for more is a mistake."""


def core(dims: int = 2, *, dim: int | None = None) -> Coordinates:
    """
    The coordinates of the current core: (x, y), where x is its column and y its row. `dims=1`: the linear index
    `y * columns + x`, an integer. More dimensions than the grid has are padded with 0. `dim` is another name of `dims`.
    On a grid of several chips, `dims=3` gives (x, y, chip); in two dimensions, the rows of all chips are counted.
    In the kernel function it makes that function run once for each core.
    """
    run = current_run("ttl.core")
    run.asked_for_core = True
    dims = requested_dims(dims, dim)
    return core_linear() if dims == 1 else fit(split(run.core, run.dimensions, dims), dims, 0)


def core_linear() -> int:
    """The index of the current core, x fastest: `y * columns + x`."""
    run = current_run("ttl.core_linear")
    run.asked_for_core = True
    x, y = run.core
    return y * run.grid[0] + x


node = core
"""`core` as the edition of 2026 spells it."""


def grid_size(dims: int = 2, *, dim: int | None = None) -> Coordinates:
    """
    The size of the kernel's grid: (columns, rows). `dims=1`: the number of cores, an integer. More dimensions than the
    grid has are padded with 1. `dim` is another name for `dims`.
    """
    return fit_sizes(current_run("ttl.grid_size").dimensions, requested_dims(dims, dim))


def requested_dims(dims: object, dim: object = None) -> int:
    """The number of dimensions that is asked for. Raises a TTL0107 unless it is a positive integer."""
    chosen = dims if dim is None else dim
    try:
        count = index(chosen)  # pyright: ignore[reportArgumentType]
    except TypeError:
        count = 0
    if not 1 <= count <= MOST_DIMENSIONS:
        raise error("TTL0107", f"dims={chosen!r} is no number of dimensions", caller_span())
    return count


def split(core: tuple[int, int], dimensions: Sequence[int], dims: int) -> tuple[int, ...]:
    """The coordinates of a core, whose row is counted over all chips, in `dims` dimensions at least."""
    x, y = core
    if dims < 3 or len(dimensions) < 3:
        return core
    return x, y % dimensions[1], y // dimensions[1]


def fit(coordinates: Sequence[int], dims: int, padding: int) -> tuple[int, ...]:
    """Coordinates in at least as many dimensions as the grid has."""
    return (*coordinates, *(padding,) * (dims - len(coordinates)))


def fit_sizes(dimensions: Sequence[int], dims: int) -> Coordinates:
    """The grid in `dims` dimensions: all in one, the higher ones joined, or padded with 1."""
    if dims == 1:
        return prod(dimensions)
    if dims < len(dimensions):
        return (*dimensions[: dims - 1], prod(dimensions[dims - 1 :]))
    return fit(dimensions, dims, 1)
