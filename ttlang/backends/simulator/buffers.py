"""
A circular buffer on one core, at run time (docs/hardware.md, "Circular buffers").

The rules that it checks: push what was reserved, pop what was waited for, touch only pages inside the acquired
window, step over the end of the ring only by landing on it, read only pages that something wrote.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttlang.machine.faults import Fault, count_of
from ttlang.machine.loaded import BufferInfo
from ttlang.machine.offsets import Offsets

if TYPE_CHECKING:
    from ttlang.backends.simulator.noc import Port
    from ttlang.backends.simulator.scheduler import Thread


class Buffer:
    """
    Both sides of a buffer. Generated code calls the methods; each takes the number of the calling operation, for
    reports. Pages are numbered from the start of the ring.
    """

    __slots__ = (
        "address",
        "arriving",
        "claims",
        "consumer",
        "consumer_needs",
        "filled",
        "incoming",
        "info",
        "landing",
        "outgoing",
        "packed",
        "page_bytes",
        "pages",
        "ports",
        "producer",
        "producer_needs",
        "rd",
        "reserved",
        "row",
        "unwritten",
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
        self.incoming = 0
        """Reads in flight into the ring."""
        self.arriving: list[tuple[int, int]] = []
        """Pages, from the first to the last, that other cores' writes in flight touch."""
        self.outgoing = 0
        """Writes in flight out of the ring."""
        self.ports: tuple[Port, ...] = ()
        self.producer: Thread | None = None
        """The thread that waits for free pages, and for how many."""
        self.producer_needs = 0
        self.consumer: Thread | None = None
        """The thread that waits for filled pages, and for how many."""
        self.consumer_needs = 0
        self.claims: dict[bool, Thread] = {}

    # ------------------------------------------------------------------------------------------ the producer's side

    def reserve_back(self, pages: int, op: int) -> bool:
        """Whether the caller must wait for free pages; if not, it holds them."""
        if self.filled + pages > self.pages:
            self._check_size("cb_reserve_back", pages, op)
            return True
        if pages > self.reserved:
            self.reserved = pages
        return False

    def push_back(self, pages: int, op: int) -> None:
        wr = self.wr
        end = wr + pages
        if pages > self.reserved:
            raise self._not_held("cb_push_back", pages, self.reserved, "cb_reserve_back", op)
        if self.incoming:
            self._check_at_rest("cb_push_back", "read", wr, end, op)
        if any(low < end and wr <= high for low, high in self.arriving):
            raise self._arriving(pages, op)
        if end >= self.pages:
            if end > self.pages:
                raise self._wrap("cb_push_back", pages, wr, op)
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
            free = self.reserved - self.packed
            raise Fault(
                "TTL0803",
                op,
                f"{self.info.name}: packs {count_of(pages, 'page')} where {free} of {self.reserved} reserved are left",
            )
        if page + pages > self.pages:
            raise self._wrap("packing", pages, page, op)
        if accumulates:
            self.check_written(page, page + pages, op)
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
            raise Fault(
                "TTL0803",
                op,
                f"{self.info.name}: packs tile {outside} of a block of {count_of(self.reserved, 'reserved page')}",
                hint=None if self.reserved else "a cb_reserve_back must come before the pack",
            )
        if page + offsets.span >= self.pages:
            raise self._wrap("packing", offsets.span + 1, page, op)
        for offset in offsets.values:
            if accumulates:
                self.check_written(page + offset, page + offset + 1, op)
            self.written[page + offset] = 1
        return page

    def write_pointer(self) -> int:
        """L1 address of the first reserved page."""
        return self.address + self.wr * self.page_bytes

    # ------------------------------------------------------------------------------------------ the consumer's side

    def wait_front(self, pages: int, op: int) -> bool:
        """Whether the caller must wait for filled pages; if not, it holds them."""
        if pages > self.filled:
            self._check_size("cb_wait_front", pages, op)
            return True
        if pages > self.waited:
            self.waited = pages
        return False

    def pop_front(self, pages: int, op: int) -> None:
        rd = self.rd
        end = rd + pages
        if pages > self.waited:
            raise self._not_held("cb_pop_front", pages, self.waited, "cb_wait_front", op)
        if self.outgoing:
            self._check_at_rest("cb_pop_front", "write", rd, end, op)
        if end >= self.pages:
            if end > self.pages:
                raise self._wrap("cb_pop_front", pages, rd, op)
            self.rd = 0
        else:
            self.rd = end
        if self.unwritten:
            self.unwritten -= self.written.count(0, rd, end)
        if pages == 1:
            self.written[rd] = 0
        else:
            self.written[rd:end] = bytes(pages)
        self.waited -= pages
        self.filled -= pages
        waiting = self.producer
        if waiting is not None and self.pages - self.filled >= self.producer_needs:
            self.producer = None
            waiting.wake()

    def front(self, tile: int, span: int, op: int) -> int:
        """The page of a tile of the waited block; the caller also reads all of the `span` pages after it."""
        page = self._front(tile, span, op)
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
            raise Fault(
                "TTL0803",
                op,
                f"{self.info.name}: reads tile {outside} of a block of {count_of(self.waited, 'waited page')}",
                hint=None if self.waited else "a cb_wait_front must come before the read",
            )
        if page + span >= self.pages:
            raise self._wrap("reading", span + 1, page, op)
        return page

    def read_pointer(self) -> int:
        """L1 address of the oldest filled page."""
        return self.address + self.rd * self.page_bytes

    # ------------------------------------------------------------------------------------------------ what is shared

    def claim(self, thread: Thread, front: bool, op: int) -> None:
        """Makes sure that one thread alone works on a side of the buffer; only called where several kernels could."""
        if self.landing and not self.info.landing:
            message = f"{self.info.name} is used as a ring, and another core wrote into it before any page was reserved"
            raise Fault("TTL0803", op, message, hint="a sender has to wait until the receiver has reserved its block")
        owner = self.claims.setdefault(front, thread)
        if owner is thread:
            return
        side, code = ("consumer", "TTL0406") if front else ("producer", "TTL0405")
        raise Fault(code, op, f"{self.info.name} has another {side} on this core: thread '{owner.kernel.info.name}'")

    def check_written(self, first: int, end: int, op: int) -> None:
        """Raises the fault of a read if a page from `first` to before `end` has undefined contents."""
        page = self.written.find(0, first, end)
        if page >= 0:
            raise Fault("TTL0802", op, f"{self.info.name}: reads page {page} of the ring, which nothing wrote")

    def _check_size(self, call: str, pages: int, op: int) -> None:
        if pages > self.pages:
            raise Fault(
                "TTL0801",
                op,
                f"{call}({self.info.name}, {pages}) can never return: the buffer has {count_of(self.pages, 'page')}",
            )

    def _check_at_rest(self, call: str, kind: str, first: int, end: int, op: int) -> None:
        for port in self.ports:
            if port.in_flight(self, kind, first, end):
                raise Fault(
                    "TTL0808",
                    op,
                    f"{call}({self.info.name}, {end - first}) while a {kind} of these pages is in flight",
                    hint=f"a noc_async_{kind}_barrier must come before it",
                )

    def _arriving(self, pages: int, op: int) -> Fault:
        message = f"cb_push_back({self.info.name}, {pages}) while another core's write into these pages is in flight"
        return Fault("TTL0808", op, message, hint="the sender says when its block has landed: wait for that")

    def _not_held(self, call: str, pages: int, held: int, acquire: str, op: int) -> Fault:
        verb = "reserved" if acquire == "cb_reserve_back" else "waited for"
        pages_held = count_of(held, "page") if held else "none"
        return Fault(
            "TTL0803",
            op,
            f"{call}({self.info.name}, {pages}), but the thread has {verb} {pages_held}",
            hint=f"{acquire} must come before it",
        )

    def _wrap(self, call: str, pages: int, first: int, op: int) -> Fault:
        return Fault(
            "TTL0809",
            op,
            f"{self.info.name}: {call} {count_of(pages, 'page')} from page {first} on steps over the end of a ring of "
            f"{count_of(self.pages, 'page')}",
            hint="the pointer wraps only when it lands on the end: make the ring a multiple of the blocks",
        )
