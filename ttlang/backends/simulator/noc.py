"""
Transfers between tensors and L1. A transfer is checked when it is issued and moves its bytes at its barrier, as late
as the hardware may: a kernel without the barrier shows.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.cells import PENDING
from ttlang.backends.simulator.pages import (
    NOBODY,
    SEVERAL,
    Bytes,
    Contest,
    History,
    Integers,
    Pattern,
    TensorPages,
    pattern,
)
from ttlang.machine.faults import Fault, core_ranges, count_of

if TYPE_CHECKING:
    from ttlang.backends.simulator.link import Link
    from ttlang.backends.simulator.threads import Thread

Transfer = tuple[TensorPages, int, Integers | None, int, int, Buffer, int, int, int]
"""
A transfer in flight: the tensor; its page; or its pages, whose L1 ends follow each other; where the L1 end starts in
the flat array of all cores' L1, and where it stops; the buffer; the first and the last page of the ring it
touches; the call's number.
"""


Departed = tuple[TensorPages, int, Integers | None, bytes, int]
"""A write whose data have left L1: the tensor, its page or its pages, the data, the call's number."""


class Port:
    """What the thread of a data movement kernel has in flight."""

    __slots__ = (
        "buffers",
        "columns",
        "core",
        "departed",
        "drains",
        "fills",
        "l1",
        "l1_bytes",
        "link",
        "pages_read",
        "pages_written",
        "reads",
        "rows_read",
        "rows_written",
        "thread",
        "writes",
    )

    def __init__(
        self,
        core: int,
        columns: int,
        l1: Bytes,
        buffers: list[Buffer],
        fills: AbstractSet[int],
        drains: AbstractSet[int],
    ):
        self.core = core
        self.columns = columns
        self.l1 = l1
        """L1 of all cores, flat."""
        self.l1_bytes = l1.data
        self.buffers = buffers
        self.fills = fills
        self.drains = drains
        self.reads: list[Transfer] = []
        self.writes: list[Transfer] = []
        self.departed: list[Departed] = []
        self.pages_read = 0
        self.pages_written = 0
        self.rows_read = 0
        self.rows_written = 0
        self.link: Link | None = None
        """The way to other cores, where the program's cores talk to each other."""
        self.thread: Thread

    def read_page(self, tensor: TensorPages, page: int, address: int, buffer: Buffer | None, op: int) -> None:
        """
        Starts to read a page into L1 at `address`. `buffer`: the buffer that the address probably lies in, one that
        this thread fills.
        """
        if not 0 <= page < tensor.count:
            raise self._no_page(tensor, page, op)
        if address % tensor.alignment:
            raise self._misaligned(tensor, address, op)
        buffer = buffer or self._buffer_at(address, op)
        size = tensor.page_bytes
        start = address - buffer.address
        first, last = self._target(buffer, start, size, op)
        history = tensor.history
        if history is not None:
            self._note_read(tensor, history, page, op)
        if first == last:
            buffer.written[first] = 0
        else:
            buffer.written[first : last + 1] = bytes(last + 1 - first)
        buffer.incoming += 1
        at = buffer.row + start
        self.reads.append((tensor, page, None, at, at + size, buffer, first, last, op))

    def write_page(self, tensor: TensorPages, page: int, address: int, buffer: Buffer | None, op: int) -> None:
        """Starts to write a page from L1 at `address`. `buffer`: as for a read, one that this thread drains."""
        if not 0 <= page < tensor.count:
            raise self._no_page(tensor, page, op)
        buffer = buffer or self._buffer_at(address, op)
        size = tensor.page_bytes
        start = address - buffer.address
        first, last = self._source(buffer, start, size, op)
        self._note_write(tensor, page, op)
        buffer.outgoing += 1
        at = buffer.row + start
        self.writes.append((tensor, page, None, at, at + size, buffer, first, last, op))

    def read_pages(
        self, tensor: TensorPages, page: int, address: int, shape: Pattern, buffer: Buffer | None, op: int
    ) -> None:
        """The reads of a loop nest, the first of which is that of `page` to `address`."""
        if not _is_block(tensor, page, shape) or address % tensor.alignment:
            for one, offset in zip(shape.pages.tolist(), shape.offsets.tolist(), strict=True):
                self.read_page(tensor, page + one, address + offset, buffer, op)
            return
        ids = shape.pages + page
        if tensor.history is not None and not tensor.history.settled(ids, self.core):
            for one in ids.tolist():
                self._note_read(tensor, tensor.history, one, op)
        buffer = buffer or self._buffer_at(address, op)
        size = shape.count * tensor.page_bytes
        start = address - buffer.address
        first, last = self._target(buffer, start, size, op)
        buffer.written[first : last + 1] = bytes(last + 1 - first)
        buffer.incoming += 1
        at = buffer.row + start
        self.reads.append((tensor, page, ids, at, at + size, buffer, first, last, op))

    def write_pages(
        self, tensor: TensorPages, page: int, address: int, shape: Pattern, buffer: Buffer | None, op: int
    ) -> None:
        """The writes of a loop nest, the first of which is that of `page` from `address`."""
        if not _is_block(tensor, page, shape):
            for one, offset in zip(shape.pages.tolist(), shape.offsets.tolist(), strict=True):
                self.write_page(tensor, page + one, address + offset, buffer, op)
            return
        ids = shape.pages + page
        assert tensor.history is not None
        if tensor.history.settled(ids, self.core):
            tensor.history.writers[ids] = self.core
            if self.link is not None:
                tensor.history.written_at[ids] = PENDING
        else:
            for one in ids.tolist():
                self._note_write(tensor, one, op)
        buffer = buffer or self._buffer_at(address, op)
        size = shape.count * tensor.page_bytes
        start = address - buffer.address
        first, last = self._source(buffer, start, size, op)
        buffer.outgoing += 1
        at = buffer.row + start
        self.writes.append((tensor, page, ids, at, at + size, buffer, first, last, op))

    def read_shard(self, tensor: TensorPages, shard: int, address: int, buffer: Buffer | None, op: int) -> None:
        """Starts to read all pages of a shard into L1 from `address` on."""
        self.read_pages(tensor, self._first_page(tensor, shard, op), address, tensor.shard, buffer, op)

    def write_shard(self, tensor: TensorPages, shard: int, address: int, buffer: Buffer | None, op: int) -> None:
        """Starts to write all pages of a shard from L1 at `address` on."""
        self.write_pages(tensor, self._first_page(tensor, shard, op), address, tensor.shard, buffer, op)

    def read_row(
        self, tensor: TensorPages, row: int, offset: int, address: int, size: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to read `size` bytes of a row of a row-major tensor, from byte `offset` of it on, into L1."""
        first, shape = self._row(tensor, row, offset, size, op)
        if (offset - address) % tensor.alignment:
            raise self._incongruent(tensor, offset, address, tensor.alignment, "read to", op)
        self.rows_read += 1
        self.read_pages(tensor, first, address, shape, buffer, op)

    def write_row(
        self, tensor: TensorPages, row: int, offset: int, address: int, size: int, buffer: Buffer | None, op: int
    ) -> None:
        """Starts to write `size` bytes of a row of a row-major tensor, likewise."""
        first, shape = self._row(tensor, row, offset, size, op)
        if (offset - address) % tensor.info.write_alignment:
            raise self._incongruent(tensor, offset, address, tensor.info.write_alignment, "written from", op)
        self.rows_written += 1
        self.write_pages(tensor, first, address, shape, buffer, op)

    def _row(self, tensor: TensorPages, row: int, offset: int, size: int, op: int) -> tuple[int, Pattern]:
        """The first element of a part of a row, and the transfers of all."""
        rows = tensor.count * tensor.page_bytes // tensor.row_bytes
        if not 0 <= row < rows:
            raise Fault("TTL0807", op, f"row {row} of '{tensor.name}', which has the rows 0 to {rows - 1}")
        if offset < 0 or offset + size > tensor.row_bytes:
            part = f"bytes {offset} to {offset + size - 1} of a row of '{tensor.name}'"
            raise Fault("TTL0807", op, f"{part}, which has {tensor.row_bytes}")
        unit = tensor.page_bytes
        return (row * tensor.row_bytes + offset) // unit, pattern((size // unit, 1, unit))

    def _first_page(self, tensor: TensorPages, shard: int, op: int) -> int:
        rows, columns = tensor.shard_grid
        if not 0 <= shard < rows * columns:
            message = f"shard {shard} of '{tensor.name}', which has the shards 0 to {rows * columns - 1}"
            raise Fault("TTL0807", op, message)
        if tensor.has_partial_shards:
            raise Fault("TTL0807", op, f"a shard of '{tensor.name}', which has shards that are filled in part")
        return tensor.first_page(shard)

    def read_barrier(self) -> None:
        """All reads of this thread land."""
        for tensor, page, pages, start, end, buffer, first, last, _ in self.reads:
            if pages is None:
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
        self.reads.clear()
        if self.link is not None:
            self.link.land_reads()

    def flush_writes(self) -> None:
        """The data of all writes of this thread leave L1. They land at the barrier, as they are now."""
        for tensor, page, pages, start, end, buffer, _, _, op in self.writes:
            self.departed.append((tensor, page, pages, bytes(self.l1_bytes[start:end]), op))
            buffer.outgoing -= 1
        self.writes.clear()
        if self.link is not None:
            self.link.flush_writes()

    def write_barrier(self) -> None:
        """All writes of this thread land."""
        for tensor, page, pages, data, _ in self.departed:
            self._land(tensor, page, pages, data)
        self.departed.clear()
        for tensor, page, pages, start, end, buffer, _, _, _ in self.writes:
            self._land(tensor, page, pages, self.l1_bytes[start:end])
            buffer.outgoing -= 1
        self.writes.clear()
        if self.link is not None:
            self.link.land_writes()

    def _land(self, tensor: TensorPages, page: int, pages: Integers | None, data: bytes | memoryview) -> None:
        if pages is None:
            at = page * tensor.page_bytes
            tensor.bytes[at : at + tensor.page_bytes] = data
            self.pages_written += 1
        else:
            tensor.pages[pages] = np.frombuffer(data, np.uint8).reshape(-1, tensor.page_bytes)
            self.pages_written += 0 if tensor.row_bytes else len(pages)
        assert tensor.history is not None
        if tensor.history.contests:
            for one in [page] if pages is None else pages.tolist():
                if (contest := tensor.history.contests.get(one)) is not None:
                    contest.land(self.core, tensor.pages[one].data)
        if self.link is not None:
            ids = slice(page, page + 1) if pages is None else pages
            tensor.history.written_at[ids] = self.link.cells.clocks.next(self.core)

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches a page of the ring from `first` to before `end`."""
        moves = self.reads if kind == "read" else self.writes
        if any(at is buffer and low < end and first <= high for *_, at, low, high, _ in moves):
            return True
        return self.link is not None and self.link.in_flight(buffer, kind, first, end)

    def finish(self) -> None:
        """The thread ends: nothing may be in flight."""
        for moves, kind, to in ((self.reads, "read", "into"), (self.writes, "write", "from")):
            if moves:
                *_, buffer, _, _, op = moves[0]
                message = f"the kernel ends while a {kind} {to} {buffer.info.name} is in flight"
                raise Fault("TTL0808", op, message, hint=f"a noc_async_{kind}_barrier must come after it")
        if self.departed:
            message = f"the kernel ends while a write to '{self.departed[0][0].name}' is in flight"
            raise Fault("TTL0808", self.departed[0][-1], message, hint="a noc_async_write_barrier must come after it")
        if self.link is not None:
            self.link.finish()

    def source_of(self, address: int, size: int, op: int) -> tuple[Buffer, int, int, int]:
        """Where a write to another core comes from: the buffer, its first and last page, and the place in all L1."""
        buffer = self._buffer_at(address, op)
        start = address - buffer.address
        first, last = self._source(buffer, start, size, op)
        return buffer, first, last, buffer.row + start

    def target_of(self, address: int, size: int, op: int) -> tuple[Buffer, int, int, int]:
        """Where a read of L1 goes, likewise."""
        buffer = self._buffer_at(address, op)
        start = address - buffer.address
        first, last = self._target(buffer, start, size, op)
        return buffer, first, last, buffer.row + start

    # ------------------------------------------------------------------------------------------------------ checks

    def _target(self, buffer: Buffer, start: int, size: int, op: int) -> tuple[int, int]:
        """The first and the last page of the ring that a read changes: they must be reserved by this thread."""
        page_bytes = buffer.page_bytes
        first, last = start // page_bytes, (start + size - 1) // page_bytes
        held = buffer.reserved if buffer.info.number in self.fills else 0
        if start < buffer.wr * page_bytes or last >= buffer.wr + held or last >= buffer.pages:
            raise self._outside(buffer, "reads into", first, last, "reserved", buffer.wr, held, op)
        if buffer.outgoing and any(port.in_flight(buffer, "write", first, last + 1) for port in buffer.ports):
            raise Fault(
                "TTL0810",
                op,
                f"reads into page {first} of {buffer.info.name}, out of which a write is still in flight",
                hint="a noc_async_write_barrier must come before it",
            )
        return first, last

    def _source(self, buffer: Buffer, start: int, size: int, op: int) -> tuple[int, int]:
        """The first and the last page of the ring that a write takes: waited for, or reserved, by this thread."""
        page_bytes = buffer.page_bytes
        first, last = start // page_bytes, (start + size - 1) // page_bytes
        held = buffer.waited if buffer.info.number in self.drains else 0
        if start < buffer.rd * page_bytes or last >= buffer.rd + held or last >= buffer.pages:
            own = buffer.reserved if buffer.info.number in self.fills else 0
            if start < buffer.wr * page_bytes or last >= buffer.wr + own or last >= buffer.pages:
                raise self._outside(buffer, "writes from", first, last, "waited for", buffer.rd, held, op)
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

    def _buffer_at(self, address: int, op: int) -> Buffer:
        for buffer in self.buffers:
            if buffer.address <= address < buffer.address + buffer.info.total_bytes:
                return buffer
        raise Fault("TTL0803", op, f"the L1 address {address} lies in no circular buffer")

    def _note_read(self, tensor: TensorPages, history: History, page: int, op: int) -> None:
        writer = history.writer[page]
        if writer not in (NOBODY, self.core) and not self._knows(writer, history.written_at, page):
            raise self._race(tensor, page, "reads", writer, "wrote", op)
        if history.reader is not None:
            first = history.reader[page] in (NOBODY, self.core)
            history.reader[page] = self.core if first else SEVERAL
            if self.link is not None:
                history.read_at[page] = self.link.cells.clocks.next(self.core)

    def _note_write(self, tensor: TensorPages, page: int, op: int) -> None:
        history = tensor.history
        assert history is not None
        writer = history.writer[page]
        if writer != self.core:
            if writer != NOBODY and not self._knows(writer, history.written_at, page):
                self._contest(tensor, history, page, writer, op)
            history.writer[page] = self.core
        if self.link is not None:
            history.written_at[page] = PENDING
        reader = history.reader[page] if history.reader is not None else NOBODY
        if reader not in (NOBODY, self.core) and not self._knows(reader, history.read_at, page):
            raise self._race(tensor, page, "writes", reader, "read", op)

    def _contest(self, tensor: TensorPages, history: History, page: int, writer: int, op: int) -> None:
        """Another core has written the page, in no order with this one: at the end, it shows whether that matters."""
        contest = history.contests.get(page)
        if contest is None:
            message = self._race(tensor, page, "writes", writer, "wrote", op).message
            frame = self.thread.frame
            contest = Contest(self.thread, op, message, dict(frame.f_locals) if frame else {})
            history.contests[page] = contest
        if writer not in contest.left:
            # What is still in flight is noted when it lands.
            contest.land(writer, tensor.pages[page].data)

    def _knows(self, other: int, times: NDArray[np.int32], page: int) -> bool:
        """Whether semaphores have told this core of what another one did to a page."""
        if self.link is None:
            return False
        # Of several readers the last one alone is remembered.
        return other == SEVERAL or self.link.cells.clocks.knows(self.core, other, int(times[page]))

    # ------------------------------------------------------------------------------------------------------ faults

    def _no_page(self, tensor: TensorPages, page: int, op: int) -> Fault:
        return Fault("TTL0807", op, f"page {page} of '{tensor.name}', which has the pages 0 to {tensor.count - 1}")

    def _misaligned(self, tensor: TensorPages, address: int, op: int) -> Fault:
        message = f"'{tensor.name}' is read to the L1 address {address}, which is no multiple of {tensor.alignment}"
        return Fault("TTL0807", op, message, hint="the hardware would shift the data")

    def _incongruent(self, tensor: TensorPages, offset: int, address: int, to: int, verb: str, op: int) -> Fault:
        message = (
            f"byte {offset} of a row of '{tensor.name}' is {verb} the L1 address {address}: they differ modulo {to}"
        )
        return Fault(
            "TTL0807", op, message, hint=f"the hardware would shift the data: start at multiples of {to} bytes"
        )

    def _outside(
        self, buffer: Buffer, verb: str, first: int, last: int, held: str, window: int, pages: int, op: int
    ) -> Fault:
        if buffer.pages <= last < window + pages:
            message = f"{verb} page {last} of the ring {buffer.info.name}, which has {count_of(buffer.pages, 'page')}: "
            return Fault("TTL0809", op, f"{message}the block that is {held} steps over its end")
        touched = f"page {first}" if first == last else f"pages {first} to {last}"
        window_text = f"only {window} to {window + pages - 1} are {held}" if pages else f"none is {held}"
        return Fault("TTL0803", op, f"{verb} {touched} of the ring {buffer.info.name}, of which {window_text}")

    def _race(self, tensor: TensorPages, page: int, verb: str, other: int, did: str, op: int) -> Fault:
        who = "several cores" if other == SEVERAL else core_ranges([other], self.columns)
        return Fault(
            "TTL0810", op, f"{verb} {tensor.place(page)} of '{tensor.name}', which {who} {did} in the same launch"
        )


def _is_block(tensor: TensorPages, page: int, shape: Pattern) -> bool:
    """Whether the transfers of a nest are all inside the tensor, and their L1 ends follow each other without a gap."""
    inside = page + shape.lowest_page >= 0 and page + shape.highest_page < tensor.count
    return inside and shape.step == tensor.page_bytes
