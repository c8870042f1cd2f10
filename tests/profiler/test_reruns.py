"""Further runs of the clock: how many are made, of what, and what they say of balance."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from tests.machine.clock.timed_examples import first_call
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.reruns import FEWEST, Reruns
from ttlang.profiler.what_if import TIMINGS, UNITS, busy_cycles, retimed, what_ifs


def prediction(name: str) -> Prediction:
    call = first_call(name)
    return call.compiled.predict(call.numbers)


def test_no_more_runs_are_made_than_their_calls_allow() -> None:
    reruns = Reruns(prediction("softmax"), 0)
    found = [reruns.gain() for _ in range(FEWEST + 2)]
    assert found == [0.0] * FEWEST + [None] * 2


def test_a_line_that_is_tried_has_a_share_of_the_critical_path_and_gains_what_a_run_without_it_says() -> None:
    of = prediction("softmax")
    kernel = profile_kernel(of, most_calls=inf)
    tried = [number for number, line in enumerate(kernel.lines) if line.gain is not None]
    assert tried == [number for number, line in enumerate(kernel.lines) if line.path >= 0.01 * kernel.cycles]
    for number in tried:
        assert kernel.lines[number].gain == of.gain(of.lines[number])
    few = profile_kernel(of, most_calls=0)
    assert len(few.what_if) + sum(line.gain is not None for line in few.lines) <= FEWEST
    assert few.critical_path == kernel.critical_path


@pytest.mark.parametrize("name", ["softmax", "ring_all_reduce"])
def test_runs_that_share_what_pieces_take_tell_what_each_tells_alone(name: str) -> None:
    of = prediction(name)
    program, calls = of.simulation.program, [line.calls for line in of.lines]
    asked = [
        *({"free": each} for each in calls),
        *({"free_units": units} for units in UNITS.values()),
        *({"program": retimed(program, change)} for change in TIMINGS.values()),
        {"program": replace(program, fidelity="LoFi" if program.fidelity != "LoFi" else "HiFi4")},
    ]
    shared = [of.cycles_if(**each) for each in asked]
    assert shared == [Prediction(of.simulation, of.recorded).cycles_if(**each) for each in asked]
    assert len(set(shared)) > len(calls) // 2


def test_imbalance_is_what_a_kernel_gains_if_all_cores_work_as_long_as_the_mean() -> None:
    of = prediction("uneven_work")
    busy = busy_cycles(of.time)
    above_the_mean = max(busy.values()) - sum(busy.values()) / len(busy)
    (gain,) = (each.gain for each in what_ifs(Reruns(of, inf)) if each.what == "imbalance")
    assert 0.5 * above_the_mean < gain <= 1.1 * above_the_mean


def test_processors_of_all_cores_that_take_twice_as_long_take_a_kernel_no_more_than_twice_as_long() -> None:
    of = prediction("softmax")
    cores = range(of.simulation.program.cores)
    assert of.cycles_if(paces=dict.fromkeys(cores, 1.0)) == of.cycles
    assert 1.9 * of.cycles < of.cycles_if(paces=dict.fromkeys(cores, 2.0)) <= 2 * of.cycles


@pytest.mark.parametrize("name", ["softmax", "core_pipeline"])
def test_of_one_core_or_of_work_that_is_dealt_out_evenly_balance_is_not_tried(name: str) -> None:
    of = prediction(name)
    busy = busy_cycles(of.time).values()
    uneven = max(busy) - sum(busy) / len(busy) > 0.02 * of.cycles
    assert any(each.what == "imbalance" for each in what_ifs(Reruns(of, inf))) == uneven
