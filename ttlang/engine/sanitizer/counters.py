"""The first tier: the call without its data: who waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.diagnostics import DiagnosticError
from ttlang.engine.compiled_call import CompiledCall
from ttlang.engine.sanitizer.tier_result import TierResult, heeded
from ttlang.machine.clock.data_free_run import NeedsData
from ttlang.machine.clock.recorded_calls import RecordedThread, TooManyCalls
from ttlang.machine.counter_run import run_counters

MOST_CALLS = 60_000
"""Of all threads of a program, each of some 10 us."""


@dataclass(frozen=True)
class CountersResult:
    """What the tier has found, and what the next one needs to know."""

    tier: TierResult
    recorded: Sequence[RecordedThread] | None = None
    """What threads do, where that depends on no data and was followed to its end."""
    needs_data: bool = False
    """Whether what they do depends on data."""


def find_by_counters(call: CompiledCall, most_calls: int = MOST_CALLS) -> CountersResult:
    """Runs a call without its data. `most_calls`: of its threads, behind which the run is given up."""
    try:
        with call.compiled.simulating():
            return _run(call, most_calls)
    except DiagnosticError as found:
        return CountersResult(TierResult(heeded(found.diagnostics)))


def _run(call: CompiledCall, most_calls: int) -> CountersResult:
    machine = call.compiled.simulation.simulation
    try:
        recorded = run_counters(machine.program, machine.kernels, call.numbers, most_calls=most_calls)
    except NeedsData:
        return CountersResult(TierResult(left_out="what it does depends on data"), needs_data=True)
    except TooManyCalls:
        return CountersResult(TierResult(left_out=f"its threads make more than {most_calls} calls"))
    return CountersResult(TierResult(), recorded)
