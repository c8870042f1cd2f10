"""From a buffer to where it is made, filled and emptied."""

from __future__ import annotations

import pytest

from tests.support.editor_scripts import SCRIPT, inside, open_script, range_of, script_with_facts
from ttlang.editor.navigation import at, consumers, definition, highlights, producers, references
from ttlang.editor.open_script import OpenScript


@pytest.mark.parametrize("script", [open_script(), script_with_facts()], ids=["text", "facts"])
@pytest.mark.parametrize(
    ("word", "nth", "target", "target_nth"),
    [
        ("x_dfb", 1, "x_dfb", 0),
        ("wait", 0, "x_dfb.reserve()", 0),
        ("reserve", 1, "x_dfb.wait()", 0),
        ("v) * 2", 0, "v, out_dfb", 0),
        ("v, out_dfb", 0, "x_dfb.reserve()", 0),
    ],
)
def test_where_things_come_from(script: OpenScript, word: str, nth: int, target: str, target_nth: int) -> None:
    (found,) = definition(script, inside(SCRIPT, word, nth))
    assert found.start == range_of(SCRIPT, target, target_nth).start


def test_producers_and_consumers() -> None:
    script = open_script()
    found = at(script, inside(SCRIPT, "out_dfb"))
    assert found is not None
    assert producers(script, found) == [range_of(SCRIPT, "out_dfb.reserve()")]
    assert consumers(script, found) == [range_of(SCRIPT, "out_dfb.wait()")]


def test_all_uses() -> None:
    script = open_script()
    uses = [range_of(SCRIPT, "x_dfb", nth) for nth in range(3)]
    assert references(script, inside(SCRIPT, "x_dfb"), declared=True) == uses
    assert references(script, inside(SCRIPT, "x_dfb"), declared=False) == uses[1:]
    assert [kind.name for _, kind in highlights(script, inside(SCRIPT, "x_dfb"))] == ["Text", "Read", "Write"]


def test_blocks_of_one_name_in_two_threads_are_two() -> None:
    script = open_script()
    of_read = references(script, inside(SCRIPT, "block)"), declared=True)
    of_write = references(script, inside(SCRIPT, "block, out["), declared=True)
    assert len(of_read) == len(of_write) == 2
    assert not set(of_read) & set(of_write)


def test_nothing_of_other_names() -> None:
    script = open_script()
    for word in ("import", "grid", "gelu"):
        assert definition(script, inside(SCRIPT, word)) == []
        assert references(script, inside(SCRIPT, word), declared=True) == []
