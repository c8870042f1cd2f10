"""The critical path: from a program's start to its end without a gap, along what made others wait."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from tests.machine.clock.random_programs import SEEDS
from tests.machine.clock.random_programs import recorded as random_calls
from tests.machine.clock.timed_examples import NAMED, first_call, recorded
from tests.machine.clock.without_contention import without_contention
from ttlang.machine.clock.critical_path import PathStep, critical_path
from ttlang.machine.clock.ledger import Call, Cause, Lane
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.program_info import ProgramInfo


def path_of(program: ProgramInfo, threads: Sequence[RecordedThread]) -> tuple[ProgramTime, list[PathStep]]:
    time = ProgramClock(program, threads).run()
    return time, critical_path(time)


def assert_it_adds_up(time: ProgramTime, path: Sequence[PathStep]) -> None:
    """To the cycle: what processors take, and all that the clock rounds, are multiples of a power of two."""
    assert path[0].start == 0
    assert path[-1].end == time.cycles
    assert all(before.end == after.start for before, after in pairwise(path))
    assert all(step.cycles > 0 for step in path)
    assert sum(step.cycles for step in path) == time.cycles


@NAMED
def test_its_parts_add_up_to_an_examples_time(name: str) -> None:
    assert_it_adds_up(*path_of(first_call(name).compiled.simulation.simulation.program, recorded(name)))


@SEEDS
def test_its_parts_add_up_to_the_time_of_random_programs(seed: int) -> None:
    assert_it_adds_up(*path_of(*random_calls(seed)))


@NAMED
def test_work_on_it_is_work_of_the_ledger_and_nobody_waits_on_it_for_pages_longer_than_these_take(name: str) -> None:
    program = first_call(name).compiled.simulation.simulation.program
    time, path = path_of(program, recorded(name))
    worked: defaultdict[tuple[int, Call, Lane], float] = defaultdict(float)
    for entry in time.ledger.entries():
        if entry.cause is Cause.WORK:
            worked[entry.core, entry.call, entry.lane] += entry.cycles
    timing = program.architecture.timing().compute
    longest = {
        Cause.PAGES: timing.handover,
        Cause.ROOM: timing.handover,
        Cause.SOURCES: timing.unpack_latency,
        Cause.DST: timing.math_latency,
    }
    for step in path:
        if step.cause is Cause.WORK and step.call is not None:
            worked[step.core, step.call, step.lane] -= step.cycles
        elif step.cause in longest:
            assert step.cycles <= longest[step.cause]
    assert min(worked.values()) >= 0


@SEEDS
def test_without_contention_a_line_of_data_movement_gains_no_more_than_its_part(seed: int) -> None:
    program, threads = random_calls(seed)
    timing = without_contention(program.architecture.timing())
    program = replace(program, architecture=replace(program.architecture, timing=lambda: timing))
    time, path = path_of(program, threads)
    cycles: defaultdict[Call, float] = defaultdict(float)
    for step in path:
        if step.call is not None:
            cycles[step.call] += step.cycles
    calls = {entry.call for entry in time.ledger.entries() if entry.lane is Lane.MOVE}
    assert calls & cycles.keys()
    for call in calls:
        gained = time.cycles - ProgramClock(program, threads, free={call}).run().cycles
        assert gained <= cycles[call], call


def test_it_leads_from_core_to_core_along_a_pipe() -> None:
    """The last of three cores in a row waits for the second, which computes most."""
    program = first_call("core_pipeline").compiled.simulation.simulation.program
    time, path = path_of(program, recorded("core_pipeline"))
    assert time.threads
    assert path[-1].core == 2
    by_core: defaultdict[int, float] = defaultdict(float)
    for step in path:
        by_core[step.core] += step.cycles
    assert by_core[1] > 0.9 * time.cycles


def test_it_ends_where_threads_wait_forever() -> None:
    program, threads = random_calls(0)
    (writer,) = [kernel for kernel in program.kernels if kernel.name == "write"]
    cut = [each for each in threads if each.thread.kernel.info is not writer]
    time, path = path_of(program, cut)
    assert time.stopped
    assert_it_adds_up(time, path)


def test_a_program_without_threads_has_none() -> None:
    program, _ = random_calls(0)
    assert path_of(program, [])[1] == []
