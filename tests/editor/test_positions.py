"""Places in the units of every encoding that clients may speak."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ttlang.editor.positions import Encoding, Position, Range, from_bytes, from_units, to_units

LINE = "größe = '😋' # 寸"


@pytest.mark.parametrize(
    ("encoding", "codec", "size"), [("utf-8", "utf-8", 1), ("utf-16", "utf-16-le", 2), ("utf-32", "utf-32-le", 4)]
)
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(line=st.text(st.characters(exclude_categories=["Cs"])))
def test_units_are_those_of_python_codecs(encoding: Encoding, codec: str, size: int, line: str) -> None:
    for character in range(len(line) + 1):
        units = len(line[:character].encode(codec)) // size
        assert to_units(line, character, encoding) == units
        assert from_units(line, units, encoding) == character


def test_within_a_character_it_is_the_character_itself() -> None:
    smiley = LINE.index("😋")
    units = to_units(LINE, smiley, "utf-16")
    assert from_units(LINE, units + 1, "utf-16") == smiley
    assert from_units(LINE, units + 2, "utf-16") == smiley + 1


def test_behind_the_end_is_the_end() -> None:
    assert from_units(LINE, 1000, "utf-16") == from_units(LINE, 1000, "utf-8") == len(LINE)
    assert to_units("abc", 10, "utf-16") == 3


def test_half_a_surrogate_pair_is_counted() -> None:
    assert to_units("\ud83d!", 2, "utf-8") == 4
    assert from_bytes("größe = 1", len("größe".encode())) == 5


def test_a_cursor_behind_a_name_is_at_it() -> None:
    name = Range(Position(1, 4), Position(1, 7))
    assert Position(1, 4) in name
    assert Position(1, 7) in name
    assert Position(1, 8) not in name
