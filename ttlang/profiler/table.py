"""A profile as text: for each kernel what bounds it, its lines, and what to change."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, TextIO

from ttlang.diagnostics.plurals import count_of
from ttlang.profiler.document import Kernel, Line

BOUNDS = {
    "unpack": "unpack: tiles on their way from L1 into the units",
    "math": "math: the work of the matrix and vector units",
    "pack": "pack: tiles on their way back to L1",
    "compute": "compute: its three processors take turns",
    "dram": "the bandwidth of DRAM",
    "noc": "the bandwidth of the NOC",
    "latency": "the latency of transfers",
    "issue": "the data movement processors, which order transfers",
    "imbalance": "imbalance: some cores have more to do",
}
"""What each of the bounds means."""
HEAD = ("thread", "line", "% time", "cycles", "work", "waits", "calls", "least", "most", "path", "gain")
_TEXTS = {0, 1, 4, 5}
"""Columns of words; others are figures."""


class Table(NamedTuple):
    """A kernel's."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    rest: tuple[str, ...]


def table_of(kernel: Kernel, thread: str | None = None) -> Table:
    """That of all threads, or of one."""
    rows = [_cells(kernel, line) for line in kernel.lines if thread in (None, line.thread)]
    return Table(tuple(_summary(kernel)), rows, tuple(_rest(kernel)))


def show(table: Table, out: TextIO) -> None:
    """By `rich` on a terminal where it is installed (the extra `profile`); else as plain text."""
    if out.isatty() and find_spec("rich") is not None:
        from ttlang.profiler.rich_table import show_rich

        show_rich(table.head, HEAD, table.rows, table.rest, _TEXTS, out)
        return
    print(*table.head, *_plain(table.rows), *table.rest, sep="\n", file=out)


def _summary(kernel: Kernel) -> Iterator[str]:
    place = f"{kernel.columns}x{kernel.rows} {'core' if kernel.columns * kernel.rows == 1 else 'cores'}"
    often = f", called {kernel.calls} times" if kernel.calls > 1 else ""
    until = "" if kernel.complete else " until it stops"
    yield (
        f"{kernel.kernel} on {place} of {kernel.chip}{often}: {kernel.cycles:.0f} cycles, "
        f"{kernel.microseconds:.1f} us{until}"
    )
    yield f"  bound by {BOUNDS[kernel.bound.by]} ({_percent(kernel.bound.share)} less if that took no time)"
    used = kernel.utilisation
    yield (
        f"  of the peak: matrix engine {_percent(used.matrix)}, DRAM {_percent(used.dram)} (busiest bank "
        f"{_percent(used.busiest_bank)}), busiest link of the NOC {_percent(used.busiest_link)}"
    )
    path = ", ".join(_on_path(kernel))
    if path:
        yield f"  critical path: {path}"
    known = ", ".join(f"{kind} {_percent(share)}" for kind, share in kernel.sources.items() if share)
    if known:
        yield f"  costs of work on tiles: {known}"


_LEAST_OF_PATH = 0.05
"""The share of a kernel below which a part of its critical path is not named."""


def _on_path(kernel: Kernel) -> Iterator[str]:
    for part in kernel.critical_path.parts:
        share = part.cycles / kernel.cycles
        if share >= _LEAST_OF_PATH:
            what = part.lane if part.cause == "work" else part.cause
            where = kernel.lines[part.line] if part.line >= 0 else None
            yield f"{f'{where.thread}:{where.line} ' if where else ''}{what} {_percent(share)}"


def _cells(kernel: Kernel, line: Line) -> tuple[str, ...]:
    """Those of a line, in the order of HEAD."""
    return (
        line.thread,
        f"{Path(line.file).name}:{line.line}" if line.line else "",
        f"{100 * line.share:.1f}",
        f"{line.cycles:.0f}",
        ", ".join(f"{lane} {cycles:.0f}" for lane, cycles in line.work.items() if round(cycles)),
        ", ".join(_waits(kernel, line)),
        str(line.calls),
        f"{line.least:.0f}",
        f"{line.most:.0f}",
        f"{line.path:.0f}" if round(line.path) else "",
        "" if line.gain is None else f"{line.gain:.0f}",
    )


_OF_OTHERS = ("pages", "room", "semaphore")
"""Causes of waits that another line ends."""


def _waits(kernel: Kernel, line: Line) -> Iterator[str]:
    """Each cause, the greatest first; those for other threads with the line that is waited for most."""
    other = ""
    if line.waits_for:
        first = kernel.lines[line.waits_for[0][0]]
        other = f" ({first.thread}:{first.line})"
    for cause, cycles in sorted(line.waits.items(), key=lambda each: -each[1]):
        if round(cycles):
            yield f"{cause} {cycles:.0f}{other if cause in _OF_OTHERS else ''}"


def _rest(kernel: Kernel) -> Iterator[str]:
    worth = [each for each in kernel.what_if if each.gain >= kernel.cycles / 100]
    if worth:
        yield "  cycles less if it took no time: " + ", ".join(f"{each.what} {each.gain:.0f}" for each in worth)
    for number, advice in enumerate(kernel.advice, 1):
        yield f"  {number}. {advice.text} (up to {advice.gain:.0f} cycles, {_percent(advice.gain / kernel.cycles)})"
        yield f"     {advice.evidence}"
    left = sum(line.gain is None for line in kernel.lines)
    if left:
        yield f"  gain: not tried for {count_of(left, 'line')} that have less of the critical path"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _plain(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    return [
        (
            "  "
            + "  ".join(
                f"{cell:<{width}}" if place in _TEXTS else f"{cell:>{width}}"
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
        ).rstrip()
        for row in (HEAD, *rows)
    ]


def show_all(kernels: Sequence[Kernel], thread: str | None = None) -> None:
    """On standard output."""
    for number, kernel in enumerate(kernels):
        if number:
            print()
        show(table_of(kernel, thread), sys.stdout)
