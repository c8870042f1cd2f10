"""
What a program takes at least, found without running all of it: a few of its cores, each alone, and what DRAM does.

Cores that stand where parts of a multicast, of a ring or of a halo change are looked at: the first and the last one,
and those beside the first, in its row, its column and across.
"""

from __future__ import annotations

from collections.abc import Sequence

from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.data_free_run import run_without_data
from ttlang.machine.clock.lone_core import LoneCore
from ttlang.machine.clock.network_clock import NetworkClock
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.page_patterns import Pattern
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.threads import LoadedKernel


def least_cycles(program: ProgramInfo, kernels: Sequence[LoadedKernel], numbers: Sequence[int] = ()) -> float:
    """
    Cycles from the start of the first thread to the end of the last one, as `ProgramClock` has them, at least: of a
    program that runs to its end. `numbers`: the integers of the call that are no constants. Raises NeedsData for a
    program that can't be run without data.

    A core alone is never slower than beside others. Banks of DRAM are busy for all cores in sum. It is taken for
    granted that a core which is not looked at needs them no shorter than the one of the others that needs them least.
    """
    cores = [core for core in range(program.cores) if any(kernel.info.runs_on(core) for kernel in kernels)]
    if not cores:
        return 0.0
    recorded = run_without_data(program, kernels, numbers, _looked_at(program, cores))
    pieces, network = PieceTimes(program, CallPrices(program)), NetworkClock(program, Agenda().later)
    skew, longest, loads = program.architecture.timing().launch_skew, 0.0, list[float]()
    for threads, alike in _by_role(recorded):
        core = threads[0].thread.core
        lone = LoneCore(program, threads, skew * cores.index(core), pieces, network)
        longest = max(longest, lone.run())
        loads += [lone.bank_load] * alike
    loads += [min(loads)] * (len(cores) - len(loads))
    return max(longest, sum(loads) / len(network.banks))


def _looked_at(program: ProgramInfo, cores: Sequence[int]) -> list[int]:
    """Some of a program's cores."""
    columns, rows = (sorted(set(places)) for places in zip(*map(program.position, cores), strict=True))
    corner = {program.core_at(column, row) for column in columns[:2] for row in rows[:2]}
    return sorted({cores[0], cores[-1], *corner.intersection(cores)})


def _by_role(recorded: Sequence[RecordedThread]) -> list[tuple[list[RecordedThread], int]]:
    """The threads of the last core of those that do the same elsewhere, and how many these are."""
    by_core: dict[int, list[RecordedThread]] = {}
    for each in recorded:
        by_core.setdefault(each.thread.core, []).append(each)
    found: dict[object, tuple[list[RecordedThread], int]] = {}
    for _, threads in sorted(by_core.items()):
        role = tuple(map(_role, threads))
        _, before = found.get(role, ((), 0))
        found[role] = threads, before + 1
    return list(found.values())


def _role(recorded: RecordedThread) -> object:
    """What a thread does, but for the pages and the cores that it does that with."""
    if recorded.thread.kernel.info.is_compute:
        return id(recorded.calls)
    calls = ((name, *[each for each in rest[1:] if type(each) in (int, Pattern)]) for name, rest in recorded.calls)
    return recorded.thread.kernel.info.name, tuple(calls)
