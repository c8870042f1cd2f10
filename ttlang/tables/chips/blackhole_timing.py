"""
What takes time on Blackhole beside the work on tiles.

Derived: the NOC, DRAM and what orders take from differences between measured rows, the compute thread's part fitted to
microbenchmarks of one core (docs/accuracy.md). But what a section takes of unpack and math is read off: copies in
sections of 2 to 8 tiles take 38.5 a tile and 11 (MB5.A, two buffers), four products of `mul_tiles` 31 more than these,
and sections of one tile as long as its math and 31 (MB4, MB5).
"""

from __future__ import annotations

from ttlang.tables.chips.timing import ComputeTiming, DramTiming, IssueTiming, NocTiming, Timing

TIMING = Timing(
    megahertz=1350,
    launch_skew=11.0,
    compute_start=200,
    noc=NocTiming(
        columns=17,
        rows=12,
        worker_columns=(1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16),
        worker_rows=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        dram_nodes=(
            ((0, 0), (0, 2), (0, 9), (0, 5), (9, 11), (9, 3), (9, 8), (9, 6)),
            ((0, 1), (0, 10), (0, 4), (0, 7), (9, 1), (9, 10), (9, 4), (9, 7)),
        ),
        hop=9.1,
        endpoint=40.0,
        acknowledge=34.0,
        receipt=1.0,
        flit_bytes=64,
        flit=1.03,
        read_flit=1.03,
        buffer=16,
        packet_gap=20.0,
        read_gap=34.8,
        requests=32,
    ),
    dram=DramTiming(
        bytes_per_cycle=45.0, buffer=16384, request=3.0, latency=115.0, write_latency=17.0, read_gap=16.4, write_gap=6.0
    ),
    issue=IssueTiming(
        page=5.0,
        read_bank=22.0,
        write_bank=26.0,
        read=22.0,
        write=23.0,
        repeated_read=20.0,
        repeated_write=20.0,
        address=14.0,
        barrier=12.0,
        semaphore=14.0,
        semaphore_set=5.0,
        buffer=20.0,
        element=8.0,
    ),
    compute=ComputeTiming(
        wait=5.0,
        pop=10.0,
        reserve=6.0,
        push=8.5,
        handover=10.5,
        section=11.0,
        acquire=31.0,
        release=14.0,
        unpack_latency=6.5,
        math_latency=12.0,
    ),
)
