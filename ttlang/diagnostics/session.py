"""
What commands know of the kernels of a script that they run. The script stands between a command and its kernels, so
this can't be handed down: it is the one place that both know.
"""

from __future__ import annotations

import weakref
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from ttlang.diagnostics import Span


class Session:
    """The kernels of a script, while it runs."""

    def __init__(self) -> None:
        self.made: dict[tuple[str, Span], weakref.ref[Any]] = {}
        """Names and places of the kernels that it defines, or imports, and the last kernel of each."""
        self.called: dict[tuple[str, Span | None], None] = {}
        """Names and places of those that it calls; programs of `generic_op` have no place."""

        self.asked_for_grid = False
        """Whether it has asked for the grid of the kernel that it called last."""

    def copy(self) -> Session:
        """As it is now."""
        copied = Session()
        copied.asked_for_grid = self.asked_for_grid
        copied.made, copied.called = dict(self.made), dict(self.called)
        return copied

    @property
    def not_called(self) -> list[tuple[str, Span]]:
        """Kernels that nothing has called yet."""
        return [kernel for kernel in self.made if kernel not in self.called]


_sessions: list[Session] = []


@contextmanager
def session() -> Generator[Session]:
    """Follows what is made and called while this lasts, in all threads."""
    following = Session()
    _sessions.append(following)
    try:
        yield following
    finally:
        _sessions.remove(following)


def made(name: str, place: Span, kernel: object) -> None:
    """A kernel has been defined."""
    for following in _sessions:
        following.made[name, place] = weakref.ref(kernel)


def called(name: str, place: Span | None) -> None:
    """A kernel has been called."""
    for following in _sessions:
        following.called[name, place] = None


def asked_for_grid() -> None:
    """The host asks for the grid of the kernel that was called last."""
    for following in _sessions:
        following.asked_for_grid = True
