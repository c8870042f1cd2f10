"""What takes time on Blackhole beside the work on tiles."""

from __future__ import annotations

from ttlang.tables.chips.timing import ComputeTiming, DramTiming, IssueTiming, NocTiming, Timing

TIMING = Timing(
    megahertz=1350,
    launch_skew=0,
    noc=NocTiming(
        columns=17,
        rows=12,
        worker_columns=(1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16),
        worker_rows=(2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        dram_nodes=((0, 0), (0, 2), (0, 8), (0, 5), (9, 0), (9, 2), (9, 8), (9, 5)),
        hop=9.1,
        endpoint=55.0,
        acknowledge=24.0,
        bytes_per_cycle=60.4,
        packet_gap=21.0,
        multicast_setup=400.0,
    ),
    dram=DramTiming(bytes_per_cycle=45.0, latency=180.0, request_gap=16.4),
    issue=IssueTiming(page=35.0, transfer=24.0, barrier=12.0, semaphore=20.0, buffer=16.0, element=8.0),
    compute=ComputeTiming(
        wait=6.0,
        pop=10.0,
        reserve=6.0,
        push=10.0,
        handover=12.0,
        acquire=10.0,
        release=20.0,
        unpack_latency=8.0,
        math_latency=12.0,
    ),
)
