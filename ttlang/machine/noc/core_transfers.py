"""
What a data movement thread moves between cores: writes to their L1, reads of it. Both land at the barrier: a signal
that does not wait for its data shows.

The methods that are named after calls take the call's operands in their order, and its number.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from ttlang.machine.buffers import Buffer, OverlaidBuffer
from ttlang.machine.faults import Fault, core_ranges
from ttlang.machine.noc.bank_transfers import BankAddress, BankTransfers
from ttlang.machine.noc.core_addresses import Address, Network, core_of_bank
from ttlang.machine.noc.destinations import all_cores, one_core, other_cores
from ttlang.machine.noc.l1_window import L1Window, Place
from ttlang.machine.noc.transfers_in_flight import (
    ADDRESS_ALIGNMENT,
    Fetch,
    Followed,
    Linked,
    Send,
    Sent,
    forget,
    lies_in,
    settle,
)
from ttlang.machine.semaphores import SentChange
from ttlang.machine.tiles import Bytes

VIRTUAL_CHANNELS = 16
"""How many a NOC can tell apart (tenstorrent/tt-isa-documentation, NoC)."""
UNICAST_CHANNEL, MULTICAST_CHANNEL = 1, 4
"""Of writes that name none (`NOC_UNICAST_WRITE_VC`, `NOC_MULTICAST_WRITE_VC`)."""


class CoreTransfers:
    """Those of one thread."""

    __slots__ = (
        "banks",
        "core",
        "fetches",
        "followed",
        "l1_bytes",
        "linked",
        "network",
        "sends",
        "sent",
        "tagged",
        "window",
        "write_tag",
    )

    def __init__(self, network: Network, core: int, l1: Bytes, window: L1Window, banks: BankTransfers):
        self.network = network
        self.banks = banks
        """Those whose other end is a bank of memory."""
        self.core = core
        self.l1_bytes = l1.data
        """L1 of all cores, flat."""
        self.window = window
        self.sends: list[Send] = []
        self.write_tag = 0
        """The transaction id that writes have just now."""
        self.followed: list[Followed] = []
        """Those that no barrier has waited for."""
        self.sent: defaultdict[int, Sent] = defaultdict(Sent)
        """By the number of the call."""
        self.fetches: list[Fetch] = []
        """In flight, with the transaction id that reads have just now."""
        self.tagged: dict[int, list[Fetch]] = {0: self.fetches}
        """All reads in flight, by their transaction ids."""
        self.linked: Linked | None = None

    # -------------------------------------------------------------------------------------------------------- calls

    def noc_async_write(
        self,
        source: int,
        address: Address | BankAddress,
        size: int,
        op: int,
        posted: bool | None = None,
        vc: int | None = None,
    ) -> None:
        if isinstance(address, BankAddress):
            if address.in_dram or self.banks.tensor_at(address):
                self.banks.write(source, address, size, op)
                return
            address = core_of_bank(self.network.program, address, op)
        core = one_core(address, "noc_async_write", op)
        check_channel(vc, op)
        self.take_path((), op)
        self._send(source, (core,), address.l1, size, op, channel_of(vc, UNICAST_CHANNEL), posted=bool(posted))

    def noc_async_write_multicast(
        self,
        source: int,
        address: Address,
        size: int,
        count: int,
        op: int,
        linked: bool | None = None,
        vc: int | None = None,
    ) -> None:
        cores = other_cores(address, self.core, count, "noc_async_write_multicast", op)
        check_channel(vc, op)
        self.take_path(address.cores, op, linked=bool(linked))
        self._send(source, cores, address.l1, size, op, channel_of(vc, MULTICAST_CHANNEL))

    def noc_async_write_multicast_loopback_src(
        self, source: int, address: Address, size: int, count: int, op: int, linked: bool | None = None
    ) -> None:
        cores = all_cores(address, self.core, count, "noc_async_write_multicast_loopback_src", op)
        self.take_path(cores, op, linked=bool(linked))
        self._send(source, cores, address.l1, size, op, MULTICAST_CHANNEL)

    def noc_async_read(self, address: Address | BankAddress, target: int, size: int, op: int) -> None:
        if isinstance(address, BankAddress):
            if address.in_dram or self.banks.tensor_at(address):
                self.banks.read(address, target, size, op)
                return
            address = core_of_bank(self.network.program, address, op)
        core = one_core(address, "noc_async_read", op)
        source = self.network.place(core, address.l1, size, op)
        source.buffer.check_written(source.first, source.last + 1, op)
        place = self.window.target_of(target, size, op)
        forget(place)
        place.buffer.incoming += 1
        self.fetches.append(Fetch(source, place, size, op))

    def take_path(self, cores: tuple[int, ...], op: int, *, linked: bool = False) -> None:
        """
        A multicast goes to these cores, or, where there are none, a write to one core. After a linked multicast one to
        the same cores must come: their path stays reserved until one comes that is not linked.
        """
        if self.linked is not None and self.linked.cores != cores:
            raise Fault(
                "TTL0807",
                op,
                "a write to other cores while those of the linked multicast before it have their path reserved",
                hint="the multicast that follows a linked one goes to the same cores, and the last one is not linked",
            )
        self.linked = Linked(cores, op) if linked else None

    def _send(
        self,
        source: int,
        cores: tuple[int, ...],
        address: int,
        size: int,
        op: int,
        channel: int,
        *,
        posted: bool = False,
    ) -> None:
        if address % ADDRESS_ALIGNMENT or source % ADDRESS_ALIGNMENT:
            message = f"a write from {source} to {address}: both are multiples of {ADDRESS_ALIGNMENT} in L1"
            raise Fault("TTL0807", op, message)
        place = self.window.source_of(source, size, op)
        targets = tuple(self.network.place(core, address, size, op) for core in cores)
        for core, target in zip(cores, targets, strict=True):
            self._check_target(core, target, op)
            target.buffer.arriving.append((target.first, target.last))
            forget(target)
        place.buffer.outgoing += 1
        self.sends.append(Send(place, size, cores, targets, channel, op, posted, tag=self.write_tag))
        sent = self.sent[op]
        sent.once += size
        sent.at_each += size * len(cores)

    def _check_target(self, core: int, target: Place, op: int) -> None:
        """A write to another core goes to a block that is reserved there, or to a free landing slot."""
        buffer, first, last, _ = target
        where = core_ranges([core], self.network.program.columns)
        if any(low <= last and first <= high for low, high in buffer.arriving):
            raise Fault(
                "TTL0810", op, f"writes into {buffer.info.name} on {where} while another write there is in flight"
            )
        if isinstance(buffer, OverlaidBuffer):
            buffer.take(first, last + 1, op)
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

    # ----------------------------------------------------------------------------------------------------- barriers

    def tag_reads(self, tag: int) -> None:
        """Reads have this transaction id from now on."""
        self.fetches = self.tagged.setdefault(tag, [])

    def land_reads(self) -> None:
        """All reads of L1 land."""
        for tag in self.tagged:
            self.land_tagged_reads(tag)

    def land_tagged_reads(self, tag: int) -> None:
        """Those with a transaction id land; a landing slot that was read is free again."""
        l1, fetches = self.l1_bytes, self.tagged.get(tag, [])
        for fetch in fetches:
            source, target = fetch.source, fetch.target
            l1[target.start : target.start + fetch.size] = l1[source.start : source.start + fetch.size]
            target.buffer.incoming -= 1
            settle(target)
            if source.buffer.landing:
                forget(source)
        fetches.clear()

    def tag_writes(self, tag: int) -> None:
        """Writes have this transaction id from now on."""
        self.write_tag = tag

    def flush_writes(self, *, posted: bool = False, tag: int | None = None) -> None:
        """
        The data of all writes to other cores leave L1, of those that are `posted` or of the others. `tag`: of those
        with this transaction id alone.
        """
        for i, send in enumerate(self.sends):
            if send.data is None and send.posted == posted and tag in (None, send.tag):
                start = send.source.start
                self.sends[i] = replace(send, data=bytes(self.l1_bytes[start : start + send.size]))
                send.source.buffer.outgoing -= 1
        if not posted:
            self._let_go([each for each in self.followed if tag in (None, each.send.tag)])

    def land_writes(self, tag: int | None = None) -> None:
        """
        All writes to other cores land, but posted ones: nothing tells when these are there. `tag`: those with this
        transaction id alone.
        """
        sends, self.sends = self.sends, []
        for send in sends:
            if send.posted or tag not in (None, send.tag):
                self.sends.append(send)
            else:
                self._land(send)
        self._let_go([each for each in self.followed if tag in (None, each.send.tag)])

    def land_writes_before(self, cores: tuple[int, ...], channel: int) -> list[Send]:
        """
        Writes to the same cores by one virtual channel keep their order: those before a word that goes to these cores
        have landed. Words have a command buffer of their own; where these keep no order, what has left L1 is before it.
        Returns those that nothing has waited for so far.
        """
        sends, self.sends = self.sends, []
        followed: list[Send] = []
        in_order = self.network.program.architecture.orders_command_buffers
        for send in sends:
            is_before = in_order or send.data is not None
            if is_before and send.channel == channel and set(cores) <= set(send.cores):
                self._land(send)
                if send.data is None:
                    followed.append(send)
            else:
                self.sends.append(send)
        return followed

    def note_followed(self, sends: Sequence[Send], receipts: Sequence[tuple[int, SentChange]]) -> None:
        """A word has followed these, to these cores."""
        if self.followed:
            self._let_go([each for each in self.followed if self._has_left(each)])
        for send in sends:
            self.followed.append(Followed(send, receipts))
            send.source.buffer.outgoing += 1

    def _has_left(self, followed: Followed) -> bool:
        """Whether the thread knows that it has left L1: one of the cores has seen the word, which came behind it."""
        knows = self.network.semaphores.knows_of_receipt
        return any(knows(self.core, core, made) for core, made in followed.receipts)

    def _let_go(self, left: Sequence[Followed]) -> None:
        """These have left L1."""
        if not left:
            return
        for each in left:
            each.send.source.buffer.outgoing -= 1
        gone = set(map(id, left))
        self.followed = [each for each in self.followed if id(each) not in gone]

    def _land(self, send: Send) -> None:
        l1, start = self.l1_bytes, send.source.start
        data = l1[start : start + send.size] if send.data is None else send.data
        for target in send.targets:
            l1[target.start : target.start + send.size] = data
            target.buffer.arriving.remove((target.first, target.last))
            settle(target)
        if send.data is None:
            send.source.buffer.outgoing -= 1

    def in_flight(self, buffer: Buffer, kind: str, first: int, end: int) -> bool:
        """Whether a `kind` ("read", "write") in flight touches pages of the thread's own ring."""
        if kind == "read":
            places = (fetch.target for fetch in chain.from_iterable(self.tagged.values()))
            return any(lies_in(place, buffer, first, end) for place in places)
        return self._sends_from(buffer, first, end) or any(
            lies_in(each.send.source, buffer, first, end) and not self._has_left(each) for each in self.followed
        )

    def keeps(self, buffer: Buffer, first: int, end: int) -> bool:
        """
        Whether a write in flight keeps pages from being popped. One that a word has followed does if this thread pops
        them: another one may have its own reason to know that it has left, or that nothing comes there before.
        """
        if buffer.info.number in self.window.drains:
            return self.in_flight(buffer, "write", first, end)
        return self._sends_from(buffer, first, end)

    def _sends_from(self, buffer: Buffer, first: int, end: int) -> bool:
        return any(send.data is None and lies_in(send.source, buffer, first, end) for send in self.sends)

    def finish(self) -> None:
        """The thread ends: nothing may be in flight but posted writes that have left L1, and no path be reserved."""
        if self.linked is not None:
            raise Fault(
                "TTL0808",
                self.linked.op,
                "the kernel ends while the path of a linked multicast is reserved",
                hint="a multicast to the same cores that is not linked must come after it",
            )
        for send in [send for send in self.sends if send.posted]:
            if send.data is None:
                hint = "a noc_async_posted_writes_flushed must come after it"
                raise Fault("TTL0808", send.op, "the kernel ends while a write is in flight", hint=hint)
            self.sends.remove(send)
            self._land(send)
        for moves, kind in ((self.sends, "write"), ([*chain.from_iterable(self.tagged.values())], "read")):
            if moves:
                message = f"the kernel ends while a {kind} is in flight"
                raise Fault("TTL0808", moves[0].op, message, hint=f"a noc_async_{kind}_barrier must come after it")


def channel_of(vc: int | None, default: int) -> int:
    return default if vc is None else vc


def check_channel(vc: int | None, op: int) -> None:
    """Raises a Fault if a NOC has no such virtual channel."""
    if vc is not None and not 0 <= vc < VIRTUAL_CHANNELS:
        raise Fault("TTL0807", op, f"virtual channel {vc}: a NOC has {VIRTUAL_CHANNELS}")
