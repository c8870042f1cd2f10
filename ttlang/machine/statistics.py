"""
What a run did, counted for each thread and line of the kernel's source (`ttlang run --stats`). These are the figures by
which a kernel is compared with another one, or with one written by hand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ttlang.diagnostics import Span
from ttlang.machine.program_info import ProgramInfo

COUNTERS = {
    "tiles": "tile operations of the FPU and the SFPU, a matmul's products and a reduction's tiles one by one",
    "unpacks": "tiles moved out of L1 by the unpackers",
    "packs": "tiles moved into L1 by the packer",
    "sections": "DST sections: acquire to release",
    "inits": "inits and uninits, the startup among them",
    "reconfigs": "changes of a unit's format, or of what the packer does",
    "reads": "pages read over the NOC",
    "writes": "pages written over the NOC",
    "bytes": "bytes of these pages",
    "sends": "writes to other cores, a multicast as one",
    "sent bytes": "bytes of these writes, those of a multicast once",
    "received bytes": "the same at the cores that get them, those of a multicast once for each",
    "signals": "changes of semaphores, a multicast as one",
    "barriers": "barriers on transfers",
    "waits": "waits for pages of a buffer, filled or free, and for semaphores",
}
"""What is counted."""


@dataclass(frozen=True, eq=False)
class CountedCall:
    """A call of a kernel, and what it counts as each time that it is made."""

    callee: str
    span: Span | None
    work: Counter[str]


@dataclass(frozen=True)
class Line:
    """What a line of a thread did, over all cores."""

    thread: str
    file: str
    line: int
    work: Counter[str]
    operations: Counter[str]
    """Tile operations by the name of the call."""


@dataclass(frozen=True)
class Core:
    """What all threads of a core did."""

    core: tuple[int, int]
    """Column and row."""
    work: Counter[str]


SCHEMA = 1
"""Of the JSON (docs/json.md). Grows when a field changes its meaning, or goes."""


@dataclass(frozen=True)
class Statistics:
    """The counters of one run."""

    kernel: str
    cores: int
    lines: tuple[Line, ...]
    by_core: tuple[Core, ...]

    def total(self, counter: str, thread: str | None = None) -> int:
        """A counter over all lines (of a thread)."""
        return sum(line.work[counter] for line in self.lines if thread in (None, line.thread))

    def operations(self) -> Counter[str]:
        """Tile operations by the name of the call."""
        return sum((line.operations for line in self.lines), Counter[str]())

    def to_json(self) -> str:
        """One line of JSON."""
        import json

        return json.dumps(
            {
                "schema": SCHEMA,
                "kind": "statistics",
                "kernel": self.kernel,
                "cores": self.cores,
                "total": {name: self.total(name) for name in COUNTERS},
                "operations": dict(self.operations()),
                "lines": [
                    {
                        "thread": line.thread,
                        "file": line.file,
                        "line": line.line,
                        **{name: line.work[name] for name in COUNTERS if line.work[name]},
                        **({"operations": dict(line.operations)} if line.operations else {}),
                    }
                    for line in self.lines
                ],
                "by_core": [
                    {"core": each.core, **{name: each.work[name] for name in COUNTERS if each.work[name]}}
                    for each in self.by_core
                ],
            }
        )

    def table(self) -> str:
        """As text."""
        used = [name for name in COUNTERS if self.total(name)]
        rows = [("thread", "line", *used)]
        for line in self.lines:
            place = f"{Path(line.file).name}:{line.line}"
            rows.append((line.thread, place, *(str(line.work[name] or "") for name in used)))
        rows.append(("all", "", *(str(self.total(name)) for name in used)))
        if len(self.by_core) > 1:
            for title, choose in (("least of a core", min), ("most of a core", max)):
                rows.append((title, "", *(str(choose(each.work[name] for each in self.by_core)) for name in used)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        head = f"{self.kernel} on {self.cores} core{'s' if self.cores > 1 else ''}"
        lines = [head, *(_row(row, widths) for row in rows)]
        calls = ", ".join(f"{name} {count}" for name, count in self.operations().most_common())
        return "\n".join([*lines, *([f"  tile operations: {calls}"] if calls else [])])


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [f"{cell:<{width}}" for cell, width in zip(cells[:2], widths[:2], strict=True)]
    figures = [f"{cell:>{width}}" for cell, width in zip(cells[2:], widths[2:], strict=True)]
    return ("  " + "  ".join([*texts, *figures])).rstrip()


def collect(program: ProgramInfo, counted: Iterable[tuple[str, int, Iterable[tuple[CountedCall, int]]]]) -> Statistics:
    """The statistics of a run. `counted`: for each thread its name, its core, its calls and how often it made each."""
    work: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    operations: defaultdict[tuple[str, str, int], Counter[str]] = defaultdict(Counter)
    by_core: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for thread, core, calls in counted:
        for call, count in calls:
            key = (thread, call.span.file if call.span else "", call.span.line if call.span else 0)
            for name, amount in call.work.items():
                work[key][name] += amount * count
                by_core[core][name] += amount * count
            if call.work["tiles"]:
                operations[key][call.callee] += call.work["tiles"] * count
    lines = (Line(*key, +found, +operations[key]) for key, found in work.items() if +found)
    order = {name: place for place, name in enumerate(kernel.name for kernel in program.kernels)}
    return Statistics(
        program.name,
        program.cores,
        tuple(sorted(lines, key=lambda line: (order[line.thread], line.file, line.line))),
        tuple(Core(program.position(core), found) for core, found in sorted(by_core.items())),
    )
