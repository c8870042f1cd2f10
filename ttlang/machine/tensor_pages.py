"""Tensors during a run: their pages, and who touched them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from ttlang.diagnostics import error
from ttlang.machine.access_history import History
from ttlang.machine.page_patterns import Pattern, page_pattern, run_pattern
from ttlang.machine.program_info import ProgramInfo, TensorInfo
from ttlang.machine.tiles import Bytes


class HasPages(Protocol):
    """A tensor as the simulator takes it."""

    @property
    def pages(self) -> Bytes:
        """(pages, bytes of a page), C-contiguous; outputs are written in place."""
        ...


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
        "unsettled",
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
        self.unsettled: Callable[[TensorPages], None] | None = None
        """Puts what has landed into the pages, where that is done later (`page_values.py`)."""
        self.shard_grid = info.shard_grid
        """Rows and columns of shards."""
        self.shard_shape = info.shard_shape
        height, width = info.matrix
        self.has_partial_shards = bool(height % self.shard_shape[0] or width % self.shard_shape[1])
        self.shard = page_pattern(*zip(self.shard_shape, (width, 1), self._shard_steps(), strict=True))
        """The transfers of a shard that is not cut off at the end of the tensor, each page to the next of a block."""

    def settle(self) -> None:
        """From now on the pages hold all that has landed."""
        if self.unsettled is not None:
            self.unsettled(self)

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

    def run(self, page: int, count: int) -> tuple[int, Pattern] | None:
        """
        The first unit of a page, and the transfers of it and of those that follow it in its bank; None where so many do
        not follow it there without a gap.
        """
        info, (high, wide) = self.info, self.shard_shape
        if not (info.sharded and 0 <= page < info.pages and count > 0) or info.page_bytes % info.read_alignment:
            return None
        if self.row_bytes:
            # A page is a row of a shard as wide as the tensor.
            if page % high + count > high or page + count > info.pages:
                return None
            return page * wide, run_pattern(count * wide, 0, wide, wide, self.page_bytes)
        row, column = divmod(page, info.matrix[1])
        place = column % wide
        last = place + count - 1
        widest = min(last, wide - 1)
        ends = row % high + last // wide < high and row + last // wide < info.matrix[0]
        if not ends or column - place + widest >= info.matrix[1]:
            return None
        return page, run_pattern(count, place, wide, info.matrix[1], self.page_bytes)


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
