"""When lanes take their cycles: as many as they are summed to, one step behind the other."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from tests.machine.clock.timed_examples import NAMED, first_call, recorded
from ttlang.machine.clock.ledger import Unwritten
from ttlang.machine.clock.program_clock import ProgramClock


@NAMED
def test_steps_of_a_lane_follow_each_other_and_add_up_to_its_cycles(name: str) -> None:
    program, threads = first_call(name).compiled.simulation.simulation.program, recorded(name)
    time = ProgramClock(program, threads).run()
    unwritten = ProgramClock(program, threads, ledger=Unwritten()).run()
    assert time.threads == unwritten.threads
    assert not unwritten.ledger.entries()
    taken: defaultdict[tuple[object, ...], float] = defaultdict(float)
    for track, steps in time.ledger.tracks(frozenset(range(program.cores))).items():
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
