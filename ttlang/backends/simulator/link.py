"""
What a data movement thread does to other cores: writes to their L1, and their semaphores. Writes land at the barrier,
increments at once: a signal that does not wait for its data shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from ttlang.backends.simulator.buffers import Buffer
from ttlang.backends.simulator.cells import Cells
from ttlang.machine.faults import Fault, core_ranges, count_of

if TYPE_CHECKING:
    from ttlang.backends.simulator.noc import Port
    from ttlang.machine.loaded import ProgramInfo


CHIP_DISTANCE = 64
"""From the NOC coordinates of a chip's rows to those of the next chip, where a program runs on several."""


class Address(NamedTuple):
    """An address in the L1 of one core, or of a rectangle of them."""

    cores: tuple[int, ...]
    l1: int
    multicast: bool


@dataclass(frozen=True, slots=True)
class Target:
    """Where a write lands on one core."""

    buffer: Buffer
    first: int
    last: int
    """Pages of the ring."""
    start: int
    """In the flat array of all cores' L1."""


@dataclass(frozen=True, slots=True)
class Send:
    """A write to other cores in flight."""

    buffer: Buffer
    first: int
    last: int
    start: int
    size: int
    cores: tuple[int, ...]
    targets: tuple[Target, ...]
    multicast: bool
    op: int
    data: bytes | None = None
    """What has left L1."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """A read of L1 in flight."""

    source: Target
    target: Target
    size: int
    op: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A word of a semaphore that may not have left L1 yet."""

    number: int
    op: int
    departed: bool = False


class Network:
    """What the links of all threads share."""

    def __init__(self, program: ProgramInfo, cells: Cells, buffers: Sequence[Sequence[Buffer]]):
        self.program = program
        self.cells = cells
        self.buffers = buffers
        chip, columns, rows, per_chip = program.architecture, program.columns, program.rows, program.chip_rows
        self.virtual_columns = chip.column_to_virtual
        # The rows of several chips stand one below the other, each chip's with coordinates of their own.
        self.virtual_rows = tuple(
            chip.row_to_virtual[y % per_chip] + CHIP_DISTANCE * (y // per_chip) for y in range(rows)
        )
        self.column_of = {self.virtual_columns[x]: x for x in range(columns)}
        self.row_of = {self.virtual_rows[y]: y for y in range(rows)}

    def target(self, core: int, address: int, size: int, op: int) -> Target:
        """The place on a core that an address stands for."""
        for buffer in self.buffers[core]:
            start = address - buffer.address
            if 0 <= start < buffer.info.total_bytes:
                if start + size > buffer.info.total_bytes:
                    break
                first, last = start // buffer.page_bytes, (start + size - 1) // buffer.page_bytes
                return Target(buffer, first, last, buffer.row + start)
        raise Fault("TTL0807", op, f"{size} bytes from the L1 address {address} on lie in no circular buffer")


class Link:
    """The way of one thread to other cores."""

    def __init__(self, network: Network, port: Port, noc: int):
        self.network = network
        self.cells = network.cells
        self.port = port
        self.core = port.core
        self.noc = noc
        self.sends: list[Send] = []
        self.fetches: list[Fetch] = []
        self.copies: list[Copy] = []
        self.increment = -1
        """The call of an increment that no barrier has waited for; -1 if there is none."""

    # ------------------------------------------------------------------------------------------------- addresses

    def virtual_x(self, x: int, op: int) -> int:
        return self._virtual(self.network.virtual_columns, x, "column", op)

    def virtual_y(self, y: int, op: int) -> int:
        return self._virtual(self.network.virtual_rows, y, "row", op)

    def _virtual(self, table: tuple[int, ...], place: int, what: str, op: int) -> int:
        if not 0 <= place < len(table):
            raise Fault("TTL0807", op, f"the chip has no {what} {place}")
        return table[place]

    def core_address(self, x: int, y: int, address: int, op: int) -> Address:
        column, row = self.network.column_of.get(x), self.network.row_of.get(y)
        if column is None or row is None:
            raise Fault("TTL0807", op, f"there is no core of the program at the NOC coordinates ({x}, {y})")
        return Address((row * self.network.program.columns + column,), address, multicast=False)

    def local_address(self, address: int) -> Address:
        return Address((self.core,), address, multicast=False)

    def range_address(self, x_start: int, y_start: int, x_end: int, y_end: int, address: int, op: int) -> Address:
        """The rectangle, which NOC 0 runs through from the upper left, NOC 1 from the lower right."""
        forwards = x_start <= x_end and y_start <= y_end
        backwards = x_start >= x_end and y_start >= y_end
        if not (forwards if self.noc == 0 else backwards):
            raise Fault(
                "TTL0807",
                op,
                f"a rectangle from ({x_start}, {y_start}) to ({x_end}, {y_end}) on NOC {self.noc}",
                hint="it starts at the upper left core on NOC 0, at the lower right one on NOC 1",
            )
        columns = [x for v, x in self.network.column_of.items() if min(x_start, x_end) <= v <= max(x_start, x_end)]
        rows = [y for v, y in self.network.row_of.items() if min(y_start, y_end) <= v <= max(y_start, y_end)]
        width = self.network.program.columns
        for place, table in ((x_start, self.network.column_of), (x_end, self.network.column_of)):
            if place not in table:
                raise Fault("TTL0807", op, f"there is no column of the program at the NOC coordinate {place}")
        for place in (y_start, y_end):
            if place not in self.network.row_of:
                raise Fault("TTL0807", op, f"there is no row of the program at the NOC coordinate {place}")
        return Address(tuple(y * width + x for y in rows for x in columns), address, multicast=True)

    def _one(self, address: Address, call: str, op: int) -> int:
        if address.multicast:
            raise Fault("TTL0807", op, f"{call} goes to one core, and this is the address of a rectangle")
        return address.cores[0]

    def _others(self, address: Address, count: int, call: str, op: int) -> tuple[int, ...]:
        """The cores of a multicast that leaves out the sender."""
        others = tuple(core for core in address.cores if core != self.core)
        self._check_count(others, count, call, op)
        return others

    def _check_count(self, cores: Sequence[int], count: int, call: str, op: int) -> None:
        if count != len(cores) or not cores:
            raise Fault(
                "TTL0807", op, f"{call} is told of {count_of(count, 'destination')}, and there are {len(cores)}"
            )

    # ------------------------------------------------------------------------------------------------- transfers

    def write(self, source: int, address: Address, size: int, op: int) -> None:
        core = self._one(address, "noc_async_write", op)
        self._send(source, (core,), address.l1, size, op, multicast=False)

    def write_multicast(self, source: int, address: Address, size: int, count: int, op: int) -> None:
        cores = self._others(address, count, "noc_async_write_multicast", op)
        self._send(source, cores, address.l1, size, op, multicast=True)

    def write_multicast_loopback(self, source: int, address: Address, size: int, count: int, op: int) -> None:
        call = "noc_async_write_multicast_loopback_src"
        self._check_count(address.cores, count, call, op)
        if self.core not in address.cores or count < 2:
            raise Fault("TTL0807", op, f"{call} needs the sender and another core in its rectangle")
        self._send(source, address.cores, address.l1, size, op, multicast=True)

    def _send(self, source: int, cores: tuple[int, ...], address: int, size: int, op: int, *, multicast: bool) -> None:
        if address % 16 or source % 16:
            raise Fault("TTL0807", op, f"a write from {source} to {address}: both are multiples of 16 in L1")
        buffer, first, last, start = self.port.source_of(source, size, op)
        targets = tuple(self.network.target(core, address, size, op) for core in cores)
        for core, target in zip(cores, targets, strict=True):
            self._check_target(core, target, op)
            target.buffer.arriving.append((target.first, target.last))
            target.buffer.written[target.first : target.last + 1] = bytes(target.last + 1 - target.first)
        buffer.outgoing += 1
        self.sends.append(Send(buffer, first, last, start, size, cores, targets, multicast, op))

    def _check_target(self, core: int, target: Target, op: int) -> None:
        """A write to another core goes to a block that is reserved there, or to a free landing slot."""
        buffer, first, last = target.buffer, target.first, target.last
        where = core_ranges([core], self.network.program.columns)
        if any(low <= last and first <= high for low, high in buffer.arriving):
            raise Fault(
                "TTL0810", op, f"writes into {buffer.info.name} on {where} while another write there is in flight"
            )
        if self.network.program.finds_landings and not buffer.claims:
            # Nobody has used it as a ring so far. Who does later is told so.
            buffer.landing = True
        if buffer.landing:
            if any(buffer.written[first : last + 1]):
                message = f"writes into a slot of {buffer.info.name} on {where} whose block has not been taken"
                raise Fault("TTL0810", op, message)
            return
        if first < buffer.wr or last >= buffer.wr + buffer.reserved:
            held = f"pages {buffer.wr} to {buffer.wr + buffer.reserved - 1} are" if buffer.reserved else "none is"
            raise Fault(
                "TTL0803", op, f"writes into page {first} of {buffer.info.name} on {where}, of which {held} reserved"
            )

    def read(self, address: Address, target: int, size: int, op: int) -> None:
        core = self._one(address, "noc_async_read", op)
        source = self.network.target(core, address.l1, size, op)
        source.buffer.check_written(source.first, source.last + 1, op)
        buffer, first, last, start = self.port.target_of(target, size, op)
        buffer.written[first : last + 1] = bytes(last + 1 - first)
        buffer.incoming += 1
        self.fetches.append(Fetch(source, Target(buffer, first, last, start), size, op))

    def land_reads(self) -> None:
        """All reads of L1 land; a landing slot that was read is free again."""
        l1 = self.port.l1_bytes
        for fetch in self.fetches:
            source, target = fetch.source, fetch.target
            l1[target.start : target.start + fetch.size] = l1[source.start : source.start + fetch.size]
            target.buffer.incoming -= 1
            target.buffer.written[target.first : target.last + 1] = b"\1" * (target.last + 1 - target.first)
            if source.buffer.landing:
                source.buffer.written[source.first : source.last + 1] = bytes(source.last + 1 - source.first)
        self.fetches.clear()

    def flush_writes(self) -> None:
        """The data of all writes to other cores leave L1."""
        self.copies = [replace(copy, departed=True) for copy in self.copies]
        for i, send in enumerate(self.sends):
            if send.data is None:
                data = bytes(self.port.l1_bytes[send.start : send.start + send.size])
                self.sends[i] = replace(send, data=data)
                send.buffer.outgoing -= 1

    def land_writes(self) -> None:
        """All writes to other cores have landed, words of semaphores among them."""
        for send in self.sends:
            self._land(send)
        self.sends.clear()
        self.copies.clear()

    def _land(self, send: Send) -> None:
        l1 = self.port.l1_bytes
        data = l1[send.start : send.start + send.size] if send.data is None else send.data
        for target in send.targets:
            l1[target.start : target.start + send.size] = data
            target.buffer.arriving.remove((target.first, target.last))
            target.buffer.written[target.first : target.last + 1] = b"\1" * (target.last + 1 - target.first)
        if send.data is None:
            send.buffer.outgoing -= 1

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches pages of the thread's own ring."""
        if kind == "write":
            sends = (send for send in self.sends if send.data is None)
            return any(s.buffer is buffer and s.first < end and first <= s.last for s in sends)
        moves = (fetch.target for fetch in self.fetches)
        return any(t.buffer is buffer and t.first < end and first <= t.last for t in moves)

    def finish(self) -> None:
        """The thread ends: nothing may be in flight."""
        for moves, kind in ((self.sends, "write"), (self.fetches, "read"), (self.copies, "write")):
            if moves:
                message = f"the kernel ends while a {kind} is in flight"
                raise Fault("TTL0808", moves[0].op, message, hint=f"a noc_async_{kind}_barrier must come after it")
        if self.increment >= 0:
            raise Fault(
                "TTL0808",
                self.increment,
                "the kernel ends while an increment is in flight",
                hint="a noc_async_atomic_barrier must come after it",
            )

    # ------------------------------------------------------------------------------------------------ semaphores

    def must_wait(self, pointer: int, value: int, exact: bool, op: int) -> bool:
        """Whether the thread must wait for its core's semaphore."""
        return self.cells.must_wait(self.port.thread, self.cells.number(pointer, op), value, exact, op)

    def set(self, pointer: int, value: int, op: int) -> None:
        number = self.cells.number(pointer, op)
        self.check_change(number, op)
        self.cells.change(self.core, self.core, number, value, op)

    def check_change(self, number: int, op: int) -> None:
        """This thread changes a semaphore of its own core."""
        if any(copy.number == number and not copy.departed for copy in self.copies):
            raise Fault(
                "TTL0810",
                op,
                f"changes the semaphore {self.cells.names[number]} while its copy to other cores is in flight",
                hint="a noc_async_writes_flushed, or a noc_async_write_barrier, must come before it",
            )

    def inc(self, address: Address, value: int, op: int) -> None:
        self._inc((self._one(address, "noc_semaphore_inc", op),), address.l1, value, op)

    def inc_multicast(self, address: Address, value: int, count: int, op: int) -> None:
        self._inc(self._others(address, count, "noc_semaphore_inc_multicast", op), address.l1, value, op)

    def _inc(self, cores: Sequence[int], address: int, value: int, op: int) -> None:
        number = self.cells.number(address, op)
        for core in cores:
            self.cells.change(self.core, core, number, self.cells.values[core][number] + value, op)
        self.increment = op

    def set_remote(self, source: int, address: Address, op: int) -> None:
        core = self._one(address, "noc_semaphore_set_remote", op)
        self._copy(source, (core,), address.l1, op, multicast=False)

    def set_multicast(self, source: int, address: Address, count: int, op: int) -> None:
        cores = self._others(address, count, "noc_semaphore_set_multicast", op)
        self._copy(source, cores, address.l1, op, multicast=True)

    def _copy(self, source: int, cores: tuple[int, ...], address: int, op: int, *, multicast: bool) -> None:
        """Writes of one kind to the same cores keep their order, this one of a word too; so it may land at once."""
        sends, self.sends = self.sends, []
        for send in sends:
            if send.multicast == multicast and set(cores) <= set(send.cores):
                self._land(send)
            else:
                self.sends.append(send)
        number, target = self.cells.number(source, op), self.cells.number(address, op)
        for core in cores:
            self.cells.change(self.core, core, target, self.cells.values[self.core][number], op)
        self.copies.append(Copy(number, op))

    def atomic_barrier(self) -> None:
        self.increment = -1
