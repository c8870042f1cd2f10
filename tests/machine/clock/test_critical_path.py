"""The critical path: from a program's start to its end without a gap, along what made others wait."""

from __future__ import annotations

from itertools import pairwise

from tests.machine.clock.timed_examples import NAMED, first_call, recorded
from ttlang.machine.clock.critical_path import critical_path
from ttlang.machine.clock.program_clock import ProgramClock
from ttlang.machine.clock.timeline import Timeline


@NAMED
def test_its_parts_add_up_to_the_kernels_time(name: str) -> None:
    program, timeline = first_call(name).compiled.simulation.simulation.program, Timeline()
    time = ProgramClock(program, recorded(name), ledger=timeline).run()
    path = critical_path(time, timeline)
    assert path[0].start == 0
    assert path[-1].end == time.cycles
    assert all(before.end == after.start for before, after in pairwise(path))
    assert all(step.cycles > 0 for step in path)
    assert sum(step.cycles for step in path) == time.cycles
