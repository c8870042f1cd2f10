"""Which pages of its core's L1 a thread may move bytes into and out of."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from ttlang.machine.buffers import Buffer, OverlaidBuffer, buffer_at
from ttlang.machine.faults import Fault, count_of


class Place(NamedTuple):
    """Bytes in a buffer of some core."""

    buffer: Buffer
    first: int
    last: int
    """Pages of the ring, the first and the last that they touch."""
    start: int
    """In the flat array of all cores' L1."""


class L1Window:
    """What of its core's buffers a thread holds."""

    __slots__ = ("buffers", "drains", "fills")

    def __init__(self, buffers: Sequence[Buffer], fills: AbstractSet[int], drains: AbstractSet[int]):
        self.buffers = buffers
        self.fills = fills
        """Numbers of the buffers that the thread fills."""
        self.drains = drains

    def source_of(self, address: int, size: int, op: int) -> Place:
        """Where the bytes of a write come from."""
        buffer = self.buffer_at(address, op)
        start = address - buffer.address
        first, last = self.source(buffer, start, size, op)
        return Place(buffer, first, last, buffer.row + start)

    def target_of(self, address: int, size: int, op: int) -> Place:
        """Where the bytes of a read go."""
        buffer = self.buffer_at(address, op)
        start = address - buffer.address
        first, last = self.target(buffer, start, size, op)
        return Place(buffer, first, last, buffer.row + start)

    def target(self, buffer: Buffer, start: int, size: int, op: int) -> tuple[int, int]:
        """The first and the last page of the ring that a read changes: they must be reserved by this thread."""
        page_bytes = buffer.page_bytes
        first, last = start // page_bytes, (start + size - 1) // page_bytes
        held = buffer.reserved if buffer.info.number in self.fills else 0
        # What is reserved may go on at the start of the ring.
        if (first - buffer.wr) % buffer.pages + last - first >= held or last >= buffer.pages:
            raise _outside(buffer, "reads into", first, last, "reserved", buffer.wr, held, op)
        if buffer.outgoing and any(port.in_flight(buffer, "write", first, last + 1) for port in buffer.ports):
            raise Fault(
                "TTL0810",
                op,
                f"reads into page {first} of {buffer.info.name}, out of which a write is still in flight",
                hint="a noc_async_write_barrier must come before it",
            )
        if isinstance(buffer, OverlaidBuffer):
            buffer.take(first, last + 1, op)
        return first, last

    def source(self, buffer: Buffer, start: int, size: int, op: int) -> tuple[int, int]:
        """The first and the last page of the ring that a write takes: waited for, or reserved, by this thread."""
        page_bytes = buffer.page_bytes
        first, last = start // page_bytes, (start + size - 1) // page_bytes
        held = buffer.waited if buffer.info.number in self.drains else 0
        if start < buffer.rd * page_bytes or last >= buffer.rd + held or last >= buffer.pages:
            own = buffer.reserved if buffer.info.number in self.fills else 0
            if start < buffer.wr * page_bytes or last >= buffer.wr + own or last >= buffer.pages:
                raise _outside(buffer, "writes from", first, last, "waited for", buffer.rd, held, op)
            buffer.used = True
        if not all(buffer.written[first : last + 1]):
            landing = any(port.in_flight(buffer, "read", first, last + 1) for port in buffer.ports)
            if landing:
                raise Fault(
                    "TTL0802",
                    op,
                    f"writes page {first} of {buffer.info.name} out while the read into it is in flight",
                    hint="a noc_async_read_barrier must come before it",
                )
            buffer.check_written(first, last + 1, op)
        return first, last

    def held_page(self, buffer: Buffer, start: int, op: int) -> int:
        """The page of the ring that a place lies in, which must be waited for, or reserved, by this thread."""
        page, number = start // buffer.page_bytes, buffer.info.number
        waited = buffer.waited if number in self.drains else 0
        reserved = buffer.reserved if number in self.fills else 0
        if not (buffer.rd <= page < buffer.rd + waited or buffer.wr <= page < buffer.wr + reserved):
            message = f"an element of page {page} of {buffer.info.name}, which is neither waited for nor reserved"
            raise Fault("TTL0803", op, message)
        if not 0 <= page < buffer.pages:
            pages = count_of(buffer.pages, "page")
            raise Fault("TTL0809", op, f"an element of page {page} of the ring {buffer.info.name}, which has {pages}")
        return page

    def buffer_at(self, address: int, op: int) -> Buffer:
        if (found := buffer_at(self.buffers, address)) is None:
            raise Fault("TTL0803", op, f"the L1 address {address} lies in no circular buffer")
        return found


def _outside(buffer: Buffer, verb: str, first: int, last: int, held: str, window: int, pages: int, op: int) -> Fault:
    if buffer.pages <= last < window + pages:
        message = f"{verb} page {last} of the ring {buffer.info.name}, which has {count_of(buffer.pages, 'page')}: "
        return Fault("TTL0809", op, f"{message}the block that is {held} steps over its end")
    touched = f"page {first}" if first == last else f"pages {first} to {last}"
    window_text = f"only {window} to {window + pages - 1} are {held}" if pages else f"none is {held}"
    return Fault("TTL0803", op, f"{verb} {touched} of the ring {buffer.info.name}, of which {window_text}")
