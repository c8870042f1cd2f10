"""The ways of the two NOCs."""

from __future__ import annotations

from itertools import product

import pytest

from ttlang.machine.clock.noc_routes import Routes
from ttlang.tables.chips import CHIPS

NOCS = pytest.mark.parametrize("noc", [0, 1])
ON_CHIPS = pytest.mark.parametrize("chip", CHIPS.values(), ids=lambda chip: chip.name)


@NOCS
@ON_CHIPS
def test_there_and_back_is_once_round_each_dimension_that_differs(chip, noc: int) -> None:
    timing = chip.timing().noc
    routes = Routes(timing.columns, timing.rows)
    for (x, y), (to_x, to_y) in product([(0, 0), (3, 2), (9, 11)], repeat=2):
        there, back = routes.hops(noc, (x, y), (to_x, to_y)), routes.hops(noc, (to_x, to_y), (x, y))
        assert there + back == timing.columns * (x != to_x) + timing.rows * (y != to_y)


@ON_CHIPS
def test_noc_0_goes_east_then_south_and_noc_1_north_then_west(chip) -> None:
    routes = Routes(chip.timing().noc.columns, chip.timing().noc.rows)
    way = [routes.link(channel) for channel in routes.path(0, (1, 1), (3, 2))]
    assert [(link.node, link.direction) for link in way] == [
        ((1, 1), "in"),
        ((1, 1), "along"),
        ((2, 1), "along"),
        ((3, 1), "across"),
        ((3, 2), "out"),
    ]
    way = [routes.link(channel) for channel in routes.path(1, (3, 2), (1, 1))]
    assert [(link.node, link.direction) for link in way] == [
        ((3, 2), "in"),
        ((3, 2), "across"),
        ((3, 1), "along"),
        ((2, 1), "along"),
        ((1, 1), "out"),
    ]


@ON_CHIPS
def test_each_link_has_channels_for_either_way_round_and_for_responses(chip) -> None:
    timing = chip.timing().noc
    routes = Routes(timing.columns, timing.rows)
    last = timing.columns - 1
    (_, there, around, _), (_, before, _) = (
        routes.path(0, (last, 1), (1, 1)),
        routes.path(0, (0, 1), (1, 1)),
    )
    assert routes.link(around) == routes.link(before)
    responding = routes.path(0, (0, 1), (1, 1), responds=True)[1]
    assert routes.link(responding) == routes.link(before)
    assert len({there, around, before, responding}) == 4


@ON_CHIPS
def test_every_core_and_every_bank_has_a_node(chip) -> None:
    timing = chip.timing().noc
    assert [len(nodes) for nodes in timing.dram_nodes] == [chip.dram_banks, chip.dram_banks]
    workers = set(product(timing.worker_columns, timing.worker_rows))
    assert len(timing.worker_columns) >= chip.grid[0]
    assert len(timing.worker_rows) >= chip.grid[1]
    assert not workers & {node for nodes in timing.dram_nodes for node in nodes}
