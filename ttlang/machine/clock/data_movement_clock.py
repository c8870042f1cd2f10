"""A data movement thread in time, call by call: transfers that it orders, barriers, semaphores."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from ttlang.machine.clock.call_prices import grained
from ttlang.machine.clock.data_movement_processor import CHANGED, DataMovementProcessor, Order
from ttlang.machine.clock.ledger import Cause, Lane, Origin
from ttlang.machine.clock.outstanding import Outstanding
from ttlang.machine.clock.tensor_places import PagePlace
from ttlang.machine.clock.thread_clock import Change
from ttlang.machine.clock.transfers import Passage
from ttlang.machine.noc.bank_transfers import BankAddress
from ttlang.machine.noc.core_addresses import Address
from ttlang.machine.page_patterns import Pattern
from ttlang.machine.semaphores import WORD_BYTES, cell_at
from ttlang.machine.tensor_pages import TensorPages

UNTIMED = frozenset(
    ("get_noc_multicast_addr", "get_dram_bank_noc_addr", "get_l1_bank_noc_addr", "await_change", "invalidate_l1_cache")
)
"""
Calls that count as part of what comes after them: an address of many cores as part of its multicast, one in a bank as
part of its transfer, as they were measured with it. A thread that polls waits as the run had it, and a fence is one
instruction.
"""


class DataMovementClock(DataMovementProcessor):
    """A data movement thread."""

    # ---------------------------------------------------------------------------------------------------- tensors

    def noc_async_read_page(self, page: int, tensor: TensorPages, _address: int, _buffer: object, op: int) -> None:
        self._read_run(tensor, page, tensor.page_bytes, op)

    def noc_async_write_page(self, page: int, tensor: TensorPages, _address: int, _buffer: object, op: int) -> None:
        self._write_run(tensor, page, tensor.page_bytes, op)

    def noc_async_read_pages(
        self, page: int, tensor: TensorPages, _address: int, shape: Pattern, _buffer: object, op: int
    ) -> Generator[None]:
        return self._page_by_page(self._read_place, tensor, page, shape, op)

    def noc_async_write_pages(
        self, page: int, tensor: TensorPages, _address: int, shape: Pattern, _buffer: object, op: int
    ) -> Generator[None]:
        return self._page_by_page(self._write_place, tensor, page, shape, op)

    def noc_async_read_shard(self, shard: int, tensor: TensorPages, _address: int, _buffer: object, op: int) -> None:
        self._read_run(tensor, tensor.first_page(shard), tensor.shard.count * tensor.page_bytes, op)

    def noc_async_write_shard(self, shard: int, tensor: TensorPages, _address: int, _buffer: object, op: int) -> None:
        self._write_run(tensor, tensor.first_page(shard), tensor.shard.count * tensor.page_bytes, op)

    def noc_async_read_run(
        self, page: int, tensor: TensorPages, _address: int, pages: int, _buffer: object, op: int
    ) -> None:
        unit = self.around.places.unit_of_page(tensor.info, page)
        self._read_run(tensor, unit, pages * tensor.info.page_bytes, op)

    def noc_async_write_run(
        self, page: int, tensor: TensorPages, _address: int, pages: int, _buffer: object, op: int
    ) -> None:
        unit = self.around.places.unit_of_page(tensor.info, page)
        self._write_run(tensor, unit, pages * tensor.info.page_bytes, op)

    def noc_async_read_row(
        self, row: int, tensor: TensorPages, _offset: int, _address: int, size: int, _buffer: object, op: int
    ) -> None:
        self._read_run(tensor, row * self.around.places.units_of_row(tensor.info), size, op)

    def noc_async_write_row(
        self, row: int, tensor: TensorPages, _offset: int, _address: int, size: int, _buffer: object, op: int
    ) -> None:
        self._write_run(tensor, row * self.around.places.units_of_row(tensor.info), size, op)

    def noc_async_read_zeros(self, _address: int, size: int, op: int) -> Generator[None]:
        """Reads of this core's own L1, each of as many zeros as there are."""
        most, began = self.around.program.architecture.zeros_bytes, self.now
        for done in range(0, size, most):
            if done:
                yield
            self._read_core(self.core, min(most, size - done), self._issue.read, op)
        self._note(op, Lane.MOVE, Cause.WORK, began, self.now)

    def noc_async_read_bank(self, bank: int, size: int, op: int) -> None:
        """`noc_async_read` of an address that `get_noc_addr_from_bank_id` made."""
        self._read_bank(bank, size, self._issue.read_bank, op)

    def noc_async_write_bank(self, bank: int, size: int, op: int) -> None:
        self._write_bank(bank, size, self._issue.write_bank, op)

    def _read_run(self, tensor: TensorPages, page: int, size: int, op: int) -> None:
        """A read of bytes that lie in a row."""
        self._read_place(self.around.places.of(tensor.info, page), size, op)

    def _read_place(self, place: PagePlace, size: int, op: int) -> None:
        bank, core = place
        if bank is None:
            self._read_core(core, size, self._issue.page + self._issue.read, op)
        else:
            self._read_bank(bank, size, self._read_of_page, op)

    def _write_run(self, tensor: TensorPages, page: int, size: int, op: int) -> None:
        self._write_place(self.around.places.of(tensor.info, page), size, op)

    def _write_place(self, place: PagePlace, size: int, op: int) -> None:
        bank, core = place
        if bank is None:
            self._write_core(core, size, self._issue.page + self._issue.write, op)
        else:
            self._write_bank(bank, size, self._write_of_page, op)

    def _read_bank(self, bank: int, size: int, work: float, op: int) -> None:
        if op not in self._free:
            now = self._spend(op, work)
            self._port.read_bank(bank, size, now, self._end, self._order(op, Cause.DRAM, self._tagged))

    def _write_bank(self, bank: int, size: int, work: float, op: int) -> None:
        if op not in self._free:
            now = self._spend(op, work)
            self._port.write_bank(bank, size, now, self._end, self._order(op, Cause.DRAM, self._tagged_writes))

    def _read_core(self, core: int, size: int, work: float, op: int) -> None:
        if op not in self._free:
            now = self._spend(op, work)
            self._port.read(core, size, now, self._end, self._order(op, Cause.NOC, self._tagged))

    def _write_core(self, core: int, size: int, work: float, op: int) -> None:
        if op not in self._free:
            now = self._spend(op, work)
            self._port.write(core, size, now, self._end, self._order(op, Cause.NOC, self._tagged_writes))

    # -------------------------------------------------------------------------------------------------- other cores

    def get_noc_addr(self, _x: int, _y: int, _address: int, op: int) -> None:
        self._spend(op, self._issue.address)

    def get_local_noc_addr(self, _address: int, op: int) -> None:
        """It does the same with the core's own coordinates."""
        self._spend(op, self._issue.address)

    def convert_logical_x_to_translated(self, _column: int, op: int) -> None:
        """A look into a table in L1."""
        self._spend(op, self._issue.element)

    def convert_logical_y_to_translated(self, _row: int, op: int) -> None:
        self._spend(op, self._issue.element)

    def noc_async_read(self, address: Address | BankAddress, _target: int, size: int, op: int) -> None:
        if isinstance(address, BankAddress):
            if address.in_dram:
                self.noc_async_read_bank(address.bank, size, op)
            else:
                self._read_core(self.around.places.core_of_bank(address.bank), size, self._issue.read, op)
            return
        self._read_core(address.cores[0], size, self._issue.read, op)

    def noc_async_read_one_packet_with_state(self, address: Address, _target: int, size: int, op: int) -> None:
        self._read_core(address.cores[0], size, self._issue.repeated_read, op)

    def noc_async_write(
        self,
        _source: int,
        address: Address | BankAddress,
        size: int,
        op: int,
        posted: bool | None = None,
        _vc: int | None = None,
    ) -> None:
        if isinstance(address, BankAddress):
            if address.in_dram:
                self.noc_async_write_bank(address.bank, size, op)
            else:
                self._write_core(self.around.places.core_of_bank(address.bank), size, self._issue.write, op)
            return
        self._send(address, size, op, self._posted if posted else self._tagged_writes)

    def noc_async_write_one_packet_with_state(self, _source: int, address: Address, size: int, op: int) -> None:
        self._write_core(address.cores[0], size, self._issue.repeated_write, op)

    def noc_async_write_multicast(
        self,
        _source: int,
        address: Address,
        size: int,
        _count: int,
        op: int,
        linked: bool | None = None,
        _vc: int | None = None,
    ) -> None:
        self._send(address, size, op, self._tagged_writes, loops=False, linked=linked)

    def noc_async_write_multicast_loopback_src(
        self, _source: int, address: Address, size: int, _count: int, op: int, linked: bool | None = None
    ) -> None:
        self._send(address, size, op, self._tagged_writes, linked=linked)

    def _send(
        self,
        address: Address,
        size: int,
        op: int,
        kind: Outstanding,
        *,
        loops: bool = True,
        linked: bool | None = None,
        then: Callable[[Passage], None] | None = None,
    ) -> None:
        """
        `kind`: what it counts as. `loops`: a multicast reaches its sender, too. `linked`: the next one goes the same
        way. `then`: is called at its end.
        """
        if op in self._free:
            if then is not None:
                then(Passage(self.now))
            return
        now = self._spend(op, self._issue.write)
        order = self._order(op, Cause.NOC, kind)

        def done(passage: Passage, order: Order) -> None:
            if then is not None:
                then(passage)
            self._end(passage, order)

        if address.multicast:
            targets = self._targets(address, loops=loops)
            reserved, self._reserved = self._reserved, bool(linked)
            self._port.multicast(targets, size, now, done, order, linked=reserved, links=self._reserved)
        else:
            self._port.write(address.cores[0], size, now, done, order)

    # --------------------------------------------------------------------------------------------------- semaphores

    def load_semaphore(self, _pointer: int, op: int) -> None:
        """A word of L1."""
        self._spend(op, self._issue.element)

    def noc_semaphore_wait(self, pointer: int, value: int, op: int) -> bool:
        return self._wait_for_semaphore(pointer, op, lambda held: held == value)

    def noc_semaphore_wait_min(self, pointer: int, value: int, op: int) -> bool:
        return self._wait_for_semaphore(pointer, op, lambda held: held >= value)

    def _wait_for_semaphore(self, pointer: int, op: int, holds: Callable[[int], bool]) -> bool:
        number = cell_at(pointer)
        if not self.around.holds(self.core, number, holds):
            self.stopped_for = Cause.SEMAPHORE
            since = self.now

            def wake(time: float) -> None:
                self.stopped_for = None
                self.now = max(since, time)
                _, by = self.around.semaphore(self.core, number)
                self._note(op, Lane.MOVE, Cause.SEMAPHORE, since, self.now, by)
                self.go_on()

            self.around.wait_for_semaphore(self.core, number, wake)
            return False
        self._spend(op, self._issue.semaphore)
        return True

    def noc_semaphore_set(self, pointer: int, value: int, op: int) -> object:
        now = self._spend(op, self._issue.semaphore_set)
        by = self._origin(op, Lane.MOVE, now)
        self.around.change(now, Change((self.core,), cell_at(pointer), value, False, by))
        return CHANGED

    def noc_semaphore_inc(
        self, address: Address, value: int, op: int, posted: bool | None = None, _vc: int | None = None
    ) -> None:
        self._increment(address, value, op, posted=posted)

    def noc_semaphore_inc_multicast(
        self, address: Address, value: int, _count: int, op: int, posted: bool | None = None
    ) -> None:
        self._increment(address, value, op, posted=posted)

    def _increment(self, address: Address, value: int, op: int, *, posted: bool | None) -> None:
        change = Change(self._targets(address, loops=False), cell_at(address.l1), value, True, self._maker(op))
        self._change(address, change, op, self._posted if posted else self._signals, loops=False)

    def noc_semaphore_set_remote(self, source: int, address: Address, op: int) -> None:
        self._copy(source, address, op)

    def noc_semaphore_set_multicast(
        self,
        source: int,
        address: Address,
        _count: int,
        op: int,
        linked: bool | None = None,
        _vc: int | None = None,
    ) -> None:
        self._copy(source, address, op, loops=False, linked=linked)

    def noc_semaphore_set_multicast_loopback_src(
        self, source: int, address: Address, _count: int, op: int, linked: bool | None = None
    ) -> None:
        self._copy(source, address, op, linked=linked)

    def _copy(self, source: int, address: Address, op: int, *, loops: bool = True, linked: bool | None = None) -> None:
        """A word of its core is a write like another."""
        value, _ = self.around.semaphore(self.core, cell_at(source))
        change = Change(self._targets(address, loops=loops), cell_at(address.l1), value, False, self._maker(op))
        self._change(address, change, op, self._writes[0], loops=loops, linked=linked)

    def _maker(self, op: int) -> Origin | None:
        """The call, at the time at which it has ordered what it sends."""
        return self._origin(op, Lane.MOVE, self.now if op in self._free else self.now + self._issue.write)

    def _targets(self, address: Address, *, loops: bool) -> list[int]:
        """Those that a call reaches: a multicast to its own core alone goes there."""
        if not address.multicast:
            return [*address.cores]
        return [core for core in address.cores if loops or core != self.core] or [self.core]

    def _change(
        self,
        address: Address,
        change: Change,
        op: int,
        kind: Outstanding,
        *,
        loops: bool,
        linked: bool | None = None,
    ) -> None:
        def done(passage: Passage) -> None:
            if not passage.before:
                self.around.change(grained(passage.arrived), change)
            for core, before in zip(change.cores, passage.before, strict=True) if passage.before else ():
                self.around.change(grained(passage.arrived - before), change._replace(cores=(core,)))

        self._send(address, WORD_BYTES, op, kind, loops=loops, linked=linked, then=done)

    # ----------------------------------------------------------------------------------------------------- barriers

    def noc_async_read_barrier(self, op: int) -> bool:
        return self._barrier(op, *self._reads.values())

    def noc_async_read_set_trid(self, tag: int, op: int) -> None:
        """Reads have this transaction id from now on."""
        self._spend(op, self._issue.barrier)
        self._tagged = self._reads[tag]

    def noc_async_read_barrier_with_trid(self, tag: int, op: int) -> bool:
        return self._barrier(op, self._reads[tag])

    def noc_async_write_barrier(self, op: int) -> bool:
        return self._barrier(op, *self._writes.values())

    def noc_async_write_set_trid(self, tag: int, op: int) -> None:
        """Writes have this transaction id from now on."""
        self._spend(op, self._issue.barrier)
        self._tagged_writes = self._writes[tag]

    def noc_async_write_barrier_with_trid(self, tag: int, op: int) -> bool:
        return self._barrier(op, self._writes[tag])

    def noc_async_write_flushed_with_trid(self, tag: int, op: int) -> bool:
        return self._barrier(op, self._writes[tag], flushes=True)

    def noc_async_writes_flushed(self, op: int) -> bool:
        return self._barrier(op, *self._writes.values(), flushes=True)

    def noc_async_posted_writes_flushed(self, op: int) -> bool:
        return self._barrier(op, self._posted, flushes=True)

    def noc_async_atomic_barrier(self, op: int) -> bool:
        return self._barrier(op, self._signals)

    # ----------------------------------------------------------------------------------------------------- elements

    def load_element(self, *arguments: Any) -> None:
        self._spend(arguments[-1], self._issue.element)

    def store_element(self, *arguments: Any) -> None:
        self._spend(arguments[-1], self._issue.element)
