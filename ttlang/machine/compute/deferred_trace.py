"""
A trace (`trace.py`) that is carried out later: which pages its calls read and write, in an order in which their names
(`machine/page_values.py`) are kept when the trace is put off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.compute.call import TracedCall
from ttlang.machine.compute.calls.configuration import Release
from ttlang.machine.compute.execution import Operands
from ttlang.machine.compute.trace import CallNest, Entry, Node
from ttlang.machine.program_info import BufferInfo

Columns = NDArray[np.intp]

MOST_KNOWN = 1 << 12
"""Nodes whose traces are remembered."""


@dataclass(frozen=True, eq=False)
class Step:
    """A call of a section, and where the names of its pages stand among those of the trace."""

    call: TracedCall
    nest: CallNest
    operands: Operands
    reads: tuple[Columns, ...]
    """
    (sections, tiles), for each operand in L1: the tiles that it reads, one if all of them are one; one section if all
    of them read the same. Of a pack that adds, what is there.
    """
    writes: Columns


@dataclass(frozen=True, eq=False)
class Sections:
    """Sections of a trace that do the same, and need nothing of each other: they run as those of other cores do."""

    count: int
    steps: tuple[Step, ...]
    size: int
    """Tiles that a step works on at most in one of them."""
    is_packed_at_once: bool
    """Whether each is a call, on an empty DST, and a pack of all that it has written."""


@dataclass(frozen=True, eq=False)
class Plan:
    """What the traces of one form have in common."""

    form: tuple[object, ...]
    sections: tuple[Sections, ...]
    begins_open: bool
    """Whether DST is in use before it. Then it is taken for one section, as where it reads what it writes."""
    ends_open: bool
    has_own: bool
    """Whether it reads what it has written itself. Then the names that it writes stand behind those that it reads."""


@dataclass(frozen=True, eq=False)
class DeferredTrace:
    """A plan with the pages at which one node of the tree has it."""

    plan: Plan
    reads: NDArray[np.intp]
    """Their places in a row of names, as all of the following."""
    read_pages: tuple[tuple[int, NDArray[np.intp]], ...]
    """The same, as buffers' numbers and pages of these."""
    writes: NDArray[np.intp]
    sizes: tuple[tuple[int, int, NDArray[np.intp]], ...]
    """For each size of the pages that are written, how many there are, and where among `writes`."""


class _Pages:
    """The pages of a trace while it is gone through."""

    def __init__(self, first_pages: Sequence[int]):
        self.first_pages = first_pages
        self.reads: list[int] = []
        self.read_pages: list[tuple[int, NDArray[np.intp]]] = []
        self.writes: list[int] = []
        self.columns: dict[int, int] = {}
        """For a page that was read, its place among `reads`."""
        self.own: dict[int, int] = {}
        """For a page that was written, its last place among `writes`."""
        self.sizes: dict[int, list[int]] = {}

    def read(self, buffer: BufferInfo, pages: NDArray[np.intp]) -> list[int]:
        """The columns of these pages: of those that the trace has written, -1 less the place among the writes."""
        places = (pages + self.first_pages[buffer.number]).tolist()
        columns: list[int] = []
        outer: list[int] = []
        for place, page in zip(places, pages.tolist(), strict=True):
            if place in self.own:
                columns.append(-1 - self.own[place])
                continue
            if place not in self.columns:
                self.columns[place] = len(self.reads)
                self.reads.append(place)
                outer.append(page)
            columns.append(self.columns[place])
        if outer:
            self.read_pages.append((buffer.number, np.array(outer, np.intp)))
        return columns

    def write(self, buffer: BufferInfo, pages: NDArray[np.intp]) -> list[int]:
        start = len(self.writes)
        for place in (pages + self.first_pages[buffer.number]).tolist():
            self.own[place] = len(self.writes)
            self.sizes.setdefault(buffer.page_bytes, []).append(len(self.writes))
            self.writes.append(place)
        return list(range(start, len(self.writes)))


class DeferredTraces:
    """Those of the nodes at which the threads of a program have stopped, in any of its runs."""

    def __init__(self, first_pages: Sequence[int]):
        """`first_pages`: for each buffer the place of its first page in a row of names."""
        self._first_pages = first_pages
        self._traces: dict[int, tuple[Node, DeferredTrace]] = {}
        self._plans: dict[tuple[object, ...], Plan] = {}
        """By their forms."""

    def of(self, node: Node) -> DeferredTrace:
        """The trace that leads to a node; traces of one form have one plan."""
        if (known := self._traces.get(id(node))) is None:
            if len(self._traces) > MOST_KNOWN:
                self._traces.clear()
                self._plans.clear()
            made = _defer(node, self._first_pages)
            plan = self._plans.setdefault(made.plan.form, made.plan)
            known = self._traces[id(node)] = (node, replace(made, plan=plan))
        return known[1]


def _defer(node: Node, first_pages: Sequence[int]) -> DeferredTrace:
    pages = _Pages(first_pages)
    calls = [_touch(pages, entry) for entry in node.trace()]
    begins_open, ends_open = node.start.written != 0, node.state.written != 0
    columns = tuple(c for call in calls for columns in call.reads for c in columns)
    own = min(columns, default=0) < 0
    whole = begins_open or ends_open or own
    plan = Plan(
        # Pages that are read twice in one trace may be two in another one, of the same calls.
        (id(node.owner), node.form, columns),
        tuple(_alike([calls] if whole else _split(calls), len(pages.reads), is_open=begins_open or ends_open)),
        begins_open,
        ends_open,
        own,
    )
    return DeferredTrace(
        plan,
        np.array(pages.reads, np.intp),
        tuple(pages.read_pages),
        np.array(pages.writes, np.intp),
        tuple((size, len(places), np.array(places, np.intp)) for size, places in pages.sizes.items()),
    )


@dataclass(frozen=True, eq=False)
class _Call:
    """A call, and the columns of what it touches; of what the trace has written itself -1, -2 and so on."""

    entry: Entry
    reads: list[list[int]]
    writes: list[int]


def _touch(pages: _Pages, entry: Entry) -> _Call:
    call, operands = entry.call, entry.operands
    reads: list[list[int]] = []
    writes: list[int] = []
    for buffer, first, tiles in zip(call.buffers, operands.pages, operands.tiles, strict=False):
        places = first + tiles.array
        if not call.PACKS:
            reads.append(pages.read(buffer, places[:1] if tiles.step == 0 else places))
            continue
        if operands.accumulates:
            reads.append(pages.read(buffer, places))
        writes = pages.write(buffer, places)
    return _Call(entry, reads, writes)


def _split(calls: Sequence[_Call]) -> list[list[_Call]]:
    """The sections of a trace, each to its release."""
    sections: list[list[_Call]] = [[]]
    for call in calls:
        sections[-1].append(call)
        if isinstance(call.entry.call, Release):
            sections.append([])
    return [section for section in sections if section]


def _alike(sections: Sequence[list[_Call]], reads: int, *, is_open: bool) -> Iterator[Sections]:
    """
    Those of one form together. `reads`: columns of the trace before those that it writes; `is_open`: whether DST is in
    use before or behind it.
    """
    forms: dict[tuple[object, ...], list[list[_Call]]] = {}
    for section in sections:
        forms.setdefault(tuple(call.entry.form for call in section), []).append(section)
    for group in forms.values():
        steps = tuple(_step(calls, reads) for calls in zip(*group, strict=True))
        size = max((step.operands.size for step in steps), default=1)
        yield Sections(len(group), steps, size, not is_open and _is_packed_at_once(steps))


def _is_packed_at_once(steps: Sequence[Step]) -> bool:
    if len(steps) != 3 or not isinstance(steps[2].call, Release):
        return False
    (call, pack), of_pack = (step.operands for step in steps[:2]), steps[1].call
    return of_pack.PACKS and not pack.masked and bool(call.slots) and call.slots[-1] == pack.slots[-1]


def _step(calls: Sequence[_Call], reads: int) -> Step:
    entry = calls[0].entry
    operands = [
        np.array([[c if c >= 0 else reads - 1 - c for c in columns] for columns in each], np.intp)
        for each in zip(*(call.reads for call in calls), strict=True)
    ]
    operands = [each[:1] if (each == each[0]).all() else each for each in operands]
    writes = np.array([call.writes for call in calls], np.intp)
    return Step(entry.call, entry.nest, entry.operands, tuple(operands), writes)
