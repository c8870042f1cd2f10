"""Acknowledgements of multicasts, and what a core sends to itself beside them."""

from __future__ import annotations

from ttlang.machine.clock.acknowledgements import Acknowledgements


def test_they_come_one_by_one_and_never_before_they_are_back() -> None:
    answers = Acknowledgements()
    assert [answers.add(first, 60.0) for first in (100.0, 110.0, 500.0)] == [160.0, 220.0, 560.0]


def test_what_comes_between_them_and_they_take_the_way_in_turn() -> None:
    """From 100 to 160 they have it alone. A packet of 20 cycles that comes meanwhile takes twice as long."""
    answers = Acknowledgements()
    answers.add(100.0, 60.0)
    assert answers.share(120.0, 140.0) == 160.0
    assert answers.add(0.0, 1.0) == 181.0


def test_a_packet_waits_for_no_more_of_them_than_come_while_it_passes() -> None:
    answers = Acknowledgements()
    answers.add(100.0, 10.0)
    answers.add(400.0, 10.0)
    assert answers.share(0.0, 90.0) == 90.0
    assert answers.share(90.0, 390.0) == 400.0  # Ten of the first ones; the others come when it is through.
    assert answers.share(400.0, 500.0) == 510.0
    assert answers.share(600.0, 700.0) == 700.0
