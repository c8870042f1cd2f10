"""
The order of a thread's operations, and what lies ahead of a place: the operations behind it, except those of branches
that exclude it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from xdsl.dialects import scf
from xdsl.ir import Operation, Region

from ttlang.dialects import ttl
from ttlang.dialects.walking import operations

Numbers = tuple[int, int]
"""The first number of a stretch of operations, and the one behind its last."""


@dataclass(frozen=True)
class Place:
    """Where something may be inserted: before an operation of a region, or, with None, at the region's end."""

    region: Region
    before: Operation | None


class ThreadOrder:
    """The operations of a thread, numbered in the order of the text."""

    def __init__(self, thread: ttl.ThreadOp):
        self.operations = operations(thread)
        self._numbers = {op: number for number, op in enumerate(self.operations)}
        self._excluded: dict[Region, tuple[Numbers, ...]] = {}

    def number(self, op: Operation) -> int:
        return self._numbers[op]

    def first_behind(self, place: Place) -> int:
        """The number of the first operation behind a place."""
        return self._numbers[place.before] if place.before is not None else self.span(place.region)[1]

    def span(self, region: Region) -> Numbers:
        """The numbers of what is in a region."""
        parent = region.parent_op()
        assert parent is not None
        start = self._numbers[parent] + 1
        for other in parent.regions:
            count = sum(len(operations(block)) for block in other.blocks)
            if other is region:
                return start, start + count
            start += count
        raise AssertionError("a region is one of its operation's")

    def ahead(self, numbers: Sequence[int], place: Place) -> Iterator[int]:
        """Which of some numbers, which ascend, lie ahead of a place."""
        first = self.first_behind(place)
        return (n for n in numbers if n >= first and self._shares_path(n, place.region))

    def leads_to(self, op: Operation, region: Region) -> bool:
        """Whether there are paths through an operation and a region: no branch has them on different sides."""
        return self._shares_path(self._numbers[op], region)

    def _shares_path(self, number: int, region: Region) -> bool:
        return not any(first <= number < end for first, end in self._others(region))

    def _others(self, region: Region) -> tuple[Numbers, ...]:
        """The branches that are not taken on a path through a region."""
        if (known := self._excluded.get(region)) is not None:
            return known
        parent = region.parent_op()
        found: tuple[Numbers, ...] = ()
        if parent is not None and not isinstance(parent, ttl.ThreadOp):
            around = parent.parent_region()
            assert around is not None
            found = self._others(around)
            if isinstance(parent, scf.IfOp):
                found += tuple(self.span(other) for other in parent.regions if other is not region)
        self._excluded[region] = found
        return found
