"""
Runs what compute threads have traced. Cores that traced the same run as one: every step is an array operation over
(cores, tiles, datums).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ttlang.diagnostics import error
from ttlang.machine.compute.call import TracedCall
from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.execution import Batch, Datapath, Execution, Index
from ttlang.machine.compute.trace import CallNest, Node
from ttlang.machine.numerics import Numerics
from ttlang.machine.numerics.matrix_tiles import NotModelled
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.tiles import Bytes

MOST_COUNTED = 1 << 12
"""Nodes whose threads are counted, before their calls are."""
TILES_AT_ONCE = 128
"""Tiles that a step works on at most, so that its operands stay in the cache; a group of cores is cut for it."""


class Core(Protocol):
    """A compute thread, as far as the engine knows it."""

    @property
    def core(self) -> int:
        """The number of its core."""
        ...

    section: tuple[Section, int] | None
    """DST, while a section is open between two runs of the trace, and this core's row in it."""


Stopped = tuple[Core, Node]
"""A thread, and where it stands in its trace."""


class Engine:
    """The compute units of all cores, over the array that holds their L1: (cores, bytes)."""

    def __init__(self, program: ProgramInfo, numerics: Numerics, l1: Bytes):
        self._made: dict[int, tuple[Node, int]] = {}
        """For each node at which threads have stopped, how many. All that compute threads do passes here."""
        self._calls: Counter[str] = Counter()
        """What was made at nodes that stand there no more."""
        self._l1 = l1
        rings = [
            l1[:, buffer.offset : buffer.offset + buffer.total_bytes].reshape(-1, buffer.pages, buffer.page_bytes)
            for buffer in program.buffers
        ]
        self.path = Datapath(numerics, program.dst32, program.fidelity, rings)

    @property
    def calls(self) -> Counter[str]:
        """How many calls of each name the compute kernels have made."""
        for node, threads in self._made.values():
            for name, count in node.calls().items():
                self._calls[name] += count * threads
        self._made.clear()
        return self._calls

    def settle(self) -> None:
        """Carries out what was put off: nothing here."""

    def count(self, node: Node, threads: int) -> None:
        """So many threads have made the calls that lead to a node."""
        if len(self._made) > MOST_COUNTED:
            self._calls = self.calls
        _, before = self._made.get(id(node), (node, 0))
        self._made[id(node)] = (node, before + threads)

    def run(self, waiting: Sequence[Stopped]) -> None:
        """Runs the traces of threads that have stopped at these nodes."""
        groups: dict[int, list[Stopped]] = {}
        for thread, node in waiting:
            groups.setdefault(node.form, []).append((thread, node))
        for group in groups.values():
            # Neighbours first: a run of cores is a slice of L1.
            group.sort(key=_core)
            for _, node in group:
                self.count(node, 1)
            trace = group[0][1].trace()
            if not trace:
                continue
            size = max(1, TILES_AT_ONCE // max(entry.operands.size for entry in trace))
            # Infinities and NaNs are data of a kernel like any other.
            with np.errstate(all="ignore"):
                for start in range(0, len(group), size):
                    self._run_batch(group[start : start + size])

    def _run_batch(self, group: Sequence[Stopped]) -> None:
        threads = [thread for thread, _ in group]
        numbers = np.array([thread.core for thread in threads], np.intp)
        node = group[0][1]
        batch = Batch(_index(numbers), numbers, _section(threads) if node.start.written else Section(len(threads)))
        # That of the first core here: cores of one form may stand at different pages.
        trace = node.trace()
        traces = None if all(other is node for _, other in group) else [other.trace() for _, other in group]
        for number, entry in enumerate(trace):
            pages = None
            if traces is not None and entry.operands.pages:
                pages = np.array([other[number].operands.pages for other in traces], np.intp)
            run_call(entry.call, entry.nest, Execution(self.path, batch, entry.call.buffers, entry.operands, pages))
        # What a section holds outlives the flush if the section does.
        kept = node.state.written != 0
        if kept:
            batch.dst.keep(self._l1)
        for row, thread in enumerate(threads):
            thread.section = (batch.dst, row) if kept else None


def run_call(call: TracedCall, nest: CallNest, on: Execution) -> None:
    """Carries out a call. Raises a DiagnosticError at its line for what the arithmetic has no form of."""
    try:
        call.run(on)
    except NotModelled as cause:
        raise error("TTL0821", f"the simulator does not model {cause}", nest.site().span) from cause
    except ValueError as cause:
        raise error(
            "TTL0001", f"the simulator can't compute ttkernel.{call.name}: {cause}", nest.site().span
        ) from cause


def _core(stopped: Stopped) -> int:
    return stopped[0].core


def _index(cores: NDArray[np.intp]) -> Index:
    """Rows of L1, as a slice where they are evenly spaced."""
    if len(cores) == 1:
        return slice(int(cores[0]), int(cores[0]) + 1)
    step = int(cores[1] - cores[0])
    if (np.diff(cores) == step).all():
        return slice(int(cores[0]), int(cores[-1]) + 1, step)
    return cores


def _section(threads: Sequence[Core]) -> Section:
    """DST of these cores, all of which are in a section that has written something."""
    places = [thread.section for thread in threads if thread.section is not None]
    assert len(places) == len(threads)
    section = places[0][0]
    same = len(places) == section.cores and all(p[0] is section and p[1] == row for row, p in enumerate(places))
    return section if same else Section.joined(places)
