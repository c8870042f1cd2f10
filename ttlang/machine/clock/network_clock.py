"""
The two NOCs and the DRAM in time. A transfer takes each link of its route, and the ways into the NOC and out of it, for
as long as its bytes pass there; what comes later waits. Transfers must be asked for in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ttlang.machine.clock.busy_times import BusyTimes
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
        self._links = [BusyTimes() for _ in range(self._routes.most_links)]
        """By number."""
        self._paces = [[0.0] * program.cores for _ in range(NOCS)]
        """When each core may send its next packet."""
        self._banks = [BusyTimes() for _ in range(program.architecture.dram_banks)]
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
        for part in self._packets(size):
            served = (
                self._serve(bank, self._paced(core, noc, now) + request, part, self._dram.read_gap) + self._dram.latency
            )
            last = max(last, self._pass(path, self._noc.taken(part), served))
        last = grained(last + self._noc.endpoint)
        return Passage(last, last, last)

    def write_dram(self, core: int, noc: int, bank: int, size: int, now: float) -> Passage:
        """A write of so many bytes that lie in a row in a bank."""
        here, there = self.nodes[core], self._noc.dram_nodes[bank]
        path = self._routes.path(noc, here, there)
        left = arrived = now
        for part in self._packets(size):
            taken = self._noc.taken(part)
            sent = self._paced(core, noc, now) + self._noc.endpoint
            passed = self._pass(path, taken, sent)
            left = max(left, passed - self._noc.hop * (len(path)))
            arrived = max(arrived, self._serve(bank, passed, part, self._dram.write_gap))
        arrived += self._dram.write_latency
        back = self._noc.hop * self._routes.hops(noc, there, here) + self._noc.acknowledge
        return Passage(grained(left), grained(arrived), grained(arrived + back))

    def read(self, core: int, noc: int, source: int, size: int, now: float) -> Passage:
        """A read of another core's L1."""
        here, there = self.nodes[core], self.nodes[source]
        request = self._noc.endpoint + self._noc.hop * self._routes.hops(noc, here, there)
        path = self._routes.path(noc, there, here)
        last = now
        for part in self._packets(size):
            ready = self._paced(core, noc, now, self._noc.read_gap) + request
            last = max(last, self._pass(path, self._noc.taken(part, read=True), ready))
        last = grained(last + self._noc.endpoint)
        return Passage(last, last, last)

    def write(self, core: int, noc: int, target: int, size: int, now: float) -> Passage:
        """A write to another core."""
        here, there = self.nodes[core], self.nodes[target]
        path = self._routes.path(noc, here, there)
        left = arrived = now
        for part in self._packets(size):
            passed = self._pass(path, self._noc.taken(part), self._paced(core, noc, now) + self._noc.endpoint)
            left = passed - self._noc.hop * len(path)
            arrived = max(arrived, passed)
        known = arrived + self._noc.hop * self._routes.hops(noc, there, here) + self._noc.acknowledge
        return Passage(grained(left), grained(arrived), grained(known))

    def multicast(
        self, core: int, noc: int, targets: Sequence[int], size: int, now: float, *, linked: bool = False
    ) -> Passage:
        """
        A write to a rectangle of cores at once. Each packet reserves its paths first, there and back, unless it is
        linked to the one before; each core acknowledges each packet.
        """
        here = self.nodes[core]
        paths = [self._routes.path(noc, here, self.nodes[target]) for target in targets]
        links = tuple(dict.fromkeys(link for path in paths for link in path))
        hops = max(map(len, paths)) - 2
        reserving = 0.0 if linked else 2 * self._noc.hop * hops
        entry, exit = paths[0][0], self._routes.path(noc, here, here)[-1]
        there_and_back = max(
            self._routes.hops(noc, self.nodes[target], here) + len(path) - 2
            for target, path in zip(targets, paths, strict=True)
        )
        left = arrived = known = now
        for part in self._packets(size):
            taken = self._noc.taken(part)
            head = max(self._paced(core, noc, now) + self._noc.endpoint, self._links[entry].free) + reserving
            head = max([head, *(self._links[link].free for link in links)])
            for link in links:
                self._links[link].take(head, taken)
            self._taken[links] += taken
            left = head + taken
            arrived = left + self._noc.hop * hops
            # Acknowledgements come one by one on the sender's way out of the NOC.
            answers = len(targets) * self._noc.flit
            answered = self._links[exit].take(left, answers) + answers
            known = max(left + self._noc.hop * there_and_back, answered)
        return Passage(grained(left), grained(arrived), grained(known + self._noc.acknowledge))

    # ------------------------------------------------------------------------------------------------------- parts

    def _packets(self, size: int) -> Iterator[int]:
        """The bytes of each packet of a transfer."""
        while size > 0:
            part = min(size, self._burst)
            size -= part
            yield part

    def _paced(self, core: int, noc: int, now: float, gap: float | None = None) -> float:
        """When a packet that is ordered now starts; the next one starts at least `gap` later."""
        paces = self._paces[noc]
        start = max(now, paces[core])
        paces[core] = start + (self._noc.packet_gap if gap is None else gap)
        return start

    def _serve(self, bank: int, asked: float, size: int, gap: float) -> float:
        """When a bank begins with what is asked of it, or comes so late that its last byte does not come too early."""
        taken = self._dram.request + size / self._dram.bytes_per_cycle
        busy = max(taken, gap)
        start = self._banks[bank].take(asked, busy)
        self.bank_load[bank] += busy
        return start + max(0.0, taken - self._noc.taken(size))

    def _pass(self, path: tuple[int, ...], taken: float, ready: float) -> float:
        """When the last byte of a packet arrives."""
        links, hop = self._links, self._noc.hop
        head = ready
        for link in path:
            head = links[link].take(head, taken) + hop
        self._taken[path] += taken
        return head + taken
