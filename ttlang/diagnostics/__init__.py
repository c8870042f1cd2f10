"""What ttlang tells a user: one class and its text form. `codes.py` has the codes, `json_form.py` the JSON form."""

from __future__ import annotations

import linecache
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from typing import NamedTuple

from ttlang.diagnostics.codes import CODES as CODES
from ttlang.diagnostics.edition_names import spelled


class Severity(StrEnum):
    ERROR = auto()
    WARNING = auto()
    NOTE = auto()
    """Of what has to be said and is nothing wrong."""


@dataclass(frozen=True)
class Span:
    """A place in a source file. Lines and columns count from 1; the end is exclusive."""

    file: str
    line: int
    column: int
    end_line: int | None = None
    end_column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Related(NamedTuple):
    """Another place that explains a diagnostic ("reserved here")."""

    span: Span
    message: str


class Edit(NamedTuple):
    """A change of the source that is sure to be meant: `text` in place of what `span`, which has an end, covers."""

    span: Span
    text: str


class Replay(NamedTuple):
    """What makes a run of the simulator happen again."""

    seed: int | None
    numerics: str

    def __str__(self) -> str:
        return f"seed={self.seed} numerics={self.numerics}"


@dataclass(frozen=True)
class Diagnostic:
    """One finding about a kernel."""

    code: str
    """A key of `CODES`; never reused for another meaning."""
    message: str
    span: Span | None = None
    hint: str | None = None
    related: tuple[Related, ...] = ()
    severity: Severity = Severity.ERROR
    fix: tuple[Edit, ...] = ()
    """What `ttlang check --fix` does about it. Made by the functions of `fixes.py`."""
    replay: Replay | None = None
    """Of what a run has found."""

    def __post_init__(self) -> None:
        assert self.code in CODES, f"{self.code} is not in the table of codes"
        object.__setattr__(self, "message", spelled(self.message))
        if self.hint:
            object.__setattr__(self, "hint", spelled(self.hint))

    def render(self) -> str:
        """The text form: `file:line:column: severity[code]: message`, the source line, a caret, the hint."""
        lines = [f"{self.span}: {self._headline()}" if self.span else self._headline()]
        if self.span:
            lines += _source_lines(self.span)
        for related in self.related:
            lines += [f"{related.span}: note: {related.message}", *_source_lines(related.span)]
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        lines += [f"  fix: {_edited(edit)}" for edit in self.fix]
        if self.replay:
            lines.append(f"  replay: {self.replay}")
        return "\n".join(lines)

    def _headline(self) -> str:
        return f"{self.severity}[{self.code}]: {self.message}"


@dataclass(eq=False)
class DiagnosticError(Exception):
    """The one exception that reaches a user for anything wrong in a kernel: one or more findings."""

    diagnostics: tuple[Diagnostic, ...] = field(default_factory=tuple[Diagnostic, ...])

    def __str__(self) -> str:
        return "\n" + "\n\n".join(d.render() for d in self.diagnostics)

    def at(self, span: Span | None) -> DiagnosticError:
        """The same findings, with this place for those that have none."""
        return DiagnosticError(tuple(replace(found, span=found.span or span) for found in self.diagnostics))


class TTLangWarning(UserWarning):
    """A diagnostic that does not stop the compiler."""

    def __init__(self, diagnostic: Diagnostic):
        super().__init__("\n" + diagnostic.render())
        self.diagnostic = diagnostic


def error(
    code: str,
    message: str,
    span: Span | None = None,
    *,
    hint: str | None = None,
    related: Iterable[Related] = (),
    fix: tuple[Edit, ...] = (),
) -> DiagnosticError:
    """An exception with one error in it, ready to be raised."""
    return DiagnosticError((Diagnostic(code, message, span, hint, tuple(related), fix=fix),))


_MOST_COLUMNS = 160
"""Of a source line that is shown whole. Of a longer one, the part around the caret is."""
_BEFORE = 60
_CUT = "..."


def _source_lines(span: Span) -> list[str]:
    text = linecache.getline(span.file, span.line).rstrip("\r\n")
    if not text:
        return []
    start = min(span.column - 1, len(text))
    end = span.end_column - 1 if span.end_column and span.end_line in (None, span.line) else len(text)
    end = min(max(end, start + 1), max(len(text), start + 1))
    first, last = 0, len(text)
    if len(text) > _MOST_COLUMNS:
        first = max(0, min(start - _BEFORE, len(text) - _MOST_COLUMNS))
        last = min(len(text), first + _MOST_COLUMNS)
    head, tail = _CUT if first else "", _CUT if last < len(text) else ""
    indent = " " * len(head) + "".join("\t" if c == "\t" else " " * _columns(c) for c in text[first:start])
    marked = sum(map(_columns, text[start : min(end, last)]))
    shown = "".join(c if c == "\t" or c.isprintable() else " " for c in text[first:last])
    return [f"  {head}{shown}{tail}", f"  {indent}{'^' * max(marked, 1)}"]


def _columns(letter: str) -> int:
    """How many columns of a terminal a letter takes."""
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def _edited(edit: Edit) -> str:
    """The line that an edit changes, as it is then; of several, the new ones."""
    span = edit.span
    old, new = linecache.getline(span.file, span.line), edit.text.strip()
    if not new:
        return f"delete `{old.strip()}`"
    if "\n" in edit.text:
        return f"after line {span.line - 1}, insert `{new}`"
    end = (span.end_column or span.column) - 1
    return f"`{(old[: span.column - 1] + edit.text + old[end:]).strip()}`"
