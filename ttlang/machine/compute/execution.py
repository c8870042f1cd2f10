"""A call on tiles while it is carried out, on some cores at once: every array is (cores, tiles, datums)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ttlang.machine.compute.dst import Section
from ttlang.machine.compute.unit_state import Slots
from ttlang.machine.numerics import Numerics
from ttlang.machine.numerics.arrangements import Dim
from ttlang.machine.numerics.stored_tiles import Packing, StoredTiles
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Offsets
from ttlang.machine.tiles import Bytes, Patterns

Index = slice | NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Operands:
    """What a call works on."""

    slots: tuple[Slots, ...]
    pages: tuple[int, ...]
    """
    The page of the ring that the first tile lies in, for each of `tiles`. What else of a call is known to the run alone
    stands behind.
    """
    tiles: tuple[Offsets, ...]
    """For each buffer that it touches."""
    accumulates: bool
    """Of a pack: whether it adds to what L1 holds."""
    masked: Dim | None
    """Of a pack: the dimensions of the reduction outside whose result it writes zeros, if any."""

    def split(self) -> tuple[Operands, ...]:
        """Those of a call for each slot."""
        count = len(self.slots[-1])
        places = [tiles.parts(count) for tiles in self.tiles]
        return tuple(
            Operands(
                tuple((slots[part],) for slots in self.slots),
                tuple(page + place[part][0] for page, place in zip(self.pages, places, strict=True)),
                tuple(place[part][1] for place in places),
                self.accumulates,
                self.masked,
            )
            for part in range(count)
        )

    @property
    def size(self) -> int:
        """The tiles of the largest one."""
        return max([len(self.slots[-1]) if self.slots else 1, *(len(tiles.values) for tiles in self.tiles)])


@dataclass(frozen=True, eq=False)
class Datapath:
    """What the compute processors of all cores share."""

    numerics: Numerics
    dst32: bool
    fidelity: str
    rings: Sequence[Bytes]
    """For each buffer (cores, pages, bytes of a page), in the array that holds L1."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Cores that run the same trace at once."""

    cores: Index
    """Their rows of L1."""
    numbers: NDArray[np.intp]
    """The same, as an array."""
    dst: Section


class Execution:
    """A call at work: what its meaning reads and writes."""

    __slots__ = ("_batch", "_pages", "_path", "buffers", "dst", "dst32", "fidelity", "numerics", "operands")

    def __init__(
        self,
        path: Datapath,
        batch: Batch,
        buffers: Sequence[BufferInfo],
        operands: Operands,
        pages: NDArray[np.intp] | None,
    ):
        """`pages`, (cores, operands): where cores start that stand elsewhere than `operands` say; None if none does."""
        self.numerics = path.numerics
        self.dst32 = path.dst32
        self.fidelity = path.fidelity
        self.dst = batch.dst
        self.buffers = buffers
        self.operands = operands
        self._path = path
        self._batch = batch
        self._pages = pages

    @property
    def output(self) -> Slots:
        """The slots that the call writes."""
        return self.operands.slots[-1]

    @property
    def groups(self) -> tuple[int, int]:
        """Groups of cores, and the cores of each."""
        return self.dst.cores, 1

    def read(self, operand: int = 0) -> Patterns:
        """What the slots of an operand hold."""
        return self.dst.read(self.operands.slots[operand])

    def before(self) -> Patterns | None:
        """What the slots hold that the call writes, where one that the section has not written is zero; None if all."""
        return self.dst.read_or_zero(self.output)

    def write(self, values: Patterns) -> None:
        self.dst.write(self.output, values)

    def unpack(self, operand: int = 0) -> Patterns:
        """The tiles of an operand in L1, as the unpacker reads them."""
        return self.numerics.unpack_stored(self.stored(operand))

    def stored(self, operand: int) -> StoredTiles:
        """The tiles of an operand in L1, (cores, tiles)."""
        count = len(self.operands.tiles[operand].values)
        return StoredTiles(self._stored(operand), None, self.buffers[operand].dtype, count)

    def stored_apart(self, operand: int) -> StoredTiles:
        """
        The same as (groups of cores, cores of a group, tiles), with one group where all of these read the same tiles,
        and one core of a group likewise.
        """
        count = len(self.operands.tiles[operand].values)
        return StoredTiles(self._stored(operand)[:, np.newaxis], None, self.buffers[operand].dtype, count)

    def pack(self, values: Patterns) -> None:
        """Moves values of DST to the call's buffer."""
        if (packing := self.packing()) is not None and self.numerics.pack_to(values, packing, self.dst32):
            return
        dtype, raw = self.buffers[0].dtype, self.numerics.pack(values, self.buffers[0].dtype, self.dst32)
        if self.operands.accumulates:
            raw = self.numerics.accumulate_packed(self._stored(0), raw, dtype)
        self._store(raw)

    def packing(self) -> Packing | None:
        """What a pack does, if its tiles are rows of one array."""
        return None

    def core_pages(self, operand: int) -> list[Bytes]:
        """For each core the pages of an operand, next to each other: views of L1."""
        ring, count = self._path.rings[self.buffers[operand].number], len(self.operands.tiles[operand].values)
        firsts = self.run_time(operand)
        return [ring[core, first : first + count] for core, first in zip(self._batch.numbers, firsts, strict=True)]

    def run_time(self, place: int) -> Sequence[int]:
        """For each core, the number at a place of `Operands.pages`."""
        if self._pages is None:
            return [self.operands.pages[place]] * len(self._batch.numbers)
        return [int(number) for number in self._pages[:, place]]

    def _stored(self, operand: int) -> Bytes:
        """The bytes of an operand's tiles; of one if all of them are one. They may be a view of L1."""
        return self._path.rings[self.buffers[operand].number][self._place(operand)]

    def _store(self, raw: Bytes) -> None:
        """The bytes of the tiles that are packed."""
        self._path.rings[self.buffers[0].number][self._place(0)] = raw

    def _place(self, operand: int) -> tuple[Index, Index]:
        """Where the tiles of an operand lie in its ring; one place if all of them are one."""
        tiles, pages, batch = self.operands.tiles[operand], self._pages, self._batch
        if pages is None and tiles.step is not None:
            first = self.operands.pages[operand]
            return batch.cores, slice(first, first + tiles.span + 1, tiles.step or 1)
        every = tiles.array[:1] if tiles.step == 0 else tiles.array
        firsts = self.operands.pages[operand] if pages is None else pages[:, operand, np.newaxis]
        return batch.numbers[:, np.newaxis], firsts + every
