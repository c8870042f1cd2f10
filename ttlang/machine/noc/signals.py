"""
What a data movement thread does to semaphores, its own core's and others'. Increments and words land at once, data only
at their barrier: a signal that does not wait for its data shows.

The methods that are named after calls take the call's operands in their order, and its number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ttlang.machine.faults import Fault
from ttlang.machine.noc.core_addresses import Address
from ttlang.machine.noc.core_transfers import (
    ADDRESS_ALIGNMENT,
    MULTICAST_CHANNEL,
    UNICAST_CHANNEL,
    CoreTransfers,
    channel_of,
    check_channel,
)
from ttlang.machine.noc.destinations import all_cores, one_core, other_cores
from ttlang.machine.noc.increments import Increments
from ttlang.machine.semaphores import WORD, Semaphores
from ttlang.machine.waits import Waiter


@dataclass(frozen=True, slots=True)
class Copy:
    """A word of a semaphore that may not have left L1 yet."""

    number: int
    op: int
    departed: bool = False


class Signals:
    """Those of one thread."""

    __slots__ = ("copies", "core", "increments", "semaphores", "thread", "transfers")

    def __init__(self, thread: Waiter, semaphores: Semaphores, transfers: CoreTransfers):
        self.thread = thread
        self.core = thread.core
        self.semaphores = semaphores
        self.transfers = transfers
        self.copies: list[Copy] = []
        self.increments = Increments(thread, semaphores)

    # -------------------------------------------------------------------------------------------------------- calls

    def noc_semaphore_wait(self, pointer: int, value: int, op: int) -> bool:
        """Whether the thread must wait until its core's semaphore is `value`."""
        semaphores = self.semaphores
        return semaphores.must_wait(self.thread, semaphores.number(pointer, op), value, True, op)

    def noc_semaphore_wait_min(self, pointer: int, value: int, op: int) -> bool:
        """Whether it must wait until the semaphore is `value` or more."""
        semaphores = self.semaphores
        return semaphores.must_wait(self.thread, semaphores.number(pointer, op), value, False, op)

    def load_semaphore(self, pointer: int, op: int) -> int:
        """The word of its core's semaphore, as a number with a sign."""
        value = self.semaphores.look(self.core, self.semaphores.number(pointer, op), op)
        return value - WORD if value >= WORD // 2 else value

    def await_change(self, _op: int) -> None:
        """The thread, which has looked in vain, goes on when a semaphore of its core changes."""
        self.semaphores.await_change(self.thread)

    def noc_semaphore_set(self, pointer: int, value: int, op: int) -> None:
        number = self.semaphores.number(pointer, op)
        self.check_change(number, op)
        self.semaphores.change(self.core, self.core, number, value, op)

    def noc_semaphore_inc(
        self, address: Address, value: int, op: int, posted: bool | None = None, vc: int | None = None
    ) -> None:
        check_channel(vc, op)
        self._inc((one_core(address, "noc_semaphore_inc", op),), address.l1, value, op, posted=bool(posted))

    def noc_semaphore_inc_multicast(
        self, address: Address, value: int, count: int, op: int, posted: bool | None = None
    ) -> None:
        cores = other_cores(address, self.core, count, "noc_semaphore_inc_multicast", op)
        self._inc(cores, address.l1, value, op, posted=bool(posted))

    def noc_semaphore_set_remote(self, source: int, address: Address, op: int) -> None:
        core = one_core(address, "noc_semaphore_set_remote", op)
        self.transfers.take_path((), op)
        self._copy(source, (core,), address.l1, op, UNICAST_CHANNEL)

    def noc_semaphore_set_multicast(
        self,
        source: int,
        address: Address,
        count: int,
        op: int,
        linked: bool | None = None,
        vc: int | None = None,
    ) -> None:
        cores = other_cores(address, self.core, count, "noc_semaphore_set_multicast", op)
        check_channel(vc, op)
        self.transfers.take_path(address.cores, op, linked=bool(linked))
        self._copy(source, cores, address.l1, op, channel_of(vc, MULTICAST_CHANNEL))

    def noc_semaphore_set_multicast_loopback_src(
        self, source: int, address: Address, count: int, op: int, linked: bool | None = None
    ) -> None:
        call = "noc_semaphore_set_multicast_loopback_src"
        cores = all_cores(address, self.core, count, call, op)
        self.transfers.take_path(cores, op, linked=bool(linked))
        self._copy(source, cores, address.l1, op, MULTICAST_CHANNEL)

    def noc_async_atomic_barrier(self, _op: int) -> None:
        """All increments have been made, but posted ones: nothing tells when these are."""
        self.increments.land()

    def _inc(self, cores: Sequence[int], address: int, value: int, op: int, *, posted: bool) -> None:
        semaphores = self.semaphores
        number = semaphores.number(address, op)
        for core in cores:
            made = semaphores.increment(self.thread, core, number, value, op)
            if not posted:
                self.increments.note(core, number, made, op)

    def _copy(self, source: int, cores: tuple[int, ...], address: int, op: int, channel: int) -> None:
        """Lands at once, behind what comes before it: a receiver that takes it for more than that is found out."""
        followed = self.transfers.land_writes_before(cores, channel)
        semaphores = self.semaphores
        if (source - address) % ADDRESS_ALIGNMENT:
            message = f"a word from {source} to {address}: both are alike modulo {ADDRESS_ALIGNMENT} in L1"
            raise Fault("TTL0807", op, message)
        number, target = semaphores.number(source, op), semaphores.number(address, op)
        value = semaphores.value(self.core, number, op)
        if followed or self.transfers.followed:
            receipts = [(core, semaphores.copy(self.thread, core, target, value, op)) for core in cores]
            self.transfers.note_followed(followed, receipts)
        else:
            for core in cores:
                semaphores.change(self.core, core, target, value, op)
        self.copies.append(Copy(number, op))

    # ------------------------------------------------------------------------------------------------- what is shared

    def check_change(self, number: int, op: int) -> None:
        """This thread changes a semaphore of its own core."""
        if any(copy.number == number and not copy.departed for copy in self.copies):
            raise Fault(
                "TTL0810",
                op,
                f"changes the semaphore {self.semaphores.names[number]} while its copy to other cores is in flight",
                hint="a noc_async_writes_flushed, or a noc_async_write_barrier, must come before it",
            )

    def flush(self) -> None:
        """The words of all copies have left L1."""
        self.copies = [replace(copy, departed=True) for copy in self.copies]

    def land(self) -> None:
        """They have landed."""
        self.copies.clear()

    def finish(self) -> None:
        """The thread ends: nothing may be in flight."""
        if self.copies:
            raise Fault(
                "TTL0808",
                self.copies[0].op,
                "the kernel ends while a write is in flight",
                hint="a noc_async_write_barrier must come after it",
            )
        if (op := self.increments.finish()) >= 0:
            raise Fault(
                "TTL0808",
                op,
                "the kernel ends while an increment is in flight",
                hint="a noc_async_atomic_barrier must come after it",
            )
