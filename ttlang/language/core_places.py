"""Cores as authors name them, on the grid of a kernel: coordinates, ranges of them, and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import NamedTuple

from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.language.call_sites import caller_span
from ttlang.language.kernel_run import Run
from ttlang.language.python_objects import as_index, is_sequence, is_slice
from ttlang.tables.editions import Edition

Range = tuple[int, int]
"""The coordinates of cores along a dimension: from the first to before the last."""

Place = int | slice | Sequence[int | slice]
"""What names a core, (column, row), or several: a slice for a dimension. One coordinate is the number of a core."""

CoreRange = tuple[Range, Range]
"""A rectangle of cores: columns and rows."""


class CoreSpace(NamedTuple):
    """The cores that there are, and how they are counted."""

    dimensions: tuple[int, ...]
    """Of the grid: columns, rows, and chips if there are several."""
    edition: Edition
    span: Callable[[], Span | None]
    """Finds the place to report."""

    @property
    def grid(self) -> tuple[int, int]:
        """Columns, and rows of all chips."""
        columns, *rows = self.dimensions
        return columns, prod(rows)

    @property
    def most(self) -> int:
        """All cores."""
        return prod(self.dimensions)

    def core(self, number: int) -> tuple[int, int]:
        """The core with a number, as the edition counts (`core(dims=1)`)."""
        columns, rows = self.dimensions[:2]
        if self.edition.linear_cores == "x fastest":
            return number % columns, number // columns
        number, chip = divmod(number, prod(self.dimensions[2:]))
        column, row = divmod(number, rows)
        return column, chip * rows + row


def space_of(run: Run) -> CoreSpace:
    """That of a kernel function which is being run."""
    return CoreSpace(run.dimensions, run.edition, caller_span)


def core_of(space: CoreSpace, value: object, what: str) -> tuple[int, int]:
    """(column, row) of a core. Raises a TTL0505 for what is no core of the grid."""
    ranges = range_of(space, value, what)
    if any(stop - start != 1 for start, stop in ranges):
        raise _bad(space, what, value, "it is a range, where one core is needed")
    (x, _), (y, _) = ranges
    return x, y


def range_of(space: CoreSpace, value: object, what: str) -> CoreRange:
    """The rectangle that coordinates name: integers and slices. Raises a TTL0505 for what is none of the grid."""
    numbers = numbers_of(space, value, what)
    if numbers is None:
        return _rectangle_of(space, value, what)
    first, *others = _cover(space, numbers)
    if others:
        raise _bad(space, what, value, "the cores with these numbers are no rectangle")
    return first


def ranges_of(space: CoreSpace, value: object, what: str) -> tuple[CoreRange, ...]:
    """As `range_of`, in the least number of rectangles: cores that have consecutive numbers may take several."""
    numbers = numbers_of(space, value, what)
    return (_rectangle_of(space, value, what),) if numbers is None else _cover(space, numbers)


def numbers_of(space: CoreSpace, value: object, what: str) -> Range | None:
    """The numbers of the cores that one coordinate names; None where there are more. Raises a TTL0505."""
    parts: list[object] = list(value) if is_sequence(value) else [value]
    return _part(space, parts[0], space.most, "cores", value, what) if len(parts) == 1 else None


def _rectangle_of(space: CoreSpace, value: object, what: str) -> CoreRange:
    parts = tuple(value) if is_sequence(value) else (value,)
    if len(parts) == len(space.dimensions) > 2:
        parts = _on_one_chip(space, parts, value, what)
    if len(parts) != len(space.grid):
        raise _bad(space, what, value, "cores have a column and a row")
    axes = zip(parts, space.grid, ("columns", "rows"), strict=True)
    columns, rows = (_part(space, part, size, axis, value, what) for part, size, axis in axes)
    return columns, rows


def _on_one_chip(space: CoreSpace, parts: Sequence[object], value: object, what: str) -> tuple[object, object]:
    """Column and row of cores of one chip, the row counted over all chips."""
    (x, y, *chips), (_, rows, *sizes) = parts, space.dimensions
    chip = 0
    for part, size in zip(chips, sizes, strict=True):
        place, end = _part(space, part, size, "chips", value, what)
        if end - place > 1:
            raise _bad(space, what, value, "a range of cores is on one chip")
        chip = chip * size + place
    first, last = _part(space, y, rows, "rows", value, what)
    return x, slice(chip * rows + first, chip * rows + last)


def _part(space: CoreSpace, part: object, size: int, axis: str, value: object, what: str) -> Range:
    if is_slice(part):
        first, last, step = part.start, part.stop, part.step
        if step not in (None, 1):
            raise _bad(space, what, value, "a range of cores has no step")
        start, stop = (0 if first is None else first), (size if last is None else last)
    else:
        start, stop = part, None
    try:
        low = as_index(start)
        high = low + 1 if stop is None else as_index(stop)
    except TypeError:
        raise _bad(space, what, value, "coordinates are integers and slices") from None
    if not 0 <= low < high <= size:
        there = f"the {axis} 0 to {size - 1}" if size > 1 else f"no {axis} but 0"
        reason = "a range of it is empty" if low >= high else f"the grid has {there}"
        raise _bad(space, what, value, reason)
    return low, high


def _bad(space: CoreSpace, what: str, value: object, reason: str) -> DiagnosticError:
    return error(
        "TTL0505",
        f"{what} is {value!r}: {reason}",
        space.span(),
        hint="cores are (column, row), ranges have slices: dst_core_range=(slice(0, 4), 2)",
    )


# ------------------------------------------------------------------------------------------------ consecutive numbers


def _cover(space: CoreSpace, numbers: Range) -> tuple[CoreRange, ...]:
    """The rectangles of the cores with these numbers, in their order; each on one chip."""
    cores = [space.core(number) for number in range(*numbers)]
    rows = space.dimensions[1]
    covers: list[list[CoreRange]] = []
    for axis in (0, 1):
        strips: dict[tuple[int, int], list[int]] = {}
        for core in cores:
            strips.setdefault((core[1] // rows, core[axis]), []).append(core[1 - axis])
        covers.append(_join(strips, axis))
    return tuple(min(covers, key=len))


def _join(strips: dict[tuple[int, int], list[int]], axis: int) -> list[CoreRange]:
    """Rectangles of strips, by chip and coordinate: neighbours of one extent become one."""
    found: list[tuple[int, Range, Range]] = []
    for (chip, place), others in sorted(strips.items()):
        extent = min(others), max(others) + 1
        if found and found[-1][0] == chip and found[-1][1][1] == place and found[-1][2] == extent:
            found[-1] = chip, (found[-1][1][0], place + 1), extent
        else:
            found.append((chip, (place, place + 1), extent))
    return [(along, across) if axis == 0 else (across, along) for _, along, across in found]


def ranges_text(ranges: Sequence[CoreRange]) -> str:
    """`(0, 1)`, or `(0, 1)-(3, 1)`, both ends in; several are joined by "and"."""
    return " and ".join(map(_range_text, ranges))


def _range_text(ranges: CoreRange) -> str:
    (left, right), (top, bottom) = ranges
    first, last = (left, top), (right - 1, bottom - 1)
    return f"{first}" if first == last else f"{first}-{last}"
