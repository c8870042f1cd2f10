"""Where the time of a program goes, by the lines of its source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from ttlang.diagnostics import Span
from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.ledger import Call, Cause, Lane
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.machine.threads import LoadedKernel
from ttlang.tables.chips.costs import Kind

Place = tuple[str, str, int]
"""A thread, a file and a line; the line is 0 where it is not known."""


@dataclass
class LineTime:
    """What a line of a thread takes, in cycles: means over the cores that come to it."""

    thread: str
    file: str
    line: int
    calls: frozenset[Call] = frozenset()
    cores: int = 0
    lanes: dict[Lane, float] = field(default_factory=dict[Lane, float])
    """Work and waits of each processor."""
    work: dict[Lane, float] = field(default_factory=dict[Lane, float])
    waits: dict[Cause, float] = field(default_factory=dict[Cause, float])
    waits_for: dict[Place, float] = field(default_factory=dict[Place, float])
    """Of these waits, those that another line ended."""
    least: float = 0.0
    most: float = 0.0
    """Of all cores, work and waits."""

    @property
    def place(self) -> Place:
        return self.thread, self.file, self.line

    @property
    def worked(self) -> float:
        """Of its busiest processor."""
        return max(self.work.values(), default=0.0)

    @property
    def waited(self) -> float:
        return sum(self.waits.values())

    @property
    def cycles(self) -> float:
        """Of the processor that it keeps for longest, at work or waiting."""
        return max(self.lanes.values(), default=0.0)


def line_times(
    time: ProgramTime, kernels: Sequence[LoadedKernel], cores: AbstractSet[int] | None = None
) -> list[LineTime]:
    """The lines of a program that take time (on some cores), in the order of its threads and of the source."""
    places = _Places(time, kernels)
    lines: dict[Place, LineTime] = {}
    by_core: defaultdict[Place, defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    calls: defaultdict[Place, set[Call]] = defaultdict(set)
    for entry in time.ledger.entries():
        if cores is not None and entry.core not in cores:
            continue
        place = places.of(entry.call)
        line = lines.setdefault(place, LineTime(*place))
        line.lanes[entry.lane] = line.lanes.get(entry.lane, 0.0) + entry.cycles
        calls[place].add(entry.call)
        by_core[place][entry.core] += entry.cycles
        if entry.cause is Cause.WORK:
            line.work[entry.lane] = line.work.get(entry.lane, 0.0) + entry.cycles
            continue
        line.waits[entry.cause] = line.waits.get(entry.cause, 0.0) + entry.cycles
        if entry.by is not None and entry.by[0] >= 0:
            other = places.of(entry.by)
            line.waits_for[other] = line.waits_for.get(other, 0.0) + entry.cycles
    for place, line in lines.items():
        there = by_core[place]
        line.cores, line.calls = len(there), frozenset(calls[place])
        line.least, line.most = min(there.values()), max(there.values())
        line.lanes = {lane: cycles / len(there) for lane, cycles in line.lanes.items()}
        line.work = {lane: cycles / len(there) for lane, cycles in line.work.items()}
        line.waits = {cause: cycles / len(there) for cause, cycles in line.waits.items()}
        line.waits_for = {other: cycles / len(there) for other, cycles in line.waits_for.items()}
    order = {kernel.name: number for number, kernel in enumerate(time.program.kernels)}
    return sorted(lines.values(), key=lambda line: (order[line.thread], line.file, line.line))


class _Places:
    """Where calls stand."""

    def __init__(self, time: ProgramTime, kernels: Sequence[LoadedKernel]):
        self._names = [kernel.name for kernel in time.program.kernels]
        self._kernels = kernels
        self._known: dict[Call, Place] = {}

    def of(self, call: Call) -> Place:
        if call not in self._known:
            kernel, number = call
            span: Span | None = self._kernels[kernel].site(number).span
            self._known[call] = self._names[kernel], span.file if span else "", span.line if span else 0
        return self._known[call]


class PricedWork(NamedTuple):
    """What a call on tiles has worked on one processor of a core, and how the cost is known."""

    call: str
    lane: Lane
    cycles: float
    kind: Kind


def priced_work(time: ProgramTime, kernels: Sequence[LoadedKernel]) -> Iterator[PricedWork]:
    """The work on tiles, over all cores."""
    prices = CallPrices(time.program)
    for entry in time.ledger.entries():
        tree = kernels[entry.call[0]].tree
        if entry.cause is not Cause.WORK or tree is None or entry.call[1] not in tree.calls:
            continue
        call = tree.calls[entry.call[1]].call
        price = prices.of(call)
        share = {Lane.UNPACK: price.unpack, Lane.MATH: price.math, Lane.PACK: price.pack}.get(entry.lane)
        if share is not None:
            yield PricedWork(call.name, entry.lane, entry.cycles, share.kind)


def sources_of_work(work: Iterable[PricedWork]) -> dict[Kind, float]:
    """Its cycles by how their costs are known."""
    found: defaultdict[Kind, float] = defaultdict(float)
    for each in work:
        found[each.kind] += each.cycles
    return dict(found)
