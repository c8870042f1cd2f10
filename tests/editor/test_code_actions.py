"""Fixes, comments that allow, pages: as edits of the newest text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from lsprotocol import types as lsp

from tests.support.editor_scripts import EVERYWHERE, PATH, UTF16, open_script, range_of
from ttlang.diagnostics import Diagnostic, Edit, Severity, Span
from ttlang.diagnostics.fixes import edited_file
from ttlang.diagnostics.json_form import to_json
from ttlang.editor.code_actions import FIX_ALL, Actions
from ttlang.editor.open_documents import Document
from ttlang.editor.positions import Range

TEXT = "größe = 1\nfirst.pusch()\nsecond.pop\nthird = 3  # why  # ttl: allow TTL0604\nfourth = \\\n    4\n"


def span(word: str) -> Span:
    (line, start), (_, end) = range_of(TEXT, word)
    return Span(PATH, line + 1, start + 1, line + 1, end + 1)


RENAME = Diagnostic("TTL0102", "no pusch", span("pusch"), fix=(Edit(span("pusch"), "push"),))
CALL_END = Span(PATH, 3, 11, 3, 11)
CALL = Diagnostic("TTL0102", "not called", span("second.pop"), fix=(Edit(CALL_END, "()"),))
DELETE = Diagnostic(
    "TTL0602", "unused", span("third = 3"), severity=Severity.WARNING, fix=(Edit(Span(PATH, 4, 1, 5, 1), ""),)
)
WARNING = Diagnostic("TTL0603", "undefined", span("größe"), severity=Severity.WARNING)


def actions(
    *found: Diagnostic, where: Range = EVERYWHERE, only: Sequence[str] | None = None, pages: bool = False
) -> Any:
    script = open_script(TEXT)
    told = [json.loads(to_json(each)) for each in found]
    made = Actions(
        *(script, told, UTF16, lambda uri, path: script.document.lines),
        lambda uri, edits: lsp.WorkspaceEdit(changes={uri: edits}),
        pages,
    )
    return made.at(where, only)


def after(action: lsp.CodeAction) -> str:
    """The text with an action's edits."""
    document = Document.of("file:///a.py", 1, TEXT)
    assert action.edit is not None
    assert action.edit.changes is not None
    ((_, edits),) = action.edit.changes.items()
    for edit in sorted(edits, key=lambda each: (each.range.start.line, each.range.start.character), reverse=True):
        document.replace(UTF16.from_range(document.lines, edit.range), edit.new_text)
    return document.text


def test_one_fix() -> None:
    first, everything = actions(RENAME)
    assert first.title == "Replace `pusch` by `push` (TTL0102)"
    assert first.is_preferred
    assert first.kind == lsp.CodeActionKind.QuickFix
    assert [each.code for each in first.diagnostics] == ["TTL0102"]
    assert after(first) == after(everything) == TEXT.replace("pusch", "push")
    assert everything.kind == FIX_ALL


def test_titles_say_what_is_done() -> None:
    titles = [each.title for each in actions(CALL, DELETE)]
    assert titles[:2] == ["Insert `()` (TTL0102)", "Delete `third = 3  # why  # ttl: allow TTL0604` (TTL0602)"]


def test_all_fixes_are_those_of_check() -> None:
    found = [RENAME, CALL, DELETE, RENAME]
    everything = next(each for each in actions(*found) if each.kind == FIX_ALL)
    edits = [edit for each in found for edit in each.fix]
    assert after(everything).encode() == edited_file(TEXT.encode(), edits)


def test_only_what_is_asked_for() -> None:
    assert {each.kind for each in actions(RENAME, only=["source"])} == {FIX_ALL}
    assert {each.kind for each in actions(RENAME, only=["quickfix"])} == {lsp.CodeActionKind.QuickFix}
    assert not actions(RENAME, only=["refactor"])
    assert [each.title for each in actions(RENAME, where=range_of(TEXT, "third"), only=["quickfix"])] == []


def test_a_warning_is_allowed_by_a_comment() -> None:
    (allow,) = actions(WARNING)
    assert allow.title == "Allow TTL0603 at this line"
    assert after(allow).splitlines()[0] == "größe = 1  # ttl: allow TTL0603"


def test_a_comment_that_allows_gets_one_more_code() -> None:
    found = Diagnostic("TTL0603", "", span("third"), severity=Severity.WARNING)
    (allow,) = actions(found)
    assert "# why  # ttl: allow TTL0604 TTL0603\n" in after(allow)


def test_a_line_that_goes_on_takes_no_comment() -> None:
    open_end = Span(PATH, 5, 1, 6, 6)
    (allow,) = actions(Diagnostic("TTL0603", "", open_end, severity=Severity.WARNING))
    assert after(allow).splitlines()[5] == "    4  # ttl: allow TTL0603"


def test_errors_can_not_be_allowed() -> None:
    assert not [each for each in actions(RENAME) if "Allow" in each.title]


def test_pages_of_codes() -> None:
    shown = actions(WARNING, pages=True)[-1]
    assert shown.title == "Explain TTL0603: elements that a reduction leaves undefined take part in a result"
    assert shown.command.arguments[1:] == ["explain", "TTL0603", None]
