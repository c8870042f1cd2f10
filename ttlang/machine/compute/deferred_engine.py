"""
Runs traces of compute threads later than these stop, and many at once: those of several turns of a loop as well as
those of several cores. Each trace is put off with the names of the pages that it reads and writes
(`machine/page_values.py`), so pages may change hands before it has run. What needs the result of another trace runs
behind it: traces of one form and one depth run as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ttlang.machine.compute.deferred_trace import DeferredTrace, Plan, Step, defer
from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.engine import Core, Engine, Stopped, run_call
from ttlang.machine.compute.execution import Batch, Datapath, Execution
from ttlang.machine.compute.trace import Node
from ttlang.machine.numerics import Numerics
from ttlang.machine.page_patterns import Integers
from ttlang.machine.page_values import PageValues
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.tiles import Bytes

MOST_DEFERRED = 1 << 14
"""Traces that are put off at most, a trace of several cores as one for each."""
MOST_KNOWN = 1 << 12
"""Nodes whose pages are remembered."""
TILES_AT_ONCE = 64
"""Tiles that a step works on at most, so that its operands stay in the cache."""


@dataclass(eq=False, slots=True)
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


Place = tuple[_Deferred, int]
"""A trace that was put off, and a core of it."""


class DeferredEngine(Engine):
    """The compute units of all cores."""

    def __init__(self, program: ProgramInfo, numerics: Numerics, l1: Bytes, values: PageValues):
        super().__init__(program, numerics, l1)
        self.values = values
        values.compute = self.compute
        self._traces: dict[int, tuple[Node, DeferredTrace]] = {}
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
        if (known := self._traces.get(id(node))) is None:
            if len(self._traces) > MOST_KNOWN:
                self._traces.clear()
            known = self._traces[id(node)] = (node, defer(node, self.values.first_pages))
        trace, values = known[1], self.values
        if not trace.plan.steps:
            return
        if self._count_deferred >= MOST_DEFERRED:
            values.settle()
        for size, count, _ in trace.sizes:
            self._need_room(size, count * len(cores))
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
            self._need_room(size, count * len(cores))
        for number, pages in trace.read_pages:
            for core in cores:
                values.name_all(number, core, pages)

    def _need_room(self, page_bytes: int, count: int) -> None:
        if not self.values.has_room(page_bytes, count):
            self.values.make_room(page_bytes, count)

    def _write(self, trace: DeferredTrace, cores: Sequence[int], depth: int) -> Integers:
        values, lanes = self.values, len(cores)
        writes = np.empty((lanes, len(trace.writes)), np.int64)
        for size, count, places in trace.sizes:
            first = values.take_names(size, count * lanes, depth)
            writes[:, places] = np.arange(first, first + count * lanes).reshape(lanes, count)
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
        groups: dict[tuple[int, tuple[object, ...]], list[_Deferred]] = {}
        for each in deferred:
            groups.setdefault((each.depth, each.plan.form), []).append(each)
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
        size = max(1, TILES_AT_ONCE // plan.size)
        for start in range(0, len(reads), size):
            part = slice(start, start + size)
            section = _section(before[part], min(size, len(reads) - start))
            self._run_steps(plan, names[part], writes[part], section)
            if plan.ends_open:
                after.extend((section, row) for row in range(section.cores))
        if plan.ends_open:
            first = 0
            for each in group:
                each.after = after[first : first + len(each.reads)]
                first += len(each.reads)

    def _run_steps(self, plan: Plan, names: Integers, writes: Integers, section: Section) -> None:
        nobody = np.zeros(0, np.intp)
        batch = Batch(nobody, nobody, section)
        for step in plan.steps:
            reads = [names[:, columns] for columns in step.reads]
            on = _Named(self.path, batch, step, reads, writes[:, step.writes], self.values)
            run_call(step.call, step.nest, on)


class _Named(Execution):
    """A call at work on pages that have names."""

    __slots__ = ("_reads", "_values", "_writes")

    def __init__(
        self,
        path: Datapath,
        batch: Batch,
        step: Step,
        reads: Sequence[Integers],
        writes: Integers,
        values: PageValues,
    ):
        super().__init__(path, batch, step.call.buffers, step.operands, None)
        self._reads = reads
        self._writes = writes
        self._values = values

    def _stored(self, operand: int) -> Bytes:
        return self._values.gather(self._reads[operand], self.buffers[operand].page_bytes)

    def _store(self, raw: Bytes) -> None:
        pool = self._values.pools[self.buffers[0].page_bytes]
        pool.rows[self._writes - pool.first] = raw


def _section(places: Sequence[Place], cores: int) -> Section:
    """DST of these cores, or an empty one."""
    if not places:
        return Section(cores)
    after = [deferred.after[row] for deferred, row in places]
    section = after[0][0]
    same = len(after) == section.cores and all(at[0] is section and at[1] == row for row, at in enumerate(after))
    return section if same else Section.joined(after)
