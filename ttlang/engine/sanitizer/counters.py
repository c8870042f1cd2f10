"""The first tier: the call without its data. Who waits for whom, and what does not fit the machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.diagnostics import DiagnosticError
from ttlang.driver.launch import check_placement
from ttlang.engine.captured_call import CapturedCall
from ttlang.engine.sanitizer.tier_result import TierResult, heeded
from ttlang.host.each_chip import by_chip
from ttlang.host.tensor import Tensor
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


def find_by_counters(call: CapturedCall, most_calls: int = MOST_CALLS) -> CountersResult:
    """Runs a call without its data. `most_calls`: of its threads, behind which the run is given up."""
    try:
        with call.compiled.simulating():
            _check_placement(call)
            return _run(call, most_calls)
    except DiagnosticError as found:
        return CountersResult(TierResult(heeded(found.diagnostics)))


def _run(call: CapturedCall, most_calls: int) -> CountersResult:
    machine = call.compiled.simulation.simulation
    try:
        recorded = run_counters(machine.program, machine.kernels, call.numbers, most_calls=most_calls)
    except NeedsData:
        return CountersResult(TierResult(left_out="what it does depends on data"), needs_data=True)
    except TooManyCalls:
        return CountersResult(TierResult(left_out=f"its threads make more than {most_calls} calls"))
    return CountersResult(TierResult(), recorded)


def _check_placement(call: CapturedCall) -> None:
    """What a launch says of tensors that lie where the program can't use them; descriptions lie nowhere."""
    tensors = [tensor for tensor in call.tensors if isinstance(tensor, Tensor) and tensor.device() is not None]
    if len(tensors) == len(call.tensors):
        for there in by_chip(tensors):
            check_placement(call.compiled, there)
