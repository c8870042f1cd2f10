"""The routes of the two NOCs: which channels of which links a packet takes, by number."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from ttlang.tables.chips.timing import Node

NOCS = 2
CHANNELS = 8
"""Numbers of channels that a link has: it has those from eight times its own on."""
PLACES = 2
"""Of them, for each channel: responses take one or the other, as they are free; requests the first one."""
REQUESTS, RESPONSES = 0, 4
"""Which of them are for what; of each, the first channel for packets that have not come round an edge."""


class Link(NamedTuple):
    """A link, or a node's way into a NOC or out of it."""

    noc: int
    node: Node
    """The one that it leaves, or whose way it is."""
    direction: str
    """"along" a row or "across" rows; "in" or "out"."""


class Routes:
    """
    All of them. A link has virtual channels of their own for requests and for responses; and in each row and column,
    for packets that have come round its edge: so none waits in a circle.
    """

    def __init__(self, columns: int, rows: int):
        self.links: list[Link] = []
        """By number."""
        self._columns, self._rows = columns, rows
        self.most_links = NOCS * 4 * columns * rows
        """How many there can be."""
        self._numbers: dict[Link, int] = {}
        self._paths: dict[tuple[int, Node, Node, bool], tuple[int, ...]] = {}

    def path(self, noc: int, source: Node, target: Node, *, responds: bool = False) -> tuple[int, ...]:
        """The channels from a node to another, those of the ways into the NOC and out of it among them."""
        key = noc, source, target, responds
        if (found := self._paths.get(key)) is None:
            way = [(Link(noc, source, "in"), 0), *self._way(noc, source, target), (Link(noc, target, "out"), 0)]
            kind = RESPONSES if responds else REQUESTS
            found = self._paths[key] = tuple(
                CHANNELS * self._number(link) + kind + PLACES * rounded for link, rounded in way
            )
        return found

    def link(self, channel: int) -> Link:
        """The link of a channel."""
        return self.links[channel // CHANNELS]

    def hops(self, noc: int, source: Node, target: Node) -> int:
        """The links between two nodes."""
        return len(self.path(noc, source, target)) - 2

    def _number(self, link: Link) -> int:
        if link not in self._numbers:
            self._numbers[link] = len(self.links)
            self.links.append(link)
        return self._numbers[link]

    def _way(self, noc: int, source: Node, target: Node) -> Iterable[tuple[Link, int]]:
        """NOC 0 goes east, then south; NOC 1 north, then west; both round the edges (docs/hardware.md)."""
        (x, y), (to_x, to_y) = source, target
        if noc == 0:
            for column, rounded in _steps(x, to_x, 1, self._columns):
                yield Link(noc, (column, y), "along"), rounded
            for row, rounded in _steps(y, to_y, 1, self._rows):
                yield Link(noc, (to_x, row), "across"), rounded
            return
        for row, rounded in _steps(y, to_y, -1, self._rows):
            yield Link(noc, (x, row), "across"), rounded
        for column, rounded in _steps(x, to_x, -1, self._columns):
            yield Link(noc, (column, to_y), "along"), rounded


def _steps(place: int, target: int, step: int, places: int) -> Iterable[tuple[int, int]]:
    """The places that are left on the way to another, and whether it has come round the edge before each."""
    rounded = 0
    while place != target:
        yield place, rounded
        rounded |= not 0 <= place + step < places
        place = (place + step) % places


@cache
def routes_of(columns: int, rows: int) -> Routes:
    """Those of a chip of so many nodes."""
    return Routes(columns, rows)
