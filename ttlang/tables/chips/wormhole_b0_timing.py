"""What takes time on Wormhole B0 beside the work on tiles."""

from __future__ import annotations

from ttlang.tables.chips.timing import ComputeTiming, DramTiming, IssueTiming, NocTiming, Timing

TIMING = Timing(
    megahertz=1000,
    launch_skew=0,
    noc=NocTiming(
        columns=10,
        rows=12,
        # An n150's rows that are harvested differ from card to card.
        worker_columns=(1, 2, 3, 4, 6, 7, 8, 9),
        worker_rows=(1, 2, 3, 4, 5, 7, 8, 9, 10, 11),
        dram_nodes=((0, 0), (0, 1), (0, 5), (0, 6), (5, 0), (5, 1), (5, 2), (5, 9), (5, 3), (5, 4), (5, 5), (5, 6)),
        hop=9.0,
        endpoint=48.0,
        acknowledge=24.0,
        bytes_per_cycle=28.5,
        packet_gap=21.0,
        multicast_setup=330.0,
    ),
    dram=DramTiming(bytes_per_cycle=22.0, latency=180.0, request_gap=6.8),
    issue=IssueTiming(page=42.0, transfer=24.0, barrier=12.0, semaphore=20.0, buffer=20.0, element=8.0),
    compute=ComputeTiming(
        wait=10.0,
        pop=14.0,
        reserve=10.0,
        push=14.0,
        handover=20.0,
        acquire=10.0,
        release=12.0,
        unpack_latency=8.0,
        math_latency=18.0,
    ),
)
