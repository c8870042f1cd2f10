"""
The two NOCs and the DRAM in time, which all cores share. A transfer's packets flow through the NOC
(`packet_flow.py`); cores send them by their ports (`network_port.py`), in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import cache, partial
from math import isfinite
from typing import NamedTuple, TypeVar

from ttlang.machine.clock.agenda import Later
from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.dram_bank import DramBank
from ttlang.machine.clock.l1_reads import L1Reads
from ttlang.machine.clock.noc_routes import CHANNELS, Link, routes_of
from ttlang.machine.clock.packet_flow import PacketFlow, WayOut
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.timing import Node


class Way:
    """That of packets from a node to another."""

    __slots__ = ("hops", "path", "taken")

    def __init__(self, path: tuple[int, ...], hops: float):
        """`path`: channels, by number."""
        self.path, self.hops = path, hops
        """`hops`: cycles of those of a read's requests, or of a write's acknowledgements."""
        self.taken = 0.0
        """Cycles that packets take of each of its links."""


class Load:
    """What is sent on a tree."""

    __slots__ = ("taken",)

    def __init__(self) -> None:
        self.taken = 0.0
        """Cycles that packets take of each of its links."""


class Tree(NamedTuple):
    """The way of a multicast."""

    links: tuple[int, ...]
    """Their numbers, that of the sender's way into the NOC first."""
    hops: int
    """To the core that is the furthest."""
    there_and_back: int
    """The most hops to a core and back."""
    first_back: int
    """The fewest to another core and back."""
    loops: bool
    """It reaches its sender, too."""
    before: tuple[float, ...]
    """How long before the core that is the furthest each core has what is sent, in the order of the cores."""
    load: Load


class PacketCost(NamedTuple):
    """A packet of a transfer."""

    size: int
    """In bytes."""
    taken: float
    """Cycles that it takes of each link."""
    busy: float
    """Cycles that it takes of a bank of DRAM, if it comes from there."""


AnyRecord = TypeVar("AnyRecord", bound=NamedTuple)


def _grained(record: AnyRecord) -> AnyRecord:
    """With times that floats add up exactly: what follows another on its heels does not wait for it."""
    times = {name: value for name, value in record._asdict().items() if isinstance(value, float) and isfinite(value)}
    return record._replace(**{name: grained(value) for name, value in times.items()})


class NetworkClock:
    """All of it."""

    def __init__(self, program: ProgramInfo, later: Later):
        timing = program.architecture.timing()
        self.noc, self.dram = _grained(timing.noc), _grained(timing.dram)
        """With times that floats add up exactly."""
        self.later = later
        self._flits = timing.noc
        self._routes = routes_of(self.noc.columns, self.noc.rows)
        self.flow = PacketFlow(self._routes.most_links, self.noc.hop, grained(self.noc.buffer * self.flit), later)
        banks = range(program.architecture.dram_banks)
        self.banks = [DramBank(self.dram, timing.dram.bytes_per_cycle) for _ in banks]
        columns, rows = self.noc.worker_columns, self.noc.worker_rows
        self.nodes = [
            (columns[x % len(columns)], rows[y % program.chip_rows % len(rows)])
            for x, y in map(program.position, range(program.cores))
        ]
        """Of each core."""
        self._ways: list[Way] = []
        self._trees: list[Tree] = []
        burst, flits = program.architecture.noc_max_burst, timing.noc
        self.packets = cache(partial(_packets, burst, flits.taken, self.banks[0].cycles))
        """Of a transfer of so many bytes: most are of one of a few sizes."""
        self.packets_read = cache(partial(_packets, burst, partial(flits.taken, read=True), self.banks[0].cycles))
        """Of a read from a core."""
        self._reads: dict[tuple[int, int], L1Reads] = {}

    @property
    def flit(self) -> float:
        """Cycles that a link needs for one."""
        return self._flits.flit

    @property
    def bank_load(self) -> list[float]:
        """Cycles that each bank was busy."""
        return [bank.load for bank in self.banks]

    def link_load(self) -> dict[Link, float]:
        """Cycles that each link was taken."""
        load: defaultdict[Link, float] = defaultdict(float)
        for way in self._ways:
            for channel in way.path:
                load[self._routes.link(channel)] += way.taken
        for tree in self._trees:
            for link in tree.links:
                load[self._routes.links[link]] += tree.load.taken
        return dict(load)

    def way(self, noc: int, first: Node, last: Node, *, responds: bool = False) -> Way:
        """A way of its own between two nodes. `responds`: for what is sent as it was asked for."""
        path = self._routes.path(noc, first, last, responds=responds)
        if first == last:  # It does not travel over the network.
            path = path[:1]
        way = Way(path, self.noc.hop * self._routes.hops(noc, last, first))
        self._ways.append(way)
        return way

    def way_out(self, noc: int, core: int) -> WayOut:
        """A core's way out of a NOC, for what comes from the core itself."""
        node = self.nodes[core]
        return WayOut(self.flow.passed, self._routes.path(noc, node, node)[-1] // CHANNELS)

    def reads_of(self, noc: int, core: int) -> L1Reads:
        """What is asked of a core's L1."""
        if (found := self._reads.get((noc, core))) is None:
            found = self._reads[noc, core] = L1Reads(self.noc.requests, self.later)
        return found

    def tree(self, noc: int, core: int, targets: tuple[int, ...]) -> Tree:
        """That of a core's multicasts to others."""
        here = self.nodes[core]
        paths = [self._routes.path(noc, here, self.nodes[target]) for target in targets]
        back = [self._routes.hops(noc, self.nodes[target], here) for target in targets]
        there_and_back = [len(path) - 2 + hops for path, hops in zip(paths, back, strict=True)]
        most = max(map(len, paths))
        tree = Tree(
            tuple(dict.fromkeys(channel // CHANNELS for path in paths for channel in path)),
            most - 2,
            max(there_and_back),
            min((hops for hops, target in zip(there_and_back, targets, strict=True) if target != core), default=0),
            core in targets,
            tuple(self.noc.hop * (most - len(path)) for path in paths),
            Load(),
        )
        self._trees.append(tree)
        return tree


def _packets(
    burst: int, of_links: Callable[[int], float], of_bank: Callable[[int], float], size: int
) -> Sequence[PacketCost]:
    """Those of a transfer of so many bytes. `burst`: the most that one has."""
    whole, rest = divmod(size, burst)
    return [PacketCost(part, grained(of_links(part)), of_bank(part)) for part in [burst] * whole + [rest] * (rest > 0)]
