"""
What takes time on Wormhole B0 beside the work on tiles.

Derived: the NOC, DRAM and what orders take from differences between measured rows, the compute thread's part fitted to
microbenchmarks of one core (docs/accuracy.md). But what a section takes of unpack and math is Blackhole's, since no
figure of sections of several sizes is published.
"""

from __future__ import annotations

from ttlang.tables.chips.timing import ComputeTiming, DramTiming, IssueTiming, NocTiming, Timing

DRAM_NODES = (
    *((0, 11), (0, 1), (0, 5), (0, 7)),
    *((5, 1), (5, 11), (5, 2), (5, 9), (5, 8), (5, 3), (5, 5), (5, 7)),
)
"""The same for both NOCs."""

TIMING = Timing(
    megahertz=1000,
    launch_skew=12.0,
    compute_start=120,
    noc=NocTiming(
        columns=10,
        rows=12,
        # An n150's rows that are harvested differ from card to card.
        worker_columns=(1, 2, 3, 4, 6, 7, 8, 9),
        worker_rows=(1, 2, 3, 4, 5, 7, 8, 9, 10, 11),
        dram_nodes=(DRAM_NODES, DRAM_NODES),
        hop=8.8,
        endpoint=37.0,
        acknowledge=46.0,
        receipt=1.0,
        flit_bytes=32,
        flit=1.022,
        read_flit=1.115,
        buffer=16,
        packet_gap=17.0,
        read_gap=17.0,
        requests=32,
    ),
    dram=DramTiming(
        bytes_per_cycle=22.5, buffer=0, request=1.0, latency=80.0, write_latency=109.0, read_gap=6.8, write_gap=6.0
    ),
    issue=IssueTiming(
        page=14.0,
        read_bank=21.0,
        write_bank=25.0,
        read=24.0,
        write=22.0,
        repeated_read=17.25,
        repeated_write=20.0,
        address=12.0,
        barrier=12.0,
        semaphore=14.0,
        semaphore_set=5.0,
        buffer=12.0,
        element=8.0,
    ),
    compute=ComputeTiming(
        wait=3.5,
        pop=14.0,
        reserve=10.0,
        push=7.0,
        handover=14.0,
        section=11.0,
        acquire=31.0,
        release=12.0,
        unpack_latency=10.5,
        math_latency=18.0,
    ),
)
