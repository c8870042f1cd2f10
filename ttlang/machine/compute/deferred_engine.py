"""
Runs traces of compute threads later than these stop, and many at once: those of several turns of a loop as well as
those of several cores. Each trace is put off with the names of the pages that it reads and writes
(`machine/page_values.py`), so pages may change hands before it has run. What needs the result of another trace runs
behind it: traces of one form and one depth run as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from ttlang.machine.compute.calls.layouts import LayoutChange, UntilizeDest
from ttlang.machine.compute.deferred_trace import DeferredTrace, DeferredTraces, Plan, Step
from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.engine import Core, Engine, Stopped, run_call
from ttlang.machine.compute.execution import Batch, Datapath, Execution
from ttlang.machine.compute.trace import Node, Tree
from ttlang.machine.numerics import Numerics
from ttlang.machine.numerics.stored_tiles import Located, Packing, StoredTiles
from ttlang.machine.page_patterns import Integers
from ttlang.machine.page_values import PageValues
from ttlang.machine.program_info import KernelInfo, ProgramInfo
from ttlang.machine.tiles import Bytes

MOST_DEFERRED = 1 << 14
"""Traces that are put off at most, a trace of several cores as one for each."""
TILES_AT_ONCE = 256
"""Tiles that a step works on at most, so that its operands stay in the cache."""


@dataclass(eq=False)
class _Deferred:
    """A trace of some cores that did the same, put off."""

    plan: Plan
    reads: Integers
    """(cores, pages) names."""
    writes: Integers
    depth: int
    """How many traces must run before it, one after the other; 0 once it has run."""
    before: list[Place] | None
    """Where DST of each core stands, if a section is open when it begins."""
    after: list[tuple[Section, int]] = field(default_factory=list[tuple[Section, int]])
    """For each core, DST and the core's row in it, if a section is open when it ends."""


class Kernel(Protocol):
    """A loaded kernel, as far as it matters here."""

    @property
    def info(self) -> KernelInfo: ...

    @property
    def tree(self) -> Tree | None: ...


def can_defer(program: ProgramInfo, kernels: Iterable[Kernel]) -> bool:
    """
    Whether traces may be put off: pages are filled and read whole, by this core alone, and each lies in a place of its
    own.
    """
    if program.communicates or any(kernel.info.open for kernel in kernels):
        return False
    for buffer in program.buffers:
        if buffer.landing or buffer.backing or buffer.group is not None or buffer.overlay is not None:
            return False
    calls = (nest.call for kernel in kernels if kernel.tree is not None for nest in kernel.tree.calls.values())
    return not any(isinstance(call, LayoutChange | UntilizeDest) for call in calls)


Place = tuple[_Deferred, int]
"""A trace that was put off, and a core of it."""


_NOBODY = np.zeros(0, np.intp)


class DeferredEngine(Engine):
    """The compute units of all cores."""

    def __init__(self, program: ProgramInfo, numerics: Numerics, l1: Bytes, values: PageValues, traces: DeferredTraces):
        super().__init__(program, numerics, l1)
        self.values = values
        values.compute = self.compute
        self._traces = traces
        self._deferred: list[_Deferred] = []
        self._count_deferred = 0
        self._open: dict[int, Place] = {}
        """By core: the trace with which a section that is still open goes on."""

    def run(self, waiting: Sequence[Stopped]) -> None:
        """Puts off the traces of threads that have stopped at these nodes."""
        groups: dict[int, tuple[Node, list[Core]]] = {}
        for thread, node in waiting:
            groups.setdefault(id(node), (node, []))[1].append(thread)
        for node, threads in groups.values():
            self.count(node, len(threads))
            self._defer(node, sorted(thread.core for thread in threads))

    def settle(self) -> None:
        """Carries out all that was put off, of compute threads and of others."""
        self.values.settle()

    def _defer(self, node: Node, cores: Sequence[int]) -> None:
        trace, values = self._traces.of(node), self.values
        if not trace.plan.sections:
            return
        if self._count_deferred >= MOST_DEFERRED:
            values.reclaim()
        for size, count, _ in trace.sizes:
            values.make_room(size, count * len(cores))
        reads = self._read(trace, cores)
        depth = values.depth(reads)
        if depth is None:
            self._name(trace, cores)
            reads = self._read(trace, cores)
            depth = values.depth(reads)
            assert depth is not None
        before = [self._open[core] for core in cores] if trace.plan.begins_open else None
        if before is not None:
            depth = max(depth, *(place[0].depth for place in before))
        writes = self._write(trace, cores, depth + 1)
        deferred = _Deferred(trace.plan, reads, writes, depth + 1, before)
        self._deferred.append(deferred)
        self._count_deferred += len(cores)
        if trace.plan.ends_open:
            for row, core in enumerate(cores):
                self._open[core] = (deferred, row)

    def _read(self, trace: DeferredTrace, cores: Sequence[int]) -> Integers:
        names = self.values.names
        if len(cores) == 1:
            return names[cores[0]].take(trace.reads)[np.newaxis]
        return names[np.array(cores, np.intp)[:, np.newaxis], trace.reads]

    def _name(self, trace: DeferredTrace, cores: Sequence[int]) -> None:
        """Gives names to what the trace reads from L1, and leaves room for what it writes."""
        values = self.values
        needed: Counter[int] = Counter({size: count for size, count, _ in trace.sizes})
        for number, pages in trace.read_pages:
            needed[values.page_bytes[number]] += len(pages)
        for size, count in needed.items():
            values.make_room(size, count * len(cores))
        for number, pages in trace.read_pages:
            for core in cores:
                values.name_all(number, core, pages)

    def _write(self, trace: DeferredTrace, cores: Sequence[int], depth: int) -> Integers:
        values, lanes = self.values, len(cores)
        writes = np.empty((lanes, len(trace.writes)), np.int64)
        for size, count, places in trace.sizes:
            writes[:, places] = values.take_names(size, count * lanes, depth).reshape(lanes, count)
        if lanes == 1:
            values.names[cores[0]][trace.writes] = writes[0]
        else:
            values.names[np.array(cores, np.intp)[:, np.newaxis], trace.writes] = writes
        return writes

    # -------------------------------------------------------------------------------------------- carrying them out

    def compute(self) -> None:
        """Carries out all traces that were put off."""
        if not self._deferred:
            return
        deferred, self._deferred, self._count_deferred = self._deferred, [], 0
        groups: dict[tuple[int, Plan], list[_Deferred]] = {}
        for each in deferred:
            groups.setdefault((each.depth, each.plan), []).append(each)
        # Infinities and NaNs are data of a kernel like any other.
        with np.errstate(all="ignore"):
            for key in sorted(groups, key=lambda key: key[0]):
                self._compute(groups[key])
        for each in deferred:
            each.depth = 0

    def _compute(self, group: Sequence[_Deferred]) -> None:
        plan = group[0].plan
        single = len(group) == 1
        reads = group[0].reads if single else np.concatenate([each.reads for each in group])
        writes = group[0].writes if single else np.concatenate([each.writes for each in group])
        names = np.concatenate([reads, writes], axis=1) if plan.has_own else reads
        before = [place for each in group for place in each.before or ()]
        after: list[tuple[Section, int]] = []
        for sections in plan.sections:
            columns = [_Columns(self.values, sections.count, step, names, writes) for step in sections.steps]
            if sections.is_packed_at_once and self._run_and_pack(columns, len(reads)):
                continue
            size = max(1, TILES_AT_ONCE // (sections.size * sections.count))
            for start in range(0, len(reads), size):
                part = slice(start, start + size)
                section = _section(before[part], min(size, len(reads) - start) * sections.count)
                for step in columns:
                    run_call(step.step.call, step.step.nest, _Named(self.path, section, step, part))
                if plan.ends_open:
                    after.extend((section, row) for row in range(section.cores))
        if plan.ends_open:
            first = 0
            for each in group:
                each.after = after[first : first + len(each.reads)]
                first += len(each.reads)

    def _run_and_pack(self, columns: Sequence[_Columns], traces: int) -> bool:
        """Carries out a section of a call and its pack in one pass, for all traces; False where that can't be done."""
        call, pack = (_Named(self.path, Section(traces * each.sections), each, slice(None)) for each in columns[:2])
        return columns[0].step.call.run_and_pack(call, pack.packing())


class _Columns:
    """The pages of a step, (traces, sections of a trace, tiles); one section if all read the same."""

    __slots__ = ("_reads", "_values", "_writes", "sections", "step")

    def __init__(self, values: PageValues, sections: int, step: Step, names: Integers, writes: Integers):
        self.sections = sections
        self.step = step
        self._values = values
        self._reads = [self._read(names[:, columns], at) for at, columns in enumerate(step.reads)]
        self._writes: tuple[Bytes, Integers] | None = None
        if step.writes.shape[1]:
            pool = values.pools[step.call.buffers[0].page_bytes]
            places = np.ascontiguousarray(writes[:, step.writes] - pool.first)
            self._writes = pool.rows, places.reshape(len(writes), -1)

    def _read(self, names: Integers, operand: int) -> tuple[Bytes | None, Integers]:
        """Where the pages lie: the rows of an array, or names if there are several."""
        found = self._values.rows_of(names, self.step.call.buffers[operand].page_bytes)
        return found or (None, names)

    def read(self, operand: int, places: Callable[[Integers], Integers]) -> StoredTiles:
        """The tiles of an operand at some of its places, (traces, sections, tiles)."""
        rows, every = self._reads[operand]
        buffer, count = self.step.call.buffers[operand], len(self.step.operands.tiles[operand].values)
        some = places(every)
        if rows is None:
            return StoredTiles(self._values.gather(some, buffer.page_bytes), None, buffer.dtype, count)
        return StoredTiles(rows, some, buffer.dtype, count)

    def write(self, raw: Bytes, part: slice) -> None:
        """`raw`: (traces with their sections, tiles, bytes)."""
        rows, places = self.target(part)
        rows[places.reshape(-1)] = raw.reshape(places.size, -1)

    def target(self, part: slice) -> Located:
        """(traces, tiles of all their sections)"""
        assert self._writes is not None
        rows, places = self._writes
        return Located(rows, places[part])


class _Named(Execution):
    """A call at work on pages that have names, for some of the traces."""

    __slots__ = ("_columns", "_part")

    def __init__(self, path: Datapath, section: Section, columns: _Columns, part: slice):
        step = columns.step
        super().__init__(path, Batch(_NOBODY, _NOBODY, section), step.call.buffers, step.operands, None)
        self._columns = columns
        self._part = part

    @property
    def groups(self) -> tuple[int, int]:
        return self.dst.cores // self._columns.sections, self._columns.sections

    def stored(self, operand: int) -> StoredTiles:
        return self._columns.read(operand, self._of_cores)

    def _of_cores(self, places: Integers) -> Integers:
        some = places[self._part]
        return np.broadcast_to(some, (*self.groups, some.shape[2])).reshape(self.dst.cores, -1)

    def stored_apart(self, operand: int) -> StoredTiles:
        return self._columns.read(operand, self._of_groups)

    def _of_groups(self, places: Integers) -> Integers:
        some = places[self._part]
        return some[:1] if len(some) > 1 and (some == some[0]).all() else some

    def packing(self) -> Packing:
        old = self.stored(0) if self.operands.accumulates else None
        return Packing(self.buffers[0].dtype, old, self._columns.target(self._part))

    def _stored(self, operand: int) -> Bytes:
        return self.stored(operand).gather()

    def _store(self, raw: Bytes) -> None:
        self._columns.write(raw, self._part)


def _section(places: Sequence[Place], cores: int) -> Section:
    """DST of these cores, or an empty one."""
    if not places:
        return Section(cores)
    after = [deferred.after[row] for deferred, row in places]
    section = after[0][0]
    same = len(after) == section.cores and all(at[0] is section and at[1] == row for row, at in enumerate(after))
    return section if same else Section.joined(after)
