"""Cores and sets of cores, in logical coordinates: x is the column, y the row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = [
    "CoreCoord",
    "CoreGrid",
    "CoreRange",
    "CoreRangeSet",
    "corerange_to_cores",
    "num_cores_to_corerangeset",
    "split_work_to_cores",
]


@dataclass(frozen=True, order=True)
class CoreCoord:
    """One core. Compares equal to the tuple (x, y)."""

    x: int
    y: int

    def __post_init__(self) -> None:
        if self.x < 0 or self.y < 0:
            raise ValueError(f"a core has no negative coordinates: {self!r}")

    def __iter__(self) -> Iterator[int]:
        return iter((self.x, self.y))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (CoreCoord, tuple)) and (self.x, self.y) == tuple(other)  # pyright: ignore[reportUnknownArgumentType]

    def __hash__(self) -> int:
        return hash((self.x, self.y))


@dataclass(frozen=True)
class CoreRange:
    """A rectangle of cores; both corners belong to it."""

    start: CoreCoord
    end: CoreCoord

    def __post_init__(self) -> None:
        if self.end.x < self.start.x or self.end.y < self.start.y:
            raise ValueError(f"the end of a core range lies before its start: {self!r}")

    def grid_size(self) -> CoreCoord:
        """Columns and rows."""
        return CoreCoord(self.end.x - self.start.x + 1, self.end.y - self.start.y + 1)

    def contains(self, other: CoreCoord | CoreRange) -> bool:
        inner = other if isinstance(other, CoreRange) else CoreRange(other, other)
        columns = self.start.x <= inner.start.x and inner.end.x <= self.end.x
        return columns and self.start.y <= inner.start.y and inner.end.y <= self.end.y

    def cores(self, row_wise: bool = True) -> list[CoreCoord]:
        """Row by row, or column by column."""
        xs = range(self.start.x, self.end.x + 1)
        ys = range(self.start.y, self.end.y + 1)
        if row_wise:
            return [CoreCoord(x, y) for y in ys for x in xs]
        return [CoreCoord(x, y) for x in xs for y in ys]


class CoreRangeSet:
    """Rectangles of cores that do not overlap. A ValueError where they do."""

    def __init__(self, core_ranges: Iterable[CoreRange]) -> None:
        if isinstance(core_ranges, CoreRange):
            core_ranges = [core_ranges]
        # A Python set comes in any order; the order of the ranges is the order of the shards.
        ordered = (
            sorted(core_ranges, key=lambda r: (r.start.y, r.start.x))
            if isinstance(core_ranges, (set, frozenset))
            else core_ranges
        )
        self._ranges = tuple(ordered)
        cores = [core for r in self._ranges for core in r.cores()]
        if len(set(cores)) != len(cores):
            raise ValueError(f"core ranges overlap: {list(self._ranges)}")

    def ranges(self) -> list[CoreRange]:
        return list(self._ranges)

    def size(self) -> int:
        """Number of rectangles."""
        return len(self._ranges)

    def empty(self) -> bool:
        return not self._ranges

    def num_cores(self) -> int:
        return sum(size.x * size.y for size in (r.grid_size() for r in self._ranges))

    def contains(self, other: CoreCoord | CoreRange) -> bool:
        mine = set(corerange_to_cores(self))
        asked = other.cores() if isinstance(other, CoreRange) else [other]
        return all(core in mine for core in asked)

    def bounding_box(self) -> CoreRange:
        """The smallest rectangle around all. A ValueError if the set is empty."""
        if not self._ranges:
            raise ValueError("an empty set of cores has no bounding box")
        return CoreRange(
            CoreCoord(min(r.start.x for r in self._ranges), min(r.start.y for r in self._ranges)),
            CoreCoord(max(r.end.x for r in self._ranges), max(r.end.y for r in self._ranges)),
        )

    def merge(self, other: CoreRangeSet) -> CoreRangeSet:
        """The cores of both."""
        extra = [CoreRange(core, core) for core in corerange_to_cores(other) if not self.contains(core)]
        return CoreRangeSet([*self._ranges, *extra])

    def subtract(self, other: CoreRangeSet) -> CoreRangeSet:
        """The cores that are not in `other`."""
        return CoreRangeSet([CoreRange(c, c) for c in corerange_to_cores(self) if not other.contains(c)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CoreRangeSet) and set(corerange_to_cores(self)) == set(corerange_to_cores(other))

    def __hash__(self) -> int:
        return hash(frozenset(corerange_to_cores(self)))

    def __repr__(self) -> str:
        return f"CoreRangeSet({list(self._ranges)})"


@dataclass(frozen=True, kw_only=True)
class CoreGrid:
    """A grid of cores that begins at (0, 0)."""

    x: int
    """Columns."""
    y: int
    """Rows."""

    @property
    def num_cores(self) -> int:
        return self.x * self.y


def corerange_to_cores(
    core_range_set: CoreRangeSet, max_cores: int | None = None, row_wise: bool = False
) -> list[CoreCoord]:
    """The cores of a set, rectangle by rectangle, column by column (`row_wise`: row by row), at most `max_cores`."""
    cores = [core for r in core_range_set.ranges() for core in r.cores(row_wise)]
    return cores[:max_cores]


def num_cores_to_corerangeset(target_num_cores: int, grid_size: CoreCoord, row_wise: bool = False) -> CoreRangeSet:
    """
    The first `target_num_cores` cores of a grid of `grid_size` columns and rows, counted down the columns
    (`row_wise`: along the rows). A ValueError if the grid has fewer.
    """
    columns, rows = grid_size
    if not 0 < target_num_cores <= columns * rows:
        raise ValueError(f"a grid of {columns}x{rows} cores cannot give {target_num_cores}")
    whole, rest = divmod(target_num_cores, columns if row_wise else rows)
    ranges: list[CoreRange] = []
    if row_wise:
        if whole:
            ranges.append(CoreRange(CoreCoord(0, 0), CoreCoord(columns - 1, whole - 1)))
        if rest:
            ranges.append(CoreRange(CoreCoord(0, whole), CoreCoord(rest - 1, whole)))
        return CoreRangeSet(ranges)
    if whole:
        ranges.append(CoreRange(CoreCoord(0, 0), CoreCoord(whole - 1, rows - 1)))
    if rest:
        ranges.append(CoreRange(CoreCoord(whole, 0), CoreCoord(whole, rest - 1)))
    return CoreRangeSet(ranges)


def split_work_to_cores(
    core_grid: CoreCoord | CoreRangeSet, units_to_divide: int, row_wise: bool = False
) -> tuple[int, CoreRangeSet, CoreRangeSet, CoreRangeSet, int, int]:
    """
    Units of work dealt out evenly to the cores of a grid of `core_grid` columns and rows, or of a set, counted down the
    columns (`row_wise`: along the rows): the number of cores that have work, these, those of them that have a unit more
    than the others, the others, and how many units a core of each group has. Where all have as many, all are in the
    first group. A ValueError for a negative number of units.
    """
    if units_to_divide < 0:
        raise ValueError(f"units of work are counted from 0 on; these are {units_to_divide}")
    if isinstance(core_grid, CoreRangeSet):
        cores = corerange_to_cores(core_grid, row_wise=row_wise)
    else:
        cores = CoreRange(CoreCoord(0, 0), CoreCoord(core_grid.x - 1, core_grid.y - 1)).cores(row_wise)
    used = cores[:units_to_divide]
    if not used:
        return 0, _set_of([]), _set_of([]), _set_of([]), 0, 0
    units, more = divmod(units_to_divide, len(used))
    if not more:
        return len(used), _set_of(used), _set_of(used), _set_of([]), units, 0
    return len(used), _set_of(used), _set_of(used[:more]), _set_of(used[more:]), units + 1, units


def _set_of(cores: Iterable[CoreCoord]) -> CoreRangeSet:
    """Cores in their order, those that follow each other in a column or a row as one range."""
    ranges: list[CoreRange] = []
    for core in cores:
        joined = CoreRange(ranges[-1].start, core) if ranges and _follows(ranges[-1], core) else None
        ranges[-1:] = [joined] if joined else [*ranges[-1:], CoreRange(core, core)]
    return CoreRangeSet(ranges)


def _follows(before: CoreRange, core: CoreCoord) -> bool:
    """Whether a core continues a line of cores."""
    first, last = before.start, before.end
    down = first.x == last.x == core.x and core.y == last.y + 1
    along = first.y == last.y == core.y and core.x == last.x + 1
    return down or along
