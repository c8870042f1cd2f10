"""`ttlang check --fix`: makes the edits that diagnostics are sure of, until there are none left."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from ttlang.diagnostics import Diagnostic, fixes
from ttlang.diagnostics.json_form import from_json

MOST_ROUNDS = 10
"""A repaired kernel may show the next mistake, which may be repaired as well."""

OURS = Path(__file__).resolve().parent.parent


def fix_script(command: Sequence[str]) -> list[str]:
    """
    Runs `ttlang check --json` with these further arguments, in a process of its own, applies the edits that it
    proposes to the files, and again. Returns a line for each edit.
    """
    done: list[str] = []
    for _ in range(MOST_ROUNDS):
        edits = [edit for found in _check(command) for edit in found.fix if _is_theirs(edit.span.file)]
        changed = fixes.apply(edits)
        if not changed:
            break
        done += [f"{edit.span}: {described(edit)}" for edit in dict.fromkeys(edits) if Path(edit.span.file) in changed]
        for path, text in changed.items():
            path.write_text(text)
    return done


def described(edit: fixes.Edit) -> str:
    """`insert `.wait()``, `delete line 7`."""
    if not edit.text:
        return "deleted"
    same = (edit.span.line, edit.span.column) == (edit.span.end_line, edit.span.end_column)
    return f"{'inserted' if same else 'wrote'} `{edit.text.strip()}`"


def _check(command: Sequence[str]) -> list[Diagnostic]:
    run = [sys.executable, "-m", "ttlang.tools.cli", "check", "--json", *command]
    printed = subprocess.run(run, capture_output=True, text=True, check=False).stdout
    return [found for line in printed.splitlines() if (found := from_json(line)) is not None]


def _is_theirs(file: str) -> bool:
    path = Path(file).resolve()
    return path.is_file() and OURS not in path.parents
