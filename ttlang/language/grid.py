"""The grid of cores that a kernel runs on, and the place of the current core in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, Literal, TypeVar, overload

from ttlang.diagnostics import error
from ttlang.language.call_sites import caller_span
from ttlang.language.kernel_run import current_run, grid_in_use
from ttlang.language.python_objects import as_index
from ttlang.language.signatures import overloaded_as
from ttlang.tables.editions import Edition, owner_of

T = TypeVar("T")
Coordinates = int | tuple[int, ...]

MOST_DIMENSIONS = 16
"""More than any grid has: what asks for more is a mistake."""


@overload
def core(dims: Literal[2] = 2) -> tuple[int, int]: ...
@overload
def core(dims: Literal[1]) -> int: ...
@overload
def core(dims: Literal[3]) -> tuple[int, int, int]: ...
@overload
def core(dims: int) -> Any: ...
@overload
def core(*, dim: Literal[1]) -> int: ...
@overload
def core(*, dim: Literal[2]) -> tuple[int, int]: ...
@overload
def core(*, dim: Literal[3]) -> tuple[int, int, int]: ...
@overload
def core(*, dim: int) -> Any: ...
def core(dims: int = 2, *, dim: int | None = None) -> int | tuple[int, ...]:
    """
    The coordinates of the current core: (x, y), where x is its column and y its row. `dims=1`: a linear index, an
    integer: `y * columns + x`, and in the edition of 2026 the last coordinate fastest, `x * rows + y`. More dimensions
    than the grid has are padded with 0. `dim` is another name of `dims`. On a grid of several chips, `dims=3` gives
    (x, y, chip), more dimensions the coordinates of the chip where it has several; in two dimensions, the rows of all
    chips are counted, in the order of `dims=1`.
    In the kernel function it makes that function run once for each core.
    """
    return _coordinates("ttl.core", requested_dims(dims, dim))


@overloaded_as(core)
def node(dims: int = 2, *, dim: int | None = None) -> int | tuple[int, ...]:
    """`core` as the edition of 2026 spells it."""
    dims = requested_dims(dims, dim)
    run = current_run("ttl.node")
    run.spelled("ttl.node")
    if is_doubtful(run.edition, run.dimensions, dims):
        raise error("TTL0211", doubt_of_node(run.edition, dims), caller_span(), hint=hint_of_node())
    return _coordinates("ttl.node", dims)


def _coordinates(name: str, dims: int) -> Coordinates:
    """The coordinates of the current core, asked for under that name."""
    run = current_run(name)
    run.asked_for_core = True
    if run.edition.linear_cores == "x fastest":
        return core_linear() if dims == 1 else fit(split(run.core, run.dimensions, dims), dims, 0)
    parts = split(run.core, run.dimensions, len(run.dimensions))
    found = last_fastest(parts, run.dimensions, dims, lambda a, size, b: a * size + b)
    return found[0] if dims == 1 else fit(found, dims, 0)


def is_doubtful(edition: Edition, dimensions: Sequence[int], dims: int) -> bool:
    """
    Whether `node` asks a kernel of an edition that does not have it for coordinates that both have, in different
    orders: fewer than the grid has, with cores along more than one of those that are joined.
    """
    joined = dimensions[dims - 1 :] if dims < len(dimensions) else ()
    return edition.linear_cores != owner_of("ttl.node").linear_cores and sum(size > 1 for size in joined) > 1


_FASTEST = {"x fastest": ("first", "y * columns + x"), "last fastest": ("last", "x * rows + y")}
"""Which coordinate is counted fastest, by `Edition.linear_cores`, and how."""


def doubt_of_node(edition: Edition, dims: int) -> str:
    """What is said to a kernel of an edition where `is_doubtful`."""
    owner = owner_of("ttl.node")
    (which, how), (own, own_how) = _FASTEST[owner.linear_cores], _FASTEST[edition.linear_cores]
    return (
        f"ttl.node(dims={dims}) in a kernel of {edition.name}, @ttl.{edition.decorator}: {owner.name} counts the "
        f"{which} coordinate fastest ({how}), {edition.name} the {own} ({own_how})"
    )


def hint_of_node() -> str:
    owner = owner_of("ttl.node")
    return (
        "ttl.core_linear() is y * columns + x in both editions; x, y = ttl.node() has both coordinates; "
        f"@ttl.{owner.decorator} makes it a kernel of {owner.name}"
    )


def last_fastest(parts: Sequence[T], sizes: Sequence[int], dims: int, step: Callable[[T, int, T], T]) -> tuple[T, ...]:
    """
    Coordinates in `dims` dimensions at most: the last ones are joined, the last of them fastest. `step(a, size, b)` is
    `a * size + b`.
    """
    found, extents = list(parts), list(sizes)
    while len(found) > dims:
        last, size = found.pop(), extents.pop()
        found[-1] = step(found[-1], size, last)
        extents[-1] *= size
    return tuple(found)


def core_linear() -> int:
    """The index of the current core, x fastest: `y * columns + x`."""
    run = current_run("ttl.core_linear")
    run.asked_for_core = True
    x, y = run.core
    return y * run.grid[0] + x


@overloaded_as(core)
def grid_size(dims: int = 2, *, dim: int | None = None) -> int | tuple[int, ...]:
    """
    The size of the kernel's grid: (columns, rows). `dims=1`: the number of cores, an integer. More dimensions than the
    grid has are padded with 1. `dim` is another name for `dims`. On the host: that of
    the kernel that was called last.
    """
    return fit_sizes(grid_in_use("ttl.grid_size"), requested_dims(dims, dim))


def requested_dims(dims: object, dim: object = None) -> int:
    """The number of dimensions that is asked for. Raises a TTL0107 unless it is a positive integer."""
    chosen = dims if dim is None else dim
    try:
        count = as_index(chosen)
    except TypeError:
        count = 0
    if not 1 <= count <= MOST_DIMENSIONS:
        raise error("TTL0107", f"dims={chosen!r} is no number of dimensions", caller_span())
    return count


def split(core: tuple[int, int], dimensions: Sequence[int], dims: int) -> tuple[int, ...]:
    """The coordinates of a core, whose row is counted over all chips, in `dims` dimensions at most."""
    x, y = core
    return x, *(y // below % size for below, size in steps(dimensions, dims))


def steps(dimensions: Sequence[int], dims: int) -> list[tuple[int, int]]:
    """
    How the row of a core, counted over all chips, becomes its coordinates behind the first, in `dims` dimensions at
    most: for each, what it is divided by, and the size that is left of the quotient. Chips are numbered as they stand
    in rows, the last of their coordinates fastest, and are joined where there are fewer dimensions.
    """
    if dims < 3 or len(dimensions) < 3:
        return [(1, prod(dimensions[1:]))]
    rows, *chips = dimensions[1:]
    if len(chips) > dims - 2:
        chips[dims - 3 :] = [prod(chips[dims - 3 :])]
    return [(1, rows), *((rows * prod(chips[at + 1 :]), size) for at, size in enumerate(chips))]


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
