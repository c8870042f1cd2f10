"""A program that is given as descriptors and C++: what the simulator knows of it, read from the host's objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from xdsl.dialects.builtin import BoolAttr, StringAttr
from xdsl.ir import Block, Operation, Region

from ttlang.analysis.locations import location
from ttlang.backends.native.ends import read_ends
from ttlang.backends.native.snippet import Compiled, Snippet, compile_snippet
from ttlang.backends.native.tensors import NativeTensor, bad_descriptor
from ttlang.backends.simulator.program import BufferInfo, KernelInfo, LaterEnds, ProgramInfo, TensorInfo, place_buffers
from ttlang.backends.simulator.trace import Tree
from ttlang.diagnostics import Span, error
from ttlang.dialects import ttkernel
from ttlang.dialects.names import numbers, unique_name
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.ttkernel import Thread
from ttlang.machine.faults import Fault
from ttlang.settings.cache import keep_text
from ttlang.tables import dtypes
from ttlang.tables.chips import Chip
from ttlang.tables.kernel_api import GENERATIONS

Coordinates = tuple[int, int]
"""Column and row of a core."""


# ------------------------------------------------------------------------------------------------------------ kernels


@dataclass(frozen=True)
class Source:
    """What a kernel is compiled from."""

    path: Path
    text: str
    defines: tuple[tuple[str, str], ...]
    compile_time_args: tuple[int, ...]
    named_args: tuple[tuple[str, int], ...]
    included: tuple[tuple[str, str], ...]
    """The files beside it that it includes, directly or not: their paths and their texts."""

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text, *(text for _, text in self.included))


_CAST_TO_POINTER = re.compile(r"\*\s*(const\s*|volatile\s*)*[)>;]|\bmem(cpy|set|move)\b")
_INCLUDE = re.compile(r'^\s*#\s*include\s*(?:["<]([^">]+)[">]|\w+)', re.MULTILINE)


class NativeKernel:
    """A kernel in C++: which calls it has made so far, each compiled for the machine when it comes first."""

    def __init__(self, program: NativeProgram, op: ttkernel.KernelOp, source: Source, cores: frozenset[int], noc: int):
        self.program = program
        self.op = op
        self.source = source
        self.generations = program.generations
        self.fills: set[int] = set()
        self.drains: set[int] = set()
        everything = frozenset(range(len(program.tensor_list)))
        self.info = KernelInfo(
            op=op,
            name=op.sym_name.data,
            thread=op.thread.data,
            tensors=(),
            arguments=((),) * program.cores,
            fills=self.fills,
            drains=self.drains,
            reads=everything,
            writes=everything,
            noc=noc,
            cores=cores,
            later=_later_ends(program, source),
            open=True,
        )
        self.ops: list[Operation] = []
        """The calls, by the numbers that waits and faults give them."""
        self.tree = Tree(program) if op.thread.data is Thread.COMPUTE else None
        self.counted: list[Operation] | None = None
        self.reads_memory = any(map(_CAST_TO_POINTER.search, source.texts))
        """Whether it may read L1 by itself, through pointers, and so see what other threads do."""
        self.writes_memory = not self.info.is_compute and self.reads_memory
        """Whether it may write to L1 by itself, through pointers."""
        self._compiled: dict[tuple[int, ...], Compiled] = {}
        self._lines = source.text.split("\n")

    def span(self, file: str, line: int) -> Span:
        """The statement at a line, without its indentation."""
        lines = self._lines if file == str(self.source.path) else _lines_of(file)
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        column = len(text) - len(text.lstrip()) + 1
        return Span(file, line, column, line, len(text.rstrip()) + 1)

    def site(self, span: Span) -> int:
        """The number of a call at this place that stands for no operation."""
        op = ttkernel.TileRegsAcquireOp()
        op.location = location(span)
        self.ops.append(op)
        return len(self.ops) - 1

    def compiled(self, key: tuple[int, ...], file: str) -> Compiled:
        """The call that `key`, its number and line, its file and its constants, stands for."""
        if key not in self._compiled:
            from ttlang.backends.native.callees import callees

            callee = callees()[key[0] >> 32]
            span = self.span(file, key[0] & 0xFFFFFFFF)
            snippet = Snippet(self, span, self.site(span))
            callee.build(snippet, key[2:])
            self._compiled[key] = compile_snippet(snippet, callee.name.lower())
        return self._compiled[key]

    def tensor_at(self, address: int, in_dram: bool, described: int, page_bytes: int, op: int) -> NativeTensor:
        """The tensor that lies at an address. Raises a Fault unless it is what the kernel takes it for."""
        memory = "DRAM" if in_dram else "L1"
        found = next((t for t in self.program.tensor_list if (t.address, t.in_dram) == (address, in_dram)), None)
        if found is None:
            message = f"the accessor is given the address {address} in {memory}, where no tensor of the call starts"
            raise Fault("TTL0807", op, message, hint="pass tensor.buffer_address() as a runtime argument")
        if described >= 0:
            given = self.source.compile_time_args[described : described + len(found.words)]
            if given != found.words:
                message = f"the accessor of {found.name} is described by {list(given)}, and it is {list(found.words)}"
                hint = "the compile-time arguments at that offset are another tensor's"
                raise Fault("TTL0807", op, message, hint=hint)
        if page_bytes not in (found.page_bytes, found.aligned_page_bytes):
            message = f"the accessor of {found.name} has pages of {page_bytes} bytes, and they have {found.page_bytes}"
            raise Fault("TTL0807", op, message)
        return found


def _later_ends(program: NativeProgram, source: Source) -> LaterEnds:
    found = read_ends(source.texts, source.defines, source.compile_time_args, source.named_args)
    fills, drains = (
        frozenset(program.buffer_named[program.buffer_names[i]].number for i in each if i in program.buffer_names)
        for each in (found.fills, found.drains)
    )
    return LaterEnds(fills, drains, found.fills_another, found.drains_another)


def _lines_of(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return []


# ------------------------------------------------------------------------------------------------------------ program


class NativeProgram(ProgramInfo):
    """A program whose kernels are C++ files."""

    def __init__(self, op: ttkernel.ProgramOp, tensors: Sequence[NativeTensor], chip: Chip, generations: Sequence[str]):
        self.tensor_list = tuple(tensors)
        self.generations = generations
        super().__init__(op)
        self.buffer_names = {cb.index.value.data: cb.sym_name.data for cb in op.circular_buffers}
        self.buffer_cores: dict[int, frozenset[Coordinates]] = {}
        """The cores that have each buffer, by its hardware number."""
        self.semaphore_cores: dict[int, frozenset[Coordinates]] = {}
        """Those that have each semaphore."""

    @property
    def communicates(self) -> bool:
        return True

    @property
    def finds_landings(self) -> bool:
        return True

    @property
    def core_bytes(self) -> int:
        """All of L1, and a little more, so that the same places of two cores don't share the lines of a cache."""
        return -(-self.architecture.l1_bytes // 4096) * 4096 + 256

    def core_at(self, place: Coordinates) -> int:
        return place[1] * self.columns + place[0]

    def _buffers(self) -> tuple[BufferInfo, ...]:
        return place_buffers(self.op, 0)

    def _tensors(self) -> tuple[TensorInfo, ...]:
        chip = self.architecture
        return tuple(
            TensorInfo(
                name=tensor.name,
                number=number,
                index=number,
                type=tensor.type,
                address=tensor.address,
                alignment=chip.dram_alignment if tensor.in_dram else chip.l1_alignment,
            )
            for number, tensor in enumerate(self.tensor_list)
        )

    def _check_threads(self) -> None:
        """Kernels are added later."""


def make_program(
    chip: Chip,
    descriptor: Any,
    tensors: Sequence[NativeTensor],
    generations: Sequence[str] = tuple(GENERATIONS),
) -> NativeProgram:
    """The program of a descriptor, without its kernels. Raises a DiagnosticError for what no machine is made for."""
    everywhere = [core for part in _parts(descriptor) for core in cores_of(part.core_ranges)]
    if not everywhere:
        raise bad_descriptor("the program has no kernel, or its kernels run on no core")
    columns, rows = (1 + max(core[i] for core in everywhere) for i in (0, 1))
    if columns > chip.grid[0] or rows > chip.grid[1]:
        grid = "x".join(map(str, chip.grid))
        raise error("TTL0703", f"the program runs on {columns}x{rows} cores, and {chip.title} has {grid}")
    config = _compute_config(descriptor)
    op = ttkernel.ProgramOp(
        "program",
        (columns, rows),
        chip.name,
        fp32_dest_acc_en=BoolAttr.from_bool(bool(config and config.fp32_dest_acc_en)),
        dst_full_sync_en=BoolAttr.from_bool(bool(config and config.dst_full_sync_en)),
        math_approx_mode=BoolAttr.from_bool(bool(config and config.math_approx_mode)),
        math_fidelity=StringAttr(config.math_fidelity.name if config else "HiFi4"),
        metal_api=StringAttr(generations[-1]),
    )
    block = op.body.block
    block.add_ops(ttkernel.TensorOp(tensor.name, i, tensor.type) for i, tensor in enumerate(tensors))
    modes = list(config.unpack_to_dest_mode) if config else []
    placed = _circular_buffers(chip, descriptor, modes)
    block.add_ops(buffer for buffer, _ in placed)
    block.add_ops(_semaphores(chip, descriptor))
    program = NativeProgram(op, tensors, chip, generations)
    program.buffer_cores = {buffer.index.value.data: cores for buffer, cores in placed}
    for each in descriptor.semaphores:
        cores = program.semaphore_cores.get(each.id, frozenset()) | cores_of(each.core_ranges)
        program.semaphore_cores[each.id] = cores
    return program


def cores_of(ranges: Any) -> frozenset[Coordinates]:
    """The cores of a CoreRangeSet."""
    return frozenset((core.x, core.y) for each in ranges.ranges() for core in each.cores())


def _parts(descriptor: Any) -> list[Any]:
    return [*descriptor.kernels, *descriptor.cbs, *descriptor.semaphores]


def _compute_config(descriptor: Any) -> Any:
    configs = [kernel.config for kernel in descriptor.kernels if hasattr(kernel.config, "math_fidelity")]
    if any(config != configs[0] for config in configs):
        raise bad_descriptor("the compute kernels of the program have different configurations")
    if configs and configs[0].bfp8_pack_precise:
        raise bad_descriptor("bfp8_pack_precise is not modelled")
    return configs[0] if configs else None


def _circular_buffers(
    chip: Chip, descriptor: Any, modes: Sequence[Any]
) -> list[tuple[ttkernel.CircularBufferOp, frozenset[Coordinates]]]:
    """The buffers from the bottom of L1 upwards, in the order of their descriptors."""
    placed: dict[int, tuple[ttkernel.CircularBufferOp, frozenset[Coordinates]]] = {}
    address = chip.l1_buffer_base
    for each in descriptor.cbs:
        if len(each.format_descriptors) != 1:
            raise bad_descriptor(
                "a CBDescriptor with several formats, whose buffers share their memory, is not modelled"
            )
        (form,) = each.format_descriptors
        number, cores = form.buffer_index, cores_of(each.core_ranges)
        if not 0 <= number < chip.circular_buffers:
            raise error("TTL0702", f"circular buffer {number}: {chip.title} has {chip.circular_buffers}")
        made = _circular_buffer(form, each.total_size, address, modes)
        if number in placed:
            before, there = placed[number]
            if cores & there:
                raise bad_descriptor(f"circular buffer {number} is described twice on a core")
            if _configuration(before) != _configuration(made):
                raise bad_descriptor(f"circular buffer {number} is another one on other cores, which is not modelled")
            placed[number] = before, cores | there
            continue
        placed[number] = made, cores
        address += -(-each.total_size // chip.dram_alignment) * chip.dram_alignment
    if address - chip.l1_buffer_base > chip.l1_budget:
        size, budget = (address - chip.l1_buffer_base) / 1024, chip.l1_budget / 1024
        raise error("TTL0701", f"the circular buffers take {size:.1f} KiB of L1, and {chip.title} has {budget:.0f} KiB")
    return list(placed.values())


def _circular_buffer(form: Any, total: int, address: int, modes: Sequence[Any]) -> ttkernel.CircularBufferOp:
    dtype, number, page = dtypes.find_dtype(form.data_format), form.buffer_index, form.page_size
    if total % page:
        raise bad_descriptor(f"circular buffer {number}: {total} bytes are no whole number of pages of {page}")
    # The JIT looks at the mode of float32 alone: for other formats it changes nothing.
    whole = dtype is dtypes.F32 and number < len(modes) and modes[number].name == "UnpackToDestFp32"
    return ttkernel.CircularBufferOp(
        f"cb_{number}",
        number,
        total // page,
        TileType(dtype),
        address,
        row_bytes=None if page == dtype.tile_bytes else page,
        unpack_to_dest_fp32=whole,
    )


def _configuration(buffer: ttkernel.CircularBufferOp) -> tuple[Any, ...]:
    return buffer.pages, buffer.element, buffer.row_bytes, buffer.unpack_to_dest_fp32


def _semaphores(chip: Chip, descriptor: Any) -> list[ttkernel.SemaphoreOp]:
    made: dict[int, int] = {}
    for each in descriptor.semaphores:
        if not 0 <= each.id < chip.semaphores:
            raise error("TTL0705", f"semaphore {each.id}: a core has {chip.semaphores}")
        if made.setdefault(each.id, each.initial_value) != each.initial_value:
            raise bad_descriptor(f"semaphore {each.id} starts with another value on other cores: that is not modelled")
    return [ttkernel.SemaphoreOp(f"semaphore_{number}", number, value) for number, value in made.items()]


# ------------------------------------------------------------------------------------------------- kernels of a program


def add_kernels(program: NativeProgram, descriptor: Any, folder: Path) -> list[NativeKernel]:
    """The kernels of a descriptor. `folder` is where sources are written that are given as text."""
    kernels: list[NativeKernel] = []
    taken: dict[tuple[str, Coordinates], str] = {}
    for each in descriptor.kernels:
        thread, noc = _processor(each.config)
        source = read_source(each, folder)
        cores = cores_of(each.core_ranges)
        units = (thread.value, *(() if thread is Thread.COMPUTE else (f"NOC {noc}",)))
        for place in ((unit, core) for core in cores for unit in units):
            if place in taken:
                names = f"{taken[place]} and {source.path.name}"
                raise bad_descriptor(f"{names} both want the {place[0]} of core {place[1]}")
            taken[place] = source.path.name
        op = ttkernel.KernelOp(_name(source.path, kernels), thread, Region(Block()))
        op.location = location(Span(str(source.path), 1, 1))
        program.op.body.block.add_op(op)
        numbers = frozenset(program.core_at(core) for core in cores)
        kernels.append(NativeKernel(program, op, source, numbers, noc))
    program.kernels = tuple(kernel.info for kernel in kernels)
    return kernels


def _processor(config: Any) -> tuple[Thread, int]:
    """The processor of a kernel, and its NOC."""
    match type(config).__name__:
        case "ReaderConfigDescriptor":
            return Thread.READER, 0
        case "WriterConfigDescriptor":
            return Thread.WRITER, 1
        case "ComputeConfigDescriptor":
            return Thread.COMPUTE, 0
        case "DataMovementConfigDescriptor":
            thread = Thread.READER if config.processor.name == "RISCV_1" else Thread.WRITER
            return thread, cast("int", config.noc.value)
        case name:
            raise bad_descriptor(f"a kernel with the configuration {name} is not modelled")


def read_source(kernel: Any, folder: Path) -> Source:
    """The source of a kernel's descriptor. One that is given as text is written to a file first."""
    if kernel.source_type.name == "SOURCE_CODE":
        import hashlib

        text = kernel.kernel_source
        path = folder / f"kernel_{hashlib.sha256(text.encode()).hexdigest()[:12]}.cpp"
        keep_text(path, text)
    else:
        path = Path(kernel.kernel_source).resolve()
        if not path.is_file():
            raise bad_descriptor(f"there is no file {kernel.kernel_source}")
        text = path.read_text(encoding="utf-8", errors="replace")
    return Source(
        path,
        text,
        tuple((str(name), str(value)) for name, value in kernel.defines),
        tuple(kernel.compile_time_args),
        tuple((str(name), int(value)) for name, value in kernel.named_compile_time_args),
        tuple(_included(path, text)),
    )


def _included(path: Path, text: str) -> Iterator[tuple[str, str]]:
    known, pending = {path}, [(path, text)]
    while pending:
        outer, text = pending.pop()
        for name in _INCLUDE.findall(text):
            # The name that a macro stands for may be that of any header.
            beside = [outer.parent / name, path.parent / name] if name else sorted(path.parent.glob("*.h"))
            for inner in beside:
                if inner not in known and inner.is_file():
                    known.add(inner)
                    pending.append((inner, inner.read_text(encoding="utf-8", errors="replace")))
                    yield str(inner), pending[-1][1]


def _name(path: Path, kernels: Iterable[NativeKernel]) -> str:
    stem = re.sub(r"\W", "_", path.stem) or "kernel"
    taken = {kernel.info.name for kernel in kernels}
    return unique_name(stem, taken.__contains__, numbers(2))
