"""
The two NOCs and the DRAM in time. A transfer takes each link of its route, and the ways into the NOC and out of it, for
as long as its bytes pass there; what comes later waits. Transfers must be asked for in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.noc_routes import NOCS, Link, routes_of
from ttlang.machine.program_info import ProgramInfo


class Passage(NamedTuple):
    """When a transfer's last byte has left, has arrived, and when its sender knows of that."""

    left: float
    arrived: float
    known: float


class NetworkClock:
    """All of it."""

    def __init__(self, program: ProgramInfo):
        timing = program.architecture.timing()
        self._noc, self._dram = timing.noc, timing.dram
        self._burst = program.architecture.noc_max_burst
        self._routes = routes_of(self._noc)
        self._free = [0.0] * self._routes.most_links
        """When each link is free again, by its number."""
        self._paces = [[0.0] * program.cores for _ in range(NOCS)]
        """When each core may send its next packet."""
        self._banks = [0.0] * program.architecture.dram_banks
        self._taken: defaultdict[tuple[int, ...], float] = defaultdict(float)
        columns, rows = self._noc.worker_columns, self._noc.worker_rows
        self.nodes = [
            (columns[x % len(columns)], rows[y % program.chip_rows % len(rows)])
            for x, y in map(program.position, range(program.cores))
        ]
        """Of each core."""
        self.bank_load = [0.0] * program.architecture.dram_banks
        """Cycles that each bank was busy."""

    def link_load(self) -> dict[Link, float]:
        """Cycles that each link was taken."""
        load: defaultdict[Link, float] = defaultdict(float)
        for path, taken in self._taken.items():
            for link in path:
                load[self._routes.links[link]] += taken
        return dict(load)

    def read_dram(self, core: int, noc: int, bank: int, size: int, now: float) -> Passage:
        """A read of so many bytes that lie in a row in a bank."""
        here, there = self.nodes[core], self._noc.dram_nodes[bank]
        request = self._noc.endpoint + self._noc.hop * self._routes.hops(noc, here, there)
        path = self._routes.path(noc, there, here)
        last = now
        while size > 0:
            part = min(size, self._burst)
            size -= part
            served = self._serve(bank, self._paced(core, noc, now) + request, part)
            last = max(last, self._pass(path, part, served))
        last = grained(last + self._noc.endpoint)
        return Passage(last, last, last)

    def write_dram(self, core: int, noc: int, bank: int, size: int, now: float) -> Passage:
        """A write of so many bytes that lie in a row in a bank."""
        here, there = self.nodes[core], self._noc.dram_nodes[bank]
        path = self._routes.path(noc, here, there)
        left = arrived = now
        while size > 0:
            part = min(size, self._burst)
            size -= part
            sent = self._paced(core, noc, now) + self._noc.endpoint
            left = sent + part / self._noc.bytes_per_cycle
            arrived = max(arrived, self._serve(bank, self._pass(path, part, sent), part))
        back = self._noc.hop * self._routes.hops(noc, there, here) + self._noc.acknowledge
        return Passage(grained(left), grained(arrived), grained(arrived + back))

    def read(self, core: int, noc: int, source: int, size: int, now: float) -> Passage:
        """A read of another core's L1."""
        here, there = self.nodes[core], self.nodes[source]
        request = self._noc.endpoint + self._noc.hop * self._routes.hops(noc, here, there)
        path = self._routes.path(noc, there, here)
        last = now
        while size > 0:
            part = min(size, self._burst)
            size -= part
            last = max(last, self._pass(path, part, self._paced(core, noc, now) + request))
        last = grained(last + self._noc.endpoint)
        return Passage(last, last, last)

    def write(self, core: int, noc: int, targets: Sequence[int], size: int, now: float, *, multicast: bool) -> Passage:
        """A write to one core, or to a rectangle of them at once."""
        here = self.nodes[core]
        paths = [self._routes.path(noc, here, self.nodes[target]) for target in targets]
        setup = self._noc.multicast_setup if multicast else 0.0
        left = arrived = now
        while size > 0:
            part = min(size, self._burst)
            size -= part
            sent = self._paced(core, noc, now) + self._noc.endpoint + setup
            setup = 0.0
            left = sent + part / self._noc.bytes_per_cycle
            passed = self._spread(paths, part, sent) if multicast else self._pass(paths[0], part, sent)
            arrived = max(arrived, passed)
        back = max((self._routes.hops(noc, self.nodes[target], here) for target in targets), default=0)
        known = arrived + self._noc.hop * back + self._noc.acknowledge
        return Passage(grained(left), grained(arrived), grained(known))

    # ------------------------------------------------------------------------------------------------------- parts

    def _paced(self, core: int, noc: int, now: float) -> float:
        """When a packet that is ordered now starts."""
        paces = self._paces[noc]
        start = max(now, paces[core])
        paces[core] = start + self._noc.packet_gap
        return start

    def _serve(self, bank: int, asked: float, size: int) -> float:
        """When a bank begins to hand out what is asked of it, so that its last byte comes in time."""
        start = max(asked, self._banks[bank])
        taken = size / self._dram.bytes_per_cycle
        self._banks[bank] = start + max(taken, self._dram.request_gap)
        self.bank_load[bank] += max(taken, self._dram.request_gap)
        return start + self._dram.latency + max(0.0, taken - size / self._noc.bytes_per_cycle)

    def _pass(self, path: tuple[int, ...], size: int, ready: float) -> float:
        """When the last byte arrives."""
        free, hop = self._free, self._noc.hop
        taken = size / self._noc.bytes_per_cycle
        head = ready
        for link in path:
            if free[link] > head:
                head = free[link]
            free[link] = head + taken
            head += hop
        self._taken[path] += taken
        return head + taken

    def _spread(self, paths: Sequence[tuple[int, ...]], size: int, ready: float) -> float:
        """The same for a multicast, which takes all of its links at once."""
        free = self._free
        taken = size / self._noc.bytes_per_cycle
        links = tuple(dict.fromkeys(link for path in paths for link in path))
        head = max([ready, *(free[link] for link in links)])
        for link in links:
            free[link] = head + taken
        self._taken[links] += taken
        return head + self._noc.hop * max(map(len, paths)) + taken
