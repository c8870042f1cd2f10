"""What a data movement thread does takes time, whatever it calls."""

from __future__ import annotations

import pytest

from tests.support.benchmarks import script
from ttlang.machine.clock.data_movement_clock import UNTIMED, DataMovementClock
from ttlang.machine.noc.port import PARTS, place_of


def test_every_call_of_a_port_has_a_time_or_is_said_to_have_none() -> None:
    calls = {name for _, part in PARTS for name in vars(part) if place_of(name)}
    timed = {name for name in calls if hasattr(DataMovementClock, name)}
    assert calls - timed == UNTIMED
    assert {"noc_async_read_page", "load_semaphore", "get_local_noc_addr"} <= timed


def test_a_barrier_of_a_transaction_id_waits_for_the_reads_of_that_id_alone() -> None:
    few, many, none = (_until_barrier(tag) for tag in (1, 2, 3))
    assert none < few < many


def _until_barrier(tag: int) -> float:
    """When a barrier is done that comes behind a read with the first id and some with the second."""
    program = script("time_accuracy", "written_programs").WrittenProgram("blackhole")
    pages = program.tensor(64)
    thread = program.reader()
    for page, of_page in enumerate([1, 2, 2, 2, 2]):
        thread.tag_reads(of_page)
        thread.read_page(pages, page)
    thread.tagged_read_barrier(tag)
    return program.run().cycles


def test_a_semaphore_that_a_thread_sets_is_what_it_sends() -> None:
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (3, 1))
    flag = program.semaphore()
    sender = program.reader(0)
    sender.semaphore_set(flag, 1)
    sender.semaphore_set_multicast(flag, [1, 2])
    for core in (1, 2):
        program.reader(core).semaphore_wait_equal(flag, 1)
    assert not program.run().stopped


def test_a_flag_that_is_linked_to_the_data_needs_no_paths_of_its_own() -> None:
    assert _flagged(linked=True) < _flagged(linked=False)


def _flagged(*, linked: bool) -> float:
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 1))
    flag = program.semaphore()
    sender = program.reader(0)
    sender.multicast([6, 7], 64)
    sender.semaphore_set(flag, 1)
    sender.semaphore_set_multicast(flag, [6, 7], linked=linked)
    program.reader(7).semaphore_wait_equal(flag, 1)
    return program.run().cycles


def test_nothing_waits_until_a_posted_write_is_there() -> None:
    """Its data leave L1 none the sooner."""
    posted, other = (_written(posted=posted, end="write_barrier") for posted in (True, False))
    assert posted < other
    assert posted < _written(posted=True, end="posted_flushed") == _written(posted=False, end="flushed") < other


def _written(*, posted: bool, end: str) -> float:
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 1))
    sender = program.writer(0)
    sender.write(7, 8192, posted=posted)
    getattr(sender, end)()
    return program.run().cycles


@pytest.mark.parametrize("moves", ["read", "write"])
def test_what_stays_in_a_core_has_half_of_the_way_into_it(moves: str) -> None:
    """All of it if no others come in, and never less than half, however many they are. It is no slower than others."""
    alone, beside_one, beside_many = (_within_a_core(moves, others=others) for others in (0, 1, 6))
    assert 1.4 * alone < beside_one <= beside_many < 2.1 * alone
    assert alone <= _within_a_core(moves, target=1)


def _within_a_core(moves: str, *, target: int = 0, others: int = 0) -> float:
    """How long a core moves data to a core, or from there, while others write to it."""
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 1))
    thread = program.reader(0)
    for _ in range(32):
        getattr(thread, moves)(target, 8192)
    getattr(thread, f"{moves}_barrier")()
    for other in range(1, 1 + others):
        sender = program.reader(other)
        for _ in range(64):
            sender.write(0, 8192)
        sender.write_barrier()
    time = program.run()
    return time.threads[0].end - time.threads[0].start


def test_nothing_waits_until_a_posted_increment_is_made() -> None:
    ends = []
    for posted in (True, False):
        program = script("time_accuracy", "written_programs").WrittenProgram("blackhole", (8, 1))
        sender = program.writer(0)
        sender.semaphore_inc(program.semaphore(), 7, posted=posted)
        sender.atomic_barrier()
        ends.append(program.run().cycles)
    assert ends[0] < ends[1]


def test_a_multicast_reaches_a_near_core_before_a_far_one() -> None:
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 1))
    flag = program.semaphore()
    sender = program.reader(0)
    sender.semaphore_set(flag, 1)
    sender.semaphore_set_multicast(flag, range(1, 8))
    for core in range(1, 8):
        program.reader(core).semaphore_wait_equal(flag, 1)
    ends = [thread.end for thread in program.run().threads[1:]]
    hop = program.chip.timing().noc.hop
    nodes = program.chip.timing().noc.worker_columns
    assert ends == sorted(ends)
    assert ends[-1] - ends[0] == pytest.approx(hop * (nodes[7] - nodes[1]), abs=0.1)


def test_packets_of_a_multicast_that_is_linked_wait_for_no_paths() -> None:
    alone, linked = (_sent(linked=linked) for linked in (False, True))
    timing = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0").chip.timing().noc
    hops = timing.worker_columns[7] - timing.worker_columns[0]
    assert alone - linked == pytest.approx(3 * 2 * timing.hop * hops, rel=0.05)


def _sent(*, linked: bool) -> float:
    """When the last of four packets of a multicast has left, to which a flag is linked or is not."""
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 1))
    flag = program.semaphore()
    sender = program.reader(0)
    sender.multicast(range(1, 8), 4 * program.chip.noc_max_burst)
    sender.flushed()
    sender.semaphore_set_multicast(flag, range(1, 8), linked=linked)
    return program.run().threads[0].end


def test_acknowledgements_of_multicasts_come_one_by_one_once_the_first_is_back() -> None:
    """63 cores, each of which takes a cycle: fifteen multicasts more take as long as their acknowledgements."""
    one, few, more = (_linked_multicasts(count, loops=False) for count in (1, 16, 17))
    assert more - few == 63.0
    assert 14 * 63.0 < few - one <= 15 * 63.0


def test_what_a_core_sends_to_itself_comes_between_its_acknowledgements() -> None:
    """Once they come all the time, three flits of each multicast of 64 bytes go between those of its 64 cores."""
    more, few = (_linked_multicasts(count, loops=True) for count in (201, 200))
    assert more - few == pytest.approx(64.0 + 3 * 1.022, abs=0.1)


def _linked_multicasts(count: int, *, loops: bool) -> float:
    """How long a core waits for so many to all cores, or to all others."""
    program = script("time_accuracy", "written_programs").WrittenProgram("wormhole_b0", (8, 8))
    sender = program.reader(0)
    for each in range(count):
        sender.multicast(range(0 if loops else 1, 64), 64, linked=each > 0, loops=loops)
    sender.write_barrier()
    return program.run().cycles
