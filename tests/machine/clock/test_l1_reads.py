"""Requests for what a core's L1 holds: so many at once, the others in turn, and what is asked behind them later."""

from __future__ import annotations

import pytest

from tests.support.benchmarks import script
from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.l1_reads import L1Reads
from ttlang.tables.chips import wormhole_b0_timing


class Asker:
    """One who asks once, and notes when it is heard."""

    def __init__(self, reads: L1Reads, heard: list[tuple[str, float]], name: str):
        self._reads, self._heard, self._name = reads, heard, name

    def ask(self, now: float) -> None:
        if self._reads.take(self):
            self._heard.append((self._name, now))


def test_who_finds_no_room_is_heard_in_turn() -> None:
    agenda = Agenda()
    reads, heard = L1Reads(2, agenda.later), list[tuple[str, float]]()
    for name in "abcd":
        Asker(reads, heard, name).ask(0.0)
    assert heard == [("a", 0.0), ("b", 0.0)]
    for left in (70.0, 50.0):
        reads.answered(left)
    agenda.go_through()
    assert heard[2:] == [("c", 50.0), ("d", 70.0)]


def test_what_a_core_asks_of_others_waits_behind_its_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six cores ask the first one for more than it holds; one more asks it for a little, then a core that is free."""
    held = _until_read()
    timing = wormhole_b0_timing.TIMING
    monkeypatch.setattr(wormhole_b0_timing, "TIMING", timing._replace(noc=timing.noc._replace(requests=1000)))
    assert held > 1.5 * _until_read()


def _until_read() -> float:
    """When the core that asks for a little has what it asked for of the one that is free."""
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 2))
    late = program.reader(1, noc=1)
    for _ in range(100):
        late.address()
    late.read(0, 64)
    late.tag_reads(2)
    late.read(9, 64)
    late.tagged_read_barrier(2)
    for core in range(2, 8):
        thread = program.reader(core, noc=1)
        for _ in range(16):
            thread.read(0, 8192)
        thread.read_barrier()
    time = program.run()
    return time.threads[0].end
