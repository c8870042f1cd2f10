"""The ends of a buffer: one thread fills it, and one empties it."""

from __future__ import annotations

from tests.checks.kernel_shorthand import Diagnose

FILL = "%a = reserve x\n%h = read %a\nfinish %h\npush x"
DRAIN = "%a = wait x\n%h = write %a\nfinish_write %h\npop x"


def test_two_producers(diagnose: Diagnose) -> None:
    (found,) = diagnose(first=FILL, second=FILL, third=DRAIN, complete=False)
    assert (found.code, found.span.line) == ("TTL0405", 21)
    assert "x_cb has two producers: it is reserved and pushed in first and in second" in found.message
    assert [related.span.line for related in found.related] == [11]


def test_two_consumers(diagnose: Diagnose) -> None:
    (found,) = diagnose(first=DRAIN, second=DRAIN, third=FILL, complete=False)
    assert (found.code, found.span.line) == ("TTL0406", 21)
    assert "first and in second" in found.message
    assert [related.span.line for related in found.related] == [11]


def test_a_buffer_that_nothing_fills(diagnose: Diagnose) -> None:
    (found,) = diagnose(move=DRAIN, complete=False)
    assert (found.code, found.span.line) == ("TTL0407", 11)
    assert "move waits for x_cb, which nothing fills" in found.message
    assert [related.span.line for related in found.related] == [3]


def test_a_buffer_that_nothing_empties(diagnose: Diagnose) -> None:
    (found,) = diagnose(move=FILL, complete=False)
    assert (found.code, found.span.line) == ("TTL0408", 11)
