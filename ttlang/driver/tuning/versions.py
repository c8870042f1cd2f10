"""
Of what ttlang made a result: digests of its own files, so that no result outlives a change of what it came from. They
are remembered on disk, by the times and sizes of the files, since to read all of them takes longer than a call may.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import xdsl

from ttlang.driver.tuning.kept_files import read_kept, write_kept
from ttlang.settings.cache import folder

_PACKAGE = Path(__file__).parents[2]
_COMPILER = ("analysis", "checks", "dialects", "driver", "frontend", "language", "settings", "tables", "transforms")
_MACHINE = ("analysis", "backends/simulator", "dialects", "machine", "tables")
_File = tuple[str, int, int]
"""Its path, when it was changed, in nanoseconds, and its size."""
_MOST_PLACES = 16
"""Installations of ttlang that are remembered."""


def compiler_version() -> str:
    """Of what a lowered program is made by: everything from the language to the last pass, and xDSL."""
    return _version(_PACKAGE, _COMPILER, xdsl.__version__)


def cost_version() -> str:
    """
    Of what a prediction or a simulation is made by: the machine with its clock, the records of all chips (where nothing
    is published of one, its costs are derived from the other's), and what makes Python of a program. Whether the
    machine multiplies by numpy or in C++ is no matter: the results are the same.
    """
    return _version(_PACKAGE, _MACHINE, "")


@cache
def _version(package: Path, rooms: tuple[str, ...], beside: str) -> str:
    files = [file for room in rooms for file in _room(f"{package}/{room}")]
    stamp = _digest(f"{files} {beside}")
    place, path = f"{package} {' '.join(rooms)}", folder() / "tuned" / "versions.json"
    known = read_kept(path, _remembered) or {}
    if (found := known.pop(place, None)) is not None and found[0] == stamp:
        return found[1]
    # Where the package lies is no part of it.
    contents = [(os.path.relpath(path, package), Path(path).read_text(encoding="utf-8")) for path, _, _ in files]
    made = _digest(f"{contents} {beside}")
    recent = [*known.items(), (place, (stamp, made))][-_MOST_PLACES:]
    write_kept(path, {"places": dict(recent)})
    return made


def _remembered(data: Any) -> dict[str, tuple[str, str]]:
    """By installation and rooms, what its files were like, and what came of them."""
    return {place: (str(stamp), str(made)) for place, (stamp, made) in data["places"].items()}


@cache
def _room(place: str) -> list[_File]:
    """Its files. Some rooms count for both versions."""
    return sorted(_files(place))


def _files(place: str) -> Iterator[_File]:
    with os.scandir(place) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(".py"):
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:32]
