"""
What an exported folder remembers: its files, and what was in them. So a later export overwrites what an export has
made, and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TypeGuard

from ttlang.diagnostics import DiagnosticError, error

MANIFEST = "exported.json"
_FORCE = "export to another folder, or give --force to overwrite it"


def check_folder(folder: Path, names: Iterable[str] = ()) -> None:
    """
    Raises a TTL0012 where an export of files of these names would spoil something: a folder with files that no export
    has made, a file that was edited since, a file of another that is in the way.
    """
    if folder.is_dir():
        _check_files(folder, names)
    elif folder.exists() or folder.is_symlink():
        raise error("TTL0012", f"{folder} is no folder", hint="export to another folder")


def _check_files(folder: Path, names: Iterable[str]) -> None:
    made = _read(folder)
    if made is None:
        if any(folder.iterdir()):
            raise _spoiled(f"{folder} has files that `ttlang export` has not made")
        return
    edited = [name for name, digest in made.items() if (folder / name).exists() and _digest(folder / name) != digest]
    if edited:
        raise _spoiled(
            f"{', '.join(edited)} in {folder} {'was' if len(edited) == 1 else 'were'} edited after the export"
        )
    others = [name for name in names if name not in made and (folder / name).exists()]
    if others:
        raise _spoiled(f"{', '.join(others)} in {folder} is not from `ttlang export`")


def keep(folder: Path, files: Mapping[str, bytes]) -> None:
    """Remembers what was written, and takes away files of an earlier export that are not made any more."""
    for name in (_read(folder) or {}).keys() - files.keys():
        (folder / name).unlink(missing_ok=True)
    made = {name: sha256(data).hexdigest() for name, data in files.items()}
    text = json.dumps({"made by": "ttlang export", "files": made}, indent=1)
    (folder / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def _read(folder: Path) -> dict[str, str] | None:
    """Names and digests of the files that an export has made; None of a folder that no export has made."""
    try:
        data = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        made: object = data["files"] if data["made by"] == "ttlang export" else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if not _is_record(made):
        return None
    inside = folder.resolve()
    # Whoever wrote the file: names that lead out of the folder are not its own.
    return {name: digest for name, digest in made.items() if inside in (inside / name).resolve().parents}


def _is_record(made: object) -> TypeGuard[dict[str, str]]:
    return isinstance(made, dict)


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _spoiled(message: str) -> DiagnosticError:
    return error("TTL0012", message, hint=_FORCE)
