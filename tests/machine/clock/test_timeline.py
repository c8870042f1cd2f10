"""When lanes take their cycles: as many as the ledger has, one step behind the other."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from tests.machine.clock.timed_examples import NAMED, first_call, recorded
from ttlang.machine.clock.program_clock import ProgramClock
from ttlang.machine.clock.timeline import Timeline


@NAMED
def test_steps_of_a_lane_follow_each_other_and_add_up_to_its_cycles(name: str) -> None:
    program, threads = first_call(name).compiled.simulation.simulation.program, recorded(name)
    timeline = Timeline()
    time = ProgramClock(program, threads, ledger=timeline).run()
    without = ProgramClock(program, threads).run()
    assert time.threads == without.threads
    assert set(time.ledger.entries()) == set(without.ledger.entries())
    taken: defaultdict[tuple[object, ...], float] = defaultdict(float)
    for track, steps in timeline.tracks(frozenset(range(program.cores))).items():
        assert all(before.end <= after.start for before, after in pairwise(steps))
        for step in steps:
            taken[track.core, track.kernel, step.number, step.lane, step.cause] += step.end - step.start
    noted: defaultdict[tuple[object, ...], float] = defaultdict(float)
    for entry in time.ledger.entries():
        noted[entry.core, *entry.call, entry.lane, entry.cause] += entry.cycles
    assert taken.keys() == noted.keys()
    assert all(taken[key] == pytest.approx(noted[key]) for key in taken)


@NAMED
def test_buffers_are_never_filled_beyond_their_pages_and_empty_at_the_end(name: str) -> None:
    program = first_call(name).compiled.simulation.simulation.program
    time = ProgramClock(program, recorded(name)).run()
    for core in time.buffers:
        for info, buffer in zip(program.buffers, core, strict=True):
            steps = buffer.fill()
            assert all(0 <= filled <= info.pages for _, filled in steps)
            assert not steps or steps[-1][1] == 0
