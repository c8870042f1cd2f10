"""What a kernel would gain if a part of the chip took no time: by running the clock again, with that part free."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.machine.program_info import ProgramInfo
from ttlang.profiler.document import Bound, WhatIf
from ttlang.profiler.reruns import Reruns
from ttlang.tables.chips.costs import Unit
from ttlang.tables.chips.timing import Timing

UNITS = {
    "compute": frozenset(Unit),
    "unpack": frozenset({Unit.UNPACK}),
    "math": frozenset({Unit.FPU, Unit.SFPU}),
    "pack": frozenset({Unit.PACK}),
}
"""Work on tiles, of these units."""


def _dram(timing: Timing) -> Timing:
    return timing._replace(
        dram=timing.dram._replace(bytes_per_cycle=math.inf, request=0.0, read_gap=0.0, write_gap=0.0)
    )


def _noc(timing: Timing) -> Timing:
    return timing._replace(noc=timing.noc._replace(flit=0.0, read_flit=0.0, receipt=0.0, packet_gap=0.0, read_gap=0.0))


def _latency(timing: Timing) -> Timing:
    noc = timing.noc._replace(hop=0.0, endpoint=0.0, acknowledge=0.0)
    return timing._replace(dram=timing.dram._replace(latency=0.0, write_latency=0.0), noc=noc)


def _issue(timing: Timing) -> Timing:
    return timing._replace(issue=type(timing.issue)(*[0.0] * len(timing.issue)))


def _skew(timing: Timing) -> Timing:
    return timing._replace(launch_skew=0.0, compute_start=0.0)


TIMINGS: dict[str, Callable[[Timing], Timing]] = {
    "dram": _dram,
    "noc": _noc,
    "latency": _latency,
    "issue": _issue,
    "skew": _skew,
}
"""The bandwidth of DRAM, and of the NOC; the way of the first byte; what data movement threads do; later starts."""
_SINGLE = ("unpack", "math", "pack", "dram", "noc", "latency", "issue", "imbalance")
_WORTH = 0.1
"""The share of a kernel that something must be worth to bound it."""


_WORTH_TRYING = 0.02
"""The share of a kernel below which a part of the chip is not tried."""


def what_ifs(reruns: Reruns, *, kept: int = 0) -> list[WhatIf]:
    """
    Those of the parts that may be worth it, the greatest gain first. `kept`: how many runs are left to others.
    """
    found: list[WhatIf] = []
    for what, share in sorted(_shares(reruns.prediction).items(), key=lambda each: -each[1]):
        if share >= _WORTH_TRYING and reruns.left > kept and (gain := _gain(reruns, what)) is not None:
            found.append(WhatIf(what, gain))
    return sorted(found, key=lambda each: -each.gain)


def _gain(reruns: Reruns, what: str) -> float | None:
    if what in UNITS:
        return reruns.gain(free_units=UNITS[what])
    if what in TIMINGS:
        return reruns.gain(retimed(reruns.prediction.simulation.program, TIMINGS[what]))
    busy = busy_cycles(reruns.prediction.time)
    mean = sum(busy.values()) / len(busy)
    return reruns.gain(paces={core: mean / cycles for core, cycles in busy.items() if cycles})


def _shares(prediction: Prediction) -> dict[str, float]:
    """
    What each part may be worth, as a share of the kernel, by what it has of the critical path. What bandwidth has of
    transfers is taken for as much as the busiest bank, or link, is in use.
    """
    time, cycles = prediction.time, prediction.cycles or 1.0
    work, waits, start = defaultdict[Lane, float](float), defaultdict[Cause, float](float), 0.0
    for step in prediction.critical_path:
        if step.call is None:
            start += step.cycles
        elif step.cause is Cause.WORK:
            work[step.lane] += step.cycles
        else:
            waits[step.cause] += step.cycles
    busy = busy_cycles(time)
    transfers = sum(waits[cause] for cause in (Cause.DRAM, Cause.NOC, Cause.SEMAPHORE))
    found = {
        "unpack": work[Lane.UNPACK],
        "math": work[Lane.MATH],
        "pack": work[Lane.PACK],
        "compute": sum(work[lane] for lane in (Lane.UNPACK, Lane.MATH, Lane.PACK)),
        "latency": transfers,
        "dram": waits[Cause.DRAM] * max(time.network.bank_load, default=0.0) / cycles,
        "noc": transfers * max(time.network.link_load().values(), default=0.0) / cycles,
        "issue": work[Lane.MOVE],
        "skew": start,
        "imbalance": max(busy.values(), default=0.0) - sum(busy.values()) / max(len(busy), 1),
    }
    return {what: share / cycles for what, share in found.items()}


def retimed(program: ProgramInfo, change: Callable[[Timing], Timing]) -> ProgramInfo:
    """The program on a chip of which a part takes no time."""
    timing = change(program.architecture.timing())
    return replace(program, architecture=replace(program.architecture, timing=lambda: timing))


def busy_cycles(time: ProgramTime) -> dict[int, float]:
    """What each core works, by its busiest processor."""
    work: dict[int, dict[tuple[int, Lane], float]] = {thread.core: {} for thread in time.threads}
    for entry in time.ledger.entries():
        if entry.cause is Cause.WORK:
            lanes, lane = work[entry.core], (entry.call[0], entry.lane)
            lanes[lane] = lanes.get(lane, 0.0) + entry.cycles
    return {core: max(lanes.values(), default=0.0) for core, lanes in work.items()}


def bound_of(gains: list[WhatIf], cycles: float) -> Bound:
    """The single part of the chip that the kernel would gain most from, if it is worth a tenth; else all of compute."""
    by_name = dict.fromkeys((*_SINGLE, "compute"), 0.0)
    by_name |= {each.what: each.gain / cycles if cycles else 0.0 for each in gains}
    single = max(_SINGLE, key=lambda what: by_name[what])
    if by_name[single] >= _WORTH or by_name["compute"] < _WORTH:
        return Bound(single, by_name[single])
    return Bound("compute", by_name["compute"])
