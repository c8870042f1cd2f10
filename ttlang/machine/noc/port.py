"""A data movement thread's way to tensors, to other cores and to semaphores."""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.machine.buffers import Buffer
from ttlang.machine.faults import Fault
from ttlang.machine.noc.bank_transfers import BankTransfers
from ttlang.machine.noc.core_addresses import CoreAddresses, Network
from ttlang.machine.noc.core_transfers import CoreTransfers
from ttlang.machine.noc.elements import Elements
from ttlang.machine.noc.l1_window import L1Window
from ttlang.machine.noc.races import RaceDetector
from ttlang.machine.noc.signals import Signals
from ttlang.machine.noc.tensor_transfers import TensorTransfers
from ttlang.machine.tensor_pages import TensorPages
from ttlang.machine.tiles import Bytes
from ttlang.machine.waits import Waiter

TRANSACTION_IDS = 16
"""Of a NOC: `NOC_MAX_TRANSACTION_ID` and 0 (`noc_parameters.h`, both chips)."""


class Links:
    """A thread's way to other cores."""

    __slots__ = ("addresses", "signals", "transfers")

    def __init__(self, thread: Waiter, network: Network, noc: int, l1: Bytes, window: L1Window, banks: BankTransfers):
        self.addresses = CoreAddresses(network, thread.core, noc)
        self.transfers = CoreTransfers(network, thread.core, l1, window, banks)
        self.signals = Signals(thread, network.semaphores, self.transfers)


class Port:
    """All of it, and the barriers, which wait for transfers of every kind."""

    __slots__ = ("elements", "links", "tensors")

    def __init__(
        self,
        thread: Waiter,
        noc: int,
        columns: int,
        l1: Bytes,
        window: L1Window,
        tensors: Sequence[TensorPages],
        network: Network | None,
    ):
        """
        `columns`: of the grid. `l1`: that of all cores, flat. `tensors`: those of the program. `network`: where the
        program's cores talk to each other.
        """
        clocks = network.semaphores.clocks if network else None
        self.tensors = TensorTransfers(l1, window, RaceDetector(thread, columns, clocks))
        self.elements = Elements(l1, window)
        self.links = Links(thread, network, noc, l1, window, BankTransfers(self.tensors, tensors)) if network else None

    def noc_async_read_barrier(self, _op: int) -> None:
        """All reads of this thread land."""
        self.tensors.land_reads()
        if self.links is not None:
            self.links.transfers.land_reads()

    def noc_async_read_set_trid(self, tag: int, op: int) -> None:
        """Reads of this thread have this transaction id from now on."""
        _check_tag(tag, op)
        self.tensors.tag_reads(tag)
        if self.links is not None:
            self.links.transfers.tag_reads(tag)

    def noc_async_read_barrier_with_trid(self, tag: int, op: int) -> None:
        """Reads of this thread with this transaction id land."""
        _check_tag(tag, op)
        self.tensors.land_tagged_reads(tag)
        if self.links is not None:
            self.links.transfers.land_tagged_reads(tag)

    def noc_async_write_set_trid(self, tag: int, op: int) -> None:
        """Writes of this thread have this transaction id from now on; words of semaphores have none."""
        _check_tag(tag, op)
        self.tensors.tag_writes(tag)
        if self.links is not None:
            self.links.transfers.tag_writes(tag)

    def noc_async_write_flushed_with_trid(self, tag: int, op: int) -> None:
        """The data of the writes with this transaction id leave L1, but of posted ones."""
        _check_tag(tag, op)
        self.tensors.flush_tagged_writes(tag)
        if self.links is not None:
            self.links.transfers.flush_writes(tag=tag)

    def noc_async_write_barrier_with_trid(self, tag: int, op: int) -> None:
        """Writes of this thread with this transaction id land, but posted ones."""
        _check_tag(tag, op)
        self.tensors.land_tagged_writes(tag)
        if self.links is not None:
            self.links.transfers.land_writes(tag)

    def noc_async_writes_flushed(self, _op: int) -> None:
        """The data of all writes of this thread leave L1, but of posted ones."""
        self.tensors.flush_writes()
        if self.links is not None:
            self.links.signals.flush()
            self.links.transfers.flush_writes()

    def noc_async_posted_writes_flushed(self, _op: int) -> None:
        """The data of all posted writes of this thread leave L1."""
        if self.links is not None:
            self.links.transfers.flush_writes(posted=True)

    def noc_async_write_barrier(self, _op: int) -> None:
        """All writes of this thread land, but posted ones."""
        self.tensors.land_writes()
        if self.links is not None:
            self.links.transfers.land_writes()
            self.links.signals.land()

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches a page of the ring from `first` to before `end`."""
        if self.tensors.in_flight(buffer, kind, first, end):
            return True
        return self.links is not None and self.links.transfers.in_flight(buffer, kind, first, end)

    def keeps(self, buffer: Buffer, first: int, end: int) -> bool:
        """Whether a write in flight keeps pages of the ring from `first` to before `end` from being popped."""
        if self.tensors.in_flight(buffer, "write", first, end):
            return True
        return self.links is not None and self.links.transfers.keeps(buffer, first, end)

    def finish(self) -> None:
        """The thread ends. Raises a Fault if anything is in flight."""
        self.tensors.finish()
        if self.links is not None:
            self.links.transfers.finish()
            self.links.signals.finish()

    @property
    def pages_moved(self) -> int:
        return self.tensors.pages_read + self.tensors.pages_written


def _check_tag(tag: int, op: int) -> None:
    if not 0 <= tag < TRANSACTION_IDS:
        raise Fault("TTL0807", op, f"transaction id {tag}: a NOC has the ids 0 to {TRANSACTION_IDS - 1}")


PARTS: Sequence[tuple[str, type]] = (
    ("", Port),
    ("tensors", TensorTransfers),
    ("elements", Elements),
    ("links.addresses", CoreAddresses),
    ("links.transfers", CoreTransfers),
    ("links.signals", Signals),
)
"""Where a port has the parts that carry out calls."""
_PLACES = {
    name: [*filter(None, place.split(".")), name]
    for place, part in PARTS
    for name in vars(part)
    if name.startswith(("noc_", "get_", "convert_", "load_", "store_", "invalidate_", "await_"))
}


def place_of(call: str) -> Sequence[str]:
    """
    Where a port has the method that carries out a call of that name: the attributes that lead there; none for a call
    that ports don't know.
    """
    return _PLACES.get(call, ())
