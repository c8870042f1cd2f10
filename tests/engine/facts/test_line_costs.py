"""What the clock tells of calls: lines add up to the profile's, gains are those of runs without the line."""

from __future__ import annotations

import linecache
from math import inf

import pytest

from tests.machine.clock.timed_examples import NAMED, first_call, fresh_call
from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.driver.predicted_calls import with_values
from ttlang.engine.facts.line_costs import costs, costs_with_gains, prediction_of
from ttlang.profiler.kernel_profile import profile_kernel
from ttlang.profiler.words import CAUSES, PARTS


def prediction(name: str) -> Prediction:
    call = first_call(name)
    found = prediction_of(call.compiled, call.numbers)
    assert found is not None
    return found


@NAMED
def test_lines_are_those_of_the_profile(name: str) -> None:
    of = prediction(name)
    profile, found = profile_kernel(of, most_calls=0, over_time=False), costs(of)
    lines = [line for line in profile.lines if line.line]
    assert sum(line.cycles for line in found.lines) == sum(line.cycles for line in lines)
    assert [(line.thread, line.place.line + 1, line.share) for line in found.lines] == [
        (line.thread, line.line, line.share) for line in lines
    ]
    assert [(line.work, line.waits) for line in found.lines] == [(line.work, line.waits) for line in lines]
    assert found.cycles == profile.cycles
    assert found.complete
    for line, told in zip(found.lines, lines, strict=True):
        text = linecache.getline(line.place.file, line.place.line + 1)
        assert text[line.place.character : line.place.end_character] == told.text
        ends = [(wait.thread, wait.place.line + 1, wait.cycles) for wait in line.waits_for]
        others = [(profile.lines[number], cycles) for number, cycles in told.waits_for]
        assert ends == [(other.thread, other.line, cycles) for other, cycles in others if other.line]
        assert set(line.waits) <= CAUSES.keys()


def test_gains_are_those_of_further_runs() -> None:
    of = prediction("softmax")
    first, found = costs(of), costs_with_gains(of, inf)
    assert all(line.gain is None for line in first.lines)
    assert [line.place for line in found.lines] == [line.place for line in first.lines]
    gained = [line for line in found.lines if line.gain is not None]
    assert gained
    for line in gained:
        (timed,) = [each for each in of.lines if (each.thread, each.line) == (line.thread, line.place.line + 1)]
        assert line.gain == of.gain(timed)
    assert found.bound in PARTS
    assert 0 < found.bound_share <= 1
    assert first.bound == ""
    assert found.advice == tuple(sorted(found.advice, key=lambda each: -each.gain))
    assert found.advice


def test_a_kernel_that_looks_at_data_has_costs_only_with_data() -> None:
    call = fresh_call("paged_kv_cache")
    assert prediction_of(call.compiled, call.numbers) is None
    found = prediction_of(call.compiled, call.numbers, with_values(call.tensors))
    assert found is not None
    assert costs(found).cycles > 0


@pytest.mark.parametrize("most_calls", [0, 5000])
def test_fewer_runs_leave_gains_unknown(most_calls: int) -> None:
    found = costs_with_gains(prediction("layer_norm"), most_calls)
    every = costs_with_gains(prediction("layer_norm"), inf)
    few = sum(line.gain is not None for line in found.lines)
    assert few < sum(line.gain is not None for line in every.lines)
