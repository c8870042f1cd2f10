"""Texts that are edited are to the letter those that the editor has."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttlang.editor.open_documents import MOST_CHARACTERS, Document, Line, lines_of, path_of
from ttlang.editor.positions import Position, Range

PIECES = st.lists(st.sampled_from(["a", "bc", "\n", "\r\n", "\r", "\f", "\u2028", "😋", " ", ""]), max_size=12)


def offset(lines: list[str], place: Position) -> int:
    return sum(map(len, lines[: place.line])) + place.character


@given(st.data(), PIECES, PIECES)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_edit_is_what_it_is_to_the_whole_text(data: st.DataObject, before: list[str], new: list[str]) -> None:
    document = Document.of("file:///a.py", 1, "".join(before))
    lines = list(document.lines)
    places = [
        Position(number, character)
        for number, line in enumerate(lines)
        for character in range(len(line.rstrip("\r\n")) + 1)
    ]
    start, end = sorted((data.draw(st.sampled_from(places)), data.draw(st.sampled_from(places))))
    text, inserted = "".join(lines), "".join(new)
    document.replace(Range(start, end), inserted)
    whole = text[: offset(lines, start)] + inserted + text[offset(lines, end) :]
    assert document.text == whole
    assert document.lines == lines_of(whole)
    assert document.size == len(whole)


def test_lines_end_where_the_protocol_says() -> None:
    assert lines_of("a\fb\u2028c\x85d\r\ne\rf\n") == ["a\fb\u2028c\x85d\r\n", "e\r", "f\n", ""]
    assert lines_of("") == [""]


def test_places_behind_the_end_mean_the_end() -> None:
    document = Document.of("file:///a.py", 1, "ab\ncd")
    document.replace(Range(Position(0, 50), Position(0, 60)), "!")
    document.replace(Range(Position(9, 0), Position(9, 9)), "?")
    assert document.text == "ab!\ncd?"


def test_lines_are_found_after_edits() -> None:
    document = Document.of("file:///a.py", 1, "a\nb\nc\nd\n")
    document.mark()
    document.replace(Range(Position(1, 0), Position(1, 0)), "new\nnew\n")
    assert document.now_of(0) == (0, Line(0))
    assert document.now_of(1) == (3, Line(1))
    assert document.now_of(3) == (5, Line(3))
    document.replace(Range(Position(4, 1), Position(4, 1)), " = 1")
    assert document.now_of(2) == (4, Line(2, prefix=1))
    document.replace(Range(Position(3, 0), Position(4, 0)), "")
    assert document.now_of(1) is None or document.now_of(2) is None


def test_a_line_end_in_a_line_leaves_the_line_where_it_began() -> None:
    document = Document.of("file:///a.py", 1, "first\nsecond\nthird")
    document.mark()
    document.replace(Range(Position(1, 6), Position(1, 6)), "\n    ")
    assert document.now_of(1) == (1, Line(1, prefix=6))
    assert document.now_of(2) == (3, Line(2))


def test_whole_texts_keep_what_they_have_in_common() -> None:
    document = Document.of("file:///a.py", 1, "a\nb\nc\nd")
    document.mark()
    document.replace(None, "a\nx\ny\nc\nd")
    assert document.now_of(0) == (0, Line(0))
    assert document.now_of(1) is None
    assert document.now_of(3) == (4, Line(3))
    assert document.size == 9


def test_random_edits_lose_no_line_that_nobody_touched() -> None:
    draw = random.Random(1)
    document = Document.of("file:///a.py", 1, "\n".join(map(str, range(40))))
    document.mark()
    for _ in range(60):
        line = draw.randrange(len(document.lines))
        document.replace(Range(Position(line, 0), Position(line, 0)), draw.choice(["x\n", "x\ny\n", ""]))
    for number in range(40):
        found = document.now_of(number)
        assert found is not None
        assert document.line(found[0]) == str(number)


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///a/b%20c.py", "/a/b c.py"),
        ("file:///gr%C3%B6%C3%9Fe.py", "/größe.py"),
        ("untitled:Untitled-1", "untitled:Untitled-1"),
        ("vscode-notebook-cell:/a.ipynb#W0", "vscode-notebook-cell:/a.ipynb#W0"),
    ],
)
def test_paths_of_addresses(uri: str, path: str) -> None:
    assert path_of(uri) == path


def test_long_texts_are_told() -> None:
    assert not Document.of("file:///a.py", 1, "a" * MOST_CHARACTERS).is_too_long
    assert Document.of("file:///a.py", 1, "a" * (MOST_CHARACTERS + 1)).is_too_long
