"""
Programs for the clock, written call by call: what each thread asks of buffers, units, the NOC and DRAM. They have the
form of what a recorder keeps of a kernel, so the clock takes one like the other; there are no data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from types import SimpleNamespace
from typing import Any, NamedTuple, TypeVar

from ttlang.machine.clock.ledger import Lane, Ledger
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.clock.recorded_calls import Piece
from ttlang.machine.clock.timeline import Timeline
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.compute.trace import CallNest
from ttlang.machine.compute.unit_state import Init
from ttlang.machine.noc.core_addresses import Address
from ttlang.machine.program_info import BufferInfo, KernelInfo, ProgramInfo, SemaphoreInfo, TensorInfo
from ttlang.machine.semaphores import SEMAPHORE_BASE, SEMAPHORE_BYTES
from ttlang.tables.chips import find_chip
from ttlang.tables.chips.timing import Timing
from ttlang.tables.dtypes import BF16, DType
from ttlang.tables.functions import BY_NAME as FUNCTIONS
from ttlang.tables.kernel_api import GENERATIONS

NO_CORES: frozenset[int] = frozenset()
fitted_timings: dict[str, Timing] = {}
"""By the name of a chip, what is to be taken for its own timing, while that is fitted."""


class Step(NamedTuple):
    """A call on the units, as a piece of a trace has it."""

    nest: CallNest
    accumulates: bool


class WrittenThread:
    """What one thread does on one core."""

    def __init__(self, core: int, info: KernelInfo):
        self.thread = SimpleNamespace(core=core, kernel=SimpleNamespace(info=info))
        self.calls: list[tuple[str, tuple[Any, ...]]] = []

    def call(self, name: str, *arguments: Any, **options: object) -> None:
        """`options`: how packets travel, in the order of a recorder."""
        self.calls.append((name, (*arguments, len(self.calls), *options.values())))

    def wait(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_wait_front", buffer.number, pages)

    def reserve(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_reserve_back", buffer.number, pages)

    def pop(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_pop_front", buffer.number, pages)

    def push(self, buffer: BufferInfo, pages: int) -> None:
        self.call("cb_push_back", buffer.number, pages)


class DataMovement(WrittenThread):
    """A thread of reads and writes."""

    def read_page(self, tensor: TensorInfo, page: int, size: int = 0) -> None:
        """`size`: so many bytes of it; all by default."""
        pages = SimpleNamespace(info=tensor, page_bytes=size or tensor.page_bytes)
        self.call("noc_async_read_page", page, pages, 0, None)

    def write_page(self, tensor: TensorInfo, page: int) -> None:
        self.call("noc_async_write_page", page, SimpleNamespace(info=tensor, page_bytes=tensor.page_bytes), 0, None)

    def read(self, core: int, size: int, *, repeated: bool = False) -> None:
        name = "noc_async_read_one_packet_with_state" if repeated else "noc_async_read"
        self.call(name, Address((core,), 0, multicast=False), 0, size)

    def write(self, core: int, size: int, *, repeated: bool = False, posted: bool = False) -> None:
        name = "noc_async_write_one_packet_with_state" if repeated else "noc_async_write"
        self.call(name, 0, Address((core,), 0, multicast=False), size, **_given(posted=posted))

    def multicast(self, cores: Sequence[int], size: int, *, linked: bool = False, loops: bool = False) -> None:
        """`linked`: on the paths of the multicast before, which is therefore the one that bears the word."""
        if linked:
            self._link_last()
        name = "noc_async_write_multicast" + ("_loopback_src" if loops else "")
        self.call(name, 0, Address(tuple(cores), 0, multicast=True), size, len(cores))

    def _link_last(self) -> None:
        """The last multicast is linked to what comes next."""
        place = max(place for place, (name, _) in enumerate(self.calls) if name in _LINKABLE)
        name, arguments = self.calls[place]
        self.calls[place] = name, (*arguments[: _LINKABLE[name]], True)

    def address(self) -> None:
        self.call("get_noc_addr", 0, 0, 0)

    def read_barrier(self) -> None:
        self.call("noc_async_read_barrier")

    def tag_reads(self, tag: int) -> None:
        """Reads have this transaction id from now on."""
        self.call("noc_async_read_set_trid", tag)

    def tagged_read_barrier(self, tag: int) -> None:
        self.call("noc_async_read_barrier_with_trid", tag)

    def write_barrier(self) -> None:
        self.call("noc_async_write_barrier")

    def posted_flushed(self) -> None:
        self.call("noc_async_posted_writes_flushed")

    def atomic_barrier(self) -> None:
        self.call("noc_async_atomic_barrier")

    def flushed(self) -> None:
        self.call("noc_async_writes_flushed")

    def semaphore_wait(self, number: int, value: int) -> None:
        self.call("noc_semaphore_wait_min", _semaphore(number), value)

    def semaphore_wait_equal(self, number: int, value: int) -> None:
        self.call("noc_semaphore_wait", _semaphore(number), value)

    def semaphore_set(self, number: int, value: int) -> None:
        self.call("noc_semaphore_set", _semaphore(number), value)

    def semaphore_inc(self, number: int, core: int, value: int = 1, *, posted: bool = False) -> None:
        address = Address((core,), _semaphore(number), multicast=False)
        self.call("noc_semaphore_inc", address, value, **_given(posted=posted))

    def semaphore_multicast(self, number: int, cores: Sequence[int], *, linked: bool = False) -> None:
        """`linked`: on the paths of the multicast before."""
        if linked:
            self._link_last()
        address = Address(tuple(cores), _semaphore(number), multicast=True)
        self.call("noc_semaphore_inc_multicast", address, 1, len(cores))

    def semaphore_set_multicast(self, number: int, cores: Sequence[int], *, linked: bool = False) -> None:
        """Sets those of other cores to the value of the own one; `linked`: on the paths of the multicast before."""
        if linked:
            self._link_last()
        address = Address(tuple(cores), _semaphore(number), multicast=True)
        self.call("noc_semaphore_set_multicast", _semaphore(number), address, len(cores))

    def store_words(self, words: int) -> None:
        """The processor writes so many words of L1."""
        for _ in range(words):
            self.call("store_element")


_LINKABLE = {
    "noc_async_write_multicast": 5,
    "noc_async_write_multicast_loopback_src": 5,
    "noc_semaphore_set_multicast": 4,
}
"""Multicasts that can be linked to what comes next, and how many arguments stand before that."""

AnyThread = TypeVar("AnyThread", bound=WrittenThread)


def _given(**options: bool) -> dict[str, bool]:
    """Those that are set."""
    return {name: True for name, given in options.items() if given}


def _semaphore(number: int) -> int:
    return SEMAPHORE_BASE + number * SEMAPHORE_BYTES


class Compute(WrittenThread):
    """A thread of calls on the units, which are cut into pieces at its calls on buffers."""

    _steps: list[Step]

    def __init__(self, core: int, info: KernelInfo):
        super().__init__(core, info)
        self._steps = []

    def call(self, name: str, *arguments: Any, **options: object) -> None:
        self.end_piece()
        super().call(name, *arguments, **options)

    def end_piece(self) -> None:
        if self._steps:
            self.calls.append(("", (_piece(tuple(self._steps)),)))
            self._steps = []

    @contextmanager
    def section(self) -> Iterator[None]:
        """What math does; the packs follow it in `packed`."""
        self._do(configuration.Acquire, "tile_regs_acquire")
        yield
        self._do(configuration.Commit, "tile_regs_commit")

    @contextmanager
    def packed(self) -> Iterator[None]:
        self._do(configuration.Wait, "tile_regs_wait")
        yield
        self._do(configuration.Release, "tile_regs_release")

    def copy(self, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(moves.Copy, "copy_tile", (buffer,), times=tiles)

    def copy_init(self, buffer: BufferInfo) -> None:
        self._do(moves.CopyInit, "copy_tile_init", (buffer,))

    def transpose(self, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(moves.Transpose, "transpose_wh_tile", (buffer,), times=tiles)

    def binary(self, kind: str, left: BufferInfo, right: BufferInfo, tiles: int = 1, *, dim: str | None = None) -> None:
        """`dim`: what is repeated of the second operand."""
        name = f"{kind}_tiles_bcast_{dim}" if dim else f"{kind}_tiles"
        self._do(eltwise.Binary, name, (left, right), kind, dim, times=tiles)

    def binary_init(self, kind: str, left: BufferInfo, right: BufferInfo) -> None:
        self._do(eltwise.BinaryInit, f"{kind}_tiles_init", (left, right))

    def reuse(self, kind: str, buffer: BufferInfo, tiles: int = 1) -> None:
        self._do(eltwise.DestReuse, "binary_dest_reuse_tiles", (buffer,), kind, "srca", times=tiles)

    def reuse_init(self, kind: str, buffer: BufferInfo) -> None:
        self._do(eltwise.DestReuseInit, "binary_dest_reuse_tiles_init", (buffer,), kind, "srca")

    def multiply(self, left: BufferInfo, right: BufferInfo, rows: int, columns: int, times: int = 1) -> None:
        self._do(matmul.Matmul, "matmul_block", (left, right), columns, rows, 1, 0, times=times)

    def multiply_init(self, left: BufferInfo, right: BufferInfo, rows: int, columns: int) -> None:
        self._do(matmul.MatmulInit, "mm_block_init_short", (left, right), columns, rows, 1, 0)

    def reduce_init(self, pool: str, dim: str, data: BufferInfo, scaler: BufferInfo) -> None:
        self._do(reduction.ReduceInit, "reduce_init", (data, scaler), pool, dim, False)

    def reduce_uninit(self) -> None:
        self._do(reduction.ReduceUninit, "reduce_uninit")

    def reduce(self, pool: str, dim: str, data: BufferInfo, scaler: BufferInfo, tiles: int = 1) -> None:
        self._do(reduction.Reduce, "reduce_tile", (data, scaler), pool, dim, False, times=tiles)

    def tilize_init(self, source: BufferInfo, width: int) -> None:
        self._do(layouts.TilizeInit, "tilize_init", (source,), width)

    def tilize_uninit(self, source: BufferInfo, target: BufferInfo) -> None:
        self._do(layouts.LayoutUninit, "tilize_uninit", (source, target))

    def tilize(self, source: BufferInfo, target: BufferInfo, tiles: int) -> None:
        self._do(layouts.Tilize, "tilize_block", (source, target), tiles)

    def untilize_init(self, source: BufferInfo, width: int) -> None:
        self._do(layouts.UntilizeInit, "pack_untilize_init", (source,), width, width)

    def untilize_uninit(self, target: BufferInfo) -> None:
        self._do(layouts.LayoutUninit, "pack_untilize_uninit", (target,))

    def untilize(self, source: BufferInfo, target: BufferInfo, width: int) -> None:
        self._do(layouts.Untilize, "pack_untilize_block", (source, target), width, width)

    def apply(self, name: str, tiles: int = 1) -> None:
        self._do(functions.Apply, f"{name}_tile", (), FUNCTIONS[name], (), None, None, times=tiles)

    def apply_init(self, name: str) -> None:
        call = FUNCTIONS[name].call
        assert call is not None
        self._do(functions.ApplyInit, call.init_name, (), Init(call.init_name))

    def pack(self, buffer: BufferInfo, tiles: int = 1, *, accumulates: bool = False) -> None:
        self._do(moves.Pack, "pack_tile", (buffer,), times=tiles, accumulates=accumulates)

    def pack_block(self, buffer: BufferInfo, tiles: int, *, accumulates: bool = False) -> None:
        self._do(moves.PackBlock, "pack_tile_block", (buffer,), tiles, accumulates=accumulates)

    def packer_format(self, buffer: BufferInfo) -> None:
        self._do(configuration.PackerFormat, "pack_reconfig_data_format", (buffer,))

    def accumulation(self) -> None:
        """The packer begins to add to what L1 holds, or stops."""
        self._do(configuration.PackerAccumulation, "pack_reconfig_l1_acc")

    def source_formats(self, left: BufferInfo, right: BufferInfo) -> None:
        self._do(configuration.BothSourceFormats, "reconfig_data_format", (left, right), False)

    def startup(self, *buffers: BufferInfo) -> None:
        self._do(configuration.Startup, "compute_kernel_hw_startup", buffers)

    def _do(
        self, kind: type, name: str, buffers: tuple[BufferInfo, ...] = (), *fields: Any, times: int = 1, **state: bool
    ) -> None:
        self._steps.append(_step(kind, name, buffers, fields, times, state.get("accumulates", False)))


@cache
def _step(
    kind: type, name: str, buffers: tuple[BufferInfo, ...], fields: tuple[Any, ...], times: int, accumulates: bool
) -> Step:
    return Step(CallNest(kind(name, buffers, *fields), 0, _nowhere, times), accumulates)


@cache
def _piece(steps: tuple[Step, ...]) -> Piece:
    return Piece(steps)  # pyright: ignore[reportArgumentType]: the clock looks at a node's call alone


def _nowhere() -> Any:
    raise AssertionError("a written call stands nowhere")


class WrittenProgram:
    """A program that grows thread by thread."""

    def __init__(
        self,
        chip: str,
        grid: tuple[int, int] = (1, 1),
        *,
        fidelity: str = "HiFi4",
        dst32: bool = False,
        full_sync: bool = False,
    ):
        self.chip = find_chip(chip)
        if timing := fitted_timings.get(chip):
            self.chip = replace(self.chip, timing=lambda: timing)
        self.columns, self.rows = grid
        self._fidelity, self._dst32, self._full_sync = fidelity, dst32, full_sync
        self._buffers: list[BufferInfo] = []
        self._tensors: list[TensorInfo] = []
        self._kernels: list[KernelInfo] = []
        self._threads: list[WrittenThread] = []
        self._semaphores = 0

    @property
    def cores(self) -> int:
        return self.columns * self.rows

    @property
    def dst_tiles(self) -> int:
        """Tiles that a section holds."""
        return self.chip.dst_tiles(dst32=self._dst32, full_sync=self._full_sync)

    def core(self, column: int, row: int) -> int:
        return row * self.columns + column

    def position(self, core: int) -> tuple[int, int]:
        """Its column and row."""
        return core % self.columns, core // self.columns

    def buffer(self, pages: int, dtype: DType = BF16) -> BufferInfo:
        number = len(self._buffers)
        made = BufferInfo(f"b{number}", number, pages, dtype.tile_bytes, dtype, 0, 0, unpack_to_dest=False)
        self._buffers.append(made)
        return made

    def tensor(self, pages: int, page_bytes: int | None = None, *, in_dram: bool = True) -> TensorInfo:
        """One of so many pages, by default of tiles of bfloat16."""
        number, size = len(self._tensors), page_bytes or BF16.tile_bytes
        rest = {"dtype": BF16, "tiled": True, "pages": pages, "page_bytes": size}
        made = TensorInfo(
            name=f"t{number}",
            number=number,
            index=number,
            shape=(1, pages),
            matrix=(1, pages),
            shard_shape=(1, pages),
            shard_grid=(1, 1),
            address=0,
            in_dram=in_dram,
            read_alignment=1,
            write_alignment=1,
            **rest,
        )
        self._tensors.append(made)
        return made

    def semaphore(self) -> int:
        self._semaphores += 1
        return self._semaphores - 1

    def compute(self, core: int = 0) -> Compute:
        return self._add(Compute(core, self._kernel("compute", is_compute=True)))

    def reader(self, core: int = 0, *, noc: int = 0) -> DataMovement:
        return self._add(DataMovement(core, self._kernel("reader", noc=noc)))

    def writer(self, core: int = 0, *, noc: int = 1) -> DataMovement:
        return self._add(DataMovement(core, self._kernel("writer", noc=noc)))

    def _add(self, thread: AnyThread) -> AnyThread:
        self._threads.append(thread)
        return thread

    def _kernel(self, name: str, *, is_compute: bool = False, noc: int = 0) -> KernelInfo:
        for kernel in self._kernels:
            if (kernel.name, kernel.noc) == (name, noc):
                return kernel
        nothing = NO_CORES
        kernel = KernelInfo(name, None, is_compute, (), (), (), nothing, nothing, nothing, nothing, noc=noc)
        self._kernels.append(kernel)
        return kernel

    def lane_end(self, lane: Lane) -> float:
        """When a processor of the first core has done its last piece of work."""
        timeline = Timeline()
        self.run(timeline)
        return max(
            step.end for track, steps in timeline.tracks(frozenset([0])).items() if track.lane is lane for step in steps
        )

    def run(self, ledger: Ledger | None = None) -> ProgramTime:
        """What it takes."""
        for thread in self._threads:
            if isinstance(thread, Compute):
                thread.end_piece()
        program = ProgramInfo(
            name="written",
            architecture=self.chip,
            generation=max(GENERATIONS.values()),
            dst32=self._dst32,
            dst_tiles=self.dst_tiles,
            fidelity=self._fidelity,
            columns=self.columns,
            rows=self.rows,
            chip_rows=self.rows,
            buffers=tuple(self._buffers),
            tensors=tuple(self._tensors),
            semaphores=tuple(SemaphoreInfo(f"s{index}", index, 0) for index in range(self._semaphores)),
            kernels=tuple(self._kernels),
            core_bytes=0,
            communicates=True,
        )
        clock = ProgramClock(program, self._threads, ledger=ledger)  # pyright: ignore[reportArgumentType]
        time = clock.run()
        assert not time.stopped, "a thread waits forever"
        return time

    def compute_zone(self) -> float:
        """What the compute thread takes, from its start on."""
        return max(each.end - each.start for each in self.run().threads if self._kernels[each.kernel].is_compute)


Kernel = Callable[[int], WrittenProgram]


def per_turn(kernel: Kernel, few: int, many: int) -> float:
    """The cycles that each further turn of a loop takes."""
    return (kernel(many).run().cycles - kernel(few).run().cycles) / (many - few)
