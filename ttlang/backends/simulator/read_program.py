"""The records of a `ttkernel.program` that the machine runs it by (`machine/program_info.py`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Attribute, SSAValue

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator.permitted_calls import check_placement
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import Memory, ShardsAttr, TensorType, TileType
from ttlang.dialects.ttkernel.facets import Drains, Fills, MovesPages, ReadsTensor, WritesTensor
from ttlang.dialects.walking import operations_of
from ttlang.machine.program_info import (
    Backing,
    BufferInfo,
    KernelInfo,
    ProgramInfo,
    SemaphoreInfo,
    TensorInfo,
    window_bytes,
)
from ttlang.tables.chips import Chip, find_chip


def read_program(op: ttkernel.ProgramOp) -> ProgramInfo:
    """Reads a program, once. Raises a DiagnosticError for a program that no machine could be set up for."""
    chip = find_chip(op.arch.data)
    columns, rows = op.grid_sizes
    tensors = tuple(
        tensor_info(
            each.sym_name.data, number, each.index.value.data, each.type, (number + 1) * chip.dram_alignment, chip
        )
        for number, each in enumerate(op.tensors)
    )
    buffers = _read_buffers(op)
    numbers = {each.sym_name.data: place for place, each in enumerate(op.runtime_arguments)}
    reader = _KernelReader(columns * rows, buffers, tensors, numbers, op)
    kernels = tuple(map(reader.read, op.kernels))
    threads = [kernel.thread.data for kernel in op.kernels]
    if len(set(threads)) < len(threads):
        raise error("TTL0202", "two kernels for one processor", span_of(op))
    return ProgramInfo(
        name=op.sym_name.data,
        architecture=chip,
        generation=op.generation,
        dst32=op.dst32,
        dst_tiles=chip.dst_tiles(dst32=op.dst32, full_sync=bool(op.dst_full_sync_en)),
        fidelity=op.math_fidelity.data,
        columns=columns,
        rows=rows,
        chip_rows=(*op.dimensions, 1)[1],
        buffers=buffers,
        tensors=tensors,
        semaphores=tuple(_semaphore(op, each, chip) for each in (*op.semaphores, *op.words)),
        kernels=kernels,
        core_bytes=window_bytes(buffers),
        communicates=bool(op.semaphores),
    )


def tensor_info(name: str, number: int, index: int, type: TensorType, address: int, chip: Chip) -> TensorInfo:
    """What the machine knows of a tensor of that type. `address`: what the host passes to kernels for it."""
    return TensorInfo(
        name=name,
        number=number,
        index=index,
        shape=type.sizes,
        matrix=type.matrix,
        dtype=type.element.dtype,
        tiled=isinstance(type.element, TileType),
        pages=type.pages,
        page_bytes=type.page_bytes,
        sharded=isinstance(type.shards, ShardsAttr),
        shard_shape=type.shards.sizes if isinstance(type.shards, ShardsAttr) else type.matrix,
        shard_grid=type.shard_grid,
        address=address,
        in_dram=type.memory.data is Memory.DRAM,
        read_alignment=chip.dram_alignment if type.memory.data is Memory.DRAM else chip.l1_alignment,
        write_alignment=chip.l1_alignment,
        l1_bytes=type.bytes_per_core(chip),
        banks=_banks(type, chip),
    )


def _banks(type: TensorType, chip: Chip) -> Sequence[int]:
    """Those that a tensor's pages are dealt out over, or that of each shard."""
    columns, rows = (chip.dram_banks, 1) if type.memory.data is Memory.DRAM else chip.grid
    if not isinstance(type.shards, ShardsAttr):
        return range(columns * rows)
    banks = {shard: row * columns + column for (column, row), shard in type.shard_of_core.items()}
    down, across = type.shard_grid
    return tuple(banks.get(shard, -1) for shard in range(down * across))


def buffer_of(program: ProgramInfo, name: Attribute) -> BufferInfo:
    """The buffer that a symbol names."""
    assert isinstance(name, SymbolRefAttr)
    return program.buffer_named[name.root_reference.data]


# ------------------------------------------------------------------------------------------------------------- buffers


def _read_buffers(program: ttkernel.ProgramOp) -> tuple[BufferInfo, ...]:
    ops = program.circular_buffers
    base = min((op.address.value.data for op in ops), default=0)
    buffers = tuple(
        BufferInfo(
            name=op.sym_name.data,
            number=number,
            pages=op.pages.value.data,
            page_bytes=op.page_bytes,
            dtype=op.element.dtype,
            address=op.address.value.data,
            offset=op.address.value.data - base,
            unpack_to_dest=bool(op.unpack_to_dest_fp32),
            landing=op.landing is not None,
            span=span_of(op),
            backing=_backing(program, op),
            group=None if op.group is None else op.group.value.data,
        )
        for number, op in enumerate(ops)
    )
    placed = sorted(buffers, key=lambda buffer: buffer.address)
    for low, high in pairwise(placed):
        shared = low.group is not None and low.group == high.group
        if not shared and low.address + low.total_bytes > high.address:
            raise error("TTL0701", f"the buffers {low.name} and {high.name} overlap in L1", high.span)
    return buffers


def _backing(program: ttkernel.ProgramOp, buffer: ttkernel.CircularBufferOp) -> Backing | None:
    if buffer.backing is None:
        return None
    name, offset = buffer.backing
    number, tensor = next((i, each) for i, each in enumerate(program.tensors) if each.sym_name.data == name)
    columns, rows = program.grid_sizes
    shards = tensor.type.shard_of_core
    cores = ((x, y) for y in range(rows) for x in range(columns))
    return Backing(number, offset // buffer.page_bytes, tuple(map(shards.get, cores)))


def _semaphore(program: ttkernel.ProgramOp, op: ttkernel.SemaphoreOp, chip: Chip) -> SemaphoreInfo:
    address = None
    if op.buffer is not None:
        address = program.buffer(op.buffer).address.value.data + chip.l1_alignment * op.index.value.data
    return SemaphoreInfo(op.sym_name.data, op.index.value.data, op.initial.value.data, address)


# ------------------------------------------------------------------------------------------------------------- kernels


class _KernelReader:
    """Reads the kernels of a program that has these buffers, tensors and arguments (with their places)."""

    def __init__(
        self,
        cores: int,
        buffers: Sequence[BufferInfo],
        tensors: Sequence[TensorInfo],
        numbers: Mapping[str, int],
        program: ttkernel.ProgramOp,
    ):
        self.cores = cores
        self.buffer_numbers = {buffer.name: buffer.number for buffer in buffers}
        self.tensors = {tensor.name: tensor for tensor in tensors}
        self.numbers = numbers
        self.semaphores = frozenset(semaphore.sym_name.data for semaphore in program.semaphores)
        self.words = program.words

    def read(self, op: ttkernel.KernelOp) -> KernelInfo:
        name, thread, span = op.sym_name.data, op.thread.data, span_of(op)
        values = [values for _, values in op.core_arguments]
        if any(len(row) != self.cores for row in values):
            raise error("TTL0001", f"a per-core argument of '{name}' has no value for each core", span)
        calls = operations_of(op, ttkernel.CallOp)
        is_compute = thread is ttkernel.Thread.COMPUTE
        if found := check_placement(name, calls, is_compute=is_compute):
            raise error("TTL0601", found[1], span_of(found[0]))
        return KernelInfo(
            name=name,
            span=span,
            is_compute=is_compute,
            tensors=tuple(self.tensors[tensor] for tensor in op.tensor_names),
            numbers=tuple(self.numbers[argument] for argument in op.runtime_names),
            arguments=tuple(tuple(row[core] for row in values) for core in range(self.cores)),
            fills=frozenset(self._buffer(fills.buffer(call)) for call in calls if (fills := Fills.of(call))),
            drains=frozenset(self._buffer(drains.buffer(call)) for call in calls if (drains := Drains.of(call))),
            reads=self._touched(calls, ReadsTensor),
            writes=self._touched(calls, WritesTensor),
            changes=self._changed(calls),
            noc=0 if is_compute else thread.noc,
        )

    def _buffer(self, name: SymbolRefAttr) -> int:
        return self.buffer_numbers[name.root_reference.data]

    def _touched(self, calls: Sequence[ttkernel.CallOp], way: type[MovesPages]) -> frozenset[int]:
        """Tensors that the kernel makes accessors of, if it has transfers that way at all."""
        accessors = [moves.accessor(op) for op in calls if (moves := way.of(op))]
        names = [accessed_tensor(accessor) for accessor in accessors]
        if None in names:
            made = (op for op in calls if isinstance(op, ttkernel.TensorAccessorArgsOp))
            names = [op.tensor.root_reference.data for op in made]
        return frozenset(self.tensors[name].number for name in names if name is not None)

    def _changed(self, calls: Sequence[ttkernel.CallOp]) -> frozenset[str]:
        """The semaphores that it may change: it asks for their address, other than to wait for them."""
        asked = [op for op in calls if isinstance(op, ttkernel.GetSemaphoreOp) and _changes(op.result)]
        buffers = {op.cb for op in calls if isinstance(op, ttkernel.GetWritePtrOp)}
        words = frozenset(word.sym_name.data for word in self.words if word.buffer in buffers)
        if any(op.semaphore is None for op in asked):
            return words | self.semaphores
        return words | {op.semaphore.root_reference.data for op in asked if op.semaphore is not None}


def _changes(address: SSAValue) -> bool:
    return any(not isinstance(use.operation, ttkernel.CastToL1PtrOp) for use in address.uses)
