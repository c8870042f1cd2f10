"""Measured regions of threads."""

from __future__ import annotations

from typing import Self

from ttlang.language.call_sites import host_error


class signpost:
    """
    `with ttl.signpost("load"):` in a thread names a region of it, for TT-Metal's profiler. The simulator measures
    nothing.
    """

    def __init__(self, name: str, /) -> None:
        raise host_error("ttl.signpost")

    def __enter__(self) -> Self:
        raise host_error("ttl.signpost")

    def __exit__(self, *_: object) -> None:
        """The end of the region."""
