"""How far a search is: nothing, or bars on a terminal, by `rich`."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager

from ttlang.driver.tuning.tuner import Progress


def no_progress(_step: str, _done: int, _total: int) -> None:
    """For whoever does not watch."""


@contextmanager
def shown_progress(name: str) -> Generator[Progress]:
    """A bar for each step, on standard error, if that is a terminal and `rich` is there."""
    if not sys.stderr.isatty():
        yield no_progress
        return
    try:
        from rich.console import Console
        from rich.progress import Progress as Bars
        from rich.progress import TaskID
    except ImportError:
        yield no_progress
        return
    tasks: dict[str, TaskID] = {}
    with Bars(console=Console(stderr=True), transient=True) as bars:

        def progress(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(f"{name}: {step}", total=total)
            bars.update(tasks[step], completed=done, total=total)

        yield progress
