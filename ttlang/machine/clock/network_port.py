"""A core's way into a NOC in time: what its threads order leaves one packet after the other, in the order of time."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

from ttlang.machine.clock.acknowledgements import Acknowledgements
from ttlang.machine.clock.l1_reads import L1Reads
from ttlang.machine.clock.network_clock import NetworkClock, Tree, Way
from ttlang.machine.clock.noc_routes import PLACES
from ttlang.machine.clock.packet_flow import LOOK_AHEAD, Packet
from ttlang.machine.clock.transfers import CoreRead, Done, DramWrite, OwnRead, OwnWrite, Transfer
from ttlang.tables.chips.timing import Node


class Multicast(NamedTuple):
    """A packet of one."""

    tree: Tree
    targets: int
    taken: float
    ready: float
    linked: bool
    transfer: Transfer


class Request(NamedTuple):
    """For a packet of a core's L1."""

    reads: L1Reads
    way: Way
    size: int
    taken: float
    ready: float
    transfer: Transfer


class Ways(dict[int, Way]):
    """Those from a node to others, by their numbers, or (`reads`) from there; each is found when it is first taken."""

    def __init__(self, network: NetworkClock, noc: int, here: Node, others: Sequence[Node], *, reads: bool):
        super().__init__()
        self._network, self._noc, self._here, self._others, self._reads = network, noc, here, others, reads

    def __missing__(self, number: int) -> Way:
        ends = self._here, self._others[number]
        first, last = reversed(ends) if self._reads else ends
        way = self[number] = self._network.way(self._noc, first, last, responds=self._reads)
        return way


class NetworkPort:
    """That of one core and one NOC. Of each transfer, `done` is called with its passage and a subject."""

    def __init__(self, network: NetworkClock, core: int, noc: int):
        self._network, self._core, self._number = network, core, noc
        self._noc, self._dram, self._flow = network.noc, network.dram, network.flow
        self._gap, self._endpoint, self._latency = network.noc.packet_gap, network.noc.endpoint, network.dram.latency
        self._free = 0.0
        """When it may send its next packet."""
        here, banks, cores = network.nodes[core], network.noc.dram_nodes[noc], network.nodes
        self._from_bank = Ways(network, noc, here, banks, reads=True)
        self._to_bank = Ways(network, noc, here, banks, reads=False)
        self._from_core = Ways(network, noc, here, cores, reads=True)
        self._to_core = Ways(network, noc, here, cores, reads=False)
        self._own = network.way_out(noc, core)
        self._requests: deque[Request] = deque()
        """Those that wait to be sent."""
        self._trees: dict[tuple[int, ...], Tree] = {}
        self._multicasts: deque[Multicast] = deque()
        """Packets that wait to be sent."""
        self._given_up = 0.0
        """When the paths of the last multicast have been given up, there and back."""
        self._answers = Acknowledgements()

    def read_bank(self, bank: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A read of so many bytes that lie in a row in a bank."""
        way, packets, serves = self._from_bank[bank], self._network.packets(size), self._network.banks[bank].read
        transfer = Transfer(len(packets), self._endpoint, done, subject)
        request = self._endpoint + way.hops
        path, send, start = way.path, self._flow.send, now if now > self._free else self._free
        for part, taken, busy in packets:
            served = serves(start + request, busy)
            first = served if taken > busy else served + busy - taken
            way.taken += taken
            send(Packet(path, part, taken, transfer), first + self._latency, now)
            start += self._gap
        self._free = start

    def write_bank(self, bank: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A write of so many bytes that lie in a row in a bank."""
        way, packets = self._to_bank[bank], self._network.packets(size)
        back = self._dram.write_latency + way.hops + self._noc.acknowledge
        transfer = DramWrite(len(packets), back, done, subject, self._network.banks[bank])
        for part, taken, _ in packets:
            ready = self._start(now, self._gap) + self._endpoint
            self._send(way, part, taken, transfer, ready, now)

    def read(self, source: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A read of another core's L1."""
        network, way, gap = self._network, self._from_core[source], self._noc.read_gap
        packets, reads = network.packets_read(size), network.reads_of(self._number, source)
        if source == self._core:
            gap = self._gap
            transfer = OwnRead(len(packets), self._endpoint, done, subject, reads, self._own)
        else:
            transfer = CoreRead(len(packets), self._endpoint, done, subject, reads)
        idle = not self._requests
        for part, taken, _ in packets:
            ready = self._start(now, gap) + self._endpoint + way.hops
            self._requests.append(Request(reads, way, part, taken, ready, transfer))
        if idle:
            self.ask(now)

    def ask(self, now: float) -> None:
        """Has those asked that wait to be read, in turn, as long as there is room for what is asked."""
        requests = self._requests
        while requests and requests[0].reads.take(self):
            _, way, size, taken, ready, transfer = requests.popleft()
            self._send(way, size, taken, transfer, ready if ready > now else now, now, PLACES)

    def write(self, target: int, size: int, now: float, done: Done, subject: Any) -> None:
        """A write to another core."""
        way, packets = self._to_core[target], self._network.packets(size)
        back = way.hops + self._noc.acknowledge
        if target == self._core:
            transfer = OwnWrite(len(packets), back, done, subject, self._own)
        else:
            transfer = Transfer(len(packets), back, done, subject)
        for part, taken, _ in packets:
            ready = self._start(now, self._gap) + self._endpoint
            self._send(way, part, taken, transfer, ready, now)

    def _start(self, now: float, gap: float) -> float:
        """When a packet that is ordered now starts; the next one starts at least `gap` later."""
        start = now if now > self._free else self._free
        self._free = start + gap
        return start

    def _send(
        self, way: Way, size: int, taken: float, transfer: Transfer, ready: float, now: float, at_once: int = 1
    ) -> None:
        way.taken += taken
        self._flow.send(Packet(way.path, size, taken, transfer), ready, now, at_once)

    # -------------------------------------------------------------------------------------------------- multicasts

    def multicast(
        self,
        targets: Sequence[int],
        size: int,
        now: float,
        done: Done,
        subject: Any,
        *,
        linked: bool = False,
        links: bool = False,
    ) -> None:
        """
        A write to a rectangle of cores at once. The paths of a packet are given up, there and back, before the next
        one leaves, unless that is linked to it; each core acknowledges each packet. `linked`: to the multicast before;
        `links`: what comes next to this one, as are its own packets to each other.
        """
        tree, packets = self._tree(tuple(targets)), self._network.packets(size)
        transfer = Transfer(len(packets), self._noc.acknowledge, done, subject)
        transfer.before = tree.before
        idle = not self._multicasts
        for _, taken, _ in packets:
            ready = self._start(now, self._gap) + self._endpoint
            self._multicasts.append(Multicast(tree, len(targets), taken, ready, linked, transfer))
            linked = links
        if idle:
            self._send_multicasts(now)

    def _tree(self, targets: tuple[int, ...]) -> Tree:
        if (found := self._trees.get(targets)) is None:
            found = self._trees[targets] = self._network.tree(self._number, self._core, targets)
        return found

    def _send_multicasts(self, now: float, *, asks_again: bool = True) -> None:
        """
        Sends them, one after the other. One whose links others have for long asks again when they are free, and then
        waits for them; who comes in between does not wait for it.
        """
        queue, passed = self._multicasts, self._flow.passed
        while queue:
            packet = queue[0]
            tree = packet.tree
            ready = packet.ready if packet.linked else max(packet.ready, self._given_up)
            head = max(ready, *[passed[link] for link in tree.links])
            if asks_again and head > now + LOOK_AHEAD:
                self._network.later(head, self._send_again, None)
                return
            self._spread(packet, head)
            queue.popleft()

    def _send_again(self, now: float, _: None) -> None:
        self._send_multicasts(now, asks_again=False)

    def _spread(self, packet: Multicast, head: float) -> None:
        tree, hop = packet.tree, self._noc.hop
        left = head + packet.taken
        if tree.loops and packet.linked:  # Else paths are laid first, while those of the one before are answered.
            left = self._answers.share(head, left)
        for link in tree.links:
            self._flow.passed[link] = left
        tree.load.taken += packet.taken
        self._given_up = left + 2 * hop * tree.hops
        answered = self._answers.add(self._given_up + hop * tree.first_back, packet.targets * self._noc.receipt)
        known = max(self._given_up + hop * tree.there_and_back, answered)
        packet.transfer.end(left, left + hop * tree.hops, known)
