"""A profile's table on a terminal, by `rich`: figures in columns that fit, and lines that take long in colour."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

if TYPE_CHECKING:
    from ttlang.tools.profiler.table import Table

_HOT, _WARM = 25.0, 10.0
"""Per cent of the time, from where on a line is red, or yellow."""


def show_rich(table: Table, head: Sequence[str], texts: AbstractSet[int], out: TextIO) -> None:
    """`texts`: columns of words."""
    console = Console(file=out, highlight=False, markup=False)
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, name in enumerate(head):
        grid.add_column(name, justify="left" if place in texts else "right", overflow="fold")
    for row in table.rows:
        share = float(row[head.index("% time")])
        grid.add_row(*row, style="red" if share >= _HOT else "yellow" if share >= _WARM else "")
    first, *others = table.head
    console.print(first, style="bold")
    for line in others:
        console.print(line)
    console.print(grid)
    for line in table.rest:
        console.print(line)
