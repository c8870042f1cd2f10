"""
Diagnostics as JSON lines for tools and agents: an LSP `Diagnostic` with what LSP has no field for beside it.

`docs/json.md` describes every field. Lines and characters count from 0, as in LSP, and ends are exclusive.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ttlang.diagnostics import Diagnostic, Edit, Related, Replay, Severity, Span

SCHEMA = 1
"""The version of the form. It grows when a field changes its meaning or goes; new fields may come without."""

_SEVERITIES = {Severity.ERROR: 1, Severity.WARNING: 2, Severity.NOTE: 3}
Fields = dict[str, Any]


def to_json(diagnostic: Diagnostic) -> str:
    """One line."""
    data: Fields = {
        "schema": SCHEMA,
        "kind": "diagnostic",
        "code": diagnostic.code,
        "severity": _SEVERITIES[diagnostic.severity],
        "source": "ttlang",
        "message": diagnostic.message,
    }
    if diagnostic.span:
        data |= _place(diagnostic.span)
    if diagnostic.hint:
        data["hint"] = diagnostic.hint
    if diagnostic.related:
        data["relatedInformation"] = [
            {"location": _place(related.span), "message": related.message} for related in diagnostic.related
        ]
    if diagnostic.fix:
        data["fix"] = [{**_place(edit.span), "newText": edit.text} for edit in diagnostic.fix]
    if diagnostic.replay:
        data["replay"] = {"seed": diagnostic.replay.seed, "numerics": diagnostic.replay.numerics}
    return json.dumps(data)


def from_json(line: str) -> Diagnostic | None:
    """The diagnostic of a line; None if the line is something else."""
    if not line.startswith('{"schema"'):
        return None
    data: Fields = json.loads(line)
    if data["schema"] != SCHEMA or data["kind"] != "diagnostic":
        return None
    replay = data.get("replay")
    return Diagnostic(
        data["code"],
        data["message"],
        _span(data) if "range" in data else None,
        data.get("hint"),
        tuple(Related(_span(r["location"]), r["message"]) for r in data.get("relatedInformation", ())),
        next(severity for severity, number in _SEVERITIES.items() if number == data["severity"]),
        tuple(Edit(_span(edit), edit["newText"]) for edit in data.get("fix", ())),
        Replay(replay["seed"], replay["numerics"]) if replay else None,
    )


def summary(command: str, kernels: list[str], errors: int, warnings: int, notes: int) -> str:
    """The last line of a command: what it looked at, and how much it found."""
    counts = {"kernels": kernels, "errors": errors, "warnings": warnings, "notes": notes}
    return json.dumps({"schema": SCHEMA, "kind": "summary", "command": command, **counts})


def _place(span: Span) -> Fields:
    start: Fields = {"line": span.line - 1, "character": span.column - 1}
    end: Fields = dict(start)
    if span.end_line is not None and span.end_column is not None:
        end = {"line": span.end_line - 1, "character": span.end_column - 1}
    path = Path(span.file)
    # A notebook's cell, or text that was never in a file, has a name of its own.
    uri = path.resolve().as_uri() if path.is_file() else span.file
    return {"file": span.file, "uri": uri, "range": {"start": start, "end": end}}


def _span(data: Fields) -> Span:
    start, end = data["range"]["start"], data["range"]["end"]
    if start == end and "newText" not in data:
        return Span(data["file"], start["line"] + 1, start["character"] + 1)
    return Span(data["file"], start["line"] + 1, start["character"] + 1, end["line"] + 1, end["character"] + 1)
