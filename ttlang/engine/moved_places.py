"""Findings of a text, for a text whose lines stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy

from ttlang.diagnostics import Diagnostic, Edit, Related, Span
from ttlang.diagnostics.session import Session
from ttlang.engine.judging import Unsure


class MovedPlaces:
    """Places of one file, from one text to another."""

    def __init__(self, file: str, lines: Mapping[int, int]):
        """`lines`: where lines stand, by where they stood."""
        self._file = file
        self._lines = lines

    def line(self, line: int) -> int:
        """Raises `Unsure`."""
        try:
            return self._lines[line]
        except KeyError:
            raise Unsure from None

    def line_near(self, line: int) -> int:
        """Where a line counted from 0 is, that may have no code: behind the one before it that has some."""
        before = max((each for each in self._lines if each <= line + 1), default=None)
        return line if before is None else line + self._lines[before] - before

    def span(self, span: Span) -> Span:
        """Raises `Unsure`."""
        if span.file != self._file:
            return span
        end = None if span.end_line is None else self.line(span.end_line)
        return Span(span.file, self.line(span.line), span.column, end, span.end_column)

    def finding(self, found: Diagnostic) -> Diagnostic:
        """Raises `Unsure`."""
        moved = copy(found)  # not made anew, which would spell names as another edition does
        related = tuple(Related(self.span(each.span), each.message) for each in found.related)
        fix = tuple(Edit(self.span(each.span), each.text) for each in found.fix)
        for name, value in (("span", found.span and self.span(found.span)), ("related", related), ("fix", fix)):
            object.__setattr__(moved, name, value)
        return moved

    def findings(self, found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
        """Raises `Unsure`."""
        return tuple(map(self.finding, found))

    def session(self, session: Session) -> Session:
        """What was made and called, where it stands now. Raises `Unsure`."""
        moved = session.copy()
        moved.made = {(name, self.span(place)): kernel for (name, place), kernel in session.made.items()}
        moved.called = {(name, place and self.span(place)): None for name, place in session.called}
        return moved
