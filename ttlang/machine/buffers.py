"""
A circular buffer on one core, at run time (docs/hardware.md, "Circular buffers").

The rules that it checks: push what was reserved, pop what was waited for, touch only pages inside the acquired
window, step over the end of the ring only by landing on it, read only pages that something wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from ttlang.machine import buffer_faults as faults
from ttlang.machine.page_values import NamedPages
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Offsets
from ttlang.machine.waits import Waiter


class Transfers(Protocol):
    """What a thread has in flight, as a buffer sees it."""

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches a page of the ring from `first` to before `end`."""
        ...

    def keeps(self, buffer: Buffer, first: int, end: int) -> bool:
        """Whether a write in flight keeps those pages from being popped."""
        ...


class Buffer:
    """
    Both sides of a buffer. Threads call the methods that are named after a kernel's calls; each takes the number of the
    call, for reports. Pages are numbered from the start of the ring.
    """

    __slots__ = (
        "address",
        "arriving",
        "claims",
        "consumer",
        "consumer_needs",
        "filled",
        "hollow",
        "incoming",
        "info",
        "landing",
        "named",
        "outgoing",
        "packed",
        "page_bytes",
        "pages",
        "popped",
        "ports",
        "producer",
        "producer_needs",
        "rd",
        "reserved",
        "row",
        "unwritten",
        "used",
        "waited",
        "wr",
        "written",
    )

    def __init__(self, info: BufferInfo, row: int):
        self.info = info
        self.landing = info.landing
        """Whether it is no ring, but slots that other cores write into."""
        self.pages = info.pages
        self.page_bytes = info.page_bytes
        self.address = info.address
        self.row = row + info.offset
        """Where the ring starts in the flat array of all cores' L1."""
        self.filled = 0
        """Pages pushed and not popped."""
        self.popped = 0
        """Pages that were ever popped."""
        self.wr = 0
        self.rd = 0
        self.reserved = 0
        """Pages from `wr` on that the producer holds."""
        self.waited = 0
        """Pages from `rd` on that the consumer holds."""
        self.packed = 0
        """Pages that the packer has put behind `wr` since the last push."""
        self.written = bytearray(info.pages)
        """For each page, whether its contents are defined."""
        self.unwritten = 0
        """Pages pushed with undefined contents and not popped."""
        self.hollow: set[int] = set()
        """Pages of which what a popped block left there is undefined; of others it can still be added to."""
        self.incoming = 0
        """Reads in flight into the ring."""
        self.arriving: list[tuple[int, int]] = []
        """Pages, from the first to the last, that other cores' writes in flight touch."""
        self.outgoing = 0
        """Writes in flight out of the ring."""
        self.named: NamedPages | None = None
        """What its pages hold by name, where that is not only in L1."""
        self.used = False
        """Whether its producer has used reserved pages, as a source or by elements: nobody has to wait for them."""
        self.ports: tuple[Transfers, ...] = ()
        self.producer: Waiter | None = None
        """The thread that waits for free pages, and for how many."""
        self.producer_needs = 0
        self.consumer: Waiter | None = None
        """The thread that waits for filled pages, and for how many."""
        self.consumer_needs = 0
        self.claims: dict[bool, Waiter] = {}

    # ------------------------------------------------------------------------------------------ the producer's side

    def cb_reserve_back(self, pages: int, op: int) -> bool:
        """Whether the caller must wait for free pages; if not, it holds them."""
        if self.filled + pages > self.pages:
            faults.check_size(self.info, "cb_reserve_back", pages, op)
            return True
        if pages > self.reserved:
            self.reserved = pages
        return False

    def cb_push_back(self, pages: int, op: int) -> None:
        wr = self.wr
        end = wr + pages
        if pages > self.reserved:
            raise faults.not_held(self.info, "cb_push_back", pages, self.reserved, "cb_reserve_back", op)
        if self.incoming and any(port.in_flight(self, "read", wr, end) for port in self.ports):
            raise faults.not_at_rest(self.info, "cb_push_back", "read", pages, op)
        if any(low < end and wr <= high for low, high in self.arriving):
            raise faults.arriving(self.info, pages, op)
        if end >= self.pages:
            if end > self.pages:
                raise faults.steps_over_the_end(self.info, "cb_push_back", pages, wr, op)
            self.wr = 0
        else:
            self.wr = end
        if 0 in self.written[wr:end]:
            self.unwritten += self.written.count(0, wr, end)
        self.reserved -= pages
        self.packed = 0
        self.filled += pages
        waiting = self.consumer
        if waiting is not None and self.filled >= self.consumer_needs:
            self.consumer = None
            waiting.wake()

    def pack(self, pages: int, op: int, accumulates: bool) -> int:
        """The page that the packer writes next, or adds to, and `pages - 1` after it."""
        page = self.wr + self.packed
        if self.packed + pages > self.reserved:
            raise faults.no_room_to_pack(self.info, pages, self.reserved - self.packed, self.reserved, op)
        if page + pages > self.pages:
            raise faults.steps_over_the_end(self.info, "packing", pages, page, op)
        if accumulates:
            self._check_defined(page, page + pages, op)
        self.packed += pages
        if pages == 1:
            self.written[page] = 1
        else:
            self.written[page : page + pages] = b"\1" * pages
        return page

    def pack_at(self, tile: int, offsets: Offsets, op: int, accumulates: bool) -> int:
        """The page of a tile of the reserved block, which the packer writes or adds to; and others from there on."""
        page = self.wr + tile
        if tile < 0 or tile + offsets.span >= self.reserved:
            outside = tile if tile < 0 or tile >= self.reserved else tile + offsets.span
            raise faults.packs_outside(self.info, outside, self.reserved, op)
        if page + offsets.span >= self.pages:
            raise faults.steps_over_the_end(self.info, "packing", offsets.span + 1, page, op)
        if not offsets.has_gaps:
            if accumulates:
                self._check_defined(page, page + offsets.span + 1, op)
            self.written[page : page + offsets.span + 1] = b"\1" * (offsets.span + 1)
            return page
        for offset in offsets.values:
            if accumulates:
                self._check_defined(page + offset, page + offset + 1, op)
            self.written[page + offset] = 1
        return page

    def get_write_ptr(self) -> int:
        """L1 address of the first reserved page."""
        return self.address + self.wr * self.page_bytes

    # ------------------------------------------------------------------------------------------ the consumer's side

    def cb_wait_front(self, pages: int, op: int) -> bool:
        """Whether the caller must wait for filled pages; if not, it holds them."""
        if pages > self.filled:
            faults.check_size(self.info, "cb_wait_front", pages, op)
            return True
        if pages > self.waited:
            self.waited = pages
        return False

    def cb_pop_front(self, pages: int, op: int) -> None:
        rd = self.rd
        end = rd + pages
        if pages > self.waited:
            raise faults.not_held(self.info, "cb_pop_front", pages, self.waited, "cb_wait_front", op)
        if self.outgoing and any(port.keeps(self, rd, end) for port in self.ports):
            raise faults.not_at_rest(self.info, "cb_pop_front", "write", pages, op)
        if end >= self.pages:
            if end > self.pages:
                raise faults.steps_over_the_end(self.info, "cb_pop_front", pages, rd, op)
            self.rd = 0
        else:
            self.rd = end
        if self.unwritten:
            self.unwritten -= self.written.count(0, rd, end)
            self.hollow.update(page for page in range(rd, end) if not self.written[page])
        if self.hollow:
            self.hollow.difference_update(page for page in range(rd, end) if self.written[page])
        if pages == 1:
            self.written[rd] = 0
        else:
            self.written[rd:end] = bytes(pages)
        self.waited -= pages
        self.filled -= pages
        self.popped += pages
        waiting = self.producer
        if waiting is not None and self.pages - self.filled >= self.producer_needs:
            self.producer = None
            waiting.wake()

    def front(self, tile: int, span: int, op: int) -> int:
        """The page of a tile of the waited block; the caller also reads all of the `span` pages after it."""
        page = self.rd + tile
        if tile < 0 or tile + span >= self.waited or page + span >= self.pages:
            self._front(tile, span, op)
        if self.unwritten:
            self.check_written(page, page + span + 1, op)
        return page

    def front_among(self, tile: int, offsets: Offsets, op: int) -> int:
        """The same, where the caller reads only some of the pages after it."""
        page = self._front(tile, offsets.span, op)
        if self.unwritten:
            for offset in offsets.values:
                self.check_written(page + offset, page + offset + 1, op)
        return page

    def _front(self, tile: int, span: int, op: int) -> int:
        page = self.rd + tile
        if tile < 0 or tile + span >= self.waited:
            outside = tile if tile < 0 or tile >= self.waited else tile + span
            raise faults.reads_outside(self.info, outside, self.waited, op)
        if page + span >= self.pages:
            raise faults.steps_over_the_end(self.info, "reading", span + 1, page, op)
        return page

    def get_read_ptr(self) -> int:
        """L1 address of the oldest filled page."""
        return self.address + self.rd * self.page_bytes

    # ------------------------------------------------------------------------------------------------ what is shared

    def held_page(self, tile: int, back: bool, op: int) -> int:
        """The page of a tile of the block that is waited for, or, at the `back`, of the one that is reserved."""
        if not back:
            return self._front(tile, 0, op)
        if not 0 <= tile < self.reserved:
            raise faults.packs_outside(self.info, tile, self.reserved, op)
        return self.wr + tile

    def claim(self, thread: Waiter, front: bool, op: int) -> None:
        """Makes sure that one thread alone works on a side of the buffer; only called where several kernels could."""
        if self.landing and not self.info.landing:
            raise faults.landed_in_ring(self.info, op)
        owner = self.claims.setdefault(front, thread)
        if owner is thread:
            return
        raise faults.second_owner(self.info, owner.name, op, front=front)

    def check_written(self, first: int, end: int, op: int) -> None:
        """Raises the fault of a read if a page from `first` to before `end` has undefined contents."""
        page = self.written.find(0, first, end)
        if page >= 0:
            raise faults.reads_unwritten(self.info, page, op)

    def _check_defined(self, first: int, end: int, op: int) -> None:
        """The packer adds to pages from `first` to before `end`: to what was packed, or what a popped block left."""
        if self.written.find(0, first, end) < 0:
            return
        if not self.info.adds_to_popped:
            self.check_written(first, end, op)
            return
        for page in range(first, end):
            if not self.written[page] and (page >= self.popped or page in self.hollow):
                raise faults.reads_unwritten(self.info, page, op)


class SharingBuffer(Buffer):
    """A buffer that lies in one place with others, of which one alone holds pages at any time."""

    __slots__ = ("sharers",)

    def __init__(self, info: BufferInfo, row: int):
        super().__init__(info, row)
        self.sharers: list[SharingBuffer] = []
        """The others."""

    @property
    def held(self) -> int:
        """Pages that are reserved or filled."""
        return self.reserved + self.filled

    def cb_reserve_back(self, pages: int, op: int) -> bool:
        for other in self.sharers:
            if other.held:
                raise faults.shared_memory(self.info, other.info, other.held, op)
        return super().cb_reserve_back(pages, op)


class OverlaidBuffer(Buffer):
    """
    A buffer that lies in one place with others. All may hold pages; what is written to one must not be what another
    one still needs.
    """

    __slots__ = ("overlaid",)

    def __init__(self, info: BufferInfo, row: int):
        super().__init__(info, row)
        self.overlaid: list[OverlaidBuffer] = []

    def pack(self, pages: int, op: int, accumulates: bool) -> int:
        page = super().pack(pages, op, accumulates)
        self.take(page, page + pages, op)
        return page

    def pack_at(self, tile: int, offsets: Offsets, op: int, accumulates: bool) -> int:
        page = super().pack_at(tile, offsets, op, accumulates)
        for offset in offsets.values:
            self.take(page + offset, page + offset + 1, op)
        return page

    def take(self, first: int, end: int, op: int) -> None:
        """Pages from `first` to before `end` are written. Raises a Fault if another buffer needs what lies there."""
        low, high = first * self.page_bytes, end * self.page_bytes
        for other in self.overlaid:
            for page in range(low // other.page_bytes, min(-(-high // other.page_bytes), other.pages)):
                if other.needs(page):
                    raise faults.overlaid(self.info, first, other.info, page, op)
                other.hollow.add(page)

    def needs(self, page: int) -> bool:
        """Whether the page has contents, pushed or to be pushed."""
        if (page - self.rd) % self.pages < self.filled:
            return True
        return bool(self.written[page]) and self.has(page)

    def has(self, page: int) -> bool:
        """Whether the page is reserved or filled."""
        return (page - self.rd) % self.pages < self.filled or self.wr <= page < self.wr + self.reserved


def make_buffers(infos: Sequence[BufferInfo], row: int) -> list[Buffer]:
    """The buffers of a core, whose row of L1 starts there in the flat array of all."""
    groups: dict[int, list[SharingBuffer]] = {}
    overlays: dict[int, list[OverlaidBuffer]] = {}
    made: list[Buffer] = []
    for info in infos:
        if info.overlay is not None:
            over = OverlaidBuffer(info, row)
            for below in overlays.setdefault(info.overlay, []):
                below.overlaid.append(over)
                over.overlaid.append(below)
            overlays[info.overlay].append(over)
            made.append(over)
            continue
        if info.group is None:
            made.append(Buffer(info, row))
            continue
        buffer = SharingBuffer(info, row)
        members = groups.setdefault(info.group, [])
        for other in members:
            other.sharers.append(buffer)
            buffer.sharers.append(other)
        members.append(buffer)
        made.append(buffer)
    return made


def buffer_at(buffers: Iterable[Buffer], address: int) -> Buffer | None:
    """The buffer of a core in which an L1 address lies; of several in one place, the one that holds a page there."""
    found: Buffer | None = None
    for buffer in buffers:
        if buffer.address <= address < buffer.address + buffer.info.total_bytes:
            if _holds(buffer, address):
                return buffer
            found = found or buffer
    return found


def _holds(buffer: Buffer, address: int) -> bool:
    if isinstance(buffer, OverlaidBuffer):
        return buffer.has((address - buffer.address) // buffer.page_bytes)
    return not isinstance(buffer, SharingBuffer) or buffer.held > 0
