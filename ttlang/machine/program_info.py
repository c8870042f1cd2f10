"""
What the machine is told of a program before it runs: its buffers, tensors, semaphores and kernels as plain records.

Those who load a program make them: `backends/simulator` from IR, `backends/native` from descriptors and C++.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from ttlang.diagnostics import Related, Span
from ttlang.tables.chips import Chip
from ttlang.tables.dtypes import F32, DType
from ttlang.tables.kernel_api import Generation

CACHE_LINE = 64
"""Rows of the array that holds L1 start at multiples of this many bytes."""


@dataclass(frozen=True)
class Backing:
    """Where the pages of a buffer come from, and go to, that lies on a sharded tensor in L1."""

    tensor: int
    """Its place in `ProgramInfo.tensors`."""
    first: int
    """The page of a shard that is the buffer's first."""
    shards: tuple[int | None, ...]
    """For each core, the number of its shard, counted row by row over the tensor; None where it has none."""


@dataclass(frozen=True, eq=False)
class BufferInfo:
    """A circular buffer, the same on every core."""

    name: str
    number: int
    """Its place in `ProgramInfo.buffers`."""
    pages: int
    page_bytes: int
    dtype: DType
    address: int
    """L1 address of its first page."""
    offset: int
    """The same place, counted from where a core's row in the array of all cores' L1 starts."""
    unpack_to_dest: bool
    landing: bool = False
    """Other cores write into it; nothing is pushed or popped."""
    span: Span | None = None
    backing: Backing | None = None
    """The tensor that it lies on."""
    group: int | None = None
    """Of buffers that lie in one place, and hold pages one after the other."""
    overlay: int | None = None
    """Of buffers that lie in one place and may all hold pages, where these don't lie over each other."""
    adds_to_popped: bool = False
    """Whether the packer may add to what a popped block has left. A compiled kernel that does has a mistake."""

    @property
    def unpack_format(self) -> str:
        """What a source register is set to for it: float32 has one format on its way to DST, and one for the FPU."""
        if self.dtype is not F32:
            return self.dtype.name
        return f"{F32.name} for DST" if self.unpack_to_dest else f"{F32.name} for the FPU"

    @property
    def total_bytes(self) -> int:
        return self.pages * self.page_bytes


@dataclass(frozen=True, eq=False)
class TensorInfo:
    """A tensor of the program. Its unit is a tile, or an element if it is row-major."""

    name: str
    number: int
    """Its place in `ProgramInfo.tensors`."""
    index: int
    """Which of the tensors that the program is run with."""
    shape: tuple[int, ...]
    """In units."""
    matrix: tuple[int, int]
    """Rows and columns of units, with the leading dimensions flattened into the rows."""
    dtype: DType
    tiled: bool
    pages: int
    page_bytes: int
    """A page is a tile, or a row of elements."""
    sharded: bool
    """A bank has the pages of a shard, row by row; else pages lie in one bank after the other."""
    shard_shape: tuple[int, int]
    """Rows and columns of units; those of `matrix` unless it is sharded."""
    shard_grid: tuple[int, int]
    """Rows and columns of shards, the last of which may be filled in part; (1, 1) unless it is sharded."""
    address: int
    """What the host passes to kernels: different for each tensor."""
    in_dram: bool
    """Else in L1: page by page on all cores, or a shard on each."""
    read_alignment: int
    """Bytes to which the L1 end of a read of its pages is aligned."""
    write_alignment: int
    """Bytes modulo which both ends of a write of a part of a page agree."""
    l1_bytes: int = 0
    """What it takes of each core's L1; 0 in DRAM."""
    banks: Sequence[int] = ()
    """
    The banks that its pages are dealt out over; if it is sharded, that of each shard, -1 where it has none. A bank of
    L1 is a core of the chip, counted row by row.
    """

    @property
    def page_stride(self) -> int:
        """Bytes from a page to the next one of its bank."""
        return -(-self.page_bytes // self.read_alignment) * self.read_alignment

    @property
    def bytes_per_bank(self) -> int:
        """What it takes of the fullest bank."""
        if not self.sharded:
            return -(-self.pages // max(len(self.banks), 1)) * self.page_stride
        high, wide = self.shard_shape
        return high * (wide if self.tiled else 1) * self.page_stride

    @property
    def units(self) -> int:
        """How many parts of it can be moved one by one: its tiles, or its elements."""
        return self.pages if self.tiled else self.matrix[0] * self.matrix[1]

    @property
    def unit_bytes(self) -> int:
        return self.page_bytes if self.tiled else self.dtype.element_bytes


@dataclass(frozen=True)
class SemaphoreInfo:
    """A semaphore, a word on every core."""

    name: str
    index: int
    initial: int
    address: int | None = None
    """Where it lies in a buffer, if it is no semaphore of the program's: kernels set it first."""

    @property
    def cell(self) -> int:
        """What the machine knows it by (`semaphores.cell_at`)."""
        return self.index if self.address is None else self.address


@dataclass(frozen=True)
class LaterEnds:
    """Numbers of the buffers that a kernel's text pushes or pops, whether or not a run has come to it."""

    fills: AbstractSet[int] = frozenset()
    drains: AbstractSet[int] = frozenset()
    fills_another: bool = False
    """Whether it pushes pages of a buffer, and the text does not tell of which."""
    drains_another: bool = False


NO_LATER_ENDS = LaterEnds()


@dataclass(frozen=True, eq=False)
class KernelInfo:
    """The kernel of one thread."""

    name: str
    """The name of the function, or of the file, that it comes from."""
    span: Span | None
    is_compute: bool
    tensors: tuple[TensorInfo, ...]
    """Those whose addresses are its common runtime arguments."""
    numbers: tuple[int, ...]
    """Which of the call's integers are common runtime arguments of it, too."""
    arguments: tuple[tuple[int, ...], ...]
    """For each core, its own runtime arguments."""
    fills: AbstractSet[int]
    """Numbers of the buffers that it reserves or pushes."""
    drains: AbstractSet[int]
    """Numbers of the buffers that it waits for or pops."""
    reads: AbstractSet[int]
    """Numbers of the tensors it may read pages of."""
    writes: AbstractSet[int]
    """Numbers of the tensors it may write pages of."""
    changes: AbstractSet[str] = frozenset()
    """Names of the semaphores that it may change."""
    noc: int = 0
    """Of a data movement kernel: the NOC that it uses."""
    cores: frozenset[int] | None = None
    """The cores that it runs on; None for all."""
    later: LaterEnds = NO_LATER_ENDS
    """Of a kernel that is open: what it may come to."""
    open: bool = False
    """What it calls is known only when it runs: `fills` and `drains` grow, and any thread may work on any buffer."""

    def runs_on(self, core: int) -> bool:
        return self.cores is None or core in self.cores


@dataclass(frozen=True, eq=False)
class ProgramInfo:
    """A program, and the part of the chip that it runs on."""

    name: str
    architecture: Chip
    generation: Generation
    """Of the kernel API."""
    dst32: bool
    """DST holds 32 bits a datum."""
    dst_tiles: int
    """Tiles that a DST section holds."""
    fidelity: str
    columns: int
    rows: int
    """Of all chips, one below the other."""
    chip_rows: int
    """Rows of one chip's part of the grid."""
    buffers: tuple[BufferInfo, ...]
    tensors: tuple[TensorInfo, ...]
    semaphores: tuple[SemaphoreInfo, ...]
    kernels: tuple[KernelInfo, ...]
    core_bytes: int
    """Bytes of a core's row in the array that holds L1."""
    communicates: bool
    """Whether its cores talk to each other."""
    finds_landings: bool = False
    """Whether what buffers other cores write into shows only when they do."""

    @property
    def cores(self) -> int:
        return self.columns * self.rows

    @cached_property
    def first_pages(self) -> tuple[int, ...]:
        """For each buffer the place of its first page among the pages of all."""
        return (0, *accumulate(buffer.pages for buffer in self.buffers))[:-1]

    @cached_property
    def buffer_named(self) -> dict[str, BufferInfo]:
        return {buffer.name: buffer for buffer in self.buffers}

    @cached_property
    def tensor_named(self) -> dict[str, TensorInfo]:
        return {tensor.name: tensor for tensor in self.tensors}

    @cached_property
    def semaphore_named(self) -> dict[str, SemaphoreInfo]:
        return {semaphore.name: semaphore for semaphore in self.semaphores}

    def position(self, core: int) -> tuple[int, int]:
        """Column and row of a core."""
        return core % self.columns, core // self.columns

    def core_at(self, column: int, row: int) -> int:
        return row * self.columns + column


@dataclass(frozen=True)
class CallSite:
    """A place at which a kernel makes a call, for reports."""

    callee: str
    span: Span | None
    callers: tuple[Related, ...] = ()
    """The calls of functions that lead there, innermost first."""
    loops: tuple[tuple[str, str], ...] = ()
    """For each loop around it, outermost first: its variable as the author calls it, and in the function that runs."""


@dataclass(frozen=True)
class OuterLoop:
    """A loop of a kernel that is in no other, and how often it turns."""

    variable: str
    """As the running function calls it."""
    start: int
    step: int
    trips: int


def window_bytes(buffers: tuple[BufferInfo, ...]) -> int:
    """Bytes of L1 that the buffers take, from the lowest on, rounded up to whole lines of a cache."""
    used = max((buffer.offset + buffer.total_bytes for buffer in buffers), default=0)
    return -(-used // CACHE_LINE) * CACHE_LINE
