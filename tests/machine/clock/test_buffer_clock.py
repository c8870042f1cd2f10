"""A buffer in time."""

from __future__ import annotations

from ttlang.machine.clock.buffer_clock import START, BufferClock
from ttlang.machine.clock.ledger import Lane, Origin

BY = Origin(9.0, 0, (0, 1), Lane.MOVE)
OTHER = Origin(29.0, 0, (0, 2), Lane.PACK)


def test_room_is_there_from_the_start_and_comes_back_with_each_pop() -> None:
    buffer = BufferClock(4)
    assert buffer.when(False, 4) == START
    buffer.hand_on(False, 4, 10.0, BY)
    assert buffer.when(False, 1) is None
    buffer.hand_on(True, 2, 25.0, BY)
    assert buffer.when(False, 2) == (25.0, BY)
    assert buffer.when(False, 3) is None


def test_pages_are_there_when_the_last_of_them_was_pushed() -> None:
    buffer = BufferClock(4)
    assert buffer.when(True, 1) is None
    buffer.hand_on(False, 1, 10.0, BY)
    buffer.hand_on(False, 2, 30.0, OTHER)
    assert buffer.when(True, 1) == (10.0, BY)
    assert buffer.when(True, 3) == (30.0, OTHER)
    buffer.hand_on(True, 1, 40.0, BY)
    assert buffer.when(True, 2) == (30.0, OTHER)


def test_who_waits_is_called_once_all_is_there() -> None:
    buffer, called = BufferClock(4), []
    buffer.wait(True, 2, lambda: called.append(1))
    buffer.hand_on(False, 1, 10.0, BY)
    assert called == []
    buffer.hand_on(False, 1, 20.0, BY)
    buffer.hand_on(False, 1, 30.0, BY)
    assert called == [1]
