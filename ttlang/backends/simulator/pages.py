"""Tensors during a run: their pages, who touched them, and the index patterns of transfers of many pages."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ttlang.diagnostics import error
from ttlang.machine.loaded import ProgramInfo, TensorInfo

if TYPE_CHECKING:
    from ttlang.backends.simulator.threads import Thread

Bytes = NDArray[np.uint8]
Integers = NDArray[np.int64]

NOBODY = -1
"""In a `History`: no core."""
SEVERAL = -2
"""In a `History`: more than one core."""


class HasPages(Protocol):
    """A tensor as the simulator takes it."""

    @property
    def pages(self) -> Bytes:
        """(pages, bytes of a page), C-contiguous; outputs are written in place."""
        ...


@dataclass(eq=False, slots=True)
class Contest:
    """A page that cores write in no order: a mistake, unless what each of them leaves there is the same."""

    thread: Thread
    """The first one that wrote what another core had written."""
    op: int
    """The number of that call in its kernel."""
    message: str
    variables: dict[str, object]
    """Those of the thread at that call."""
    left: dict[int, bytes] = field(default_factory=dict[int, bytes])
    """For each core, a digest of what it wrote last."""

    def land(self, core: int, data: bytes | memoryview) -> None:
        self.left[core] = blake2b(data, digest_size=16).digest()

    @property
    def is_settled(self) -> bool:
        """Whether the page holds the same whichever core was last."""
        return len(set(self.left.values())) == 1


class History:
    """Which core read and wrote each page of a piece of memory in this launch, for what no order guards."""

    def __init__(self, pages: int, *, tracks_reads: bool):
        self.writer = array("h", [NOBODY]) * pages
        self.reader = array("h", [NOBODY]) * pages if tracks_reads else None
        self.contests: dict[int, Contest] = {}
        """By page, in the order in which they began."""

    @cached_property
    def written_at(self) -> NDArray[np.int32]:
        """When each page was last written, by the clock of the core that did (`cells.Clocks`)."""
        return np.zeros(len(self.writer), np.int32)

    @cached_property
    def read_at(self) -> NDArray[np.int32]:
        """When each page was last read, likewise."""
        return np.zeros(len(self.writer), np.int32)

    @cached_property
    def writers(self) -> NDArray[np.int16]:
        return np.frombuffer(self.writer, np.int16)

    def settled(self, ids: Integers, core: int) -> bool:
        """Whether nobody but `core` has written any of the pages, and they may be read or written as one."""
        if self.reader is not None:
            return False
        writers = self.writers[ids]
        return bool(((writers == NOBODY) | (writers == core)).all())


class TensorPages:
    """
    The pages of a tensor during a run. Those of a row-major tensor can be moved in part; here each of its elements is
    a page of its own.
    """

    __slots__ = (
        "address",
        "alignment",
        "bytes",
        "count",
        "has_partial_shards",
        "history",
        "info",
        "name",
        "page_bytes",
        "pages",
        "row_bytes",
        "shard",
        "shard_grid",
        "shard_shape",
    )

    def __init__(self, info: TensorInfo, pages: Bytes, history: History | None):
        self.info = info
        self.name = info.name
        self.address = info.address
        self.alignment = info.read_alignment
        self.row_bytes = 0 if info.tiled else info.page_bytes
        """Bytes of a row of a row-major tensor."""
        self.page_bytes = info.unit_bytes
        self.pages = pages.reshape(-1, self.page_bytes)
        self.count = len(self.pages)
        self.bytes = pages.reshape(-1).data
        self.history = history
        """None if nothing writes to this memory."""
        self.shard_grid = info.shard_grid
        """Rows and columns of shards."""
        self.shard_shape = info.shard_shape
        height, width = info.matrix
        self.has_partial_shards = bool(height % self.shard_shape[0] or width % self.shard_shape[1])
        self.shard = pattern(*zip(self.shard_shape, (width, 1), self._shard_steps(), strict=True))
        """The transfers of a shard that is not cut off at the end of the tensor, each page to the next of a block."""

    def place(self, page: int) -> str:
        """What messages call a page."""
        if not self.row_bytes:
            return f"page {page}"
        row, element = divmod(page, self.row_bytes // self.page_bytes)
        return f"row {row}, element {element}"

    def _shard_steps(self) -> tuple[int, int]:
        """Bytes from a row of a shard to its next, and from a page to its next."""
        return self.shard_shape[1] * self.page_bytes, self.page_bytes

    def first_page(self, shard: int) -> int:
        """The page at the top left of a shard."""
        row, column = divmod(shard, self.shard_grid[1])
        high, wide = self.shard_shape
        return row * high * self.info.matrix[1] + column * wide


def bind_tensors(program: ProgramInfo, tensors: list[Bytes]) -> list[TensorPages]:
    """
    The program's tensors with their pages. `tensors` are the arrays of the call in its order. Raises a
    DiagnosticError if an array does not fit its tensor.
    """
    written = {number for kernel in program.kernels for number in kernel.writes}
    read = {number for kernel in program.kernels for number in kernel.reads}
    arrays = [_checked(info, tensors, info.number in written) for info in program.tensors]
    # Two tensors of the program may be one piece of memory: an output that is also an input.
    places = [_place(pages) for pages in arrays]
    written_places = {places[number] for number in written}
    read_places = {places[number] for number in read}
    histories = {
        place: History(info.units, tracks_reads=place in read_places)
        for info, place in zip(program.tensors, places, strict=True)
        if place in written_places
    }
    return [
        TensorPages(info, pages, histories.get(place))
        for info, pages, place in zip(program.tensors, arrays, places, strict=True)
    ]


def _checked(info: TensorInfo, tensors: list[Bytes], written: bool) -> Bytes:
    if info.index >= len(tensors):
        raise error("TTL0209", f"no tensor is given for '{info.name}', number {info.index}")
    pages = tensors[info.index]
    wanted = (info.pages, info.page_bytes)
    if pages.shape != wanted or pages.dtype != np.uint8:
        shape = "x".join(map(str, info.shape))
        unit = "tiles" if info.tiled else "elements"
        raise error(
            "TTL0209",
            f"'{info.name}' is a tensor of {shape} {unit} of {info.dtype}: {wanted[0]} pages of {wanted[1]} bytes, "
            f"not {' x '.join(map(str, pages.shape))} of {pages.dtype}",
        )
    if not pages.flags.c_contiguous or (written and not pages.flags.writeable):
        raise error("TTL0205", f"the pages of '{info.name}' can't be used in place: they are strided or read-only")
    return pages


def _place(pages: Bytes) -> int:
    return int(pages.__array_interface__["data"][0])


@dataclass(frozen=True, eq=False, slots=True)
class Pattern:
    """The transfers of a loop nest, as distances from the first one's page and L1 address."""

    count: int
    pages: Integers
    offsets: Integers
    lowest_page: int
    highest_page: int
    step: int
    """Bytes from each L1 address to the next, 0 if that is not always the same."""


@lru_cache(maxsize=1024)
def pattern(*loops: tuple[int, int, int]) -> Pattern:
    """`loops`, outermost first: trips, and how far each trip moves the page and the L1 address."""
    pages = np.zeros(1, np.int64)
    offsets = np.zeros(1, np.int64)
    for trips, page_step, offset_step in loops:
        trip = np.arange(trips, dtype=np.int64)
        pages = np.add.outer(pages, trip * page_step).reshape(-1)
        offsets = np.add.outer(offsets, trip * offset_step).reshape(-1)
    if not pages.size:
        return Pattern(0, pages, offsets, 0, 0, 0)
    steps = np.diff(offsets)
    step = int(steps[0]) if steps.size and (steps == steps[0]).all() else 0
    return Pattern(pages.size, pages, offsets, int(pages.min()), int(pages.max()), step)
