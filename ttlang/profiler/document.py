"""
The profile of kernels as data: what `ttlang profile --json` prints, and what all views are made from (docs/json.md).

Cycles are those of the chip's clock, from the start of the first thread. Lines are named by their place in `lines`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, NamedTuple, cast

SCHEMA = 1
"""Grows when a field changes its meaning, or goes. New fields may come without."""
NO_LINE = -1
"""In place of a line that is not known."""


class Interval(NamedTuple):
    """What a lane does between two times."""

    start: float
    end: float
    cause: str
    """Either "work", or what it waits for: a `Cause` of the clock."""
    line: int


class PathInterval(NamedTuple):
    """A part of the critical path between two times."""

    start: float
    end: float
    cause: str
    """Either "work", or what is under way: a `Cause` of the clock."""
    line: int
    core: tuple[int, int]
    """Column and row."""
    lane: str


@dataclass(frozen=True)
class PathPart:
    """What the critical path owes to a line: cycles that a lane of it works, or that something is under way for it."""

    line: int
    lane: str
    cause: str
    """As in `PathInterval`; "start" for the time before the first thread on the path begins, which is of no line."""
    cycles: float


@dataclass(frozen=True)
class CriticalPath:
    """
    What decides when the kernel ends, from its start on: who worked, and for whom the next one waited, across threads
    and cores.
    """

    parts: tuple[PathPart, ...] = ()
    """The greatest first; their sum is the kernel's cycles."""
    intervals: tuple[PathInterval, ...] = ()
    """One behind the other, up to the kernel's end."""
    grain: float = 0.0
    """Cycles below which intervals are joined to what takes most there; 0 if none was."""


@dataclass(frozen=True)
class Lane:
    """A processor of a core over time; between its intervals it has nothing to do."""

    core: tuple[int, int]
    """Column and row."""
    thread: str
    lane: str
    """One of "move", "unpack", "math" or "pack"."""
    intervals: tuple[Interval, ...]
    grain: float
    """Cycles below which intervals are joined to what takes most there; 0 if none was."""


@dataclass(frozen=True)
class BufferFill:
    """The filled pages of a buffer over time."""

    core: tuple[int, int]
    buffer: str
    pages: int
    """All that it has."""
    steps: tuple[tuple[float, int], ...]
    """From when on how many are filled; at first none is."""
    grain: float


@dataclass(frozen=True)
class Core:
    """The time of a core."""

    core: tuple[int, int]
    node: tuple[int, int]
    """Its column and row on the NOC."""
    end: float
    """When its last thread ends, or stops for good."""
    work: dict[str, float]
    """Cycles of each lane: "unpack", "math", "pack", and each data movement thread by its name."""
    waits: dict[str, float]
    """Cycles by cause, over all of its lanes."""


@dataclass(frozen=True)
class Line:
    """What a line of a thread takes, in cycles: means over the cores that come to it."""

    thread: str
    file: str
    line: int
    """From 1; 0 where it is not known."""
    text: str
    share: float
    """Of the kernel's cycles: work of its busiest lane, and waits."""
    cycles: float
    work: dict[str, float]
    """By lane."""
    waits: dict[str, float]
    """By cause."""
    waits_for: tuple[tuple[int, float], ...]
    """Lines of other threads that ended these waits, with the cycles."""
    calls: int
    """Calls of kernel functions that it makes, over all cores."""
    cores: int
    least: float
    most: float
    """Over cores, work and waits of all lanes."""
    path: float
    """Cycles of the critical path that are the line's: without contention, it gains no more."""
    gain: float | None
    """Cycles that the kernel takes less if the line takes no time, by another run; None if that was not tried."""


@dataclass(frozen=True)
class Thread:
    """A thread over all cores."""

    thread: str
    kind: str
    """Either "compute" or "data movement"."""
    cores: int
    least: float
    most: float
    """When it ends."""
    lanes: dict[str, dict[str, float]]
    """For each of its lanes the cycles by cause, "work" among them: means over cores."""


@dataclass(frozen=True)
class WhatIf:
    """What the kernel would gain if something of the chip took no time, by another run of the clock."""

    what: str
    """
    "compute" (all of its units), "unpack", "math", "pack"; "dram" and "noc" (bandwidth), "latency", "issue" (of data
    movement threads), "skew" (of starts). "imbalance": if the processors of each core were so much faster or slower
    that its busiest one worked as long as those of all cores do in the mean.
    """
    gain: float
    """In cycles."""


@dataclass(frozen=True)
class Bound:
    """What bounds the kernel: what it would gain most from."""

    by: str
    """A `what` of what-if: a single part of the chip, or "compute" if only all of it is worth a tenth."""
    share: float
    """Of the kernel's cycles that would be gained."""


@dataclass(frozen=True)
class Utilisation:
    """Use of the chip's parts against their peaks, from 0 to 1."""

    matrix: float
    """Of the matrix engine's multiplications on the cores of the kernel, at its math fidelity."""
    dram: float
    """Of the bandwidth of all banks."""
    busiest_bank: float
    busiest_link: float
    """The share of time in which a link of the NOC, or a way into it or out of it, is taken."""
    noc: float
    """The same, as a mean over all links that are used."""


@dataclass(frozen=True)
class Roofline:
    """Work and traffic, to be set beside the peaks of the chip."""

    products: int
    """Products of two tiles."""
    dram_bytes: int
    cycles_of_products: float
    """On one core, at the matrix engine's peak, all of them."""
    peak_products: float
    """In a cycle, on all cores of the kernel."""
    peak_bytes: float
    """In a cycle, of all banks of DRAM."""


@dataclass(frozen=True)
class LinkLoad:
    """A link of the NOC."""

    noc: int
    node: tuple[int, int]
    """The one that it leaves, or whose way it is."""
    direction: str
    """Either "along" a row or "across" rows; "in" or "out"."""
    cycles: float
    """That it was taken."""


@dataclass(frozen=True)
class BankLoad:
    """A bank of DRAM."""

    bank: int
    node: tuple[int, int]
    cycles: float
    """That it was busy."""


@dataclass(frozen=True)
class Advice:
    """Something to change."""

    text: str
    evidence: str
    line: int
    """That it is about, or -1."""
    gain: float
    """Cycles, at most."""


@dataclass(frozen=True)
class Kernel:
    """The profile of one call of a kernel."""

    kernel: str
    chip: str
    columns: int
    rows: int
    calls: int
    """How often the script makes such a call."""
    megahertz: float
    cycles: float
    microseconds: float
    complete: bool
    """False for a kernel that failed, or whose threads wait forever: times then are those up to there."""
    from_run: bool
    """Whether its calls were recorded in a run with data; else none were needed."""
    bound: Bound
    utilisation: Utilisation
    roofline: Roofline
    sources: dict[str, float]
    """Shares of the cycles of work on tiles by how their costs are known."""
    what_if: tuple[WhatIf, ...]
    """Of what has a share of the critical path, the greatest gain first; of a large kernel, not all."""
    advice: tuple[Advice, ...]
    threads: tuple[Thread, ...]
    lines: tuple[Line, ...]
    cores: tuple[Core, ...]
    critical_path: CriticalPath = CriticalPath()
    lanes: tuple[Lane, ...] = ()
    """Of some cores, if they are many: the first, the slowest, and others in equal steps."""
    fills: tuple[BufferFill, ...] = ()
    """Of the same cores."""
    links: tuple[LinkLoad, ...] = ()
    dram: tuple[BankLoad, ...] = ()
    files: dict[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """The source lines of the files that `lines` name."""


@dataclass(frozen=True)
class Profile:
    """All kernels of a script, in the order of their first calls."""

    script: str
    kernels: tuple[Kernel, ...]
    schema: int = SCHEMA
    kind: str = "profile"


def to_data(profile: Profile) -> dict[str, Any]:
    """For `json.dumps`; the schema and the kind come first."""
    return {"schema": profile.schema, "kind": profile.kind} | _data(profile)


def _data(value: Any) -> Any:
    """Records become dictionaries; lists of anything else are those of the profile."""
    if is_dataclass(value):
        return {each.name: _data(getattr(value, each.name)) for each in fields(value)}
    several = cast("tuple[object, ...]", value) if isinstance(value, tuple) else ()
    return [_data(each) for each in several] if several and is_dataclass(several[0]) else cast("object", value)
