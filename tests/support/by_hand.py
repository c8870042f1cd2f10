"""The modules of `benchmarks/by_hand`, which are scripts beside each other."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks" / "by_hand"


def script(name: str) -> Any:
    """One of them, by its name."""
    if str(FOLDER) not in sys.path:
        sys.path.append(str(FOLDER))
    return import_module(name)
