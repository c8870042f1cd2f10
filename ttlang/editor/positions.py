"""Places in a text as clients count them: in code units of UTF-8, UTF-16 or UTF-32. Here all counts are code points."""

from __future__ import annotations

from typing import Literal, NamedTuple

Encoding = Literal["utf-8", "utf-16", "utf-32"]
"""As `initialize` agrees on it. Without agreement, it is UTF-16."""


class Position(NamedTuple):
    """Between two characters: a line and the code points before it there, from 0."""

    line: int
    character: int


class Range(NamedTuple):
    """From one place to another, which is exclusive."""

    start: Position
    end: Position

    def __contains__(self, position: object) -> bool:
        """Also the end: a cursor behind a name is at the name."""
        return isinstance(position, Position) and self.start <= position <= self.end


def to_units(line: str, character: int, encoding: Encoding) -> int:
    """How many code units of a line stand before a character of it. One behind its end is its end."""
    before = line[:character]
    if encoding == "utf-32" or before.isascii():
        return len(before)
    if encoding == "utf-8":
        return len(before.encode("utf-8", "surrogatepass"))
    return len(before) + sum(letter > "\uffff" for letter in before)


def from_units(line: str, units: int, encoding: Encoding) -> int:
    """The character before which that many code units stand; of units within a character, the character itself."""
    if encoding == "utf-32" or line.isascii():
        return min(units, len(line))
    size = _utf8_size if encoding == "utf-8" else _utf16_size
    seen = 0
    for character, letter in enumerate(line):
        seen += size(letter)
        if seen > units:
            return character
    return len(line)


def from_bytes(line: str, offset: int) -> int:
    """The character at a column of Python's syntax trees, which count bytes of UTF-8."""
    return from_units(line, offset, "utf-8")


def _utf16_size(letter: str) -> int:
    return 2 if letter > "\uffff" else 1


def _utf8_size(letter: str) -> int:
    return 1 if letter < "\x80" else 2 if letter < "\u0800" else 3 if letter < "\U00010000" else 4
