"""A profile's table on a terminal, by `rich`: figures in columns that fit, and lines that take long in colour."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table

_HOT, _WARM = 25.0, 10.0
"""Per cent of the time, from where on a line is red, or yellow."""


def show_rich(
    above: Sequence[str],
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    below: Sequence[str],
    texts: AbstractSet[int],
    out: TextIO,
) -> None:
    """A table with its lines of text above and below. `texts`: columns of words."""
    console = Console(file=out, highlight=False, markup=False)
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(head):
        # What has most to say, work and waits, gets the room that is left.
        wraps = name in ("work", "waits")
        grid.add_column(name, justify="left" if place in texts else "right", no_wrap=not wraps, overflow="fold")
    for row in rows:
        share = float(row[head.index("% time")])
        grid.add_row(*row, style="red" if share >= _HOT else "yellow" if share >= _WARM else "")
    first, *others = above
    console.print(first, style="bold")
    for line in others:
        console.print(line, soft_wrap=True)
    console.print(grid)
    for line in below:
        console.print(line, soft_wrap=True)
