"""What a data movement thread does takes time, whatever it calls."""

from __future__ import annotations

from ttlang.machine.clock.data_movement_clock import UNTIMED, DataMovementClock
from ttlang.machine.noc.port import PARTS, place_of


def test_every_call_of_a_port_has_a_time_or_is_said_to_have_none() -> None:
    calls = {name for _, part in PARTS for name in vars(part) if place_of(name)}
    timed = {name for name in calls if hasattr(DataMovementClock, name)}
    assert calls - timed == UNTIMED
    assert "noc_async_read_page" in timed
