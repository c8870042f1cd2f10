"""The calls of kernels that a script makes, each run as always and timed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from typing import Any, Self

from ttlang.backends.native.generic_op import NativeRun, recording
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.diagnostics import DiagnosticError
from ttlang.driver.call_observers import observe
from ttlang.driver.compiler import CompiledKernel
from ttlang.driver.launch import check_placement, simulate
from ttlang.host.each_chip import by_chip
from ttlang.machine.clock.data_free_run import NeedsData, run_without_data
from ttlang.machine.clock.recorded_calls import CallRecorder, RecordedThread
from ttlang.machine.simulation import Simulation
from ttlang.settings.collection import no_collection


@dataclass
class TimedCall:
    """A call of a kernel, and those that are like it."""

    prediction: Prediction
    from_run: bool
    failed: bool = False
    calls: int = 1


class TimedCalls:
    """All calls of a script while this lasts."""

    def __init__(self, show: Callable[..., object]):
        """`show` gets what is to be told of kernels that compile."""
        self._show = show
        self._known: dict[object, TimedCall] = {}
        self._kept: list[object] = []
        """What keys are made of, which must not go."""
        self._stack = ExitStack()

    @property
    def found(self) -> list[TimedCall]:
        """In the order of the first call of each."""
        return list(self._known.values())

    def __enter__(self) -> Self:
        self._stack.enter_context(observe(self._compiled, calls=self._called, reading=None))
        self._stack.enter_context(recording(self._native))
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _compiled(self, outcome: CompiledKernel | DiagnosticError) -> None:
        if isinstance(outcome, DiagnosticError):
            raise outcome
        self._show(*outcome.findings)

    def _called(self, compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> None:
        check_placement(compiled, tensors)
        first, *others = by_chip(tensors)
        self._time(compiled, first, numbers)
        for there in others:
            simulate(compiled, there, numbers).show()

    def _time(self, compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int]) -> None:
        simulation = compiled.simulation.simulation
        key = id(simulation), tuple(numbers)
        if (known := self._known.get(key)) is not None and not known.from_run:
            known.calls += 1
            simulate(compiled, tensors, numbers).show()
            return
        heard = _heard(simulation, numbers)
        recorder = None if heard else CallRecorder()
        try:
            result = simulate(compiled, tensors, numbers, recorder=recorder)
        except DiagnosticError:
            if recorder is None:
                heard, recorder = _until_failure(compiled, tensors, numbers, heard)
            self._keep(key, simulation, heard or _finished(recorder), failed=True)
            raise
        result.show()
        self._keep(key, simulation, heard or _finished(recorder), from_run=heard is None)

    def _native(self, run: NativeRun) -> None:
        key = id(run.simulation), run.arguments
        if known := self._known.get(key):
            known.calls += 1
            return
        self._keep(key, run.simulation, run.recorder.finish(), from_run=True, failed=run.failed)

    def _keep(
        self,
        key: object,
        simulation: Simulation,
        recorded: list[RecordedThread],
        *,
        from_run: bool = False,
        failed: bool = False,
    ) -> None:
        self._kept.append(simulation)
        if from_run and key in self._known:
            # What it does may differ from call to call: each is one of its own.
            key = key, len(self._known)
        self._known[key] = TimedCall(Prediction(simulation, recorded), from_run, failed)


def _heard(simulation: Simulation, numbers: Sequence[int]) -> list[RecordedThread] | None:
    """What threads do, without data; None if that depends on data."""
    try:
        with no_collection():
            heard = run_without_data(simulation.program, simulation.kernels, numbers)
    except NeedsData:
        return None
    return None if any(recorded.fault for recorded in heard) else heard


def _finished(recorder: CallRecorder | None) -> list[RecordedThread]:
    assert recorder is not None
    return recorder.finish()


def _until_failure(
    compiled: CompiledKernel, tensors: Sequence[Any], numbers: Sequence[int], heard: list[RecordedThread] | None
) -> tuple[list[RecordedThread] | None, CallRecorder]:
    """
    What threads of a run that failed have done. Where they wait forever, the clock tells that of what was heard without
    data, too, and what each waits for; else the run is made again, and its calls kept.
    """
    recorder = CallRecorder()
    if heard is not None and Prediction(compiled.simulation.simulation, heard).time.stopped:
        return heard, recorder
    with suppress(DiagnosticError):
        simulate(compiled, tensors, numbers, recorder=recorder)
    return None, recorder
