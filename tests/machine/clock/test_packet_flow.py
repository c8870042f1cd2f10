"""Packets that are in each other's way, on a row of links or all over a chip."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import product
from typing import ClassVar

import pytest

from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.noc_routes import CHANNELS, PLACES, RESPONSES, Routes
from ttlang.machine.clock.packet_flow import Packet, PacketFlow
from ttlang.tables.chips import CHIPS, Chip

HOP, BUFFER = 8.0, 16.0


class Arrival:
    """A packet that is taken in as fast as it comes, or not before a time."""

    is_slow: ClassVar[bool] = True

    def __init__(self, until: float = 0.0):
        self.until, self.left, self.arrived = until, 0.0, 0.0

    def take_in(self, size: int, head: float, there: float) -> float:
        return max(there, self.until)

    def arrive(self, left: float, time: float) -> None:
        self.left, self.arrived = left, time


class Run:
    """Packets that are sent at their times."""

    def __init__(self, links: int):
        self._agenda = Agenda()
        self.flow = PacketFlow(links, HOP, BUFFER, self._agenda.later)

    def send(
        self, path: Sequence[int], taken: float, ready: float, receiver: Arrival | None = None, at_once: int = 1
    ) -> Arrival:
        receiver = receiver or Arrival()
        packet = Packet(tuple(path), 64, taken, receiver)
        self._agenda.later(ready, lambda now, each: self.flow.send(each, now, now, at_once), packet)
        return receiver

    def finish(self) -> None:
        self._agenda.go_through()


def row(first: int, last: int) -> list[int]:
    """The channels of so many links in a row."""
    return [link * CHANNELS for link in range(first, last)]


def test_a_packet_alone_takes_its_hops_and_its_length() -> None:
    run = Run(6)
    alone = run.send(row(0, 6), 50.0, 10.0)
    run.finish()
    assert (alone.left, alone.arrived) == (60.0, 10.0 + 6 * HOP + 50.0)


def test_packets_that_share_a_link_pass_one_after_the_other_in_turn() -> None:
    run = Run(8)
    ways = [[0, 3 * CHANNELS], [CHANNELS, 3 * CHANNELS], [2 * CHANNELS, 3 * CHANNELS]]
    arrivals = [run.send(way, 50.0, float(start)) for start, way in enumerate(ways)]
    run.finish()
    first = HOP + HOP + 50.0
    assert [each.arrived for each in arrivals] == [first, first + 50.0, first + 100.0]


def test_a_packet_that_waits_holds_up_who_wants_to_go_elsewhere_behind_it() -> None:
    """The last link is busy for long; what a router's buffer does not hold of the second packet stays on the links."""
    run = Run(8)
    run.send(row(4, 6), 1000.0, 0.0)
    waits = run.send(row(0, 6), 200.0, 10.0)
    elsewhere = run.send([*row(3, 4), 7 * CHANNELS], 50.0, 400.0)
    run.finish()
    assert waits.arrived == 1000.0 + 2 * HOP + 200.0
    # Its tail is on link 3 until all but a buffer of it has passed link 4.
    assert elsewhere.arrived == 1000.0 + 200.0 - BUFFER + 2 * HOP + 50.0


def test_a_packet_that_fits_the_buffers_holds_up_nobody_behind_them() -> None:
    run = Run(8)
    run.send(row(4, 6), 1000.0, 0.0)
    run.send(row(0, 6), BUFFER, 10.0)
    elsewhere = run.send([*row(2, 3), 7 * CHANNELS], 50.0, 400.0)
    run.finish()
    assert elsewhere.arrived == 400.0 + 2 * HOP + 50.0


def test_of_responses_two_may_be_in_a_way_into_the_noc() -> None:
    """The first one waits for a link, nobody knows how long; its flits would have passed the way by 250."""
    arrivals: list[float] = []
    for at_once in (1, PLACES):
        run = Run(8)
        run.send(_responses(6), 1000.0, 0.0)
        for way in (1, 2):  # They wait for that, on both places of link 4.
            run.send(_responses(way, 4, 6, 7), 400.0, 10.0 * way)
        run.send(_responses(0, 4), 200.0, 50.0, at_once=at_once)
        elsewhere = run.send(_responses(0, 5), 50.0, 60.0, at_once=at_once)
        run.finish()
        arrivals.append(elsewhere.arrived)
    one, two = arrivals
    assert two == 250.0 + 2 * HOP + 50.0 < 1000.0 < one


def _responses(*links: int) -> list[int]:
    return [link * CHANNELS + RESPONSES for link in links]


def test_what_is_not_taken_in_stays_in_the_noc() -> None:
    run = Run(3)
    slow = run.send(row(0, 3), 64.0, 0.0, Arrival(until=900.0))
    run.finish()
    assert slow.left == 900.0 - 3 * BUFFER


@pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)
@pytest.mark.parametrize("responds", [False, True], ids=["requests", "responses"])
def test_all_to_all_ends_and_no_link_passes_more_than_it_can(chip, responds: bool) -> None:
    timing = chip.timing().noc
    routes = Routes(timing.columns, timing.rows)
    nodes = list(product(timing.worker_columns[:4], timing.worker_rows[:3]))
    rng = random.Random(7)

    def once() -> list[float]:
        run = Run(routes.most_links)
        ways = [
            (routes.path(noc, a, b, responds=responds), rng.choice([4.0, 64.0, 256.0]))
            for noc, a, b in product((0, 1), nodes, nodes)
        ]
        arrivals = [run.send(way, taken, 0.0) for way, taken in ways]
        run.finish()
        load: dict[int, float] = {}
        for way, taken in ways:
            for channel in way:
                load[channel // CHANNELS] = load.get(channel // CHANNELS, 0.0) + taken
        assert all(each.arrived for each in arrivals), "nobody waits forever"
        assert max(each.arrived for each in arrivals) >= max(load.values())
        return [each.arrived for each in arrivals]

    state = rng.getstate()
    first = once()
    rng.setstate(state)
    assert once() == first


@pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)
def test_a_router_keeps_more_than_passes_during_a_hop(chip: Chip) -> None:
    """`PacketFlow` takes it so."""
    noc = chip.timing().noc
    assert noc.hop < noc.buffer * noc.flit
