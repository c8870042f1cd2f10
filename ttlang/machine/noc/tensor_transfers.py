"""
Transfers between tensors and L1. A transfer is checked when it is issued and moves its bytes at its barrier, as late
as the hardware may: a kernel without the barrier shows.

The methods that are named after calls take the call's operands in their order, then where a buffer is given the one
that the L1 address probably lies in, and the call's number.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

import numpy as np

from ttlang.machine.buffers import Buffer
from ttlang.machine.faults import Fault
from ttlang.machine.noc.l1_window import L1Window
from ttlang.machine.noc.races import RaceDetector
from ttlang.machine.noc.transfers_in_flight import ADDRESS_ALIGNMENT, forget
from ttlang.machine.page_patterns import Integers, Pattern, page_pattern
from ttlang.machine.page_values import Departed, NamedPages
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.tiles import Bytes

Transfer = tuple[TensorPages, int, Integers | None, int, int, Buffer, int, int, int]
"""
A transfer in flight: the tensor; its page; or its pages, whose L1 ends follow each other; where the L1 end starts in
the flat array of all cores' L1, and where it stops; the buffer; the first and the last page of the ring it
touches; the call's number.
"""
Read = Transfer | tuple[None, int, None, int, int, Buffer, int, int, int]
"""One into L1: there is no tensor where zeros are read."""

Data = bytes | memoryview | tuple[NamedPages, Departed]
"""The bytes of a write, or where it gets them."""
DepartedWrite = tuple[TensorPages, int, Integers | None, Data, int]
"""A write whose data have left L1: the tensor, its page or its pages, the data, the call's number."""


class TensorTransfers:
    """Those of one thread."""

    __slots__ = (
        "departed",
        "l1",
        "l1_bytes",
        "pages_read",
        "pages_written",
        "races",
        "reads",
        "rows_read",
        "rows_written",
        "tagged",
        "tagged_writes",
        "window",
        "writes",
    )

    def __init__(self, l1: Bytes, window: L1Window, races: RaceDetector):
        self.l1 = l1
        """L1 of all cores, flat."""
        self.l1_bytes = l1.data
        self.window = window
        self.races = races
        self.reads: list[Read] = []
        """In flight, with the transaction id that reads have just now."""
        self.tagged: dict[int, list[Read]] = {0: self.reads}
        """All reads in flight, by their transaction ids."""
        self.writes: list[Transfer] = []
        """In flight, with the transaction id that writes have just now."""
        self.tagged_writes: dict[int, list[Transfer]] = {0: self.writes}
        """All writes in flight whose data are in L1, by their transaction ids."""
        self.departed: defaultdict[int, list[DepartedWrite]] = defaultdict(list)
        """All other writes in flight, likewise."""
        self.pages_read = 0
        self.pages_written = 0
        self.rows_read = 0
        self.rows_written = 0

    # -------------------------------------------------------------------------------------------------------- calls

    def noc_async_read_page(self, page: int, tensor: TensorPages, address: int, buffer: Buffer | None, op: int) -> None:
        """Starts to read a page into L1 at `address`. `buffer`: one that this thread fills."""
        if not 0 <= page < tensor.count:
            raise _no_page(tensor, page, op)
        if address % tensor.alignment:
            raise _misaligned(tensor, address, op)
        window = self.window
        buffer = buffer or window.buffer_at(address, op)
        size = tensor.page_bytes
        start = address - buffer.address
        first, last = window.target(buffer, start, size, op)
        history = tensor.history
        if history is not None:
            self.races.note_read(tensor, history, page, op)
        if first == last:
            buffer.written[first] = 0
        else:
            buffer.written[first : last + 1] = bytes(last + 1 - first)
        buffer.incoming += 1
        at = buffer.row + start
        self.reads.append((tensor, page, None, at, at + size, buffer, first, last, op))

    def noc_async_write_page(
        self, page: int, tensor: TensorPages, address: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to write a page from L1 at `address`. `buffer`: one that this thread drains."""
        if not 0 <= page < tensor.count:
            raise _no_page(tensor, page, op)
        window = self.window
        buffer = buffer or window.buffer_at(address, op)
        size = tensor.page_bytes
        start = address - buffer.address
        first, last = window.source(buffer, start, size, op)
        self.races.note_write(tensor, page, op)
        buffer.outgoing += 1
        at = buffer.row + start
        self.writes.append((tensor, page, None, at, at + size, buffer, first, last, op))

    def noc_async_read_pages(
        self, page: int, tensor: TensorPages, address: int, shape: Pattern, buffer: Buffer | None, op: int
    ) -> None:
        """The reads of a loop nest, the first of which is that of `page` to `address`."""
        if not _is_block(tensor, page, shape) or address % tensor.alignment:
            for one, offset in zip(shape.pages.tolist(), shape.offsets.tolist(), strict=True):
                self.noc_async_read_page(page + one, tensor, address + offset, buffer, op)
            return
        ids = shape.pages + page
        history = tensor.history
        if history is not None and not history.settled(ids, self.races.core):
            for one in ids.tolist():
                self.races.note_read(tensor, history, one, op)
        buffer = buffer or self.window.buffer_at(address, op)
        size = shape.count * tensor.page_bytes
        start = address - buffer.address
        first, last = self.window.target(buffer, start, size, op)
        buffer.written[first : last + 1] = bytes(last + 1 - first)
        buffer.incoming += 1
        at = buffer.row + start
        self.reads.append((tensor, page, ids, at, at + size, buffer, first, last, op))

    def noc_async_write_pages(
        self, page: int, tensor: TensorPages, address: int, shape: Pattern, buffer: Buffer | None, op: int
    ) -> None:
        """The writes of a loop nest, the first of which is that of `page` from `address`."""
        if not _is_block(tensor, page, shape):
            for one, offset in zip(shape.pages.tolist(), shape.offsets.tolist(), strict=True):
                self.noc_async_write_page(page + one, tensor, address + offset, buffer, op)
            return
        ids = shape.pages + page
        self.races.note_writes(tensor, ids, op)
        buffer = buffer or self.window.buffer_at(address, op)
        size = shape.count * tensor.page_bytes
        start = address - buffer.address
        first, last = self.window.source(buffer, start, size, op)
        buffer.outgoing += 1
        at = buffer.row + start
        self.writes.append((tensor, page, ids, at, at + size, buffer, first, last, op))

    def noc_async_read_shard(
        self, shard: int, tensor: TensorPages, address: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to read all pages of a shard into L1 from `address` on."""
        self.noc_async_read_pages(_first_page(tensor, shard, op), tensor, address, tensor.shard, buffer, op)

    def noc_async_write_shard(
        self, shard: int, tensor: TensorPages, address: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to write all pages of a shard from L1 at `address` on."""
        self.noc_async_write_pages(_first_page(tensor, shard, op), tensor, address, tensor.shard, buffer, op)

    def noc_async_read_run(
        self, page: int, tensor: TensorPages, address: int, pages: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to read so many pages, which follow each other in their bank, into L1 from `address` on."""
        first, shape = _run(tensor, page, pages, op)
        self.rows_read += pages if tensor.row_bytes else 0
        self.noc_async_read_pages(first, tensor, address, shape, buffer, op)

    def noc_async_write_run(
        self, page: int, tensor: TensorPages, address: int, pages: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to write so many pages, which follow each other in their bank, from L1 at `address` on."""
        first, shape = _run(tensor, page, pages, op)
        self.rows_written += pages if tensor.row_bytes else 0
        self.noc_async_write_pages(first, tensor, address, shape, buffer, op)

    def noc_async_read_row(
        self, row: int, tensor: TensorPages, offset: int, address: int, size: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to read `size` bytes of a row of a row-major tensor, from byte `offset` of it on, into L1."""
        first, shape = _row(tensor, row, offset, size, op)
        if (offset - address) % tensor.alignment:
            raise incongruent(_byte(tensor, offset), address, tensor.alignment, "read to", op)
        self.rows_read += 1
        self.noc_async_read_pages(first, tensor, address, shape, buffer, op)

    def noc_async_write_row(
        self, row: int, tensor: TensorPages, offset: int, address: int, size: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to write `size` bytes of a row of a row-major tensor, likewise."""
        first, shape = _row(tensor, row, offset, size, op)
        if (offset - address) % tensor.info.write_alignment:
            raise incongruent(_byte(tensor, offset), address, tensor.info.write_alignment, "written from", op)
        self.rows_written += 1
        self.noc_async_write_pages(first, tensor, address, shape, buffer, op)

    def noc_async_read_zeros(self, address: int, size: int, op: int) -> None:
        """Starts to read `size` bytes of zeros into L1 at `address`."""
        if address % ADDRESS_ALIGNMENT:
            message = f"zeros are read to the L1 address {address}, which is no multiple of {ADDRESS_ALIGNMENT}"
            raise Fault("TTL0807", op, message)
        if size <= 0:
            return
        place = self.window.target_of(address, size, op)
        forget(place)
        place.buffer.incoming += 1
        self.reads.append((None, 0, None, place.start, place.start + size, place.buffer, place.first, place.last, op))

    # ----------------------------------------------------------------------------------------------------- barriers

    def tag_reads(self, tag: int) -> None:
        """Reads have this transaction id from now on."""
        self.reads = self.tagged.setdefault(tag, [])

    def land_reads(self) -> None:
        """All reads land."""
        for tag in self.tagged:
            self.land_tagged_reads(tag)

    def land_tagged_reads(self, tag: int) -> None:
        """Those with a transaction id land."""
        reads = self.tagged.get(tag, [])
        for tensor, page, pages, start, end, buffer, first, last, _ in reads:
            which, named = page if pages is None else pages, buffer.named
            if tensor is None:
                if named is not None:
                    named.bring(first, last + 1)
                self.l1_bytes[start:end] = bytes(end - start)
            elif named is not None and named.take(tensor, which, start - buffer.row, first, last):
                self.pages_read += last + 1 - first
            elif pages is None:
                at = page * tensor.page_bytes
                self.l1_bytes[start:end] = tensor.bytes[at : at + tensor.page_bytes]
                self.pages_read += 1
            else:
                rows = self.l1[start:end].reshape(-1, tensor.page_bytes)
                # The pages were checked; any mode but "raise" copies straight into the rows.
                np.take(tensor.pages, pages, axis=0, out=rows, mode="clip")
                self.pages_read += 0 if tensor.row_bytes else len(rows)
            buffer.incoming -= 1
            if first == last:
                buffer.written[first] = 1
            else:
                buffer.written[first : last + 1] = b"\1" * (last + 1 - first)
        reads.clear()

    def tag_writes(self, tag: int) -> None:
        """Writes have this transaction id from now on."""
        self.writes = self.tagged_writes.setdefault(tag, [])

    def flush_writes(self) -> None:
        """The data of all writes leave L1. They land at the barrier, as they are now."""
        for tag in self.tagged_writes:
            self.flush_tagged_writes(tag)

    def flush_tagged_writes(self, tag: int) -> None:
        """The data of those with a transaction id leave L1."""
        writes = self.tagged_writes.get(tag, [])
        for write in writes:
            tensor, page, pages, *_, op = write
            data = self._data(write)
            self.departed[tag].append((tensor, page, pages, bytes(data) if isinstance(data, memoryview) else data, op))
            write[5].outgoing -= 1
        writes.clear()

    def land_writes(self) -> None:
        """All writes land."""
        for tag in self.tagged_writes:
            self.land_tagged_writes(tag)

    def land_tagged_writes(self, tag: int) -> None:
        """Those with a transaction id land."""
        if departed := self.departed.get(tag):
            for tensor, page, pages, data, _ in departed:
                self._land(tensor, page, pages, data)
            departed.clear()
        writes = self.tagged_writes.get(tag, [])
        for write in writes:
            tensor, page, pages, *_ = write
            self._land(tensor, page, pages, self._data(write))
            write[5].outgoing -= 1
        writes.clear()

    def _data(self, write: Transfer) -> Data:
        """What a write takes out of L1."""
        tensor, page, pages, start, end, buffer, first, last, _ = write
        if (named := buffer.named) is not None:
            departed = named.leave(tensor, page if pages is None else pages, start - buffer.row, first, last)
            if departed is not None:
                return named, departed
        return self.l1_bytes[start:end]

    def _land(self, tensor: TensorPages, page: int, pages: Integers | None, data: Data) -> None:
        if isinstance(data, tuple):
            named, departed = data
            named.land(tensor, page if pages is None else pages, departed)
            self.pages_written += len(departed.names)
            self.races.landed(tensor, page, pages)
            return
        tensor.settle()
        if pages is None:
            at = page * tensor.page_bytes
            tensor.bytes[at : at + tensor.page_bytes] = data
            self.pages_written += 1
        else:
            tensor.pages[pages] = np.frombuffer(data, np.uint8).reshape(-1, tensor.page_bytes)
            self.pages_written += 0 if tensor.row_bytes else len(pages)
        self.races.landed(tensor, page, pages)

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches a page of the ring from `first` to before `end`."""
        moves = chain.from_iterable((self.tagged if kind == "read" else self.tagged_writes).values())
        return any(at is buffer and low < end and first <= high for *_, at, low, high, _ in moves)

    def finish(self) -> None:
        """The thread ends: nothing may be in flight."""
        reads, writes = ([*chain.from_iterable(each.values())] for each in (self.tagged, self.tagged_writes))
        departed = [*chain.from_iterable(self.departed.values())]
        for moves, kind, to in ((reads, "read", "into"), (writes, "write", "from")):
            if moves:
                *_, buffer, _, _, op = moves[0]
                message = f"the kernel ends while a {kind} {to} {buffer.info.name} is in flight"
                raise Fault("TTL0808", op, message, hint=f"a noc_async_{kind}_barrier must come after it")
        if departed:
            message = f"the kernel ends while a write to '{departed[0][0].name}' is in flight"
            raise Fault("TTL0808", departed[0][-1], message, hint="a noc_async_write_barrier must come after it")


def _is_block(tensor: TensorPages, page: int, shape: Pattern) -> bool:
    """Whether the transfers of a nest are all inside the tensor, and their L1 ends follow each other without a gap."""
    inside = page + shape.lowest_page >= 0 and page + shape.highest_page < tensor.count
    return inside and shape.step == tensor.page_bytes


def _row(tensor: TensorPages, row: int, offset: int, size: int, op: int) -> tuple[int, Pattern]:
    """The first element of a part of a row, and the transfers of all."""
    rows = tensor.count * tensor.page_bytes // tensor.row_bytes
    if not 0 <= row < rows:
        raise Fault("TTL0807", op, f"row {row} of '{tensor.name}', which has the rows 0 to {rows - 1}")
    if offset < 0 or offset + size > tensor.row_bytes:
        part = f"bytes {offset} to {offset + size - 1} of a row of '{tensor.name}'"
        raise Fault("TTL0807", op, f"{part}, which has {tensor.row_bytes}")
    unit = tensor.page_bytes
    return (row * tensor.row_bytes + offset) // unit, page_pattern((size // unit, 1, unit))


def _run(tensor: TensorPages, page: int, pages: int, op: int) -> tuple[int, Pattern]:
    """The first unit of a run of pages, and the transfers of all."""
    if not 0 <= page < tensor.info.pages:
        raise _no_page(tensor, page, op)
    if (found := tensor.run(page, pages)) is None:
        message = f"{pages} pages of '{tensor.name}' from page {page} on, which do not follow each other in their bank"
        raise Fault("TTL0807", op, message, hint="move each page for itself")
    return found


def _first_page(tensor: TensorPages, shard: int, op: int) -> int:
    rows, columns = tensor.shard_grid
    if not 0 <= shard < rows * columns:
        message = f"shard {shard} of '{tensor.name}', which has the shards 0 to {rows * columns - 1}"
        raise Fault("TTL0807", op, message)
    if tensor.has_partial_shards:
        raise Fault("TTL0807", op, f"a shard of '{tensor.name}', which has shards that are filled in part")
    return tensor.first_page(shard)


def _no_page(tensor: TensorPages, page: int, op: int) -> Fault:
    return Fault("TTL0807", op, f"page {page} of '{tensor.name}', which has the pages 0 to {tensor.info.pages - 1}")


def _misaligned(tensor: TensorPages, address: int, op: int) -> Fault:
    message = f"'{tensor.name}' is read to the L1 address {address}, which is no multiple of {tensor.alignment}"
    return Fault("TTL0807", op, message, hint="the hardware would shift the data")


def _byte(tensor: TensorPages, offset: int) -> str:
    return f"byte {offset} of a row of '{tensor.name}'"


def incongruent(place: str, address: int, to: int, verb: str, op: int) -> Fault:
    """The ends of a transfer are not aligned alike. `place`: its end in memory."""
    message = f"{place} is {verb} the L1 address {address}: they differ modulo {to}"
    return Fault("TTL0807", op, message, hint=f"the hardware would shift the data: start at multiples of {to} bytes")
