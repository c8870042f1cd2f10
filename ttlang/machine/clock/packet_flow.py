"""
Packets on their way through the NOC by wormhole switching. The head of a packet takes one virtual channel after
another, and each is the packet's until its tail has passed. Where the head waits, the packet stays in the routers
behind it and holds up who comes after it there. Who waits for a channel has it in turn.

A link's channels share its flits: while a packet passes, those on the other channels of the link wait.
"""

from __future__ import annotations

from collections import deque
from math import ceil, inf
from typing import ClassVar, Protocol

from ttlang.machine.clock.agenda import Later
from ttlang.machine.clock.noc_routes import CHANNELS, PLACES, RESPONSES

CHANNEL_BITS = CHANNELS.bit_length() - 1
PLACE_BITS = PLACES.bit_length() - 1
UNKNOWN = inf
"""When a channel is free whose packet has not found all of its way."""
LOOK_AHEAD = 20.0
"""
Cycles for which a head that waits has a channel at once, before what others do in that time: far less than most packets
take to pass. What lies further ahead is done when its time comes.
"""


class Receiver(Protocol):
    """What a packet is part of."""

    is_slow: ClassVar[bool]
    """Whether a packet may have to wait for it."""

    def take_in(self, size: int, head: float, there: float) -> float:
        """
        The head of a packet of so many bytes is there, and all of it could be so at a time; returns when its last byte
        has been taken in. Only what is slow is asked.
        """
        ...

    def arrive(self, left: float, time: float) -> None:
        """It has been; its tail had left its node before."""
        ...


class Packet:
    """One."""

    __slots__ = ("ends", "head", "held", "path", "receiver", "settled", "size", "span", "taken")

    def __init__(self, path: tuple[int, ...], size: int, taken: float, receiver: Receiver):
        """`taken`: cycles that it takes of each link."""
        self.path, self.size, self.taken, self.receiver = path, size, taken, receiver
        self.head = 0.0
        """When its head reaches the next channel."""
        self.ends: list[float] = []
        """Of each channel so far, when its tail has passed that, as far as is known."""
        self.held = list(path)
        """Their numbers, and those of the first places of others."""
        self.span = 1
        """Routers that hold all of it."""
        self.settled = 0
        """Of so many it is known when they are free again."""


class Entry:
    """A node's way into a NOC, for what is asked or for what is answered."""

    __slots__ = ("following", "room")

    def __init__(self, room: int):
        """`room`: packets that may be in it at once."""
        self.room = room
        self.following: deque[Packet] = deque()


class WayOut:
    """
    A node's way out of a NOC, for what comes from the node itself: of that it has every second flit, as long as others
    come in.
    """

    __slots__ = ("_link", "_passed", "_through")

    def __init__(self, passed: list[float], link: int):
        """`passed`: when each link has passed all flits that it was given so far."""
        self._passed, self._link = passed, link
        self._through = 0.0
        """When the last packet from the node itself is."""

    def share(self, head: float, there: float) -> float:
        """When a packet is through that would be there if no others came in."""
        busy, taken, head = self._passed[self._link], there - head, max(head, self._through)
        self._passed[self._link] = max(busy, head) + taken
        self._through = head + taken + min(max(busy - head, 0.0), taken)
        return self._through


class PacketFlow:
    """All of them, in both NOCs."""

    def __init__(self, links: int, hop: float, buffer: float, later: Later):
        """`buffer`: cycles in which the flits pass that a router keeps of a packet that waits."""
        self._free = [0.0] * (CHANNELS * links)
        """When each channel is free again."""
        never = [UNKNOWN] * links
        for first in range(1, RESPONSES, PLACES):
            self._free[first::CHANNELS] = never
        self.passed = [0.0] * links
        """When each link has passed all flits that it was given so far."""
        self._waiting: list[deque[Packet] | None] = [None] * (CHANNELS * links >> PLACE_BITS)
        """Those that wait for a channel that is free at a time that nobody knows, whichever of its places that is."""
        self._entries: dict[int, Entry] = {}
        """What is in each way into a NOC."""
        self._moving: deque[Packet] = deque()
        """Those whose heads go on now."""
        self._hop, self._buffer, self._later = hop, buffer, later

    def send(self, packet: Packet, ready: float, now: float, at_once: int = 1) -> None:
        """
        Has it start at a time from now on. `at_once`: so many may be in its way into the NOC, each on one of the
        channel's places.
        """
        way_in = packet.path[0]
        packet.head, packet.span = ready, ceil(packet.taken / self._buffer) if packet.taken else 1
        if (entry := self._entries.get(way_in)) is None:
            entry = self._entries[way_in] = Entry(at_once)
        if not entry.room:
            entry.following.append(packet)
            return
        entry.room -= 1
        if ready > now + LOOK_AHEAD:
            self._later(ready, self._go_on, packet)
        else:
            self._go_on(now, packet)

    def _go_on(self, now: float, packet: Packet) -> None:
        """
        Takes channels as far as it is known when they are free, for a packet, and for those that can go on thereby.
        Most of the clock's time is spent here, so what is hardly ever the case is looked for last.
        """
        free, passed, hop, buffer = self._free, self.passed, self._hop, self._buffer
        moving, ahead = self._moving, now + LOOK_AHEAD
        while True:
            path, ends, taken, head = packet.path, packet.ends, packet.taken, packet.head
            first = len(ends)
            for channel in path[first:] if first else path:
                link, start = channel >> CHANNEL_BITS, free[channel]
                if start > head:
                    if (other := free[channel + 1]) < start:
                        start = other
                        channel += 1
                        packet.held[len(ends)] = channel
                    if start == UNKNOWN or self._waiting[channel >> PLACE_BITS]:
                        packet.head = head
                        self._wait(packet, channel >> PLACE_BITS)
                        self._stop(now, packet, first)
                        break
                if passed[link] > start:
                    start = passed[link]
                if start > head:
                    free[channel] = passed[link] = end = start + taken
                    if ends and end - buffer > ends[-1]:
                        self._hold_up(packet, first, end)
                    ends.append(end)
                    head = start + hop
                    if start > ahead and len(ends) < len(path):
                        packet.head = head
                        self._stop(now, packet, first)
                        self._later(start, self._go_on, packet)
                        break
                    continue
                free[channel] = passed[link] = end = head + taken
                ends.append(end)
                head += hop
            else:
                self._land(now, packet, first, head)
            if not moving:
                return
            packet = moving.popleft()

    def _wait(self, packet: Packet, channel: int) -> None:
        """For a channel, whichever of its places."""
        if (queue := self._waiting[channel]) is None:
            queue = self._waiting[channel] = deque()
        queue.append(packet)

    def _hold_up(self, packet: Packet, first: int, end: float) -> None:
        """
        Its tail passes at `end` where its head is. The channels behind, as many as are needed for all of it to wait in
        the routers between, are free so much earlier as its flits pass of which a router is full. Of the `first` ones
        that is told when they are settled. A head that goes on at once holds up nobody: a router keeps more of a packet
        than passes during a hop.
        """
        free, ends, held, buffer = self._free, packet.ends, packet.held, self._buffer
        place, behind = len(ends) - 1, len(ends) + 1 - packet.span
        if behind < 0:
            behind = 0
        while place >= behind:
            end -= buffer
            if ends[place] >= end:
                return
            ends[place] = end
            if place >= first:
                free[held[place]] = end
            place -= 1

    def _stop(self, now: float, packet: Packet, first: int) -> None:
        """Its head waits, nobody knows how long; so nobody knows either when the channels are free that it is in."""
        held, free = packet.held, self._free
        known = len(packet.ends)
        if known == first:
            return
        settled = known - packet.span + 1
        if settled > packet.settled:
            self._settle(now, packet, first, settled)
        for number in held[first if first > settled else settled : known]:
            free[number] = UNKNOWN

    def _land(self, now: float, packet: Packet, first: int, head: float) -> None:
        ends, receiver, end = packet.ends, packet.receiver, head + packet.taken
        if receiver.is_slow and (taken_in := receiver.take_in(packet.size, head, end)) > end:
            end = taken_in
            self._hold_up(packet, first, end)
        if first:
            self._settle(now, packet, first, len(ends))
        else:
            self._leave(now, packet, ends[0])
        receiver.arrive(ends[0], end)

    def _settle(self, now: float, packet: Packet, first: int, settled: int) -> None:
        """
        It is known now when so many of its channels are free. The `first` ones it took before others ahead of them were
        known.
        """
        free, waiting, held, ends = self._free, self._waiting, packet.held, packet.ends
        for place in range(packet.settled, first if first < settled else settled):
            number, time = held[place], ends[place]
            if not place:
                self._leave(now, packet, time)
            if queue := waiting[number >> PLACE_BITS]:
                self._take_turn(now, queue.popleft(), number, time)
            else:
                free[number] = time
        if not first:
            self._leave(now, packet, ends[0])
        packet.settled = settled

    def _leave(self, now: float, packet: Packet, time: float) -> None:
        """Its tail leaves its node; the next one may."""
        entry = self._entries[packet.path[0]]
        if not entry.following:
            entry.room += 1
            return
        following = entry.following.popleft()
        if time > following.head:
            following.head = time
        self._move(now, following.head, following)

    def _move(self, now: float, time: float, packet: Packet) -> None:
        """Has a packet go on at a time."""
        if time > now + LOOK_AHEAD:
            self._later(time, self._go_on, packet)
        else:
            self._moving.append(packet)

    def _take_turn(self, now: float, packet: Packet, number: int, free: float) -> None:
        """Gives it a channel that is free from then on."""
        link = number >> CHANNEL_BITS
        start, ends = max(free, packet.head, self.passed[link]), packet.ends
        self.passed[link] = end = start + packet.taken
        self._free[number] = UNKNOWN
        self._hold_up(packet, len(ends), end)
        packet.held[len(ends)] = number
        ends.append(end)
        packet.head = start + self._hop
        self._move(now, start, packet)
