"""The editions of the language: what a decorator chooses for its kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ttlang.diagnostics.spelling import SPELLINGS


class Edition(NamedTuple):
    """What differs between the editions in meaning, and the names that hints use."""

    name: str
    spelling: Mapping[str, str]
    """What it calls what both have."""
    reduced_dims: Literal["stay", "go"]
    """What the `dims` of a reduction are, where none is negative: those that stay, or those that go."""
    linear_cores: Literal["x fastest", "last fastest"]
    """How `dims=1` counts cores: `y * columns + x`, or the last coordinate fastest, `x * rows + y`."""

    @property
    def decorator(self) -> str:
        """The decorator that chooses it: `kernel` or `operation`."""
        return self.spelling["decorator"]

    @property
    def buffer(self) -> str:
        """The function that makes a buffer."""
        return self.spelling["buffer"]


EDITION_2025 = Edition("2025", SPELLINGS["2025"], "stay", "x fastest")
EDITION_2026 = Edition("2026", SPELLINGS["2026"], "go", "last fastest")
EDITIONS = {edition.name: edition for edition in (EDITION_2025, EDITION_2026)}
