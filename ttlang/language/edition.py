"""The editions of the language: what a decorator chooses for its kernel."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Edition(NamedTuple):
    """What differs between the editions in meaning, and the names that hints use."""

    name: str
    decorator: str
    """The decorator that chooses it: `kernel` or `operation`."""
    buffer: str
    """The function that makes a buffer."""
    core: str
    """The function that tells the core."""
    reduced_dims: Literal["stay", "go"]
    """What the `dims` of a reduction are, where none is negative: those that stay, or those that go."""
    linear_cores: Literal["x fastest", "last fastest"]
    """How `dims=1` counts cores: `y * columns + x`, or the last coordinate fastest, `x * rows + y`."""


EDITION_2025 = Edition("2025", "kernel", "make_circular_buffer_like", "core", "stay", "x fastest")
EDITION_2026 = Edition("2026", "operation", "make_dataflow_buffer_like", "node", "go", "last fastest")
EDITIONS = {edition.name: edition for edition in (EDITION_2025, EDITION_2026)}
