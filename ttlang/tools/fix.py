"""`ttlang check --fix`: makes the edits that diagnostics are sure of, until there are none left."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from ttlang.diagnostics import Diagnostic, Edit, fixes
from ttlang.diagnostics.json_form import from_json

MOST_ROUNDS = 10
"""A repaired kernel may show the next mistake, which may be repaired as well."""

OURS = Path(__file__).resolve().parent.parent


def fix_script(
    script: str, arguments: Sequence[str], *, also: Sequence[str] = (), flags: Sequence[str] = ()
) -> list[str]:
    """
    Runs `ttlang check --json` with these further flags, in a process of its own, applies the edits that it proposes to
    the script, and to the files and folders of `also`, and again. Returns a line for each edit, and for each that is
    left alone the reason.
    """
    named = [Path(path).resolve() for path in (script, *also)]
    command = [*flags, script, "--", *arguments]
    done: list[str] = []
    left: dict[str, None] = {}
    for _ in range(MOST_ROUNDS):
        left.clear()
        changed = False
        for file, edits in _by_file(_check(command)).items():
            reason = _reason(Path(file), named) or _write(Path(file), edits)
            if reason:
                left |= dict.fromkeys(f"{edit.span}: left alone, {reason}" for edit in edits)
            else:
                done += [f"{edit.span}: {described(edit)}" for edit in edits]
                changed = True
        if not changed:
            return [*done, *left]
    return [*done, *left, f"{script}: stopped after {MOST_ROUNDS} rounds of edits"]


def described(edit: Edit) -> str:
    """`insert `.wait()``, `delete line 7`."""
    if not edit.text:
        return "deleted"
    same = (edit.span.line, edit.span.column) == (edit.span.end_line, edit.span.end_column)
    return f"{'inserted' if same else 'wrote'} `{edit.text.strip()}`"


def _by_file(found: Sequence[Diagnostic]) -> dict[str, list[Edit]]:
    files: dict[str, dict[Edit, None]] = {}
    for edit in (edit for diagnostic in found for edit in diagnostic.fix):
        files.setdefault(edit.span.file, {})[edit] = None
    return {file: list(edits) for file, edits in files.items()}


def _reason(path: Path, named: Sequence[Path]) -> str | None:
    """Why a file is not to be edited."""
    real = path.resolve()
    if not real.is_file():
        return "it is no file"
    if OURS in real.parents:
        return "it is a part of ttlang"
    if not any(name in (real, *real.parents) for name in named):
        return f"this file was not named: add --fix-in {path}"
    return None if os.access(real, os.W_OK) else "it can't be written"


def _write(path: Path, edits: Sequence[Edit]) -> str | None:
    """Makes the edits, in the file that a link points to; or says why not."""
    try:
        path.write_bytes(fixes.edited_file(path.read_bytes(), edits))
    except fixes.NotEditableError as reason:
        return str(reason)
    except OSError as failure:
        return f"it can't be written ({failure.strerror})"
    return None


def _check(command: Sequence[str]) -> list[Diagnostic]:
    run = [sys.executable, "-m", "ttlang.tools.cli", "check", "--json", *command]
    printed = subprocess.run(run, capture_output=True, check=False).stdout.decode(errors="replace")
    return list(_findings(printed))


def _findings(printed: str) -> Iterator[Diagnostic]:
    for line in printed.splitlines():
        if (found := from_json(line)) is not None:
            yield found
