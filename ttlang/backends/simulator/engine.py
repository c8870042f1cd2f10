"""
Runs what compute threads have traced. Cores that traced the same run as one: every step is an array operation over
(cores, tiles, datums). DST is a set of arrays that exist while a section does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.numerics import Numerics
from ttlang.backends.simulator.numerics.interface import Kind
from ttlang.backends.simulator.program import ProgramInfo
from ttlang.backends.simulator.threads import Thread
from ttlang.backends.simulator.trace import Entry, Node
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dtypes import BY_NAME, TILE_ELEMENTS
from ttlang.tiles import Bytes, Patterns

TILES_AT_ONCE = 128
"""Tiles that a step works on at most, so that its operands stay in the cache; a group of cores is cut for it."""

_KINDS: dict[str, Kind] = {"add": "add", "sub": "sub", "mul": "mul"}

Index = slice | NDArray[np.intp]


class Section:
    """DST of some cores: for each slot an array (cores, tiles, 1024) and the tile in it; an array is never changed."""

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._held: dict[int, tuple[Patterns, int]] = {}

    def read(self, slots: Sequence[int]) -> Patterns:
        """(cores, slots, 1024)."""
        array, first = self._held[slots[0]]
        places = [self._held[slot] for slot in slots]
        if all(other is array and at == first + i for i, (other, at) in enumerate(places)):
            whole = first == 0 and array.shape[1] == len(slots)
            return array if whole else array[:, first : first + len(slots)]
        return np.stack([other[:, at] for other, at in places], axis=1)

    def read_or_zero(self, slots: Sequence[int]) -> Patterns | None:
        """The same, where slots that the section has not written are zero; None if all are."""
        held = [self._held[slot][0] for slot in slots if slot in self._held]
        if not held:
            return None
        if len(held) < len(slots):
            zeros = np.zeros((held[0].shape[0], 1, held[0].shape[2]), np.uint32)
            for slot in slots:
                self._held.setdefault(slot, (zeros, 0))
        return self.read(slots)

    def clear(self) -> None:
        """The section is released: the next one starts with nothing written."""
        self._held.clear()

    def write(self, slots: Sequence[int], values: Patterns) -> None:
        for tile, slot in enumerate(slots):
            self._held[slot] = (values, tile)

    def keep(self, l1: Bytes) -> None:
        """Makes the values outlast a change of L1, which they may be views of."""
        self._held = {
            slot: (array.copy() if np.may_share_memory(array, l1) else array, tile)
            for slot, (array, tile) in self._held.items()
        }

    def of_cores(self, rows: Sequence[int]) -> dict[int, Patterns]:
        """For each slot in use, (rows, 1024)."""
        return {slot: array[list(rows), tile] for slot, (array, tile) in self._held.items()}

    @classmethod
    def joined(cls, places: Sequence[tuple[Section, int]]) -> Section:
        """The section of cores that each have their row in some section; all use the same slots."""
        first = places[0][0]
        if all(section is first for section, _ in places):
            parts = first.of_cores([row for _, row in places])
        else:
            rows = [section.of_cores([row]) for section, row in places]
            parts = {slot: np.concatenate([row[slot] for row in rows]) for slot in rows[0]}
        section = cls(len(places))
        for slot, values in parts.items():
            section.write([slot], values[:, np.newaxis])
        return section


@dataclass(frozen=True, eq=False, slots=True)
class Batch:
    """Cores that run the same trace at once."""

    cores: Index
    """Their rows of L1."""
    numbers: NDArray[np.intp]
    """The same, as an array."""
    section: Section


class Engine:
    """The compute units of all cores, over the array that holds their L1: (cores, bytes)."""

    def __init__(self, program: ProgramInfo, numerics: Numerics, l1: Bytes):
        self.program = program
        self.numerics = numerics
        self.calls: Counter[str] = Counter()
        """How many calls of each name the compute kernels have made. All that compute threads do passes here."""
        self._l1 = l1
        self._rings = [
            l1[:, buffer.offset : buffer.offset + buffer.total_bytes].reshape(-1, buffer.pages, buffer.page_bytes)
            for buffer in program.buffers
        ]

    def run(self, waiting: Sequence[tuple[Thread, Node]]) -> None:
        """Runs the traces of threads that have stopped at these nodes."""
        groups: dict[int, list[tuple[Thread, Node]]] = {}
        for thread, node in waiting:
            groups.setdefault(node.form, []).append((thread, node))
        for group in groups.values():
            # Neighbours first: a run of cores is a slice of L1.
            group.sort(key=_core)
            self._count(group)
            trace = group[0][1].trace()
            if not trace:
                continue
            size = max(1, TILES_AT_ONCE // max(entry.trips for entry in trace))
            # Infinities and NaNs are data of a kernel like any other.
            with np.errstate(all="ignore"):
                for start in range(0, len(group), size):
                    self._run_batch(group[start : start + size], trace)

    def _count(self, group: Sequence[tuple[Thread, Node]]) -> None:
        threads: dict[int, int] = Counter(id(node) for _, node in group)
        nodes = {id(node): node for _, node in group}
        for key, node in nodes.items():
            for name, calls in node.calls().items():
                self.calls[name] += calls * threads[key]

    def _run_batch(self, group: Sequence[tuple[Thread, Node]], trace: list[Entry]) -> None:
        threads = [thread for thread, _ in group]
        numbers = np.array([thread.core for thread in threads], np.intp)
        node = group[0][1]
        batch = Batch(_index(numbers), numbers, _section(threads) if node.start.written else Section(len(threads)))
        traces = None if all(other is node for _, other in group) else [other.trace() for _, other in group]
        for number, entry in enumerate(trace):
            pages = None
            if traces is not None and entry.pages:
                pages = np.array([other[number].pages for other in traces], np.intp)
            try:
                self._run_entry(batch, entry, pages)
            except ValueError as cause:
                op = entry.call.op
                raise error("TTL0001", f"the simulator can't compute {op.name}: {cause}", span_of(op)) from cause
        # What a section holds outlives the flush if the section does.
        kept = node.state.written != 0
        if kept:
            batch.section.keep(self._l1)
        for row, thread in enumerate(threads):
            thread.section = (batch.section, row) if kept else None

    def _run_entry(self, batch: Batch, entry: Entry, pages: NDArray[np.intp] | None) -> None:
        """Runs a step. `pages`: (cores, buffers), the pages of each core if they are not all those of the entry."""
        call, section, dst32 = entry.call, batch.section, self.program.dst32
        if isinstance(call.op, ttkernel.TileRegsReleaseOp):
            section.clear()
            return
        output = entry.slots[-1]
        match call.op:
            case ttkernel.CopyTileOp():
                buffer = call.buffers[0]
                values = self._load(batch, entry, 0, pages)
                section.write(output, self.numerics.copy_tile(values, buffer.dtype, dst32, buffer.unpack_to_dest))
            case ttkernel.FPUBinaryOp():
                self._fpu_binary(batch, entry, call.op, pages)
            case ttkernel.SFPUTileOp():
                self._sfpu(section, entry, call.op)
            case ttkernel.CopyDestValuesOp():
                section.write(output, self.numerics.copy_dest_values(section.read(entry.slots[0])))
            case ttkernel.TypecastTileOp():
                source, target = BY_NAME[call.op.from_format.data], BY_NAME[call.op.to_format.data]
                section.write(output, self.numerics.typecast(section.read(output), source, target, dst32))
            case _:
                raw = self.numerics.pack(section.read(output), call.buffers[0].dtype, dst32)
                self._rings[call.buffers[0].number][self._place(batch, entry, 0, pages)] = raw

    def _fpu_binary(self, batch: Batch, entry: Entry, op: ttkernel.FPUBinaryOp, pages: NDArray[np.intp] | None) -> None:
        section, output = batch.section, entry.slots[0]
        a, b = (buffer.dtype for buffer in entry.call.buffers)
        left = self._load(batch, entry, 0, pages)
        right = self._load(batch, entry, 1, pages)
        before = section.read_or_zero(output) if isinstance(op, ttkernel.MulTilesOp) else None
        dst32, fidelity = self.program.dst32, self.program.fidelity
        section.write(output, self.numerics.binary_fpu(_KINDS[op.KIND], left, right, a, b, dst32, before, fidelity))

    def _sfpu(self, section: Section, entry: Entry, op: ttkernel.SFPUTileOp) -> None:
        output, parameters, dst32 = entry.slots[-1], entry.call.parameters, self.program.dst32
        integer = BY_NAME[op.format.data] if op.format else None
        if op.ROW.arity:
            operands = [section.read(slots) for slots in entry.slots[: op.ROW.arity]]
            section.write(output, self.numerics.sfpu(op.ROW, operands, parameters, dst32, integer))
            return
        shape = (section.cores, len(output), TILE_ELEMENTS)
        section.write(output, self.numerics.fill(shape, parameters[0], dst32, integer))

    def _load(self, batch: Batch, entry: Entry, operand: int, pages: NDArray[np.intp] | None) -> Patterns:
        """The tiles of an operand, unpacked: (cores, trips, 1024)."""
        buffer = entry.call.buffers[operand]
        raw = self._rings[buffer.number][self._place(batch, entry, operand, pages)]
        values = self.numerics.unpack_tiles(raw, buffer.dtype)
        if values.shape[1] < entry.trips:
            return np.broadcast_to(values, (values.shape[0], entry.trips, values.shape[2]))
        return values

    def _place(self, batch: Batch, entry: Entry, operand: int, pages: NDArray[np.intp] | None) -> tuple[Index, Index]:
        """Where the tiles of an operand lie in its ring: one for each trip, or one alone if it is always the same."""
        stride = entry.call.page_strides[operand]
        trips = entry.trips if stride else 1
        if pages is None:
            first = entry.pages[operand]
            return batch.cores, slice(first, first + stride * (trips - 1) + 1, stride or 1)
        steps = np.arange(trips, dtype=np.intp) * stride
        return batch.numbers[:, np.newaxis], pages[:, operand, np.newaxis] + steps


def _core(stopped: tuple[Thread, Node]) -> int:
    return stopped[0].core


def _index(cores: NDArray[np.intp]) -> Index:
    """Rows of L1, as a slice where they are evenly spaced."""
    if len(cores) == 1:
        return slice(int(cores[0]), int(cores[0]) + 1)
    step = int(cores[1] - cores[0])
    if (np.diff(cores) == step).all():
        return slice(int(cores[0]), int(cores[-1]) + 1, step)
    return cores


def _section(threads: Sequence[Thread]) -> Section:
    """DST of these cores, all of which are in a section that has written something."""
    places = [thread.section for thread in threads if thread.section is not None]
    assert len(places) == len(threads)
    section = places[0][0]
    same = len(places) == section.cores and all(p[0] is section and p[1] == row for row, p in enumerate(places))
    return section if same else Section.joined(places)
