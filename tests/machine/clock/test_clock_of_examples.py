"""The clock on whole kernels: without data it hears what a run does, and the same calls take the same time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.clock.timed_examples import NAMED, first_call, fresh_call, recorded
from ttlang.host.tensor import Tensor
from ttlang.machine.clock import data_free_run
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.ledger import Cause
from ttlang.machine.clock.program_clock import ProgramClock
from ttlang.machine.clock.recorded_calls import CallRecorder, Piece, RecordedThread


def summary(thread: RecordedThread) -> list[object]:
    """What a thread does, but for the pages of rings, which differ with what is behind its calls."""
    made: list[object] = []
    for name, arguments in thread.calls:
        if not name:
            (piece,) = arguments
            assert isinstance(piece, Piece)
            made += [(node.nest.number, node.nest.trips) for node in piece.nodes if node.nest]
        elif name.startswith("cb_"):
            made.append((name, arguments))
        elif name.endswith(("_page", "_pages", "_shard")):
            made.append((name, arguments[0], arguments[-1]))
        else:
            made.append((name, arguments[-1]))
    return made


@NAMED
def test_without_data_threads_do_what_they_do_with_data(name: str) -> None:
    call, recorder = fresh_call(name), CallRecorder()
    tensors = [tensor for tensor in call.tensors if isinstance(tensor, Tensor)]
    call.compiled.simulation.simulation.run(tensors, call.numbers, numerics="fast", recorder=recorder)
    with_data = {(each.thread.name, each.thread.core): summary(each) for each in recorder.finish()}
    assert {(each.thread.name, each.thread.core): summary(each) for each in recorded(name)} == with_data


@NAMED
def test_compute_threads_that_share_their_calls_make_them_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    alike = [summary(each) for each in recorded(name)]
    monkeypatch.setattr(RecordedThread, "do_as", _unwilling)
    monkeypatch.setattr(data_free_run, "_PLACE", {"kernel"})
    assert [summary(each) for each in recorded(name)] == alike


@NAMED
def test_some_cores_do_what_they_do_beside_all(name: str) -> None:
    call = first_call(name)
    simulation = call.compiled.simulation.simulation
    some = {0, simulation.program.cores - 1}
    alone = data_free_run.run_without_data(simulation.program, simulation.kernels, call.numbers, sorted(some))
    beside = [each for each in recorded(name) if each.thread.core in some]
    assert [(each.thread.core, summary(each)) for each in alone] == [
        (each.thread.core, summary(each)) for each in beside
    ]


def _unwilling(_thread: RecordedThread, _other: RecordedThread) -> None:
    raise AssertionError("each thread was to run")


@NAMED
def test_the_same_program_takes_the_same_time(name: str) -> None:
    program = first_call(name).compiled.simulation.simulation.program
    times = [ProgramClock(program, recorded(name)).run() for _ in range(2)]
    assert times[0].cycles == times[1].cycles > 0
    assert times[0].threads == times[1].threads
    assert not times[0].stopped
    assert sorted(times[0].ledger.entries(), key=repr) == sorted(times[1].ledger.entries(), key=repr)


@NAMED
def test_a_piece_that_is_looked_up_takes_what_it_takes_anew(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, threads = first_call(name).compiled.simulation.simulation.program, recorded(name)
    looked_up = ProgramClock(program, threads).run()
    of = PieceTimes.of

    def anew(self: PieceTimes, *arguments: Any) -> object:
        self.forget()
        return of(self, *arguments)

    monkeypatch.setattr(PieceTimes, "of", anew)
    assert ProgramClock(program, threads).run().threads == looked_up.threads


@NAMED
def test_every_processor_is_busy_or_waits_until_it_ends(name: str) -> None:
    """Nothing gets lost: the cycles of a data movement thread add up to its time."""
    program = first_call(name).compiled.simulation.simulation.program
    time = ProgramClock(program, recorded(name)).run()
    for thread in time.threads:
        if not program.kernels[thread.kernel].is_compute:
            entries = [e for e in time.ledger.entries() if (e.core, e.call[0]) == (thread.core, thread.kernel)]
            assert sum(entry.cycles for entry in entries) == pytest.approx(thread.end - thread.start)


@NAMED
def test_a_line_that_is_free_does_no_work(name: str) -> None:
    prediction = first_call(name).compiled.predict(first_call(name).numbers)
    line = max(prediction.lines, key=lambda each: each.worked)
    without = prediction.time_without(line.calls)
    assert not [e for e in without.ledger.entries() if e.call in line.calls and e.cause is Cause.WORK]
    assert prediction.gain(line) == prediction.cycles - without.cycles
