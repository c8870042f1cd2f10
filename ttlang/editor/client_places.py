"""Places of ours as the client counts them, and the other way round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lsprotocol import types as lsp

from ttlang.editor.positions import Encoding, Position, Range, from_units, to_units


@dataclass(frozen=True)
class ClientPlaces:
    """By the encoding that `initialize` has agreed on."""

    encoding: Encoding

    def position(self, lines: Sequence[str], place: Position) -> lsp.Position:
        """The client's form of a place in a text."""
        line = _line(lines, place.line)
        return lsp.Position(place.line, to_units(line, place.character, self.encoding))

    def range(self, lines: Sequence[str], place: Range) -> lsp.Range:
        return lsp.Range(self.position(lines, place.start), self.position(lines, place.end))

    def location(self, uri: str, lines: Sequence[str], place: Range) -> lsp.Location:
        return lsp.Location(uri, self.range(lines, place))

    def from_position(self, lines: Sequence[str], place: lsp.Position) -> Position:
        """Our form of the client's place; behind the last line, the end of the text."""
        if place.line >= len(lines):
            return Position(len(lines) - 1, len(lines[-1])) if lines else Position(0, 0)
        return Position(place.line, from_units(_line(lines, place.line), place.character, self.encoding))

    def from_range(self, lines: Sequence[str], place: lsp.Range) -> Range:
        return Range(self.from_position(lines, place.start), self.from_position(lines, place.end))


def range_of_json(data: dict[str, Any]) -> Range:
    """Of the `range` of a finding."""
    start, end = data["start"], data["end"]
    return Range(Position(start["line"], start["character"]), Position(end["line"], end["character"]))


def _line(lines: Sequence[str], number: int) -> str:
    return lines[number].rstrip("\r\n") if 0 <= number < len(lines) else ""
