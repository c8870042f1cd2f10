"""Measured figures as files of comma-separated rows, packed or not."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path

FIGURES = Path(__file__).parent / "figures"
"""What comes with the repository."""

Row = dict[str, str]
SAID_OF_IT = frozenset(("regime", "usable", "split", "note", "source"))
"""Columns that say what a row is good for."""


def rows(folder: Path, name: str, usable: str = "yes") -> Iterator[Row]:
    """Those of a file that can be used ("ask": with a caveat); none if the folder hasn't got it."""
    plain, packed = folder / f"{name}.csv", folder / f"{name}.csv.gz"
    if plain.exists():
        with plain.open(newline="") as file:
            yield from (row for row in csv.DictReader(file) if _usable(row) == usable)
    elif packed.exists():
        with gzip.open(packed, "rt", newline="") as file:
            yield from (row for row in csv.DictReader(file) if _usable(row) == usable)


def _usable(row: Row) -> str:
    return row.get("usable") or row.get("usable_device") or "yes"


def number(row: Row, name: str) -> int:
    """A field as a whole number; 0 if it is empty."""
    return int(row[name] or 0)


def key(row: Row) -> tuple[tuple[str, str], ...]:
    """What tells a row from others, whatever the file says of its use."""
    return tuple(sorted((name, value) for name, value in row.items() if name not in SAID_OF_IT))
