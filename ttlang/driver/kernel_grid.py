"""The grid of a kernel: what its decorator may say, and how many cores it is for a call."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from math import prod
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from ttlang.diagnostics import DiagnosticError, error
from ttlang.language.call_sites import raised_at
from ttlang.language.grid import MOST_DIMENSIONS
from ttlang.language.pipes import Pipe
from ttlang.language.python_objects import as_index, is_sequence
from ttlang.language.tensors import is_tensor
from ttlang.tables.dtypes import TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.editions import Edition

if TYPE_CHECKING:
    from ttlang.tables.chips import Chip

Sizes = tuple[int, ...]
"""(columns, rows), and behind them the dimensions of the chips, if there are several."""
Grid = Sizes | Literal["auto", "full"] | Callable[..., object]
"""What a decorator says: sizes, a word, or a function of the call's arguments that returns one of those."""


class CallGrid(NamedTuple):
    """The grid of a call, before its kernel has been run."""

    sizes: Sizes
    spanned: bool = False
    """Whether it goes no further than the kernel's pipes, unless the kernel function asks how many cores there are."""


_LARGEST = 2**31 - 1
_NO_GRID = 'no tuple of positive sizes (columns, rows), not "full" or "auto", and no function of the tensors'


def read_grid(grid: object) -> Grid:
    """What a decorator is given as its grid. Raises a TTL0703 for what is none."""
    return grid if callable(grid) else _read_sizes(grid)


def grid_for(grid: Grid, arguments: Mapping[str, object], chip: Chip, edition: Edition) -> CallGrid:
    """
    The grid for a call with these arguments, by name. Raises a TTL0703 for a function that returns no grid, a TTL0201
    for one that raises.
    """
    chosen = _read_sizes(_called(grid, arguments)) if callable(grid) else grid
    if chosen == "full":
        return CallGrid(chip.grid)
    if chosen == "auto":
        by_tiles = edition.auto_grid == "tiles"
        return CallGrid(choose_grid(arguments.values(), chip)) if by_tiles else CallGrid(chip.grid, spanned=True)
    return CallGrid(chosen)


def span_of(pipes: Iterable[Pipe]) -> Sizes | None:
    """
    The smallest grid that has all ends of these pipes. None if there are no pipes, or if some end is the number of a
    core, which is another core on another grid.
    """
    columns = rows = 0
    for pipe in pipes:
        if pipe.ends is None or pipe.ends.numbers is not None:
            return None
        for x, y in (pipe.ends.source, *pipe.ends.destinations):
            columns, rows = max(columns, x + 1), max(rows, y + 1)
    return (columns, rows) if columns else None


def choose_grid(arguments: Iterable[object], chip: Chip) -> tuple[int, int]:
    """
    As many cores as the last tensor, which is the output by custom, has tiles, and as the chip has; along its rows and
    columns of tiles if they are that many, else in both dimensions of the chip.
    """
    shapes = [tuple(int(size) for size in value.shape) for value in arguments if is_tensor(value)]
    height, width = (1, 1, *(shapes[-1] if shapes else ()))[-2:]
    tile_rows, tile_columns = -(-height // TILE_HEIGHT), -(-width // TILE_WIDTH)
    most_columns, most_rows = chip.grid
    columns, rows = min(most_columns, tile_columns), min(most_rows, tile_rows)
    tiles = prod(shapes[-1][:-2]) * tile_rows * tile_columns if shapes else 1
    if columns * rows < min(tiles, most_columns * most_rows):
        rows = min(most_rows, max(1, tiles // columns))
        columns = min(most_columns, max(1, tiles // rows))
    return columns, rows


def _called(grid: Callable[..., object], arguments: Mapping[str, object]) -> object:
    names = _names(grid)
    by_name = 0 < len(names) != len(arguments) and all(name in arguments for name in names)
    try:
        return grid(*[arguments[name] for name in names] if by_name else arguments.values())
    except DiagnosticError:
        raise
    except Exception as cause:
        raise error(
            "TTL0201",
            f"the function that is the kernel's grid raises {type(cause).__name__}: {cause}",
            raised_at(cause),
            hint="it is called with the arguments of the kernel, in their order, or with those that it names",
        ) from cause


@lru_cache
def _names(grid: Callable[..., object]) -> tuple[str, ...]:
    """Of the parameters of a function; none where it does not tell."""
    try:
        return tuple(inspect.signature(grid).parameters)
    except (TypeError, ValueError):
        return ()


def _read_sizes(grid: Any) -> Sizes | Literal["auto", "full"]:
    if isinstance(grid, str) and grid in ("auto", "full"):
        return grid
    if _size(grid) is not None:
        grid = (grid, 1)
    given = tuple(grid) if is_sequence(grid) else ()
    sizes = tuple([size for each in given if (size := _size(each)) is not None])
    if not sizes or len(sizes) != len(given):
        raise error("TTL0703", f"grid={grid!r} is {_NO_GRID}")
    if len(sizes) > MOST_DIMENSIONS:
        raise error("TTL0703", f"grid={sizes} has more than {MOST_DIMENSIONS} dimensions")
    return sizes if len(sizes) > 1 else (*sizes, 1)


def _size(value: object) -> int | None:
    """A whole number, also one of numpy, that can be the size of a grid; None of anything else, a bool among it."""
    if isinstance(value, bool):
        return None
    try:
        size = as_index(value)
    except TypeError:
        return None
    return size if 0 < size <= _LARGEST else None
