"""The critical path of a kernel by its lines, and over time, for tables and pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.critical_path import PathStep
from ttlang.machine.clock.ledger import Call
from ttlang.profiler.document import NO_LINE, CriticalPath, PathInterval, PathPart
from ttlang.profiler.lanes import joined, seen_as_one

START = "start"
"""The cause of what comes before the first thread on the path begins."""


def critical_path_of(prediction: Prediction, line_of: Callable[[Call], int]) -> CriticalPath:
    """That of all cores. `line_of`: the place of a call's line in the document."""
    program, steps = prediction.simulation.program, prediction.critical_path
    cycles: defaultdict[tuple[int, str, str], float] = defaultdict(float)
    intervals: list[PathInterval] = []
    for step in steps:
        line = NO_LINE if step.call is None else line_of(step.call)
        cycles[line, str(step.lane), _cause(step)] += step.cycles
        if step.call is not None:
            core = program.position(step.core)
            intervals.append(PathInterval(step.start, step.end, _cause(step), line, core, str(step.lane)))
    found, grain = joined(seen_as_one(intervals), prediction.cycles)
    parts = sorted((PathPart(*key, taken) for key, taken in cycles.items()), key=lambda part: -part.cycles)
    return CriticalPath(tuple(parts), tuple(found), grain)


def _cause(step: PathStep) -> str:
    return START if step.call is None else str(step.cause)
