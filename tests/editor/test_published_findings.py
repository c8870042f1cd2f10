"""Findings as diagnostics of the protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lsprotocol import types as lsp

from ttlang.diagnostics import CODES, Diagnostic, Related, Replay, Severity, Span
from ttlang.diagnostics.catalogue import mistakes
from ttlang.diagnostics.json_form import to_json
from ttlang.editor.client_places import ClientPlaces
from ttlang.editor.published_findings import diagnostic_of, page_of, place_of

LINES = ["größe = '😋' + name(1)\r\n", "next = 2"]
NAME = LINES[0].index("name")


def fields(found: Diagnostic) -> dict[str, Any]:
    return json.loads(to_json(found))


def published(found: Diagnostic, encoding: Any = "utf-16") -> lsp.Diagnostic:
    return diagnostic_of(fields(found), LINES, lambda uri, path: LINES, ClientPlaces(encoding))


def test_all_that_a_finding_says() -> None:
    span = Span("/a.py", 1, NAME + 1, 1, NAME + 5)
    found = Diagnostic(
        *("TTL0212", "is of 2025", span, "write it anew"),
        related=(Related(Span("/b.py", 2, 1, 2, 5), "made here"),),
        severity=Severity.WARNING,
        replay=Replay(7, "chip"),
    )
    told = published(found)
    assert told.range == lsp.Range(lsp.Position(0, NAME + 1), lsp.Position(0, NAME + 5))
    assert told.message == "is of 2025\nhint: write it anew\nreplay: seed=7 numerics=chip"
    assert told.severity == lsp.DiagnosticSeverity.Warning
    assert (told.code, told.source, told.tags) == ("TTL0212", "ttlang", [lsp.DiagnosticTag.Deprecated])
    assert told.code_description is not None
    assert told.code_description.href.endswith("/TTL0212-accumulating-store.md")
    (related,) = told.related_information or ()
    assert (related.message, related.location.uri) == ("made here", "/b.py")
    assert related.location.range == lsp.Range(lsp.Position(1, 0), lsp.Position(1, 4))


def test_that_a_script_ends_where_it_reads_a_result_is_told_faintly() -> None:
    note = Diagnostic("TTL0004", "the script ends", Span("/a.py", 1, 1), severity=Severity.NOTE)
    assert published(note).severity == lsp.DiagnosticSeverity.Hint


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", NAME + 5), ("utf-16", NAME + 1), ("utf-32", NAME)])
def test_every_encoding(encoding: str, character: int) -> None:
    assert published(Diagnostic("TTL0103", "", Span("/a.py", 1, NAME + 1)), encoding).range.start.character == character


def test_a_place_without_an_end_is_the_name_there() -> None:
    found = fields(Diagnostic("TTL0103", "", Span("/a.py", 1, NAME + 1)))
    assert place_of(found, LINES).end.character == NAME + 4
    at_an_operator = fields(Diagnostic("TTL0103", "", Span("/a.py", 1, NAME - 1)))
    assert place_of(at_an_operator, LINES).end.character == len(LINES[0]) - 2


def test_without_a_place_it_is_at_the_start() -> None:
    assert place_of(fields(Diagnostic("TTL0006", "")), LINES).start == (0, 0)
    assert place_of(fields(Diagnostic("TTL0006", "")), []).end == (0, 0)


def test_of_several_pages_the_one_about_the_same() -> None:
    message = "`with` releases a block that was acquired, and this is x_dfb.wait, which is not called"
    page = page_of("TTL0106", message)
    assert page is not None
    assert page.stem == "TTL0106-uncalled-wait"


def test_codes_lead_to_their_pages() -> None:
    with_pages = {page.code for page in mistakes()}
    for code in CODES:
        page = page_of(code)
        assert (page is not None) == (code in with_pages)
        assert page is None or page.is_file()
