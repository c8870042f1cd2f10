"""
A trace (`trace.py`) that is carried out later: which pages its calls read and write, in an order in which their names
(`machine/page_values.py`) are kept when the trace is put off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.compute.call import TracedCall
from ttlang.machine.compute.execution import Operands
from ttlang.machine.compute.trace import CallNest, Entry, Node
from ttlang.machine.program_info import BufferInfo

Columns = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class Step:
    """A call of a trace, and where the names of its pages stand among those of the trace."""

    call: TracedCall
    nest: CallNest
    operands: Operands
    reads: tuple[Columns, ...]
    """For each operand in L1, the tiles that it reads; one if all of them are one. Of a pack that adds, what is there."""
    writes: Columns


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """What the traces of one form have in common."""

    form: tuple[object, ...]
    steps: tuple[Step, ...]
    size: int
    """Tiles that a step works on at most, on one core."""
    begins_open: bool
    """Whether DST is in use before it."""
    ends_open: bool
    has_own: bool
    """Whether it reads what it has written itself. Then the names that it writes stand behind those that it reads."""


@dataclass(frozen=True, eq=False, slots=True)
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
        self.own: dict[int, int] = {}
        """For a page that was written, its last place among `writes`."""
        self.sizes: dict[int, list[int]] = {}
        self.has_own = False

    def read(self, buffer: BufferInfo, pages: NDArray[np.intp]) -> list[int]:
        """The columns of these pages; of those that the trace has written, among the writes, if there are any."""
        places = (pages + self.first_pages[buffer.number]).tolist()
        if any(place in self.own for place in places):
            self.has_own = True
        columns: list[int] = []
        outer: list[int] = []
        for place, page in zip(places, pages.tolist(), strict=True):
            if place in self.own:
                columns.append(-1 - self.own[place])
                continue
            columns.append(len(self.reads))
            self.reads.append(place)
            outer.append(page)
        if outer:
            self.read_pages.append((buffer.number, np.array(outer, np.intp)))
        return columns

    def write(self, buffer: BufferInfo, pages: NDArray[np.intp]) -> slice:
        start = len(self.writes)
        for place in (pages + self.first_pages[buffer.number]).tolist():
            self.own[place] = len(self.writes)
            self.sizes.setdefault(buffer.page_bytes, []).append(len(self.writes))
            self.writes.append(place)
        return slice(start, len(self.writes))


def defer(node: Node, first_pages: Sequence[int]) -> DeferredTrace:
    """The trace of a node. `first_pages`: for each buffer the place of its first page in a row of names."""
    pages = _Pages(first_pages)
    trace = node.trace()
    found = [_touch(pages, entry) for entry in trace]
    count = len(pages.reads)
    steps = tuple(
        Step(
            entry.call,
            entry.nest,
            entry.operands,
            tuple(_columns(columns, count) for columns in reads),
            writes,
        )
        for entry, (reads, writes) in zip(trace, found, strict=True)
    )
    own = tuple(tuple(c for columns in reads for c in columns if c < 0) for reads, _ in found) if pages.has_own else ()
    plan = Plan(
        (id(node.owner), node.form, own),
        steps,
        max((entry.operands.size for entry in trace), default=1),
        node.start.written != 0,
        node.state.written != 0,
        pages.has_own,
    )
    return DeferredTrace(
        plan,
        np.array(pages.reads, np.intp),
        tuple(pages.read_pages),
        np.array(pages.writes, np.intp),
        tuple((size, len(places), np.array(places, np.intp)) for size, places in pages.sizes.items()),
    )


def _touch(pages: _Pages, entry: Entry) -> tuple[list[list[int]], slice]:
    call, operands = entry.call, entry.operands
    reads: list[list[int]] = []
    writes = slice(0, 0)
    for buffer, first, tiles in zip(call.buffers, operands.pages, operands.tiles, strict=False):
        places = first + tiles.array
        if not call.PACKS:
            reads.append(pages.read(buffer, places[:1] if tiles.step == 0 else places))
            continue
        if operands.accumulates:
            reads.append(pages.read(buffer, places))
        writes = pages.write(buffer, places)
    return reads, writes


def _columns(columns: list[int], count: int) -> Columns:
    """Places among all names, those that the trace writes behind those that it reads."""
    every = [column if column >= 0 else count - 1 - column for column in columns]
    if every == list(range(every[0], every[0] + len(every))):
        return slice(every[0], every[0] + len(every))
    return np.array(every, np.intp)
