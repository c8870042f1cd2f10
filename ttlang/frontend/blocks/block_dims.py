"""What the `dims` and the `shape` of reductions, broadcasts and fills mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ttlang.dialects import ttl
from ttlang.frontend.blocks.call_arguments import is_none
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Host, Value, describe
from ttlang.tables.editions import phrase

Axes = frozenset[int]
"""Dimensions of a block, counted from the outermost."""
_ROWS, _COLUMNS = -2, -1
"""The last two dimensions, of tiles."""
_LEFT: dict[tuple[int, ...], ttl.Dim] = {
    (_COLUMNS,): ttl.Dim.ROW,
    (_ROWS,): ttl.Dim.COL,
    (_ROWS, _COLUMNS): ttl.Dim.SCALAR,
    (): ttl.Dim.NONE,
}
"""What a reduction leaves of a matrix, by what goes of it."""
_REPEATED: dict[tuple[int, ...], ttl.Dim] = {
    (_ROWS,): ttl.Dim.ROW,
    (_COLUMNS,): ttl.Dim.COL,
    (_ROWS, _COLUMNS): ttl.Dim.SCALAR,
    (): ttl.Dim.NONE,
}
"""What a broadcast repeats of a matrix, by where."""


def read_dims(c: ThreadBuilder, name: str, dims: Value) -> list[int]:
    """The dimensions that a call names, each once, as it counts them."""
    items = as_items(dims)
    numbers = [host_integer(item) for item in (items[0] if items is not None else [dims])]
    known = {number for number in numbers if number is not None}
    if None in numbers:
        code = "TTL0107" if all(isinstance(item, Host) for item in (items[0] if items else [dims])) else "TTL0108"
        raise c.error(code, f"{phrase(name)}: dims is {describe(dims)}, where a list of 0 and 1 is needed")
    return sorted(known)


def axes_of(c: ThreadBuilder, name: str, dims: Sequence[int], rank: int) -> Axes:
    """The dimensions of a block of that rank; negative ones count from the inside. Raises a TTL0107 for others."""
    axes = frozenset(dim + rank if dim < 0 else dim for dim in dims)
    if not axes or not axes <= set(range(rank)):
        matrix = "a block has the dimensions 0 (rows) and 1 (columns)"
        raise c.error(
            "TTL0107",
            f"{phrase(name)}: dims={list(dims)} names no dimensions of a block",
            hint=matrix if rank == 2 else f"this one has the dimensions 0 to {rank - 1}, the last two in tiles",
        )
    return axes


def reduced_axes(axes: Axes, rank: int, meaning: str) -> Axes:
    """The dimensions that go, where `dims` "stay" or "go". All of them, named or not, leave one result."""
    whole = frozenset(range(rank))
    return axes if meaning == "go" or axes == whole else whole - axes


def reduced_sizes(sizes: Sequence[int], gone: Axes) -> tuple[int, ...]:
    return tuple(1 if axis in gone else size for axis, size in enumerate(sizes))


def left_of(gone: Axes, rank: int) -> ttl.Dim:
    """What a reduction leaves of each matrix."""
    return _LEFT[_of_matrix(gone, rank)]


def repeated_by(axes: Axes, rank: int) -> ttl.Dim:
    """What a broadcast repeats of each matrix."""
    return _REPEATED[_of_matrix(axes, rank)]


def _of_matrix(axes: Axes, rank: int) -> tuple[int, ...]:
    return tuple(axis - rank for axis in sorted(axes) if axis >= rank - ttl.MATRIX)


def as_2026_has_them(arguments: Mapping[str, Value], blocks: tuple[str, ...]) -> dict[str, Value]:
    """
    The arguments of a call that may be `f(x, dims, shape)`, by position, where 2025 has `blocks` before `dims`: a list
    of numbers is no block.
    """
    given = dict(arguments)
    moved = [name for name in blocks if as_items(given[name]) is not None]
    if not moved:
        return given
    lists = [given[name] for name in (*moved, "dims", "shape") if not is_none(given[name])]
    given |= dict.fromkeys(moved, NONE)
    return given | dict(zip(("dims", "shape"), (*lists, NONE), strict=False))


def read_shape(c: ThreadBuilder, shape: Value) -> tuple[int, ...]:
    """The `shape` of a block that a call makes, in tiles. Raises a TTL0304 for what is none."""
    sizes = as_items(shape)
    numbers = [size.value for size in sizes[0] if isinstance(size, Host)] if sizes is not None else []
    if sizes is not None and len(numbers) == len(sizes[0]) and all(isinstance(n, int) and n > 0 for n in numbers):
        return tuple(numbers)
    shown = repr(shape.value) if isinstance(shape, Host) else describe(shape)
    raise c.error("TTL0304", f"shape={shown} is no shape of a block", hint="it has (rows, columns) of tiles")
