"""
The two NOCs and the DRAM in time. A transfer takes each link of its route, and the ways into the NOC and out of it, for
as long as its bytes pass there; what comes later waits. Transfers must be asked for in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from ttlang.machine.clock.call_prices import grained
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.timing import NocTiming, Node, Timing

Link = tuple[int, Node, bool]
"""The NOC, the node that it leaves, and whether it goes along a row."""


class Passage(NamedTuple):
    """When a transfer's last byte has left, has arrived, and when its sender knows of that."""

    left: float
    arrived: float
    known: float


class NetworkClock:
    """All of it."""

    def __init__(self, program: ProgramInfo):
        self._timing: Timing = program.architecture.timing()
        self._noc: NocTiming = self._timing.noc
        self._burst = program.architecture.noc_max_burst
        self._links: defaultdict[Link, float] = defaultdict(float)
        self._ins: defaultdict[tuple[int, Node], float] = defaultdict(float)
        self._outs: defaultdict[tuple[int, Node], float] = defaultdict(float)
        self._banks: defaultdict[int, float] = defaultdict(float)
        self._gaps: defaultdict[tuple[int, Node], float] = defaultdict(float)
        self._nodes = [
            (
                self._noc.worker_columns[column % len(self._noc.worker_columns)],
                self._noc.worker_rows[row % program.chip_rows % len(self._noc.worker_rows)],
            )
            for column, row in map(program.position, range(program.cores))
        ]
        self.load: defaultdict[Link, float] = defaultdict(float)
        """Cycles that each link was taken for."""
        self.bank_load: defaultdict[int, float] = defaultdict(float)

    def node_of(self, core: int) -> Node:
        return self._nodes[core]

    def read_dram(self, core: int, noc: int, bank: int, size: int, now: float) -> Passage:
        """A read of so many bytes in a row of a bank."""
        here, there = self._nodes[core], self._noc.dram_nodes[bank]
        last = now
        for part in self._packets(size):
            sent = self._paced(here, noc, now)
            asked = sent + self._noc.endpoint + self._noc.hop * len(route(self._noc, noc, here, there))
            served = self._serve(bank, asked, part)
            last = max(last, self._pass(noc, there, here, part, served) + self._noc.endpoint)
        return Passage(last, last, last)

    def write_dram(self, core: int, noc: int, bank: int, size: int, now: float) -> Passage:
        here, there = self._nodes[core], self._noc.dram_nodes[bank]
        left = arrived = now
        for part in self._packets(size):
            sent = self._paced(here, noc, now) + self._noc.endpoint
            left = max(left, sent + part / self._noc.bytes_per_cycle)
            arrived = max(arrived, self._serve(bank, self._pass(noc, here, there, part, sent), part))
        back = self._noc.hop * len(route(self._noc, noc, there, here)) + self._noc.acknowledge
        return Passage(grained(left), arrived, grained(arrived + back))

    def read(self, core: int, noc: int, source: int, size: int, now: float) -> Passage:
        """A read of another core's L1."""
        here, there = self._nodes[core], self._nodes[source]
        last = now
        for part in self._packets(size):
            sent = self._paced(here, noc, now)
            asked = sent + self._noc.endpoint + self._noc.hop * len(route(self._noc, noc, here, there))
            last = max(last, self._pass(noc, there, here, part, asked) + self._noc.endpoint)
        return Passage(last, last, last)

    def write(self, core: int, noc: int, targets: Sequence[int], size: int, now: float, *, multicast: bool) -> Passage:
        """A write to one core, or to a rectangle of them at once."""
        here = self._nodes[core]
        setup = self._noc.multicast_setup if multicast else 0.0
        left = arrived = now
        for part in self._packets(size):
            sent = self._paced(here, noc, now) + self._noc.endpoint + setup
            setup = 0.0
            left = max(left, sent + part / self._noc.bytes_per_cycle)
            if multicast:
                arrived = max(arrived, self._spread(noc, here, [self._nodes[target] for target in targets], part, sent))
            else:
                arrived = max(arrived, self._pass(noc, here, self._nodes[targets[0]], part, sent))
        farthest = max((len(route(self._noc, noc, self._nodes[target], here)) for target in targets), default=0)
        known = arrived + self._noc.hop * farthest + self._noc.acknowledge
        return Passage(grained(left), grained(arrived), grained(known))

    # ------------------------------------------------------------------------------------------------------- parts

    def _packets(self, size: int) -> Iterable[int]:
        whole, rest = divmod(size, self._burst)
        return [self._burst] * whole + ([rest] if rest else [])

    def _paced(self, node: Node, noc: int, now: float) -> float:
        """When a packet that is ordered now starts."""
        start = max(now, self._gaps[noc, node])
        self._gaps[noc, node] = start + self._noc.packet_gap
        return start

    def _serve(self, bank: int, asked: float, size: int) -> float:
        """When a bank has the first word of what is asked of it."""
        dram = self._timing.dram
        start = max(asked, self._banks[bank])
        taken = max(size / dram.bytes_per_cycle, dram.request_gap)
        self._banks[bank] = start + taken
        self.bank_load[bank] += taken
        return grained(start + dram.latency + max(0.0, size / dram.bytes_per_cycle - size / self._noc.bytes_per_cycle))

    def _pass(self, noc: int, source: Node, target: Node, size: int, ready: float) -> float:
        """When the last byte arrives."""
        taken = size / self._noc.bytes_per_cycle
        head = self._taken(self._ins, (noc, source), ready, taken)
        for link in route(self._noc, noc, source, target):
            head = self._taken(self._links, link, head, taken) + self._noc.hop
            self.load[link] += taken
        head = self._taken(self._outs, (noc, target), head, taken)
        return grained(head + taken)

    def _spread(self, noc: int, source: Node, targets: Sequence[Node], size: int, ready: float) -> float:
        """The same for a multicast: each link once, and each core as far as it lies."""
        taken = size / self._noc.bytes_per_cycle
        head = self._taken(self._ins, (noc, source), ready, taken)
        routes = [route(self._noc, noc, source, target) for target in targets]
        links = dict.fromkeys(link for each in routes for link in each)
        head = max([head, *(self._links[link] for link in links)])
        for link in links:
            self._links[link] = head + taken
            self.load[link] += taken
        farthest = max(map(len, routes), default=0)
        ends = [self._taken(self._outs, (noc, target), head + self._noc.hop * farthest, taken) for target in targets]
        return max(ends, default=head) + taken

    @staticmethod
    def _taken(free: defaultdict, place: object, ready: float, taken: float) -> float:
        start = max(ready, free[place])
        free[place] = start + taken
        return start


@cache
def route(noc_timing: NocTiming, noc: int, source: Node, target: Node) -> tuple[Link, ...]:
    """The links from a node to another."""
    (x, y), (to_x, to_y) = source, target
    links: list[Link] = []
    if noc == 0:
        while x != to_x:
            links.append((noc, (x, y), True))
            x = (x + 1) % noc_timing.columns
        while y != to_y:
            links.append((noc, (x, y), False))
            y = (y + 1) % noc_timing.rows
        return tuple(links)
    while y != to_y:
        links.append((noc, (x, y), False))
        y = (y - 1) % noc_timing.rows
    while x != to_x:
        links.append((noc, (x, y), True))
        x = (x - 1) % noc_timing.columns
    return tuple(links)
