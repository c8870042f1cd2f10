"""
Other runs of the clock, with something free or changed: as many as their time is worth beside the run of the script.

A kernel that is small can have all that it asks for. Of a large one, what it asks for first is tried, so that must be
what is worth most (the critical path tells).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Call
from ttlang.machine.clock.recorded_calls import Recorded, RecordedThread
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.costs import Unit

MOST_CALLS = 60_000
"""Calls, each page of a transfer one, that the runs of a profile go through in all; some 15 us each."""
A_RUN = 100
"""What a run costs beside its calls, in calls."""
FEWEST = 2
"""Runs that are made whatever they take."""


class Reruns:
    """Those of a kernel."""

    def __init__(self, prediction: Prediction, most_calls: float):
        self.prediction = prediction
        size = A_RUN + sum(_size(recorded.calls) for recorded in prediction.recorded)
        self.left = max(FEWEST, int(min(most_calls / size, 1e9)))
        """How many may still be made."""

    def gain(
        self,
        program: ProgramInfo | None = None,
        *,
        free: AbstractSet[Call] = frozenset(),
        free_units: AbstractSet[Unit] = frozenset(),
        paces: Mapping[int, float] | None = None,
        recorded: Sequence[RecordedThread] | None = None,
    ) -> float | None:
        """Cycles that the kernel takes less so; None if no further run is to be made."""
        if self.left <= 0:
            return None
        self.left -= 1
        prediction = self.prediction
        cycles = prediction.cycles_if(program, free=free, free_units=free_units, paces=paces, recorded=recorded)
        return prediction.cycles - cycles


def _size(calls: Sequence[Recorded]) -> int:
    return len(calls) + sum(_pages(arguments) for name, arguments in calls if name.endswith("_pages"))


def _pages(arguments: Sequence[Any]) -> int:
    """Of a call that transfers several, whose pattern is its fourth argument."""
    return arguments[3].pages.size
