"""The modules of a folder of `benchmarks`, which are scripts beside each other."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks"


def script(folder: str, name: str) -> Any:
    """One of them, by its name."""
    if (place := str(FOLDER / folder)) not in sys.path:
        sys.path.append(place)
    return import_module(name)
