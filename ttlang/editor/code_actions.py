"""What can be done about findings: their fixes, one or all of a file, a comment that allows them, their page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lsprotocol import types as lsp

from ttlang.diagnostics import CODES
from ttlang.editor.client_places import ClientPlaces, range_of_json
from ttlang.editor.open_script import OpenScript, same_file
from ttlang.editor.positions import Position, Range
from ttlang.editor.published_findings import LinesOf, diagnostic_of, place_of
from ttlang.engine.protocol import Fields

_ALLOW = re.compile(r"#\s*ttl:\s*allow(?P<codes>(?:[\s,]+TTL\d+)*)", re.IGNORECASE)
_ERROR = 1
FIX_ALL = "source.fixAll.ttlang"

MakeEdit = Callable[[str, Sequence[lsp.TextEdit]], lsp.WorkspaceEdit]
"""Edits of one document, in the form that the client takes."""


@dataclass(frozen=True)
class Actions:
    """Those of one script."""

    script: OpenScript
    findings: Sequence[Fields]
    """All that are about it, of its newest version."""
    places: ClientPlaces
    lines_of: LinesOf
    make_edit: MakeEdit
    shows_pages: bool
    """Whether the client has the command that shows a code's page."""

    def at(self, where: Range, wanted: Sequence[str] | None) -> list[lsp.CodeAction]:
        """Those for a range. `wanted`: kinds; None is all."""
        actions = [*self._quick(where), *self._all()]
        return [each for each in actions if wanted is None or _is_wanted(each.kind, wanted)]

    def _quick(self, where: Range) -> Iterator[lsp.CodeAction]:
        lines = self.script.document.lines
        here = [each for each in self.findings if _meet(place_of(each, lines), where)]
        for finding in here:
            if finding.get("fix"):
                title = f"{fix_title(finding, lines)} ({finding['code']})"
                yield self._action(title, finding, self._edits([finding]), preferred=True)
        for finding in here:
            if (edit := self._allowing(finding)) is not None:
                yield self._action(f"Allow {finding['code']} at this line", finding, [edit])
        if self.shows_pages:
            for code in dict.fromkeys(str(each["code"]) for each in here):
                title = f"Explain {code}: {CODES.get(code, '')}"
                command = lsp.Command(title, "ttlang.showText", arguments=[self.script.uri, "explain", code, None])
                yield lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, command=command)

    def _all(self) -> Iterator[lsp.CodeAction]:
        fixed = [each for each in self.findings if each.get("fix")]
        if not fixed or not (edits := self._edits(fixed)):
            return
        edit = self.make_edit(self.script.uri, edits)
        if len(fixed) > 1:
            title = f"Fix all {len(fixed)} of ttlang's findings that have a sure fix in this file"
            yield lsp.CodeAction(title, kind=lsp.CodeActionKind.QuickFix, edit=edit)
        yield lsp.CodeAction("Fix all findings of ttlang", kind=FIX_ALL, edit=edit)

    def _action(
        self, title: str, finding: Fields, edits: Sequence[lsp.TextEdit], *, preferred: bool = False
    ) -> lsp.CodeAction:
        told = diagnostic_of(finding, self.script.document.lines, self.lines_of, self.places)
        edit = self.make_edit(self.script.uri, edits)
        return lsp.CodeAction(title, lsp.CodeActionKind.QuickFix, [told], preferred or None, edit=edit)

    def _edits(self, findings: Sequence[Fields]) -> list[lsp.TextEdit]:
        """Each once, and of two that overlap the first, as `ttlang check --fix` has it."""
        found = sorted(
            {
                (range_of_json(edit["range"]), str(edit["newText"]))
                for finding in findings
                for edit in finding["fix"]
                if same_file(str(edit["uri"]), self.script.uri) or edit["file"] == self.script.document.path
            }
        )
        kept: list[lsp.TextEdit] = []
        end = Position(0, -1)
        for place, text in found:
            if place.start < end or (kept and place.start == end == place.end):
                continue
            end = place.end
            kept.append(lsp.TextEdit(self.places.range(self.script.document.lines, place), text))
        return kept

    def _allowing(self, finding: Fields) -> lsp.TextEdit | None:
        """A comment at the line where it begins, or else ends. Errors can't be allowed."""
        if finding["severity"] == _ERROR or "range" not in finding:
            return None
        code = str(finding["code"])
        place = range_of_json(finding["range"])
        document = self.script.document
        for number in (place.start.line, place.end.line):
            line = document.line(number)
            if line.rstrip().endswith("\\"):
                continue
            allowed = _ALLOW.search(line)
            at, text = (allowed.end(), f" {code}") if allowed else (len(line.rstrip()), f"  # ttl: allow {code}")
            where = self.places.range(document.lines, Range(Position(number, at), Position(number, at)))
            return lsp.TextEdit(where, text)
        return None


def fix_title(finding: Fields, lines: Sequence[str]) -> str:
    """What a fix does, in a few words."""
    edit, *more = finding["fix"]
    place, new = range_of_json(edit["range"]), str(edit["newText"])
    line = lines[place.start.line] if place.start.line < len(lines) else ""
    old = line[place.start.character : place.end.character if place.end.line == place.start.line else None].strip()
    rest = " and more" if more else ""
    if not new.strip():
        return f"Delete `{old}`{rest}"
    if not old:
        return f"Insert `{new.strip()}`{rest}"
    return f"Replace `{old}` by `{new.strip()}`{rest}"


def _meet(place: Range, where: Range) -> bool:
    return place.start <= where.end and where.start <= place.end


def _is_wanted(kind: str | None, wanted: Sequence[str]) -> bool:
    """Whether a kind is one of these, or below one: `source.fixAll` is below `source`."""
    return any(_parts(kind)[: len(_parts(each))] == _parts(each) for each in wanted)


def _parts(kind: str | None) -> list[str]:
    return str(kind.value if isinstance(kind, lsp.CodeActionKind) else kind).split(".")
