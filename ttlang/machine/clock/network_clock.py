"""
The two NOCs and the DRAM in time. A transfer's packets flow through the NOC (`packet_flow.py`); who asked is told
when its end is known. Transfers must be asked for in the order of time.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from functools import cache
from math import isfinite
from typing import NamedTuple, TypeVar

from ttlang.machine.clock.busy_times import BusyTimes
from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.noc_routes import CHANNELS, NOCS, Link, routes_of
from ttlang.machine.clock.packet_flow import LOOK_AHEAD, Later, Packet, PacketFlow
from ttlang.machine.program_info import ProgramInfo


class Passage(NamedTuple):
    """When a transfer's last byte has left, has arrived, and when its sender knows of that."""

    left: float
    arrived: float
    known: float
    before: tuple[float, ...] = ()
    """How long before that a multicast has arrived at each of its cores."""


Done = Callable[[Passage], None]


class Transfer:
    """Something of several packets."""

    __slots__ = ("_arrived", "_back", "_before", "_done", "_known", "_left", "_missing")

    def __init__(self, packets: int, back: float, done: Done, before: tuple[float, ...] = ()):
        """`back`: from the arrival of a packet until who asked for it knows. `before`: that of its passage."""
        self._missing, self._back, self._done, self._before = packets, back, done, before
        self._left = self._arrived = self._known = 0.0

    def leave(self, time: float) -> None:
        if time > self._left:
            self._left = time

    def take_in(self, size: int, head: float, taken: float) -> float:
        return head + taken

    def arrive(self, time: float) -> None:
        self.end(time, time)

    def end(self, arrived: float, known: float) -> None:
        """A packet has arrived; `known`: when that is told, beside `back`."""
        if arrived > self._arrived:
            self._arrived = arrived
        if known > self._known:
            self._known = known
        self._missing -= 1
        if not self._missing:
            self._done(Passage(self._left, self._arrived, self._known + self._back, self._before))


class DramWrite(Transfer):
    """One that a bank takes in, as fast as it can: what there is no room for stays in the NOC."""

    __slots__ = ("_bank", "_network", "_stored")

    def __init__(self, packets: int, back: float, done: Done, bank: int, network: NetworkClock):
        super().__init__(packets, back, done)
        self._bank, self._network, self._stored = bank, network, 0.0

    def take_in(self, size: int, head: float, taken: float) -> float:
        there = head + taken
        stored = max(there, self._network.store(self._bank, head, size))
        if stored > self._stored:
            self._stored = stored
        return max(there, stored - self._network.spare)

    def arrive(self, time: float) -> None:
        self.end(self._stored, self._stored)


class Way:
    """That of a core's transfers to another node, or from there."""

    __slots__ = ("hops", "path", "taken")

    def __init__(self, path: tuple[int, ...], hops: float):
        self.path, self.hops = path, hops
        """`hops`: cycles of those of a read's requests, or of a write's acknowledgements."""
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
    loops: bool
    """It reaches its sender, too."""
    before: tuple[float, ...]
    """How long before the core that is the furthest each core has what is sent, in the order of the cores."""


class Multicast(NamedTuple):
    """A packet of one."""

    tree: Tree
    targets: int
    size: int
    ready: float
    linked: bool
    transfer: Transfer


AnyRecord = TypeVar("AnyRecord", bound=NamedTuple)


def _grained(record: AnyRecord) -> AnyRecord:
    """With times that floats add up exactly: what follows another on its heels does not wait for it."""
    times = {name: value for name, value in record._asdict().items() if isinstance(value, float) and isfinite(value)}
    return record._replace(**{name: grained(value) for name, value in times.items()})


class NetworkClock:
    """All of it."""

    def __init__(self, program: ProgramInfo, later: Later):
        timing = program.architecture.timing()
        self._noc, self._dram = _grained(timing.noc), _grained(timing.dram)
        self._flits = timing.noc
        self._burst = program.architecture.noc_max_burst
        self._routes = routes_of(self._noc)
        self._flow = PacketFlow(
            self._routes.most_links, self._noc.hop, grained(self._noc.buffer * timing.noc.flit), later
        )
        self._later = later
        self._paces = [[0.0] * program.cores for _ in range(NOCS)]
        """When each core may send its next packet."""
        self._multicasts: defaultdict[tuple[int, int], deque[Multicast]] = defaultdict(deque)
        """Packets that wait to be sent, by NOC and core."""
        self._given_up: defaultdict[tuple[int, int], float] = defaultdict(float)
        """When the paths of the last multicast have been given up, there and back."""
        self._trees: dict[tuple[int, int, tuple[int, ...]], Tree] = {}
        self._answered = [[0.0] * program.cores for _ in range(NOCS)]
        """When each core has had all acknowledgements of multicasts so far."""
        self._rate = timing.dram.bytes_per_cycle
        self.spare = grained(self._dram.buffer / self._rate)
        """Cycles of a bank in which it stores what it has room for before it stores it."""
        self._banks = [BusyTimes() for _ in range(program.architecture.dram_banks)]
        self._spread_over: defaultdict[Tree, float] = defaultdict(float)
        """Cycles that multicasts take of each link."""
        columns, rows = self._noc.worker_columns, self._noc.worker_rows
        self.nodes = [
            (columns[x % len(columns)], rows[y % program.chip_rows % len(rows)])
            for x, y in map(program.position, range(program.cores))
        ]
        """Of each core."""
        self.bank_load = [0.0] * program.architecture.dram_banks
        """Cycles that each bank was busy."""
        self._ways: dict[tuple[int, int, int, bool, bool], Way] = {}
        self._packets, self._takes, self._busy = cache(self._cut), cache(self._link_cycles), cache(self._bank_cycles)
        """Most transfers are of one of a few sizes."""

    def link_load(self) -> dict[Link, float]:
        """Cycles that each link was taken."""
        load: defaultdict[Link, float] = defaultdict(float)
        for way in self._ways.values():
            for channel in way.path:
                load[self._routes.link(channel)] += way.taken
        for tree, taken in self._spread_over.items():
            for link in tree.links:
                load[self._routes.links[link]] += taken
        return dict(load)

    def read_dram(self, core: int, noc: int, bank: int, size: int, now: float, done: Done) -> None:
        """A read of so many bytes that lie in a row in a bank."""
        way = self._way(core, noc, bank, in_dram=True, reads=True)
        parts = self._packets(size)
        transfer = Transfer(len(parts), self._noc.endpoint, done)
        request = self._noc.endpoint + way.hops
        for part in parts:
            taken = self._takes(part)
            served = self._serve(bank, self._paced(core, noc, now) + request, part, self._dram.read_gap)
            ready = max(served, served + self._busy(part) - taken) + self._dram.latency
            self._send(way, part, taken, transfer, ready, now)

    def write_dram(self, core: int, noc: int, bank: int, size: int, now: float, done: Done) -> None:
        """A write of so many bytes that lie in a row in a bank."""
        way = self._way(core, noc, bank, in_dram=True)
        parts = self._packets(size)
        back = self._dram.write_latency + way.hops + self._noc.acknowledge
        transfer = DramWrite(len(parts), back, done, bank, self)
        for part in parts:
            ready = self._paced(core, noc, now) + self._noc.endpoint
            self._send(way, part, self._takes(part), transfer, ready, now)

    def read(self, core: int, noc: int, source: int, size: int, now: float, done: Done) -> None:
        """A read of another core's L1."""
        way = self._way(core, noc, source, reads=True)
        parts = self._packets(size)
        transfer = Transfer(len(parts), self._noc.endpoint, done)
        for part in parts:
            ready = self._paced(core, noc, now, self._noc.read_gap) + self._noc.endpoint + way.hops
            self._send(way, part, grained(self._flits.taken(part, read=True)), transfer, ready, now)

    def write(self, core: int, noc: int, target: int, size: int, now: float, done: Done) -> None:
        """A write to another core."""
        way = self._way(core, noc, target)
        parts = self._packets(size)
        transfer = Transfer(len(parts), way.hops + self._noc.acknowledge, done)
        for part in parts:
            ready = self._paced(core, noc, now) + self._noc.endpoint
            self._send(way, part, self._takes(part), transfer, ready, now)

    def multicast(
        self,
        core: int,
        noc: int,
        targets: Sequence[int],
        size: int,
        now: float,
        done: Done,
        *,
        linked: bool = False,
        links: bool = False,
    ) -> None:
        """
        A write to a rectangle of cores at once. The paths of a packet are given up, there and back, before the next
        one leaves, unless that is linked to it; each core acknowledges each packet. `linked`: to the multicast before;
        `links`: what comes next to this one, as are its own packets to each other.
        """
        tree = self._tree(core, noc, tuple(targets))
        parts = self._packets(size)
        transfer = Transfer(len(parts), self._noc.acknowledge, done, tree.before)
        queue = self._multicasts[noc, core]
        idle = not queue
        for part in parts:
            ready = self._paced(core, noc, now) + self._noc.endpoint
            queue.append(Multicast(tree, len(targets), part, ready, linked, transfer))
            linked = links
        if idle:
            self._send_multicasts(now, (noc, core))

    def store(self, bank: int, head: float, size: int) -> float:
        """When a bank has stored all of a packet whose head is there."""
        return self._serve(bank, head, size, self._dram.write_gap) + self._busy(size)

    # ------------------------------------------------------------------------------------------------------- parts

    def _way(self, core: int, noc: int, place: int, *, in_dram: bool = False, reads: bool = False) -> Way:
        """That of what a core writes to a place, a bank or a core, or reads from there."""
        key = core, noc, place, in_dram, reads
        if (found := self._ways.get(key)) is None:
            here, there = self.nodes[core], self._noc.dram_nodes[noc][place] if in_dram else self.nodes[place]
            first, last = (there, here) if reads else (here, there)
            path = self._routes.path(noc, first, last, responds=reads)
            found = self._ways[key] = Way(path, self._noc.hop * self._routes.hops(noc, last, first))
        return found

    def _cut(self, size: int) -> Sequence[int]:
        """The bytes of each packet of a transfer."""
        whole, rest = divmod(size, self._burst)
        return (self._burst,) * whole + (rest,) * (rest > 0)

    def _link_cycles(self, size: int) -> float:
        """Cycles that a packet of so many bytes takes of each link."""
        return grained(self._flits.taken(size))

    def _bank_cycles(self, size: int) -> float:
        """Cycles that a bank needs for so many bytes."""
        return self._dram.request + grained(size / self._rate)

    def _paced(self, core: int, noc: int, now: float, gap: float | None = None) -> float:
        """When a packet that is ordered now starts; the next one starts at least `gap` later."""
        paces = self._paces[noc]
        start = now if now > paces[core] else paces[core]
        paces[core] = start + (self._noc.packet_gap if gap is None else gap)
        return start

    def _send(self, way: Way, size: int, taken: float, transfer: Transfer, ready: float, now: float) -> None:
        way.taken += taken
        self._flow.send(Packet(way.path, size, taken, transfer), ready, now)

    def _serve(self, bank: int, asked: float, size: int, gap: float) -> float:
        """When a bank begins with what is asked of it."""
        busy = self._busy(size)
        if gap > busy:
            busy = gap
        self.bank_load[bank] += busy
        return self._banks[bank].take(asked, busy)

    # -------------------------------------------------------------------------------------------------- multicasts

    def _tree(self, core: int, noc: int, targets: tuple[int, ...]) -> Tree:
        key = noc, core, targets
        if (found := self._trees.get(key)) is None:
            here = self.nodes[core]
            paths = [self._routes.path(noc, here, self.nodes[target]) for target in targets]
            back = [self._routes.hops(noc, self.nodes[target], here) for target in targets]
            most = max(map(len, paths))
            found = self._trees[key] = Tree(
                tuple(dict.fromkeys(channel // CHANNELS for path in paths for channel in path)),
                most - 2,
                max(len(path) - 2 + hops for path, hops in zip(paths, back, strict=True)),
                core in targets,
                tuple(self._noc.hop * (most - len(path)) for path in paths),
            )
        return found

    def _send_multicasts(self, now: float, sender: tuple[int, int], asks_again: bool = True) -> None:
        """
        Sends those of a core, one after the other. One whose links others have for long asks again when they are free,
        and then waits for them; who comes in between does not wait for it.
        """
        queue, passed = self._multicasts[sender], self._flow.passed
        while queue:
            packet = queue[0]
            tree = packet.tree
            ready = packet.ready if packet.linked else max(packet.ready, self._given_up[sender])
            head = max(ready, *(passed[link] for link in tree.links))
            if tree.loops:  # It comes on the way of the acknowledgements of the one before.
                head = max(head, self._answered[sender[0]][sender[1]])
            if asks_again and head > now + LOOK_AHEAD:
                self._later(head, self._send_again, sender)
                return
            self._spread(sender, packet, head)
            queue.popleft()

    def _send_again(self, now: float, sender: tuple[int, int]) -> None:
        self._send_multicasts(now, sender, asks_again=False)

    def _spread(self, sender: tuple[int, int], packet: Multicast, head: float) -> None:
        noc, core = sender
        tree, taken, hop = packet.tree, self._takes(packet.size), self._noc.hop
        left = head + taken
        for link in tree.links:
            self._flow.passed[link] = left
        self._spread_over[tree] += taken
        # Acknowledgements come one by one on the sender's way out of the NOC.
        answered = max(left, self._answered[noc][core]) + grained(packet.targets * self._flits.flit)
        self._answered[noc][core] = answered
        given_up = self._given_up[sender] = left + 2 * hop * tree.hops
        packet.transfer.leave(left)
        packet.transfer.end(left + hop * tree.hops, max(given_up + hop * tree.there_and_back, answered))
