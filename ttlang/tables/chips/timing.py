"""
What takes time on a chip beside the work on tiles, in its cycles: handshakes, sections, the NOC, DRAM.

What processors take is in 64ths of a cycle, so that sums of it are exact in floats.
"""

from __future__ import annotations

from typing import NamedTuple

Node = tuple[int, int]
"""Column and row of a node of the NOC, as NOC 0 counts them."""


class NocTiming(NamedTuple):
    """The two NOCs: tori, in which NOC 0 goes east, then south, and NOC 1 north, then west."""

    columns: int
    rows: int
    """Nodes of the torus."""
    worker_columns: tuple[int, ...]
    """The node column of each logical column of cores."""
    worker_rows: tuple[int, ...]
    dram_nodes: tuple[tuple[Node, ...], tuple[Node, ...]]
    """For each NOC and each DRAM bank, the node through which it is reached."""
    hop: float
    """From a router to the next."""
    endpoint: float
    """From the order of a transfer to its first word on the NOC, and from a read's last word there to L1."""
    acknowledge: float
    """From a write's arrival until its sender knows, beside the hops."""
    receipt: float
    """What each core's acknowledgement of a multicast takes of its sender's way out of the NOC."""
    flit_bytes: int
    flit: float
    """What a flit takes of a link, and of a core's way into the NOC or out of it. A packet has one for its header."""
    read_flit: float
    """The same, of the way into the NOC of a core whose L1 is read."""
    buffer: int
    """Flits of a packet that waits which a router keeps, for each virtual channel."""
    packet_gap: float
    """Between two packets of one core, at least."""
    read_gap: float
    """Between two requests of one core to read another core's L1."""
    requests: int
    """Those that a core holds until its L1 has answered them; others wait in the NOC."""

    def taken(self, size: int, *, read: bool = False) -> float:
        """What a packet of so many bytes takes of each link."""
        return (1 - -size // self.flit_bytes) * (self.read_flit if read else self.flit)


class DramTiming(NamedTuple):
    """A bank of DRAM."""

    bytes_per_cycle: float
    buffer: int
    """Bytes of writes that it takes from the NOC before it can store them."""
    request: float
    """What a request takes of it beside its bytes."""
    latency: float
    """From the request of a read to its first word."""
    write_latency: float
    """From the last word of a write until it is acknowledged."""
    read_gap: float
    """Between two reads of one bank, at least."""
    write_gap: float


class IssueTiming(NamedTuple):
    """What a call keeps a data movement processor busy."""

    page: float
    """To find the bank of a page, and its address there."""
    read_bank: float
    """A read of DRAM by bank and address."""
    write_bank: float
    read: float
    """A read of another core's L1."""
    write: float
    """A write to other cores, and an increment."""
    repeated_read: float
    """One that differs from the one before in its addresses alone, and is ordered by these."""
    repeated_write: float
    address: float
    """To put together the address of another core's L1."""
    barrier: float
    """A barrier that finds nothing in flight, or is done waiting."""
    semaphore: float
    """To find that a semaphore has what is waited for."""
    semaphore_set: float
    """To set one of the own core: a word of L1 written."""
    buffer: float
    """A call on a buffer."""
    element: float
    """An element of L1 read or written."""


class ComputeTiming(NamedTuple):
    """What compute processors do beside their work on tiles."""

    wait: float
    """`cb_wait_front`, of unpack."""
    pop: float
    reserve: float
    """`cb_reserve_back`, of pack."""
    push: float
    handover: float
    """From a push or a pop until another processor sees it."""
    section: float
    """Unpack's part of a section: it waits for nothing there, but goes on to the section's first tile."""
    acquire: float
    """Math's part of a section."""
    release: float
    """Pack's part of a section."""
    unpack_latency: float
    """From the end of an unpack until math can start on it."""
    math_latency: float
    """From the end of math until pack can start on it."""


class Timing(NamedTuple):
    """All of it, for a chip."""

    megahertz: float
    launch_skew: float
    """Between the starts of two cores: they are started one after the other, row by row."""
    compute_start: float
    """From the start of a core's data movement threads to that of its compute thread."""
    noc: NocTiming
    dram: DramTiming
    issue: IssueTiming
    compute: ComputeTiming
    source_banks: int = 2
    """How many tiles of an operand unpack may be ahead of math."""
