"""What a document's process tells its worker, beside what it has to say to the editor, which is handed on unread."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

MARK = b"!"
"""Begins the line of a report."""


@dataclass(frozen=True)
class Started:
    """A text is being judged: whatever was judged before has been given up."""

    version: int


@dataclass(frozen=True)
class Importing:
    """Installed packages are being imported, which takes long and can't be stopped."""

    packages: Sequence[str]


@dataclass(frozen=True)
class Judged:
    """The compile tier of a version has been told, unless `outcome` says otherwise."""

    version: int
    outcome: str
    """`KEEP`, `RERUN_NEEDED`, or `FAILED`: a finding tells why, and the process is of no more use."""
    files: Sequence[str]
    """Modules of the user's own that the script has imported."""
    packages: Sequence[str]
    """Packages that it has imported and that the process did not begin with."""


@dataclass(frozen=True)
class Forked:
    """A process group has begun, of later tiers or a command."""

    group: int


@dataclass(frozen=True)
class Idle:
    """All that is to be said of a version has been said."""

    version: int


Report = Started | Importing | Judged | Forked | Idle
_KINDS: dict[str, type[Report]] = {each.__name__: each for each in (Started, Importing, Judged, Forked, Idle)}


def to_line(report: Report) -> bytes:
    return MARK + json.dumps({"kind": type(report).__name__, **asdict(report)}).encode("ascii") + b"\n"


def from_line(line: bytes) -> Report:
    """Of a line that begins with the mark."""
    data: dict[str, Any] = json.loads(line[1:])
    return _KINDS[data.pop("kind")](**data)
