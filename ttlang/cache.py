"""Folders that are made once and kept, whichever process comes first."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path


def kept_folder(folder: Path, fill: Callable[[Path], None]) -> Path:
    """The folder, which `fill` makes the contents of, in another place, unless it is there."""
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        made = Path(work, "made")
        made.mkdir()
        fill(made)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker
                raise
    return folder
