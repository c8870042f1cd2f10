"""What a kernel would gain if a part of the chip took no time: by running the clock again, with that part free."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.machine.clock.program_clock import ProgramTime
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.costs import Unit
from ttlang.tables.chips.timing import Timing
from ttlang.tools.profiler.document import Bound, WhatIf

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
    return timing._replace(noc=timing.noc._replace(flit=0.0, read_flit=0.0, packet_gap=0.0, read_gap=0.0))


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


def what_ifs(prediction: Prediction) -> list[WhatIf]:
    """All of them, the greatest gain first."""
    found = [WhatIf(what, gain) for what, gain in _gains(prediction)]
    return sorted(found, key=lambda each: -each.gain)


def _gains(prediction: Prediction) -> Iterator[tuple[str, float]]:
    program, cycles = prediction.simulation.program, prediction.cycles
    for what, units in UNITS.items():
        yield what, cycles - prediction.cycles_if(free_units=units)
    for what, change in TIMINGS.items():
        yield what, cycles - prediction.cycles_if(_retimed(program, change))
    yield "imbalance", imbalance(prediction.time)


def _retimed(program: ProgramInfo, change: Callable[[Timing], Timing]) -> ProgramInfo:
    timing = change(program.architecture.timing())
    return replace(program, architecture=replace(program.architecture, timing=lambda: timing))


def imbalance(time: ProgramTime) -> float:
    """Cycles by which the busiest core works longer than cores do in the mean, each by its busiest processor."""
    work: dict[int, dict[tuple[int, Lane], float]] = {thread.core: {} for thread in time.threads}
    for entry in time.ledger.entries():
        if entry.cause is Cause.WORK:
            lanes, lane = work[entry.core], (entry.call[0], entry.lane)
            lanes[lane] = lanes.get(lane, 0.0) + entry.cycles
    busiest = [max(lanes.values(), default=0.0) for lanes in work.values()]
    return max(busiest) - sum(busiest) / len(busiest) if busiest else 0.0


def bound_of(gains: list[WhatIf], cycles: float) -> Bound:
    """The single part of the chip that the kernel would gain most from, if it is worth a tenth; else all of compute."""
    by_name = {each.what: each.gain / cycles if cycles else 0.0 for each in gains}
    single = max(_SINGLE, key=lambda what: by_name[what])
    if by_name[single] >= _WORTH or by_name["compute"] < _WORTH:
        return Bound(single, by_name[single])
    return Bound("compute", by_name["compute"])
