"""A core alone: it is never slower than beside others; where nothing comes between, as fast as by the whole clock."""

from __future__ import annotations

from typing import Any

import pytest

from tests.machine.clock.random_transfers import random_transfers
from tests.support.benchmarks import script
from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.lone_core import LoneCore
from ttlang.machine.clock.network_clock import NetworkClock
from ttlang.machine.clock.program_clock import ProgramTime

CHIPS = pytest.mark.parametrize("chip", ["wormhole_b0", "blackhole"])


def alone(written: Any, time: ProgramTime, core: int) -> LoneCore:
    """A core of a program that was timed."""
    program, place = time.program, sorted({thread.core for thread in time.threads}).index(core)
    threads = [thread for thread in written._threads if thread.thread.core == core]
    start = program.architecture.timing().launch_skew * place
    network = NetworkClock(program, Agenda().later)
    return LoneCore(program, threads, start, PieceTimes(program, CallPrices(program)), network)


@pytest.mark.parametrize("seeds", [range(start, start + 20) for start in range(0, 80, 20)], ids=str)
def test_beside_others_a_core_takes_at_least_as_long(seeds: range) -> None:
    as_fast = 0
    for seed in seeds:
        written = random_transfers(seed)
        time = written.run()
        for core in {thread.core for thread in time.threads}:
            least, takes = alone(written, time, core).run(), max(t.end for t in time.threads if t.core == core)
            assert least <= takes, f"seed {seed}, core {core}"
            as_fast += least == takes
    assert as_fast, "a bound that is never met tells little"


def read(thread: Any, tensor: Any) -> None:
    for page in range(24):
        thread.read_page(tensor, page)
    thread.read_barrier()


def read_one_bank(thread: Any, tensor: Any) -> None:
    for page in range(0, 24 * 24, 24):
        thread.read_page(tensor, page)
    thread.read_barrier()


def write(thread: Any, tensor: Any) -> None:
    for page in range(24):
        thread.write_page(tensor, page)
    thread.write_barrier()


def read_a_core(thread: Any, _: Any) -> None:
    for _ in range(8):
        thread.read(3, 20_000)
    thread.read_barrier()


def write_to_cores(thread: Any, _: Any) -> None:
    for core in (1, 3, 0, 2):
        thread.write(core, 2048)
    thread.flushed()
    thread.write_barrier()


def multicast(thread: Any, _: Any) -> None:
    for _ in range(3):
        thread.multicast([1, 2, 3], 9000)
        thread.multicast([1, 2, 3], 64, linked=True)
    thread.write_barrier()


def overtake(thread: Any, _: Any) -> None:
    """What comes from a bank of the core's own row comes before what was asked for earlier."""
    thread.tag_reads(1)
    for bank in (0, 2, 3):
        thread.call("noc_async_read_bank", bank, 4096)
    thread.tag_reads(2)
    thread.call("noc_async_read_bank", 1, 64)
    thread.tagged_read_barrier(2)


def read_itself_beside_another(thread: Any, _: Any) -> None:
    """Of its way out of the NOC it has every second flit."""
    thread.read(3, 16_384)
    thread.store_words(40)
    thread.read(0, 512)
    thread.read_barrier()


MANY_WAYS, ONE_WAY = (
    [read, write, overtake, read_itself_beside_another],
    [read_one_bank, read_a_core, write_to_cores, multicast],
)


@CHIPS
@pytest.mark.parametrize("transfers", [*MANY_WAYS, *ONE_WAY], ids=lambda each: each.__name__)
def test_a_core_without_others_takes_what_the_whole_clock_says(chip: str, transfers: Any) -> None:
    """But for what packets from and to different banks wait for each other on the way, which a lone core leaves out."""
    written = script("time_accuracy", "written_programs").WrittenProgram(chip, (2, 2))
    transfers(written.reader(0), written.tensor(24 * 24))
    time = written.run()
    least = alone(written, time, 0).run()
    assert least <= time.cycles
    assert least >= time.cycles * (0.9 if transfers in MANY_WAYS else 0.99)


@CHIPS
def test_waits_for_others_are_met_at_once_and_banks_are_as_busy(chip: str) -> None:
    written = script("time_accuracy", "written_programs").WrittenProgram(chip, (2, 1))
    flag, tensor = written.semaphore(), written.tensor(64)
    late, early = written.reader(0), written.reader(1)
    read(late, tensor)
    late.semaphore_inc(flag, 1)
    early.semaphore_wait(flag, 1)
    write(early, tensor)
    time = written.run()
    lone = alone(written, time, 1)
    ends = {thread.core: thread.end for thread in time.threads}
    assert lone.run() < ends[1] - ends[0] / 2
    first = alone(written, time, 0)
    first.run()
    assert lone.bank_load + first.bank_load == pytest.approx(sum(time.network.bank_load))
