"""
Programs for the clock, written call by call: what each thread asks of buffers, units, the NOC and DRAM. They have the
form of what a recorder keeps of a kernel, so the clock takes one like the other; there are no data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from written_compute import Compute
from written_threads import DataMovement, WrittenThread

from ttlang.machine.clock.ledger import Lane, Ledger
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.program_info import BufferInfo, KernelInfo, ProgramInfo, SemaphoreInfo, TensorInfo
from ttlang.tables.chips import find_chip
from ttlang.tables.chips.timing import Timing
from ttlang.tables.dtypes import BF16, DType
from ttlang.tables.kernel_api import GENERATIONS

NO_CORES: frozenset[int] = frozenset()
fitted_timings: dict[str, Timing] = {}
"""By the name of a chip, what is to be taken for its own timing, while that is fitted."""

AnyThread = TypeVar("AnyThread", bound=WrittenThread)


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
            sharded=False,
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
        tracks = self.run().ledger.tracks(frozenset([0]))
        return max(step.end for track, steps in tracks.items() if track.lane is lane for step in steps)

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
