"""
The texts that an editor has open. Lines end where the protocol and Python say that they do (LF, CR LF, CR): not at form
feeds and other separators, which `str.splitlines` counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pygls.uris import to_fs_path

from ttlang.editor.positions import Position, Range

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")

MOST_CHARACTERS = 500_000
"""Of a text that is looked at. Python takes half a second and 150 MB to parse as many."""


@dataclass
class Line:
    """Where a line stood in the version that facts are of."""

    number: int
    prefix: int | None = None
    """Of a line that was changed since: its characters that are as they were, from the start on."""


@dataclass
class Document:
    """One text, in its newest version."""

    uri: str
    version: int
    lines: list[str]
    """With their ends. A text that ends with a line end has an empty line behind it."""
    size: int = 0
    """In characters."""
    since: list[Line | None] = field(default_factory=list[Line | None])
    """For each line, where it was when `mark` was called last; None for one that is new."""

    @staticmethod
    def of(uri: str, version: int, text: str) -> Document:
        return Document(uri, version, lines_of(text), len(text))

    @property
    def path(self) -> str:
        """The file's, also of one that is not there; for what is no file (a cell of a notebook), its address."""
        return path_of(self.uri)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    @property
    def is_too_long(self) -> bool:
        return self.size > MOST_CHARACTERS

    def line(self, number: int) -> str:
        """Without its end; empty behind the last."""
        return self.lines[number].rstrip("\r\n") if 0 <= number < len(self.lines) else ""

    def replace(self, where: Range | None, text: str) -> None:
        """Puts a text in place of a range, or of everything. Places behind the end of a line mean its end."""
        if where is None:
            self._replace_all(text)
            return
        start, end = sorted((self._inside(where.start), self._inside(where.end)))
        first, last = start.line, end.line
        head, tail = self.lines[first][: start.character], self.lines[last][end.character :]
        if first and not head and (text + tail).startswith("\n") and self.lines[first - 1].endswith("\r"):
            first -= 1
            head = self.lines[first]
        new = lines_of(head + text + tail)
        if last + 1 < len(self.lines):
            new.pop()
        if self.since:
            self._move(first, last, len(head), new)
        self.size += sum(map(len, new)) - sum(map(len, self.lines[first : last + 1]))
        self.lines[first : last + 1] = new

    def mark(self) -> None:
        """From now on, `since` counts from this version."""
        self.since = [Line(number) for number in range(len(self.lines))]

    def then_of(self, number: int) -> Line | None:
        """Where a line of now was when `mark` was called."""
        return self.since[number] if 0 <= number < len(self.since) else None

    def now_of(self, number: int) -> tuple[int, Line] | None:
        """The line of now that had this number then."""
        # It has seldom moved far, if at all.
        if number < len(self.since) and (same := self.since[number]) is not None and same.number == number:
            return number, same
        return next(((at, line) for at, line in enumerate(self.since) if line and line.number == number), None)

    def _replace_all(self, text: str) -> None:
        """Editors that send whole texts change a part of it: what is alike at both ends has stayed."""
        new = lines_of(text)
        most = min(len(new), len(self.lines))
        head = next((i for i in range(most) if new[i] != self.lines[i]), most)
        tail = next((i for i in range(most - head) if new[-1 - i] != self.lines[-1 - i]), most - head)
        if self.since:
            between: list[Line | None] = [None] * (len(new) - head - tail)
            if len(new) == len(self.lines):
                between = [self._changed(head + i, 0) for i in range(len(between))]
            self.since[head : len(self.since) - tail] = between
        self.lines, self.size = new, len(text)

    def _move(self, first: int, last: int, kept: int, new: Sequence[str]) -> None:
        """Lines are to be replaced, of the first of which that many characters stay."""
        moved: list[Line | None] = [None] * len(new)
        if new and not kept and new[-1] == self.lines[last]:
            # Whole lines were put before this one, or taken from there.
            moved[-1] = self.since[last]
        elif new:
            moved[0] = self._changed(first, kept)
        self.since[first : last + 1] = moved

    def _changed(self, number: int, prefix: int) -> Line | None:
        was = self.since[number]
        if was is None:
            return None
        return Line(was.number, prefix if was.prefix is None else min(prefix, was.prefix))

    def _inside(self, place: Position) -> Position:
        if place.line >= len(self.lines):
            return Position(len(self.lines) - 1, len(self.lines[-1]))
        return Position(place.line, min(place.character, len(self.line(place.line))))


def lines_of(text: str) -> list[str]:
    """With their ends; behind a last end, an empty one."""
    lines = _LINE.findall(text)
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    return lines


def path_of(uri: str) -> str:
    """The path of a file's address; an address of anything else as it is."""
    parts = urlsplit(uri)
    if parts.scheme != "file":
        return uri
    return to_fs_path(uri) or parts.path
