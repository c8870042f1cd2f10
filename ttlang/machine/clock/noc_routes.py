"""The routes of the two NOCs: which links a transfer takes, by number."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ttlang.tables.chips.timing import NocTiming, Node

NOCS = 2


class Link(NamedTuple):
    """A link, or a node's way into a NOC or out of it."""

    noc: int
    node: Node
    """The one that it leaves, or whose way it is."""
    direction: str
    """"along" a row or "across" rows; "in" or "out"."""


class Routes:
    """All of them."""

    def __init__(self, noc: NocTiming):
        self.links: list[Link] = []
        """By number."""
        self._columns, self._rows = noc.columns, noc.rows
        self.most_links = NOCS * 4 * noc.columns * noc.rows
        """How many there can be."""
        self._numbers: dict[Link, int] = {}
        self._paths: dict[tuple[int, Node, Node], tuple[int, ...]] = {}

    def path(self, noc: int, source: Node, target: Node) -> tuple[int, ...]:
        """The numbers of the links from a node to another, the ways into the NOC and out of it among them."""
        key = noc, source, target
        if (found := self._paths.get(key)) is None:
            way = [Link(noc, source, "in"), *self._way(noc, source, target), Link(noc, target, "out")]
            found = self._paths[key] = tuple(map(self._number, way))
        return found

    def hops(self, noc: int, source: Node, target: Node) -> int:
        """The links between two nodes."""
        return len(self.path(noc, source, target)) - 2

    def _number(self, link: Link) -> int:
        if link not in self._numbers:
            self._numbers[link] = len(self.links)
            self.links.append(link)
        return self._numbers[link]

    def _way(self, noc: int, source: Node, target: Node) -> Iterable[Link]:
        """NOC 0 goes east, then south; NOC 1 north, then west; both round the edges (docs/hardware.md)."""
        (x, y), (to_x, to_y) = source, target
        if noc == 0:
            while x != to_x:
                yield Link(noc, (x, y), "along")
                x = (x + 1) % self._columns
            while y != to_y:
                yield Link(noc, (x, y), "across")
                y = (y + 1) % self._rows
            return
        while y != to_y:
            yield Link(noc, (x, y), "across")
            y = (y - 1) % self._rows
        while x != to_x:
            yield Link(noc, (x, y), "along")
            x = (x - 1) % self._columns


@cache
def routes_of(noc: NocTiming) -> Routes:
    """Those of a chip."""
    return Routes(noc)
