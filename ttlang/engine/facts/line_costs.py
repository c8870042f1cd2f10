"""
What a call of a kernel takes, by the clock: first its cycles and lines, then, by further runs of the clock, what bounds
it and what each line would gain. Both say of lines what the profile says.
"""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.backends.simulator import HasPages
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.compiler import CompiledKernel
from ttlang.engine.facts.kernel_facts import AdviceFacts, Costs, LineCost, Place, Wait
from ttlang.engine.facts.source_places import line_place
from ttlang.machine.clock.line_times import LineTime
from ttlang.profiler.document import NO_LINE
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.reruns import MOST_CALLS


def prediction_of(
    compiled: CompiledKernel, numbers: Sequence[int] = (), tensors: Sequence[HasPages] = ()
) -> Prediction | None:
    """
    The time of a call with these integers. None where it depends on data and there are no `tensors`, which must have
    their values, and where the program fails.
    """
    try:
        return compiled.predict(numbers, tensors)
    except DiagnosticError:
        return None


def costs(prediction: Prediction) -> Costs:
    """Cycles and lines, without a further run of the clock."""
    return Costs(
        prediction.cycles,
        prediction.microseconds,
        complete=not prediction.time.stopped,
        lines=_lines(prediction, [None] * len(prediction.lines)),
    )


def costs_with_gains(prediction: Prediction, most_calls: float = MOST_CALLS) -> Costs:
    """
    All of it. `most_calls`: what the further runs may go through in all, calls and pages, of some 15 us each; the lines
    that the critical path owes most come first.
    """
    profile = profile_kernel(prediction, most_calls=most_calls, over_time=False)
    places = [_place(line) for line in prediction.lines]
    return Costs(
        prediction.cycles,
        prediction.microseconds,
        complete=profile.complete,
        bound=profile.bound.by,
        bound_share=profile.bound.share,
        lines=_lines(prediction, [line.gain for line in profile.lines]),
        advice=tuple(
            AdviceFacts(each.text, each.evidence, None if each.line == NO_LINE else places[each.line], each.gain)
            for each in profile.advice
        ),
    )


def _lines(prediction: Prediction, gains: Sequence[float | None]) -> tuple[LineCost, ...]:
    """The lines whose place is known, each with its gain."""
    whole = prediction.cycles or 1.0
    pairs = zip(prediction.lines, gains, strict=True)
    return tuple(
        LineCost(
            thread=line.thread,
            place=place,
            cycles=line.cycles,
            share=line.cycles / whole,
            work={str(lane): cycles for lane, cycles in line.work.items()},
            waits={str(cause): cycles for cause, cycles in line.waits.items()},
            waits_for=_waits(line),
            gain=gain,
        )
        for line, gain in pairs
        if (place := _place(line)) is not None
    )


def _place(line: LineTime) -> Place | None:
    return line_place(line.file, line.line) if line.line else None


def _waits(line: LineTime) -> tuple[Wait, ...]:
    """The longest first."""
    known = ((*place, cycles) for place, cycles in line.waits_for.items() if place[2])
    waits = (Wait(thread, line_place(file, number), cycles) for thread, file, number, cycles in known)
    return tuple(sorted(waits, key=lambda wait: -wait.cycles))
