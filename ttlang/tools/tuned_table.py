"""What `ttlang tune` has found, as tables: by `rich` on a terminal, else as plain text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TextIO

from ttlang.driver.tuning.candidates import Candidate
from ttlang.driver.tuning.tuned import HEAD, SHOWN, Tuned

_NUMBERS = {HEAD.index(name) for name in ("cycles", "L1", "measured")}
"""Columns that stand to the right."""
_Row = tuple[Candidate, tuple[str, ...]]


def show_tuned(tuned: Sequence[Tuned], out: TextIO, *, explained: bool) -> None:
    """Of each kernel the best configurations, or all where they are to be `explained`."""
    for number, each in enumerate(tuned):
        rows = list(each.rows())
        shown = rows if explained else rows[:SHOWN]
        print(*([""] if number else []), *each.summary(), "", sep="\n", file=out)
        if out.isatty() and find_spec("rich") is not None:
            _show_rich(each, shown, out)
        else:
            print(*_plain([cells for _, cells in shown]), sep="\n", file=out)
        if len(shown) < len(rows):
            print(f"and {len(rows) - len(shown)} more: --explain", file=out)


def _plain(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """In columns; the last one, of words, as long as it is."""
    used = _used(rows)
    widths = {place: max(len(row[place]) for row in [HEAD, *rows]) for place in used}
    for row in [HEAD, *rows]:
        cells = [
            row[place].rjust(widths[place]) if place in _NUMBERS else row[place].ljust(widths[place]) for place in used
        ]
        yield "  ".join(cells).rstrip()


def _used(rows: Sequence[Sequence[str]]) -> list[int]:
    """Columns in which anything stands."""
    return [place for place in range(len(HEAD)) if any(row[place] for row in rows)]


def _show_rich(tuned: Tuned, rows: Sequence[_Row], out: TextIO) -> None:
    """What fits the terminal: reasons are wrapped, the best is green, what is wrong red, what can't win dim."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    used = _used([cells for _, cells in rows])
    for place in used:
        words = place == len(HEAD) - 1
        justify = "right" if place in _NUMBERS else "left"
        table.add_column(HEAD[place], justify=justify, no_wrap=not words, overflow="fold")
    for candidate, cells in rows:
        table.add_row(*[cells[place] for place in used], style=_style(tuned, candidate))
    Console(file=out, highlight=False, markup=False).print(table)


def _style(tuned: Tuned, candidate: Candidate) -> str:
    if candidate is tuned.winner:
        return "bold green"
    if not candidate.is_right:
        return "red"
    return "dim" if candidate.found.cycles is None else ""
