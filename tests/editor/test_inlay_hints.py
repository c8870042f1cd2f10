"""Hints between the words of a script."""

from __future__ import annotations

from tests.support.editor_scripts import EVERYWHERE, SCRIPT, UTF16, range_of, script_with_facts
from ttlang.editor.client_settings import Hints
from ttlang.editor.inlay_hints import InlayHints
from ttlang.editor.positions import Position, Range


def labels(hints: InlayHints, where: Range = EVERYWHERE) -> list[tuple[int, int, object]]:
    return [(each.position.line, each.position.character, each.label) for each in hints.within(where)]


def test_blocks_sizes_and_costs() -> None:
    script = script_with_facts()
    line = {word: range_of(SCRIPT, word).start.line for word in ("bm", "x_dfb.wait", "o.store", "x_dfb.reserve")}
    assert labels(InlayHints(script, UTF16, Hints())) == [
        (line["bm"], range_of(SCRIPT, "bm").end.character, " → 2"),
        (line["x_dfb.wait"], range_of(SCRIPT, "x_dfb.wait()").end.character, ": 2x1 bfloat16 · 4 KiB"),
        (line["x_dfb.wait"], 55, "80 cycles · 3.0% · waits for pages"),
        (line["o.store"], 41, "1,234 cycles · 50%"),
        (line["x_dfb.reserve"], range_of(SCRIPT, "x_dfb.reserve()").end.character, ": 2x1 bfloat16 · 4 KiB"),
    ]


def test_only_those_that_are_wanted_and_only_there() -> None:
    script = script_with_facts()
    assert [each[2] for each in labels(InlayHints(script, UTF16, Hints(False, False, True)))] == [" → 2"]
    hints = InlayHints(script, UTF16, Hints(False, True, False))
    assert [each[2] for each in labels(hints, Range(Position(11, 0), Position(12, 0)))] == ["1,234 cycles · 50%"]


def test_they_say_more_under_the_cursor() -> None:
    hints = InlayHints(script_with_facts(), UTF16, Hints()).within(EVERYWHERE)
    size, block, waiting, working, _ = [str(getattr(each.tooltip, "value", each.tooltip)) for each in hints]
    assert "4 takes more L1 than there is" in size
    assert "`x_dfb` holds 2 of them: 8 KiB" in block
    assert "- waits for pages: 80 cycles\n- waits for line 17 of read: 60 cycles" in waiting
    assert "- works, math: 1,000 cycles" in working
    assert "if this line were free, the kernel would gain 900 cycles" in working


def test_a_line_that_was_edited_keeps_what_is_behind_it() -> None:
    script = script_with_facts()
    place = range_of(SCRIPT, "o.store").start
    script.change(2, [(Range(place, place), "x")])
    shown = labels(InlayHints(script, UTF16, Hints()))
    assert (place.line, 42, "1,234 cycles · 50%") in shown
