"""Where a compilation may be given up, with everything in order: between passes, and before a kernel."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

_CHECK: ContextVar[Callable[[], None] | None] = ContextVar("ttlang_checkpoint", default=None)


@contextmanager
def checkpoints(check: Callable[[], None]) -> Generator[None]:
    """
    While this lasts, compilations of this thread call `check` at such places. What gives one up is raised by it, no
    `Exception`, and goes through all of the compiler.
    """
    token = _CHECK.set(check)
    try:
        yield
    finally:
        _CHECK.reset(token)


def checkpoint() -> None:
    """Here nothing is half done."""
    if check := _CHECK.get():
        check()
