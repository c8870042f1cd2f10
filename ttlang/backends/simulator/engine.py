"""
Runs what compute threads have traced. Cores that traced the same run as one: every step is an array operation over
(cores, tiles, datums).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.threads import Thread
from ttlang.backends.simulator.trace import Entry, Node
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.machine.compute.dst import Section
from ttlang.machine.loaded import BufferInfo, ProgramInfo
from ttlang.machine.numerics import Numerics
from ttlang.machine.numerics.arrangements import Dim
from ttlang.machine.numerics.interface import Kind
from ttlang.machine.numerics.matrix_tiles import NotModelled, Pool
from ttlang.machine.tiles import Bytes, Patterns, tilize_rows, untilize_rows
from ttlang.tables.dtypes import BY_NAME, TILE_ELEMENTS, TILE_HEIGHT

TILES_AT_ONCE = 128
"""Tiles that a step works on at most, so that its operands stay in the cache; a group of cores is cut for it."""

_KINDS: dict[str, Kind] = {"add": "add", "sub": "sub", "mul": "mul"}
_DIMS: dict[str, Dim] = {"row": "row", "col": "col", "scalar": "scalar"}
_POOLS: dict[str, Pool] = {"sum": "sum", "max": "max"}

Index = slice | NDArray[np.intp]
Pages = NDArray[np.intp] | None
"""(cores, buffers): the first page that each core touches of each buffer; None if those of the entry hold for all."""


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
            size = max(1, TILES_AT_ONCE // max(entry.size for entry in trace))
            # Infinities and NaNs are data of a kernel like any other.
            with np.errstate(all="ignore"):
                for start in range(0, len(group), size):
                    self._run_batch(group[start : start + size])

    def _count(self, group: Sequence[tuple[Thread, Node]]) -> None:
        threads: dict[int, int] = Counter(id(node) for _, node in group)
        nodes = {id(node): node for _, node in group}
        for key, node in nodes.items():
            for name, calls in node.calls().items():
                self.calls[name] += calls * threads[key]

    def _run_batch(self, group: Sequence[tuple[Thread, Node]]) -> None:
        threads = [thread for thread, _ in group]
        numbers = np.array([thread.core for thread in threads], np.intp)
        node = group[0][1]
        batch = Batch(_index(numbers), numbers, _section(threads) if node.start.written else Section(len(threads)))
        # That of the first core here: cores of one form may stand at different pages.
        trace = node.trace()
        traces = None if all(other is node for _, other in group) else [other.trace() for _, other in group]
        for number, entry in enumerate(trace):
            pages = None
            if traces is not None and entry.pages:
                pages = np.array([other[number].pages for other in traces], np.intp)
            try:
                self._run_entry(batch, entry, pages)
            except NotModelled as cause:
                message = f"the simulator does not model {cause}"
                raise error("TTL0821", message, span_of(entry.call.op)) from cause
            except ValueError as cause:
                op = entry.call.op
                raise error("TTL0001", f"the simulator can't compute {op.name}: {cause}", span_of(op)) from cause
        # What a section holds outlives the flush if the section does.
        kept = node.state.written != 0
        if kept:
            batch.section.keep(self._l1)
        for row, thread in enumerate(threads):
            thread.section = (batch.section, row) if kept else None

    def _run_entry(self, batch: Batch, entry: Entry, pages: Pages) -> None:
        """Runs a step."""
        call, section, dst32 = entry.call, batch.section, self.program.dst32
        if isinstance(call.op, ttkernel.TileRegsReleaseOp):
            section.clear()
            return
        if isinstance(call.op, ttkernel.TilizeBlockOp | ttkernel.PackUntilizeBlockOp):
            self._change_layout(batch, entry, call.op, pages)
            return
        output = entry.slots[-1]
        match call.op:
            case ttkernel.CopyTileOp() | ttkernel.TransposeTileOp():
                move = self.numerics.copy_tile if isinstance(call.op, ttkernel.CopyTileOp) else self.numerics.transpose
                buffer = call.buffers[0]
                values = self._load(batch, entry, 0, pages)
                section.write(output, move(values, buffer.dtype, dst32, buffer.unpack_to_dest))
            case ttkernel.FPUBinaryOp():
                self._fpu_binary(batch, entry, call.op, pages)
            case ttkernel.BinaryDestReuseTilesOp():
                self._reuse(batch, entry, call.op, pages)
            case ttkernel.MatmulBlockOp():
                self._matmul(batch, entry, call.op, pages)
            case ttkernel.ReduceTileOp():
                self._reduce(batch, entry, call.op, pages)
            case ttkernel.SFPUTileOp():
                self._sfpu(section, entry, call.op)
            case ttkernel.CopyDestValuesOp():
                section.write(output, self.numerics.copy_dest_values(section.read(entry.slots[0])))
            case ttkernel.TypecastTileOp():
                source, target = BY_NAME[call.op.from_format.data], BY_NAME[call.op.to_format.data]
                section.write(output, self.numerics.typecast(section.read(output), source, target, dst32))
            case _:
                self._pack(batch, entry, pages)

    def _pack(self, batch: Batch, entry: Entry, pages: Pages) -> None:
        buffer = entry.call.buffers[0]
        values = batch.section.read(entry.slots[0])
        if entry.masked:
            values = self.numerics.pack_mask(values, _DIMS[entry.masked])
        raw = self.numerics.pack(values, buffer.dtype, self.program.dst32)
        ring, place = self._rings[buffer.number], self._place(batch, entry, 0, pages)
        if entry.accumulates:
            raw = self.numerics.accumulate_packed(ring[place], raw, buffer.dtype)
        ring[place] = raw

    def _change_layout(
        self, batch: Batch, entry: Entry, op: ttkernel.TilizeBlockOp | ttkernel.PackUntilizeBlockOp, pages: Pages
    ) -> None:
        """Each tile goes through DST, as by `copy_tile` and `pack_tile`."""
        source, target = entry.call.buffers
        taken = len(entry.tiles[0].values)
        places = np.broadcast_to(np.array(entry.pages, np.intp), (len(batch.numbers), len(entry.pages)))
        for core, (first, out, *column) in zip(batch.numbers, places if pages is None else pages, strict=True):
            front = self._rings[source.number][core, first : first + taken]
            back = self._rings[target.number][core, out : out + len(entry.tiles[1].values)]
            if isinstance(op, ttkernel.TilizeBlockOp):
                back[:] = self._moved(tilize_rows(front), source, target)
                continue
            rows = untilize_rows(self._moved(front, source, target))
            start = int(column[0]) * rows.shape[1]
            back.reshape(TILE_HEIGHT, -1)[:, start : start + rows.shape[1]] = rows

    def _moved(self, raw: Bytes, source: BufferInfo, target: BufferInfo) -> Bytes:
        values = self.numerics.unpack_tiles(raw, source.dtype)
        in_dst = self.numerics.copy_tile(values, source.dtype, self.program.dst32, source.unpack_to_dest)
        return self.numerics.pack(in_dst, target.dtype, self.program.dst32)

    def _fpu_binary(self, batch: Batch, entry: Entry, op: ttkernel.FPUBinaryOp, pages: Pages) -> None:
        section, output, kind = batch.section, entry.slots[0], _KINDS[op.KIND]
        a, b = (buffer.dtype for buffer in entry.call.buffers)
        left = self._load(batch, entry, 0, pages)
        right = self._load(batch, entry, 1, pages)
        before = section.read_or_zero(output) if kind == "mul" else None
        rest = (a, b, self.program.dst32, before, self.program.fidelity)
        if isinstance(op, ttkernel.FPUBroadcastOp):
            result = self.numerics.binary_fpu_bcast(kind, left, right, _DIMS[op.DIM], *rest)
        else:
            result = self.numerics.binary_fpu(kind, left, right, *rest)
        section.write(output, result)

    def _reuse(self, batch: Batch, entry: Entry, op: ttkernel.BinaryDestReuseTilesOp, pages: Pages) -> None:
        section, output = batch.section, entry.slots[0]
        values, dtype = self._load(batch, entry, 0, pages), entry.call.buffers[0].dtype
        kind, first = _KINDS[op.kind.data], op.dest.data == "srca"
        before, fidelity = section.read(output), self.program.fidelity
        section.write(output, self.numerics.reuse_fpu(kind, before, values, dtype, self.program.dst32, first, fidelity))

    def _matmul(self, batch: Batch, entry: Entry, op: ttkernel.MatmulBlockOp, pages: Pages) -> None:
        section, output = batch.section, entry.slots[0]
        a, b = (buffer.dtype for buffer in entry.call.buffers)
        left, right = self._load(batch, entry, 0, pages), self._load(batch, entry, 1, pages)
        left = left.reshape(section.cores, op.rt.value.data, -1, TILE_ELEMENTS)
        right = right.reshape(section.cores, -1, op.ct.value.data, TILE_ELEMENTS)
        before, transpose = section.read_or_zero(output), bool(op.transpose.value.data)
        dst32, fidelity = self.program.dst32, self.program.fidelity
        section.write(output, self.numerics.matmul_block(left, right, a, b, dst32, before, fidelity, transpose))

    def _reduce(self, batch: Batch, entry: Entry, op: ttkernel.ReduceTileOp, pages: Pages) -> None:
        section, output = batch.section, entry.slots[0]
        data, scaler = self._load(batch, entry, 0, pages), self._load(batch, entry, 1, pages)
        data = data.reshape(section.cores, len(output), -1, TILE_ELEMENTS)
        a, b, *_ = (buffer.dtype for buffer in entry.call.buffers)
        # A slot that holds nothing is no zero to a maximum.
        before = section.read(output) if section.holds(output[0]) else None
        rest = (self.program.dst32, before, self.program.fidelity, op.full_fp32 is not None)
        result = self.numerics.reduce(_POOLS[op.pool.data], _DIMS[op.dim.data], data, scaler, a, b, *rest)
        section.write(output, result)

    def _sfpu(self, section: Section, entry: Entry, op: ttkernel.SFPUTileOp) -> None:
        output, parameters, dst32 = entry.slots[-1], entry.call.parameters, self.program.dst32
        integer = BY_NAME[op.format.data] if op.format else None
        if op.ROW.arity:
            operands = [section.read(slots) for slots in entry.slots[: op.ROW.arity]]
            section.write(output, self.numerics.sfpu(op.ROW, operands, parameters, dst32, integer))
            return
        shape = (section.cores, len(output), TILE_ELEMENTS)
        section.write(output, self.numerics.fill(shape, parameters[0], dst32, integer))

    def _load(self, batch: Batch, entry: Entry, operand: int, pages: Pages) -> Patterns:
        """The tiles of an operand, unpacked: (cores, tiles, 1024)."""
        buffer, tiles = entry.call.buffers[operand], entry.tiles[operand]
        raw = self._rings[buffer.number][self._place(batch, entry, operand, pages)]
        values = self.numerics.unpack_tiles(raw, buffer.dtype)
        if values.shape[1] < len(tiles.values):
            return np.broadcast_to(values, (values.shape[0], len(tiles.values), values.shape[2]))
        return values

    def _place(self, batch: Batch, entry: Entry, operand: int, pages: Pages) -> tuple[Index, Index]:
        """Where the tiles of an operand lie in its ring; one place if all of them are one."""
        tiles = entry.tiles[operand]
        if pages is None and tiles.step is not None:
            first = entry.pages[operand]
            return batch.cores, slice(first, first + tiles.span + 1, tiles.step or 1)
        every = tiles.array[:1] if tiles.step == 0 else tiles.array
        firsts = entry.pages[operand] if pages is None else pages[:, operand, np.newaxis]
        return batch.numbers[:, np.newaxis], firsts + every


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
