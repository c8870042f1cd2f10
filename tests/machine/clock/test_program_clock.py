"""Random programs in time: bounds, what is slower, and programs that stop."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from tests.machine.clock.random_programs import SEEDS, made, recorded
from tests.machine.clock.without_contention import without_contention
from tests.support.benchmarks import script
from ttlang.driver.launch import simulate
from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.ledger import Cause, Lane
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.tables.chips.timing import Timing


def timed(seed: int, grid: tuple[int, int] | None = None) -> ProgramTime:
    return ProgramClock(*recorded(seed, grid)).run()


@SEEDS
def test_what_runs_to_its_end_does_so_in_time(seed: int) -> None:
    program, tensors = made(seed)
    simulate(program.compile(*tensors), tensors, numerics="fast")
    assert not timed(seed).stopped


@SEEDS
def test_a_program_takes_as_long_as_its_busiest_lane_and_no_longer_than_all_of_them_in_turn(seed: int) -> None:
    time = timed(seed, (1, 1))
    timing = time.program.architecture.timing()
    busy: defaultdict[tuple[int, int, Lane], float] = defaultdict(float)
    waits = 0.0
    for entry in time.ledger.entries():
        if entry.cause is Cause.WORK:
            busy[entry.core, entry.call[0], entry.lane] += entry.cycles
        elif entry.cause in (Cause.DRAM, Cause.NOC):
            waits += entry.cycles
    tiles = sum(_steps(thread) for thread in recorded(seed, (1, 1))[1])
    compute = timing.compute
    handed = sum(name.startswith("cb_") for thread in recorded(seed, (1, 1))[1] for name, _ in thread.calls)
    latencies = handed * compute.handover + tiles * (compute.unpack_latency + compute.math_latency)
    assert max(busy.values()) <= time.cycles <= sum(busy.values()) + waits + latencies


def _steps(thread: RecordedThread) -> int:
    """Calls of a compute thread on its units, each with the tiles that it may have."""
    pieces = [arguments[0] for name, arguments in thread.calls if not name]
    return sum(node.nest.trips for piece in pieces for node in piece.nodes if node.nest)


@SEEDS
def test_one_block_takes_the_sum_of_what_its_threads_take_one_behind_the_other(seed: int) -> None:
    program, threads = recorded(seed, (1, 1), one_block=True)
    timing = program.architecture.timing()
    by_name = {thread.thread.name: thread for thread in threads}

    def alone(name: str, without: str = "") -> float:
        thread = RecordedThread(by_name[name].thread, {})
        thread.calls = [call for call in by_name[name].calls if call[0] != without]
        return ProgramClock(program, [thread]).run().cycles

    pieces = PieceTimes(program, CallPrices(program))
    work = [arguments[0] for call, arguments in by_name["compute"].calls if not call]
    computed = pieces.of(work[-1], pieces.start(0.0)).standing.pack
    handed = timing.compute.push + timing.compute.handover + timing.issue.buffer
    # Unpack first waits for the block that the reader pushes last, and then finds the other one.
    waited = 2 * timing.compute.wait
    chain = alone("read") + waited + computed + handed + alone("write", "cb_wait_front")
    assert ProgramClock(program, threads).run().cycles == chain


SLOWER: dict[str, Callable[[Timing], Timing]] = {
    "work on buffers": lambda timing: timing._replace(
        compute=timing.compute._replace(wait=timing.compute.wait + 40, push=timing.compute.push + 7)
    ),
    "sections": lambda timing: timing._replace(
        compute=timing.compute._replace(acquire=timing.compute.acquire + 90, release=timing.compute.release + 30)
    ),
    "latencies": lambda timing: timing._replace(
        compute=timing.compute._replace(unpack_latency=40.0, math_latency=60.0, handover=70.0)
    ),
    "data movement": lambda timing: timing._replace(
        issue=timing.issue._replace(barrier=timing.issue.barrier + 50, buffer=timing.issue.buffer + 50)
    ),
    "distances": lambda timing: timing._replace(noc=timing.noc._replace(hop=timing.noc.hop + 3)),
}


@pytest.mark.parametrize("slower", SLOWER.values(), ids=SLOWER)
@SEEDS
def test_nothing_gets_faster_by_what_is_slower(seed: int, slower: Callable[[Timing], Timing]) -> None:
    """Where nobody is in the way of others: they may come in another order, and one of them sooner."""
    program, threads = recorded(seed)
    timing = without_contention(program.architecture.timing())

    def ends(timing: Timing) -> Sequence[float]:
        chip = replace(program.architecture, timing=lambda: timing)
        return [thread.end for thread in ProgramClock(replace(program, architecture=chip), threads).run().threads]

    assert all(now <= then for now, then in zip(ends(timing), ends(slower(timing)), strict=True))


@SEEDS
def test_a_program_that_stops_has_its_time_up_to_there(seed: int) -> None:
    """The first reader makes no further call from some call on."""
    program, threads = recorded(seed)
    whole = ProgramClock(program, threads).run()
    rng = random.Random(seed)
    reader = next(thread for thread in threads if thread.thread.name == "read")
    pushes = [place for place, (name, _) in enumerate(reader.calls) if name == "cb_push_back"]
    cut = RecordedThread(reader.thread, {})
    cut.calls = reader.calls[: rng.choice(pushes)]
    time = ProgramClock(program, [cut if thread is reader else thread for thread in threads]).run()
    core = reader.thread.core
    stopped = {(thread.core, program.kernels[thread.kernel].name): thread for thread in time.stopped}
    assert stopped.keys() == {(core, "compute"), (core, "write")}
    assert {thread.stopped_for for thread in stopped.values()} == {Cause.PAGES}
    assert time.cycles > 0
    assert sum(entry.cycles for entry in time.ledger.entries() if entry.cause is Cause.WORK) < sum(
        entry.cycles for entry in whole.ledger.entries() if entry.cause is Cause.WORK
    )


def test_cores_that_do_something_start_one_after_the_other() -> None:
    program = script("time_accuracy", "written_programs").WrittenProgram("blackhole", (4, 3))
    cores = (1, 6, 11)
    for core in cores:
        program.reader(core).read_barrier()
    starts = {thread.core: thread.start for thread in program.run().threads}
    assert starts == {core: place * program.chip.timing().launch_skew for place, core in enumerate(cores)}


def test_a_compute_thread_starts_behind_data_movement_threads_of_its_core() -> None:
    program = script("time_accuracy", "written_programs").WrittenProgram("blackhole", (2, 1))
    program.reader(0).read_barrier()
    for core in (0, 1):
        program.compute(core)
    timing = program.chip.timing()
    starts = {(thread.core, thread.kernel): thread.start for thread in program.run().threads}
    assert starts == {(0, 0): 0.0, (0, 1): timing.compute_start, (1, 1): timing.launch_skew}
