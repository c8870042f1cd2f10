"""
A core's way into a NOC that nobody else uses: no transfer ends later than it does beside those of other cores.

What serves one after the other is kept: the port, the core's ways into the NOC and out of it, banks of DRAM. In which
order packets come there may change beside others, so nothing is said of each, but of all that are waited for together:
served as they come, the last of them is done no later than in any other order. So no event is needed, either: the end
of a transfer is told when it is ordered.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Hashable, Sequence

from ttlang.machine.clock.network_clock import NetworkClock, Tree
from ttlang.machine.clock.network_port import Ways
from ttlang.machine.clock.transfers import Done, Passage

Subject = tuple[Hashable, object]
"""What a transfer is for: those with the same first part are waited for together."""


class ServedAsTheyCome:
    """Packets that something serves one after the other, the earliest first."""

    __slots__ = ("_coming", "_done")

    def __init__(self) -> None:
        self._done = 0.0
        """When those are served that no other one comes before."""
        self._coming: list[tuple[float, float]] = []
        """When others come, and what they take; in that order."""

    def add(self, comes: float, cycles: float, settled: float) -> float:
        """When all are served, with one more. `settled`: none that is added later comes before that time."""
        coming, done, place = self._coming, self._done, 0
        insort(coming, (comes, cycles))
        for time, taken in coming:
            if time > settled:
                break
            done = (time if time > done else done) + taken
            place += 1
        if place:
            self._done = done
            del coming[:place]
        for time, taken in coming:
            done = (time if time > done else done) + taken
        return done


class _Together:
    """Transfers that are waited for together."""

    __slots__ = ("banks", "from_banks", "from_cores", "from_own")

    def __init__(self) -> None:
        self.from_banks, self.from_cores, self.from_own = ServedAsTheyCome(), ServedAsTheyCome(), ServedAsTheyCome()
        """Reads, on the core's way out of the NOC."""
        self.banks: defaultdict[int, float] = defaultdict(float)
        """When each bank of DRAM has served those that it reads or stores."""


class LonePort:
    """That of one core and one NOC."""

    def __init__(self, network: NetworkClock, core: int, noc: int):
        """`network`: whose ways it has; nothing is sent there."""
        self._network, self._core, self._number = network, core, noc
        self._noc, self._dram, self._hop = network.noc, network.dram, network.noc.hop
        self._gap, self._endpoint = network.noc.packet_gap, network.noc.endpoint
        self._free = 0.0
        """When it may send its next packet."""
        self._left = 0.0
        """When the last write to one node has left the core."""
        here, banks, cores = network.nodes[core], network.noc.dram_nodes[noc], network.nodes
        from_bank = Ways(network, noc, here, banks, reads=True)
        ways = [from_bank[bank] for bank in range(len(network.banks))]
        self._banks = [
            (self._endpoint + way.hops, self._dram.latency + self._hop * (len(way.path) - 1)) for way in ways
        ]
        """Of each bank: from a request to there, and from there to the core's way out of the NOC."""
        self._nearest = min(there + back for there, back in self._banks)
        self._to_bank = Ways(network, noc, here, banks, reads=False)
        self._from_core = Ways(network, noc, here, cores, reads=True)
        self._to_core = Ways(network, noc, here, cores, reads=False)
        self._together: defaultdict[Hashable, _Together] = defaultdict(_Together)
        self._trees: dict[tuple[int, ...], Tree] = {}
        self._spread = self._given_up = self._answered = 0.0
        """When the last packet of a multicast has left, its paths have been given up, and all cores have answered."""
        self._read_slack = max(0.0, self._dram.read_gap - self._dram.request)
        self._write_slack = max(0.0, self._dram.write_gap - self._dram.request)
        """What a bank rests at most behind what it serves."""
        self.bank_load = 0.0
        """Cycles that banks of DRAM were busy for it, in sum."""

    def read_bank(self, bank: int, size: int, now: float, done: Done, subject: Subject) -> None:
        together, (there, back) = self._together[subject[0]], self._banks[bank]
        start = now if now > self._free else self._free
        last, served, gap = 0.0, together.banks[bank], self._dram.read_gap
        for _, taken, busy in self._network.packets(size):
            asked, cycles = start + there, gap if gap > busy else busy
            self.bank_load += cycles
            served = (asked if asked > served else served) + cycles
            comes = asked + back + (busy - taken if busy > taken else 0.0)
            ends = together.from_banks.add(comes, taken, start + self._nearest)
            last = max(last, ends, served - self._read_slack + back)
            start += self._gap
        together.banks[bank], self._free = served, start
        done(Passage(last + self._hop + self._endpoint), subject)

    def write_bank(self, bank: int, size: int, now: float, done: Done, subject: Subject) -> None:
        way, banks = self._to_bank[bank], self._together[subject[0]].banks
        stored, last = banks[bank], 0.0
        for _, taken, busy in self._network.packets(size):
            left = self._leave(now, taken)
            head, cycles = left - taken + self._hop * len(way.path), max(busy, self._dram.write_gap)
            self.bank_load += cycles
            stored = max(stored, head) + cycles
            last = max(last, head + max(taken, busy), stored - self._write_slack)
        banks[bank] = stored
        self._end(last, self._dram.write_latency + way.hops + self._noc.acknowledge, done, subject)

    def read(self, source: int, size: int, now: float, done: Done, subject: Subject) -> None:
        way, together = self._from_core[source], self._together[subject[0]]
        own = source == self._core
        reads, gap = (together.from_own, self._gap) if own else (together.from_cores, self._noc.read_gap)
        last = 0.0
        for _, taken, _ in self._network.packets_read(size):
            start = self._start(now, gap)
            comes = start + self._endpoint + way.hops + self._hop * (len(way.path) - 1)
            last = reads.add(comes, taken, start + self._endpoint)
        done(Passage(last + self._hop + self._endpoint), subject)

    def write(self, target: int, size: int, now: float, done: Done, subject: Subject) -> None:
        way, left = self._to_core[target], now
        for _, taken, _ in self._network.packets(size):
            left = self._leave(now, taken)
        self._end(left + self._hop * len(way.path), way.hops + self._noc.acknowledge, done, subject)

    def multicast(
        self,
        targets: Sequence[int],
        size: int,
        now: float,
        done: Done,
        subject: Subject,
        *,
        linked: bool = False,
        links: bool = False,
    ) -> None:
        tree, hop, known = self._tree(tuple(targets)), self._hop, now
        for _, taken, _ in self._network.packets(size):
            ready = self._start(now, self._gap) + self._endpoint
            self._spread = max(ready, self._spread if linked else self._given_up) + taken
            self._given_up = self._spread + 2 * hop * tree.hops
            first = self._given_up + hop * tree.first_back
            self._answered = max(self._answered, first) + len(targets) * self._noc.receipt
            known = max(self._given_up + hop * tree.there_and_back, self._answered)
            linked = links
        passage = Passage(known + self._noc.acknowledge)
        passage.left = self._spread
        done(passage, subject)

    def _tree(self, targets: tuple[int, ...]) -> Tree:
        if (found := self._trees.get(targets)) is None:
            found = self._trees[targets] = self._network.tree(self._number, self._core, targets)
        return found

    def _start(self, now: float, gap: float) -> float:
        """When a packet that is ordered now starts; the next one starts at least `gap` later."""
        start = now if now > self._free else self._free
        self._free = start + gap
        return start

    def _leave(self, now: float, taken: float) -> float:
        """When all of a packet to one node has left the core: these leave in the order in which they are ordered."""
        ready = self._start(now, self._gap) + self._endpoint
        self._left = max(self._left, ready) + taken
        return self._left

    def _end(self, arrived: float, back: float, done: Done, subject: Subject) -> None:
        """Of a write, the last packet of which has just left."""
        passage = Passage(arrived + back)
        passage.left, passage.arrived = self._left, arrived
        done(passage, subject)
