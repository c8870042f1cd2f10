"""Findings as the diagnostics that a client shows: with related places, and a link to the page of their code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from lsprotocol import types as lsp

from ttlang.diagnostics.catalogue import FOLDER
from ttlang.editor.client_places import ClientPlaces, range_of_json
from ttlang.editor.positions import Position, Range
from ttlang.engine.protocol import Fields

_NAME = re.compile(r"\w+")
_TAGS: Mapping[str, lsp.DiagnosticTag] = {
    "TTL0007": lsp.DiagnosticTag.Unnecessary,
    "TTL0212": lsp.DiagnosticTag.Deprecated,
    "TTL0602": lsp.DiagnosticTag.Unnecessary,
}
"""Of codes that say that something has no effect, or is of an older edition."""
_HINTS = {"TTL0004"}
"""Codes that say how far a script is judged. Nothing is to be mended: an editor shows them faintly."""

LinesOf = Callable[[str, str], Sequence[str]]
"""The lines of a document, by its address and its file's path."""


def diagnostic_of(finding: Fields, lines: Sequence[str], lines_of: LinesOf, places: ClientPlaces) -> lsp.Diagnostic:
    """`lines`: of the text that the finding is about."""
    code = str(finding["code"])
    message = str(finding["message"])
    if finding.get("hint"):
        message += f"\nhint: {finding['hint']}"
    if finding.get("replay"):
        replay = finding["replay"]
        message += f"\nreplay: seed={replay['seed']} numerics={replay['numerics']}"
    page = page_of(code, str(finding["message"]))
    return lsp.Diagnostic(
        range=places.range(lines, place_of(finding, lines)),
        message=message,
        severity=lsp.DiagnosticSeverity.Hint if code in _HINTS else lsp.DiagnosticSeverity(finding["severity"]),
        code=code,
        code_description=lsp.CodeDescription(page.as_uri()) if page is not None else None,
        source="ttlang",
        tags=[_TAGS[code]] if code in _TAGS else None,
        related_information=[
            lsp.DiagnosticRelatedInformation(
                _location(related["location"], lines_of, places),
                related["message"],
            )
            for related in finding.get("relatedInformation", ())
        ]
        or None,
    )


def place_of(finding: Fields, lines: Sequence[str]) -> Range:
    """Where a finding is: at the start of the text, if nowhere. One without an end is at the name that begins there."""
    if "range" not in finding:
        return Range(Position(0, 0), Position(0, len(lines[0].rstrip("\r\n")) if lines else 0))
    place = range_of_json(finding["range"])
    if place.start != place.end or place.start.line >= len(lines):
        return place
    line = lines[place.start.line].rstrip("\r\n")
    name = _NAME.match(line, place.start.character)
    return Range(place.start, Position(place.start.line, name.end() if name else len(line)))


def page_of(code: str, message: str = "") -> Path | None:
    """The page that explains a code; where it has several, the one that has the most words of the message."""
    words = set(_NAME.findall(message))
    pages = _pages(code)
    return max(pages, key=lambda page: len(words & pages[page]), default=None)


@cache
def _pages(code: str) -> Mapping[Path, set[str]]:
    """The pages of a code, in order, with the words in each."""
    return {page: set(_NAME.findall(page.read_text(encoding="utf-8"))) for page in sorted(FOLDER.glob(f"{code}-*.md"))}


def _location(data: Fields, lines_of: LinesOf, places: ClientPlaces) -> lsp.Location:
    uri, path = str(data["uri"]), str(data["file"])
    return places.location(uri, lines_of(uri, path), range_of_json(data["range"]))
