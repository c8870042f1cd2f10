"""The records of a program that is descriptors and C++ (`machine/program_info.py`), read from the host's objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeGuard

from ttlang.backends.native.addressed_tensors import NativeTensor, bad_descriptor
from ttlang.backends.native.buffer_ends import read_ends
from ttlang.backends.native.host_objects import (
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfig,
    CoreRangeSet,
    DataMovementConfig,
    KernelDescriptor,
    Named,
    OnCores,
    ProgramDescriptor,
)
from ttlang.backends.native.kernel_source import Source, read_source
from ttlang.backends.native.native_program import Coordinates, GrowingEnds, NativeKernel, NativeProgram
from ttlang.backends.simulator.read_program import tensor_info
from ttlang.diagnostics import Span, error
from ttlang.dialects.names import numbers, unique_name
from ttlang.dialects.ttkernel import Thread
from ttlang.machine.program_info import Backing, BufferInfo, KernelInfo, LaterEnds, ProgramInfo, SemaphoreInfo
from ttlang.tables import dtypes
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import Generation


def read_descriptor(
    chip: Chip,
    descriptor: ProgramDescriptor,
    tensors: Sequence[NativeTensor],
    generations: Sequence[Generation],
    folder: Path,
) -> list[NativeKernel]:
    """
    The kernels of a descriptor, which share their program. `generations`: of the kernel API, those whose calls they may
    make, the newest last. `folder` is where sources are written that are given as text. Raises a DiagnosticError for
    what no machine is made for.
    """
    everywhere = [core for part in _parts(descriptor) for core in cores_of(part.core_ranges)]
    if not everywhere:
        raise bad_descriptor("the program has no kernel, or its kernels run on no core")
    columns, rows = (1 + max(core[i] for core in everywhere) for i in (0, 1))
    if columns > chip.grid[0] or rows > chip.grid[1]:
        grid = "x".join(map(str, chip.grid))
        raise error("TTL0703", f"the program runs on {columns}x{rows} cores, and {chip.title} has {grid}")
    config = _compute_config(descriptor)
    dst32 = bool(config and config.fp32_dest_acc_en)
    grid = tuple((x, y) for y in range(rows) for x in range(columns))
    placed = _circular_buffers(chip, descriptor, list(config.unpack_to_dest_mode) if config else [], tensors, grid)
    semaphores = _semaphores(chip, descriptor)
    infos = tuple(tensor_info(t.name, i, i, t.type, t.address, chip) for i, t in enumerate(tensors))
    made = _Kernels(columns, rows, {buffer.index: buffer.info.number for buffer in placed}, len(infos))
    for each in descriptor.kernels:
        made.add(each, folder)
    program = NativeProgram(
        ProgramInfo(
            name="program",
            architecture=chip,
            generation=generations[-1],
            dst32=dst32,
            dst_tiles=chip.dst_tiles(dst32=dst32, full_sync=bool(config and config.dst_full_sync_en)),
            fidelity=config.math_fidelity.name if config else "HiFi4",
            columns=columns,
            rows=rows,
            chip_rows=rows,
            buffers=tuple(buffer.info for buffer in placed),
            tensors=infos,
            semaphores=semaphores,
            kernels=tuple(info for info, *_ in made.kernels),
            # All of L1, and a little more, so that the same places of two cores don't share the lines of a cache.
            core_bytes=-(-chip.l1_bytes // 4096) * 4096 + 256,
            communicates=True,
            finds_landings=True,
        ),
        tensors=tuple(tensors),
        generations=tuple(generations),
        approximates=bool(config and config.math_approx_mode),
        buffer_names={buffer.index: buffer.info.name for buffer in placed},
        buffer_cores={buffer.index: buffer.cores for buffer in placed},
        semaphore_cores=_semaphore_cores(descriptor),
    )
    return [NativeKernel(program, *kernel) for kernel in made.kernels]


def cores_of(ranges: CoreRangeSet) -> frozenset[Coordinates]:
    """The cores of a CoreRangeSet."""
    return frozenset((core.x, core.y) for each in ranges.ranges() for core in each.cores())


def _parts(descriptor: ProgramDescriptor) -> list[OnCores]:
    return [*descriptor.kernels, *descriptor.cbs, *descriptor.semaphores]


def _is_compute(config: object) -> TypeGuard[ComputeConfig]:
    return hasattr(config, "math_fidelity")


def _compute_config(descriptor: ProgramDescriptor) -> ComputeConfig | None:
    configs = [config for config in (kernel.config for kernel in descriptor.kernels) if _is_compute(config)]
    if any(config != configs[0] for config in configs):
        raise bad_descriptor("the compute kernels of the program have different configurations")
    if configs and configs[0].bfp8_pack_precise:
        raise bad_descriptor("bfp8_pack_precise is not modelled")
    return configs[0] if configs else None


# ----------------------------------------------------------------------------------------------- buffers, semaphores


@dataclass(frozen=True)
class _Placed:
    """A circular buffer, its hardware number, and the cores that have it."""

    info: BufferInfo
    index: int
    cores: frozenset[Coordinates]

    @property
    def configuration(self) -> tuple[object, ...]:
        info = self.info
        return info.pages, info.page_bytes, info.dtype, info.unpack_to_dest, info.overlay is None


def _circular_buffers(
    chip: Chip,
    descriptor: ProgramDescriptor,
    modes: Sequence[Named],
    tensors: Sequence[NativeTensor],
    grid: Sequence[Coordinates],
) -> list[_Placed]:
    """The buffers from the bottom of L1 upwards, in the order of their descriptors; those on tensors lie there."""
    placed: dict[int, _Placed] = {}
    address = chip.l1_buffer_base
    for each in descriptor.cbs:
        overlay, is_new = (address if len(each.format_descriptors) > 1 else None), False
        for form in each.format_descriptors:
            index, cores = form.buffer_index, cores_of(each.core_ranges)
            if not 0 <= index < chip.circular_buffers:
                raise error("TTL0702", f"circular buffer {index}: {chip.title} has {chip.circular_buffers}")
            lies_on = _tensor_under(each, form, tensors)
            start = address if lies_on is None else lies_on.address + each.address_offset
            info = replace(_circular_buffer(form, len(placed), each.total_size, start, modes), overlay=overlay)
            if lies_on is not None:
                if overlay is not None:
                    raise bad_descriptor(f"circular buffer {index} shares a tensor's memory, which is not modelled")
                info = replace(info, backing=_backing(lies_on, each.address_offset, form.page_size, cores, grid))
            made = _Placed(info, index, cores)
            if (before := placed.get(index)) is None:
                placed[index] = made
                is_new = is_new or lies_on is None
                continue
            if cores & before.cores:
                raise bad_descriptor(f"circular buffer {index} is described twice on a core")
            if before.configuration != made.configuration:
                raise bad_descriptor(f"circular buffer {index} is another one on other cores, which is not modelled")
            placed[index] = replace(before, cores=cores | before.cores)
        if is_new:
            address += -(-each.total_size // chip.dram_alignment) * chip.dram_alignment
    if address - chip.l1_buffer_base > chip.l1_budget:
        size, budget = (address - chip.l1_buffer_base) / 1024, chip.l1_budget / 1024
        raise error("TTL0701", f"the circular buffers take {size:.1f} KiB of L1, and {chip.title} has {budget:.0f} KiB")
    return list(placed.values())


def _tensor_under(
    descriptor: CBDescriptor, form: CBFormatDescriptor, tensors: Sequence[NativeTensor]
) -> NativeTensor | None:
    """The tensor that a buffer lies on."""
    if descriptor.tensor is None:
        return None
    index, address = form.buffer_index, descriptor.tensor.buffer_address()
    found = next((each for each in tensors if each.address == address and not each.in_dram), None)
    if found is None:
        raise bad_descriptor(f"circular buffer {index} lies on a tensor that generic_op is not given")
    if form.page_size != found.page_bytes or descriptor.address_offset % form.page_size or found.is_row_major:
        raise bad_descriptor(f"circular buffer {index} has other pages than {found.name}, on which it lies")
    if descriptor.address_offset + descriptor.total_size > found.type.shard_bytes:
        raise bad_descriptor(f"circular buffer {index} is larger than a shard of {found.name}, on which it lies")
    return found


def _backing(
    tensor: NativeTensor, offset: int, page: int, cores: frozenset[Coordinates], grid: Sequence[Coordinates]
) -> Backing:
    shards = tensor.type.shard_of_core
    return Backing(tensor.number, offset // page, tuple(shards.get(core) if core in cores else None for core in grid))


def _circular_buffer(
    form: CBFormatDescriptor, number: int, total: int, address: int, modes: Sequence[Named]
) -> BufferInfo:
    dtype, index, page = dtypes.find_dtype(form.data_format), form.buffer_index, form.page_size
    if total % page:
        raise bad_descriptor(f"circular buffer {index}: {total} bytes are no whole number of pages of {page}")
    # The JIT looks at the mode of float32 alone: for other formats it changes nothing.
    whole = dtype is dtypes.F32 and index < len(modes) and modes[index].name == "UnpackToDestFp32"
    return BufferInfo(
        name=f"cb_{index}",
        number=number,
        pages=total // page,
        page_bytes=page,
        dtype=dtype,
        address=address,
        offset=address,
        unpack_to_dest=whole,
        adds_to_popped=True,
    )


def _semaphores(chip: Chip, descriptor: ProgramDescriptor) -> tuple[SemaphoreInfo, ...]:
    made: dict[int, int] = {}
    for each in descriptor.semaphores:
        if not 0 <= each.id < chip.semaphores:
            raise bad_descriptor(f"semaphore {each.id}: a program of {chip.title} has {chip.semaphores}")
        if made.setdefault(each.id, each.initial_value) != each.initial_value:
            raise bad_descriptor(f"semaphore {each.id} starts with another value on other cores: that is not modelled")
    return tuple(SemaphoreInfo(f"semaphore_{number}", number, value) for number, value in made.items())


def _semaphore_cores(descriptor: ProgramDescriptor) -> dict[int, frozenset[Coordinates]]:
    cores: dict[int, frozenset[Coordinates]] = {}
    for each in descriptor.semaphores:
        cores[each.id] = cores.get(each.id, frozenset()) | cores_of(each.core_ranges)
    return cores


# ------------------------------------------------------------------------------------------------------------- kernels


class _Kernels:
    """The kernels of a program while they are read."""

    def __init__(self, columns: int, rows: int, buffers: dict[int, int], tensors: int):
        self.kernels: list[tuple[KernelInfo, GrowingEnds, Thread, Source]] = []
        self._columns = columns
        self._cores = columns * rows
        self._buffers = buffers
        """By hardware number, those of the machine."""
        self._tensors = frozenset(range(tensors))
        self._taken: dict[tuple[str, Coordinates], str] = {}

    def add(self, descriptor: KernelDescriptor, folder: Path) -> None:
        thread, noc = _processor(descriptor.config)
        source = read_source(descriptor, folder)
        cores = cores_of(descriptor.core_ranges)
        units = (thread.value, *(() if thread is Thread.COMPUTE else (f"NOC {noc}",)))
        for place in ((unit, core) for core in cores for unit in units):
            if place in self._taken:
                names = f"{self._taken[place]} and {source.path.name}"
                raise bad_descriptor(f"{names} both want the {place[0]} of core {place[1]}")
            self._taken[place] = source.path.name
        ends = GrowingEnds()
        info = KernelInfo(
            name=_name(source.path, (kernel.name for kernel, *_ in self.kernels)),
            span=Span(str(source.path), 1, 1),
            is_compute=thread is Thread.COMPUTE,
            tensors=(),
            numbers=(),
            arguments=((),) * self._cores,
            fills=ends.fills,
            drains=ends.drains,
            reads=self._tensors,
            writes=self._tensors,
            changes=ends.changes,
            noc=noc,
            cores=frozenset(row * self._columns + column for column, row in cores),
            later=self._later_ends(source),
            open=True,
        )
        self.kernels.append((info, ends, thread, source))

    def _later_ends(self, source: Source) -> LaterEnds:
        found = read_ends(source.texts, source.defines, source.compile_time_args, source.named_args)
        fills, drains = (
            frozenset(self._buffers[i] for i in each if i in self._buffers) for each in (found.fills, found.drains)
        )
        return LaterEnds(fills, drains, found.fills_another, found.drains_another)


def _processor(config: object) -> tuple[Thread, int]:
    """The processor of a kernel, and its NOC."""
    match type(config).__name__:
        case "ReaderConfigDescriptor":
            return Thread.READER, 0
        case "WriterConfigDescriptor":
            return Thread.WRITER, 1
        case "ComputeConfigDescriptor":
            return Thread.COMPUTE, 0
        case "DataMovementConfigDescriptor" if isinstance(config, DataMovementConfig):
            thread = Thread.READER if config.processor.name == "RISCV_1" else Thread.WRITER
            return thread, config.noc.value
        case name:
            raise bad_descriptor(f"a kernel with the configuration {name} is not modelled")


def _name(path: Path, others: Iterable[str]) -> str:
    stem = re.sub(r"\W", "_", path.stem) or "kernel"
    taken = set(others)
    return unique_name(stem, taken.__contains__, numbers(2))
