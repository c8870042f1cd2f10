"""What takes time on a chip beside the work on tiles, in its cycles: handshakes, sections, the NOC, DRAM."""

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
    dram_nodes: tuple[Node, ...]
    """For each DRAM bank, the node through which it is reached."""
    hop: float
    """From a router to the next."""
    endpoint: float
    """Fixed part of a transfer, from the order to the first word on the NOC and from the last one to L1."""
    acknowledge: float
    """From a write's arrival until its sender knows, beside the hops."""
    bytes_per_cycle: float
    """Of a link, and of a core's way into the NOC and out of it."""
    packet_gap: float
    """Between two packets of one core, at least."""
    multicast_setup: float
    """What reserving the paths of a multicast takes."""


class DramTiming(NamedTuple):
    """A bank of DRAM."""

    bytes_per_cycle: float
    latency: float
    """From the request to the first word."""
    request_gap: float
    """Between two requests to one bank, at least."""


class IssueTiming(NamedTuple):
    """What a call keeps a data movement processor busy."""

    page: float
    """A transfer of a page of a tensor: its address and the order."""
    transfer: float
    """A transfer between cores, and an increment."""
    barrier: float
    """A barrier that finds nothing in flight, or is done waiting."""
    semaphore: float
    """To look at a semaphore, or set it."""
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
    """Between the starts of two neighbouring cores."""
    noc: NocTiming
    dram: DramTiming
    issue: IssueTiming
    compute: ComputeTiming
    source_banks: int = 2
    """How many tiles of an operand unpack may be ahead of math."""
