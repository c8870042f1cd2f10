"""
What the pages of circular buffers hold, by name instead of by copy: a page of a tensor, a page that a compute thread
will have packed, or the bytes that lie in L1. So calls on tiles can be carried out later than they are made, and many
of them at once (`compute/deferred_engine.py`): a page that is popped and filled again has just another name.

A name is a number: a row of a `Pool`, or a page of a tensor that nothing writes. L1 gets its bytes when somebody asks
for them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.page_patterns import Integers
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.tiles import Bytes

IN_L1 = -1
"""The name of what lies in L1 itself."""
POOL_BYTES = 16 << 20
"""Of the pages of one size that have names of their own, before those are sought that are needed no more."""

_TENSOR_BITS = 32
"""A name's upper part is the tensor's number and one, or zero; its lower part the page."""
_PAGE = (1 << _TENSOR_BITS) - 1
_NOT_NAMED = 1 << 30
"""In place of a depth: the page lies in L1."""


class Pool:
    """Pages of one size that are computed, or copied out of L1."""

    __slots__ = ("_free", "_used", "first", "page_bytes", "rows")

    def __init__(self, page_bytes: int, first: int, rows: Bytes):
        self.page_bytes = page_bytes
        self.first = first
        """The name of its first row."""
        self.rows = rows
        self._free: Integers = np.arange(first, first + len(rows), dtype=np.int64)
        self._used = 0
        """How many of the free names are free no more."""

    @property
    def room(self) -> int:
        return len(self._free) - self._used

    def take(self, count: int) -> Integers:
        """So many names."""
        self._used += count
        return self._free[self._used - count : self._used]

    def free_all_but(self, names: Integers) -> None:
        """What has none of these names is needed no more; those of other pools don't matter."""
        free = np.ones(len(self.rows), np.bool_)
        places = names - self.first
        free[places[(places >= 0) & (places < len(free))]] = False
        self._free = np.flatnonzero(free) + self.first
        self._used = 0


@dataclass(eq=False)
class Departed:
    """Pages that have left L1 and not yet landed: by their names, or, once all was settled, their bytes."""

    names: Integers
    page_bytes: int
    data: Bytes | None = None
    """(pages, bytes of a page)."""
    landed: bool = False


@dataclass(eq=False)
class _Landed:
    """What is to be written to a tensor: pages, and the names of what they get, in order."""

    tensor: TensorPages
    page_bytes: int
    pages: list[int] = field(default_factory=list[int])
    names: list[int] = field(default_factory=list[int])


class PageValues:
    """Those of all cores in a run."""

    def __init__(self, program: ProgramInfo, l1: Bytes, tensors: Sequence[TensorPages]):
        self.compute: Callable[[], None] = _nothing
        """Carries out all calls on tiles that were put off; whoever does that sets it."""
        self.first_pages = program.first_pages
        self.names = np.full((program.cores, sum(buffer.pages for buffer in program.buffers)), IN_L1, np.int64)
        """For each core and page."""
        self.page_bytes = tuple(buffer.page_bytes for buffer in program.buffers)
        self._rings = [
            l1[:, buffer.offset : buffer.offset + buffer.total_bytes].reshape(-1, buffer.pages, buffer.page_bytes)
            for buffer in program.buffers
        ]
        self._tensors = tensors
        sizes = sorted(set(self.page_bytes))
        counts = [POOL_BYTES // size for size in sizes]
        self.pools = {
            size: Pool(size, first, _take_rows(count, size))
            for size, count, first in zip(sizes, counts, (0, *accumulate(counts)), strict=False)
        }
        self._end = sum(counts)
        self._depths = _no_depths(self._end)
        for tensor in tensors:
            tensor.unsettled = self.settle_tensor
        self._departed: list[Departed] = []
        self._landed: dict[int, _Landed] = {}

    def close(self) -> None:
        """The run has ended."""
        _spare_rows.extend(pool.rows for pool in self.pools.values())

    # --------------------------------------------------------------------------------------------------- the names

    def of_buffer(self, core: int, number: int, pages: int) -> Integers:
        """The names of a buffer's pages: a view, in which they are changed."""
        first = self.first_pages[number]
        return self.names[core, first : first + pages]

    def depth(self, names: Integers) -> int | None:
        """How many calls, one needing the other, are behind these names at most; None if any lies in L1."""
        deepest = int(self._depths[np.minimum(names, self._end)].max()) if names.size else 0
        return None if deepest >= _NOT_NAMED else deepest

    def take_names(self, page_bytes: int, count: int, depth: int) -> Integers:
        """Names for so many pages, which are to be computed; there must be room for them."""
        names = self.pools[page_bytes].take(count)
        self._depths[names] = depth
        return names

    def make_room(self, page_bytes: int, count: int) -> None:
        """Sees that there is room for so many pages."""
        if self.pools[page_bytes].room >= count:
            return
        self.reclaim()
        if self.pools[page_bytes].room >= count:
            return
        self.settle()
        if self.pools[page_bytes].room < count:
            self._enlarge(page_bytes, count)

    def _enlarge(self, page_bytes: int, count: int) -> None:
        """Makes a pool larger that is too small for what comes at once. No page has a pool's name."""
        first = 0
        for size, pool in self.pools.items():
            rows = np.empty((count, size), np.uint8) if size == page_bytes else pool.rows
            self.pools[size] = Pool(size, first, rows)
            first += len(rows)
        self._end = first
        self._depths = _no_depths(first)

    def name_all(self, number: int, core: int, pages: NDArray[np.intp]) -> None:
        """Gives names to those pages of a buffer that lie in L1. There must be room for all of them."""
        names = self.of_buffer(core, number, self._rings[number].shape[1])
        lying = np.unique(pages[names[pages] == IN_L1])
        size = self.page_bytes[number]
        given, pool = self.take_names(size, len(lying), 0), self.pools[size]
        pool.rows[given - pool.first] = self._rings[number][core, lying]
        names[lying] = given

    def rows_of(self, names: Integers, page_bytes: int) -> tuple[Bytes, Integers] | None:
        """The array that holds these pages, and their rows there; None if they lie in several."""
        lowest, highest = int(np.minimum.reduce(names, axis=None)), int(np.maximum.reduce(names, axis=None))
        source = lowest >> _TENSOR_BITS
        if source != highest >> _TENSOR_BITS:
            return None
        if source:
            return self._tensors[source - 1].pages, names & _PAGE
        pool = self.pools[page_bytes]
        return pool.rows, names - pool.first

    def gather(self, names: Integers, page_bytes: int) -> Bytes:
        """The bytes of pages of one size, (..., page_bytes). What they are computed by has been carried out."""
        if (found := self.rows_of(names, page_bytes)) is not None:
            rows, places = found
            return rows.take(places, axis=0, mode="clip")
        result = np.empty((*names.shape, page_bytes), np.uint8)
        sources = names >> _TENSOR_BITS
        for source in np.unique(sources).tolist():
            some = sources == source
            result[some] = self.gather(names[some], page_bytes)
        return result

    # ---------------------------------------------------------------------------------------------- asked for bytes

    def bring(self, core: int, number: int, first: int, end: int) -> None:
        """The pages of a buffer from `first` to before `end` lie in L1 from now on."""
        names = self.of_buffer(core, number, self._rings[number].shape[1])[first:end]
        pages = np.flatnonzero(names != IN_L1)
        if not pages.size:
            return
        if names[pages].min() < self._end:
            self.compute()
        self._rings[number][core, pages + first] = self.gather(names[pages], self.page_bytes[number])
        names[pages] = IN_L1

    def depart(self, names: Integers, page_bytes: int) -> Departed:
        """Pages leave L1 as they are now."""
        departed = Departed(names.copy(), page_bytes)
        self._departed.append(departed)
        return departed

    def land(self, tensor: TensorPages, pages: Sequence[int], departed: Departed) -> None:
        """Departed pages land as pages of a tensor, which are as large."""
        if departed.data is not None:
            self.settle_tensor(tensor)
            tensor.pages[pages] = departed.data
            return
        # Two tensors of a program that are one piece of memory have one history.
        landed = self._landed.setdefault(id(tensor.history), _Landed(tensor, departed.page_bytes))
        departed.landed = True
        landed.pages.extend(pages)
        landed.names.extend(departed.names.tolist())

    def settle_tensor(self, tensor: TensorPages) -> None:
        """The tensor holds all that has landed."""
        if id(tensor.history) in self._landed:
            self.reclaim()

    def reclaim(self) -> None:
        """All calls on tiles are carried out, and what has landed is in the tensors: then many names are free."""
        self.compute()
        for landed in self._landed.values():
            names = np.array(landed.names, np.int64)
            landed.tensor.pages[np.array(landed.pages, np.int64)] = self.gather(names, landed.page_bytes)
        self._landed.clear()
        self._departed = [departed for departed in self._departed if not departed.landed]
        used = np.concatenate([self.names.reshape(-1), *(departed.names for departed in self._departed)])
        for pool in self.pools.values():
            pool.free_all_but(used)

    def settle(self) -> None:
        """The same, and no page has a pool's name."""
        self.compute()
        for departed in self._departed:
            if not departed.landed:
                departed.data = self.gather(departed.names, departed.page_bytes)
        self._departed = [departed for departed in self._departed if departed.landed]
        for number, ring in enumerate(self._rings):
            first = self.first_pages[number]
            names = self.names[:, first : first + ring.shape[1]]
            cores, pages = np.nonzero((names != IN_L1) & (names < self._end))
            if cores.size:
                ring[cores, pages] = self.gather(names[cores, pages], self.page_bytes[number])
                names[cores, pages] = IN_L1
        self.reclaim()


class NamedPages:
    """The pages of a buffer on a core, to those who move them."""

    __slots__ = ("_core", "_names", "_number", "_page_bytes", "_values")

    def __init__(self, values: PageValues, core: int, number: int, pages: int):
        self._values = values
        self._core = core
        self._number = number
        self._names = values.of_buffer(core, number, pages)
        self._page_bytes = values.page_bytes[number]

    def take(self, tensor: TensorPages, pages: int | Integers, start: int, first: int, last: int) -> bool:
        """
        Pages of a tensor land `start` bytes from the buffer's own start on, in its pages from `first` to `last`.
        Returns False if the bytes have to be copied to L1, where the rest of these pages lies then.
        """
        whole = self._is_whole(tensor, pages, start, first, last)
        if whole and tensor.history is None:
            self._names[first : last + 1] = pages + ((tensor.info.number + 1) << _TENSOR_BITS)
            return True
        if whole:
            self._names[first : last + 1] = IN_L1
        else:
            self.bring(first, last + 1)
        tensor.settle()
        return False

    def leave(self, tensor: TensorPages, pages: int | Integers, start: int, first: int, last: int) -> Departed | None:
        """
        The pages from `first` to `last` leave for a tensor, from `start` on. None if the bytes have to be copied out of
        L1, where they lie then.
        """
        names = self._names[first : last + 1]
        if self._is_whole(tensor, pages, start, first, last) and names.min() != IN_L1:
            return self._values.depart(names, self._page_bytes)
        self.bring(first, last + 1)
        return None

    def land(self, tensor: TensorPages, pages: int | Integers, departed: Departed) -> None:
        self._values.land(tensor, [pages] if isinstance(pages, int) else pages.tolist(), departed)

    def bring(self, first: int, end: int) -> None:
        """The pages from `first` to before `end` lie in L1 from now on."""
        self._values.bring(self._core, self._number, first, end)

    def _is_whole(self, tensor: TensorPages, pages: int | Integers, start: int, first: int, last: int) -> bool:
        """Whether so many pages of the tensor are just these of the buffer."""
        size, count = self._page_bytes, 1 if isinstance(pages, int) else len(pages)
        return tensor.page_bytes == size and start == first * size and count == last - first + 1


def _no_depths(end: int) -> NDArray[np.int64]:
    """For each name before `end`, for all tensors' pages, and, at -1, for what lies in L1."""
    depths = np.zeros(end + 2, np.int64)
    depths[-1] = _NOT_NAMED
    return depths


def _nothing() -> None:
    pass


_spare_rows: deque[Bytes] = deque(maxlen=4)
"""Those of the last run: fresh memory costs more than what a run does with it."""


def _take_rows(count: int, page_bytes: int) -> Bytes:
    for _ in range(len(_spare_rows)):
        rows = _spare_rows.pop()
        if rows.shape == (count, page_bytes):
            return rows
        _spare_rows.appendleft(rows)
    return np.empty((count, page_bytes), np.uint8)
