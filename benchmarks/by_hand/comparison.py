"""A kernel in TT-Lang beside kernels in C++ that do the same: what both compute, and how long both take."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch

from ttlang import ttnn
from ttlang.backends.native.generic_op import NativeRun, recording
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.diagnostics import TTLangWarning
from ttlang.machine.clock.ledger import Cause, Lane


@dataclass(frozen=True)
class Pair:
    """The same computation written twice."""

    kernel: Any
    """In TT-Lang; its last tensor is the result."""
    inputs: Sequence[torch.Tensor]
    program: Callable[[Sequence[Any]], Any]
    """By hand: the descriptor of the program for these tensors, the result last."""
    expected: torch.Tensor
    """The exact result, in float64."""
    tolerance: torch.Tensor | float
    """By how much each of the two may be off, by the formats on the way."""


@dataclass(frozen=True)
class Comparison:
    """A row of the table."""

    name: str
    bar: float
    """What the ratio of the two times is to be at most."""
    make: Callable[[], Pair]
    release: str = ""
    """If the other kernels are those of a release of ttnn: its generation of the kernel API."""
    math_turns: int = 0
    """If what counts is the work of math processors and not the time: turns of their loops, all cores together."""


class Outcome(NamedTuple):
    """Times in cycles, and how far results are off, in parts of what they may be."""

    ours: float
    theirs: float
    error: float
    error_of_theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def measure(comparison: Comparison, chip: str) -> Outcome:
    """Runs both on a chip and times both on one clock. Raises an AssertionError for a wrong result."""
    os.environ["TTLANG_ARCH"] = chip
    torch.manual_seed(0)
    pair = comparison.make()
    device = ttnn.open_device(device_id=0)
    tensors = [_on(device, each) for each in (*pair.inputs, torch.zeros(pair.expected.shape))]
    pair.kernel(*tensors)
    errors = [_error(pair, tensors[-1])]
    ours = pair.kernel.predict(*tensors)
    again = [*tensors[:-1], _on(device, torch.zeros(pair.expected.shape))]
    with _generation(comparison.release):
        theirs = predict_program(again, pair.program(again))
    errors.append(_error(pair, again[-1]))
    ttnn.close_device(device)
    assert max(errors) <= 1, f"{comparison.name} on {chip}: results are off, in parts of the tolerance: {errors}"
    times = [
        _math_work(each) / comparison.math_turns if comparison.math_turns else each.cycles for each in (ours, theirs)
    ]
    return Outcome(*times, *errors)


@contextmanager
def _generation(release: str) -> Iterator[None]:
    """While this lasts, C++ is of a generation of the kernel API, if one is given; of ttnn's no warnings are shown."""
    if not release:
        yield
        return
    before = os.environ.get("TTLANG_METAL_API")
    os.environ["TTLANG_METAL_API"] = release
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", TTLangWarning)
            yield
    finally:
        del os.environ["TTLANG_METAL_API"]
        if before is not None:
            os.environ["TTLANG_METAL_API"] = before


def _math_work(prediction: Prediction) -> float:
    """Cycles that the math processors of all cores work."""
    entries = prediction.time.ledger.entries()
    return sum(each.cycles for each in entries if each.lane is Lane.MATH and each.cause is Cause.WORK)


def predict_program(tensors: Sequence[Any], program: Any) -> Prediction:
    """Runs a program of C++ on tensors, and times it."""
    runs: list[NativeRun] = []
    with recording(runs.append):
        ttnn.generic_op(list(tensors), program)
    (run,) = runs
    return Prediction(run.simulation, run.recorder.finish())


def _on(device: Any, values: torch.Tensor) -> Any:
    return ttnn.from_torch(values, dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)


def _error(pair: Pair, result: Any) -> float:
    error = (ttnn.to_torch(result).double() - pair.expected).abs()
    return (error / pair.tolerance).max().item()
