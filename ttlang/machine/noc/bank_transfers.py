"""
Transfers whose far end a kernel names by a bank and an address in it: which pages of which tensor lie there
(docs/hardware.md, "Pages").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ttlang.machine.faults import Fault
from ttlang.machine.noc.tensor_transfers import TensorTransfers, incongruent
from ttlang.machine.page_patterns import Pattern
from ttlang.machine.tensor_pages import TensorPages


class BankAddress(NamedTuple):
    """An address in a bank of memory."""

    in_dram: bool
    """Else in the L1 of a core, which is a bank, too."""
    bank: int
    address: int

    @property
    def place(self) -> str:
        """What messages call it."""
        return f"the address {self.address} of bank {self.bank} of {'DRAM' if self.in_dram else 'L1'}"


class _Piece(NamedTuple):
    """Units of a tensor that lie one behind the other in a transfer: tiles, or elements of a row-major tensor."""

    first: int
    units: Sequence[int]
    offset: int
    """Bytes of the transfer before them."""


class BankTransfers:
    """Those of one thread."""

    __slots__ = ("tensors", "transfers")

    def __init__(self, transfers: TensorTransfers, tensors: Sequence[TensorPages]):
        self.transfers = transfers
        self.tensors = tensors
        """Those of the program."""

    def tensor_at(self, place: BankAddress) -> TensorPages | None:
        """The tensor whose pages lie at an address, if any do."""
        for tensor in self.tensors:
            info = tensor.info
            if info.in_dram == place.in_dram and 0 <= place.address - info.address < info.bytes_per_bank:
                return tensor
        return None

    def read(self, place: BankAddress, target: int, size: int, op: int) -> None:
        """Starts to read `size` bytes from an address in a bank on into L1 at `target`."""
        tensor = self._tensor(place, op)
        if (place.address - target) % tensor.alignment:
            raise incongruent(place.place, target, tensor.alignment, "read to", op)
        for piece in _pieces(tensor, place, size, op):
            self.transfers.rows_read += 1 if tensor.row_bytes else 0
            shape = _shape(piece, tensor.page_bytes)
            self.transfers.noc_async_read_pages(piece.first, tensor, target + piece.offset, shape, None, op)

    def write(self, source: int, place: BankAddress, size: int, op: int) -> None:
        """Starts to write `size` bytes of L1 from `source` on to an address in a bank."""
        tensor = self._tensor(place, op)
        alignment = tensor.info.write_alignment
        if (place.address - source) % alignment:
            raise incongruent(place.place, source, alignment, "written from", op)
        for piece in _pieces(tensor, place, size, op):
            self.transfers.rows_written += 1 if tensor.row_bytes else 0
            shape = _shape(piece, tensor.page_bytes)
            self.transfers.noc_async_write_pages(piece.first, tensor, source + piece.offset, shape, None, op)

    def _tensor(self, place: BankAddress, op: int) -> TensorPages:
        if (found := self.tensor_at(place)) is None:
            message = f"{place.place}, where no tensor of the call lies"
            raise Fault("TTL0807", op, message, hint="a tensor starts at the same address, its own, in every bank")
        return found


def _pieces(tensor: TensorPages, place: BankAddress, size: int, op: int) -> Iterator[_Piece]:
    """
    What a transfer moves: pages that follow each other without a gap are one piece, and what lies between two pages is
    left as it is.
    """
    info, unit = tensor.info, tensor.page_bytes
    at, end = place.address - info.address, place.address - info.address + size
    if end > info.bytes_per_bank:
        message = f"{size} bytes from {place.place} on, where '{tensor.name}' has {info.bytes_per_bank - at} left"
        raise Fault("TTL0807", op, message, hint="move what lies in another tensor for itself")
    units: list[int] = []
    start = at
    while at < end:
        slot, byte = divmod(at, info.page_stride)
        held = min(end, slot * info.page_stride + info.page_bytes) - at
        if held > 0:
            if byte % unit or held % unit:
                what = "a tile" if info.tiled else "an element"
                raise Fault(
                    "TTL0821", op, f"the simulator does not model a part of {what} of '{tensor.name}' by its bank"
                )
            first = _first_unit(tensor, place, slot, op) + byte // unit
            units.extend(range(first, first + held // unit))
        next_page = (slot + 1) * info.page_stride
        if units and (info.page_stride != info.page_bytes or next_page >= end):
            yield _Piece(units[0], units, start - (place.address - info.address))
            units = []
        if not units:
            start = next_page
        at = next_page


def _shape(piece: _Piece, unit: int) -> Pattern:
    """The transfers of its units."""
    pages = np.array(piece.units, np.int64) - piece.first
    count = len(piece.units)
    return Pattern(count, pages, np.arange(count, dtype=np.int64) * unit, int(pages.min()), int(pages.max()), unit)


def _first_unit(tensor: TensorPages, place: BankAddress, slot: int, op: int) -> int:
    """The first unit of the page that is number `slot` of a bank."""
    info = tensor.info
    rows, columns = info.matrix
    units_of_page = 1 if info.tiled else columns
    if not info.sharded:
        page = slot * len(info.banks) + place.bank
        if place.bank < len(info.banks) and page < info.pages:
            return page * units_of_page
    elif place.bank in info.banks:
        (high, wide), across = info.shard_shape, info.shard_grid[1]
        shard_row, shard_column = divmod(info.banks.index(place.bank), across)
        row, column = divmod(slot * units_of_page, wide)
        row, column = shard_row * high + row, shard_column * wide + column
        if row < rows and column < columns:
            return row * columns + column
    raise Fault("TTL0807", op, f"{place.place}, where '{tensor.name}' has no page")
