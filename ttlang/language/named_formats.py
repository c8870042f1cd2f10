"""What authors name data formats by."""

from __future__ import annotations

from typing import Protocol


class NamedFormat(Protocol):
    """A format of ttl, ttnn or numpy."""

    @property
    def name(self) -> str: ...
