"""Cores as the NOC names them: by coordinates, one by one and in rectangles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ttlang.machine.buffers import Buffer, buffer_at
from ttlang.machine.faults import Fault
from ttlang.machine.noc.bank_transfers import BankAddress
from ttlang.machine.noc.l1_window import Place
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.semaphores import Semaphores

CHIP_DISTANCE = 64
"""From the NOC coordinates of a chip's rows to those of the next chip, where a program runs on several."""


class Address(NamedTuple):
    """An address in the L1 of one core, or of a rectangle of them."""

    cores: tuple[int, ...]
    l1: int
    multicast: bool


class Network:
    """What all threads share of the way to other cores."""

    def __init__(self, program: ProgramInfo, semaphores: Semaphores, buffers: Sequence[Sequence[Buffer]]):
        self.program = program
        self.semaphores = semaphores
        self.buffers = buffers
        chip, columns, rows, per_chip = program.architecture, program.columns, program.rows, program.chip_rows
        self.virtual_columns = chip.column_to_virtual
        # The rows of several chips stand one below the other, each chip's with coordinates of their own.
        self.virtual_rows = tuple(
            chip.row_to_virtual[y % per_chip] + CHIP_DISTANCE * (y // per_chip) for y in range(rows)
        )
        self.column_of = {self.virtual_columns[x]: x for x in range(columns)}
        self.row_of = {self.virtual_rows[y]: y for y in range(rows)}

    def place(self, core: int, address: int, size: int, op: int) -> Place:
        """The place on a core that an address stands for."""
        buffer = buffer_at(self.buffers[core], address)
        if buffer is not None and address + size <= buffer.address + buffer.info.total_bytes:
            start = address - buffer.address
            first, last = start // buffer.page_bytes, (start + size - 1) // buffer.page_bytes
            return Place(buffer, first, last, buffer.row + start)
        raise Fault("TTL0807", op, f"{size} bytes from the L1 address {address} on lie in no circular buffer")


class CoreAddresses:
    """The addresses that one thread makes. The methods are named after calls, and take the call's number last."""

    __slots__ = ("core", "network", "noc")

    def __init__(self, network: Network, core: int, noc: int):
        self.network = network
        self.core = core
        self.noc = noc

    def convert_logical_x_to_translated(self, x: int, op: int) -> int:
        return _virtual(self.network.virtual_columns, x, "column", op)

    def convert_logical_y_to_translated(self, y: int, op: int) -> int:
        return _virtual(self.network.virtual_rows, y, "row", op)

    def get_noc_addr(self, x: int, y: int, address: int, op: int) -> Address:
        column, row = self.network.column_of.get(x), self.network.row_of.get(y)
        if column is None or row is None:
            raise Fault("TTL0807", op, f"there is no core of the program at the NOC coordinates ({x}, {y})")
        return Address((self.network.program.core_at(column, row),), address, multicast=False)

    def get_local_noc_addr(self, address: int, _op: int) -> Address:
        return Address((self.core,), address, multicast=False)

    def get_dram_bank_noc_addr(self, bank: int, address: int, op: int) -> BankAddress:
        return BankAddress(True, _bank(bank, self.network.program.architecture.dram_banks, "DRAM", op), address)

    def get_l1_bank_noc_addr(self, bank: int, address: int, op: int) -> BankAddress:
        columns, rows = self.network.program.architecture.grid
        return BankAddress(False, _bank(bank, columns * rows, "L1", op), address)

    def get_noc_multicast_addr(
        self, x_start: int, y_start: int, x_end: int, y_end: int, address: int, op: int
    ) -> Address:
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
        for place in (x_start, x_end):
            if place not in self.network.column_of:
                raise Fault("TTL0807", op, f"there is no column of the program at the NOC coordinate {place}")
        for place in (y_start, y_end):
            if place not in self.network.row_of:
                raise Fault("TTL0807", op, f"there is no row of the program at the NOC coordinate {place}")
        at = self.network.program.core_at
        return Address(tuple(at(x, y) for y in rows for x in columns), address, multicast=True)


def _virtual(table: tuple[int, ...], place: int, what: str, op: int) -> int:
    if not 0 <= place < len(table):
        raise Fault("TTL0807", op, f"the chip has no {what} {place}")
    return table[place]


def _bank(bank: int, count: int, memory: str, op: int) -> int:
    if not 0 <= bank < count:
        raise Fault("TTL0807", op, f"bank {bank} of {memory}, of which the chip has {count}")
    return bank


def core_of_bank(program: ProgramInfo, place: BankAddress, op: int) -> Address:
    """An address in a bank of L1, where no tensor lies, as one of the core."""
    row, column = divmod(place.bank, program.architecture.grid[0])
    if place.in_dram or column >= program.columns or row >= program.rows:
        raise Fault("TTL0807", op, f"{place.place}, where no tensor of the call lies")
    return Address((program.core_at(column, row),), place.address, multicast=False)
