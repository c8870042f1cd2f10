"""
By which NOC the data movement threads of a kernel should go: the first one goes by NOC 0, the second by NOC 1, and the
ways to a bank of DRAM and back, and those of multicasts, are longer by the one or by the other.

What the clock tries are the calls of the kernel, dealt out to its threads in other ways: each thread at the other's
place; and what a thread writes at its end, when it has nothing else to do, at the end of the other one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from ttlang.backends.simulator.predicted_time import Prediction
from ttlang.machine.clock.ledger import Cause
from ttlang.machine.clock.recorded_calls import Recorded, RecordedThread
from ttlang.profiler.document import NO_LINE, Advice
from ttlang.profiler.reruns import Reruns

_WORTH_TRYING = 0.1
"""The share of a kernel below which transfers are worth no runs of the clock, which others could have."""

Calls = Sequence[Recorded]
Dealt = tuple[Calls, Calls]
"""What the two data movement threads of a core do, in their order."""


class _Movers(NamedTuple):
    """The data movement threads of a core, in their order."""

    first: RecordedThread
    second: RecordedThread


def noc_advice(reruns: Reruns) -> list[Advice]:
    """The best of the other ways, if it gains anything."""
    prediction, movers = reruns.prediction, _movers(reruns.prediction)
    if not movers or _awaited_transfers(prediction) < _WORTH_TRYING * prediction.cycles:
        return []
    best, words = 0.0, ""
    for dealt, how in _other_ways(movers):
        gain = reruns.gain(recorded=_with(prediction, movers, dealt))
        if gain is None:
            break
        best, words = max((best, words), (gain, how))
    evidence = (
        "the first data movement thread goes by NOC 0, the second by NOC 1; "
        f"so the kernel takes {best:.0f} cycles less, {100 * best / prediction.cycles:.0f} %"
    )
    return [Advice(words, evidence, NO_LINE, best)] if best > 0.0 else []


def _movers(prediction: Prediction) -> list[_Movers]:
    """Those of each core that has any; none if these are not the same two kernels on all cores."""
    kernels = [kernel for kernel in prediction.simulation.program.kernels if not kernel.is_compute]
    if sorted(kernel.noc for kernel in kernels) != [0, 1] or any(kernel.open for kernel in kernels):
        return []
    by_core: defaultdict[int, dict[int, RecordedThread]] = defaultdict(dict)
    for each in prediction.recorded:
        if not each.thread.kernel.info.is_compute:
            by_core[each.thread.core][each.thread.kernel.info.noc] = each
    if any(len(each) < 2 for each in by_core.values()):
        return []
    return [_Movers(each[0], each[1]) for each in by_core.values()]


def _awaited_transfers(prediction: Prediction) -> float:
    """Cycles of the critical path in which a transfer is waited for, or what tells of one."""
    waits = Cause.DRAM, Cause.NOC, Cause.SEMAPHORE
    return sum(step.cycles for step in prediction.critical_path if step.cause in waits)


def _other_ways(movers: Sequence[_Movers]) -> list[tuple[list[Dealt], str]]:
    """
    Other ways to deal out what the threads do, core by core, and what the author does for it: first those in which what
    is written at an end goes by NOC 1, which is mostly the shorter way from a core to DRAM.
    """
    names = [each.thread.kernel.info.name for each in movers[0]]
    as_is: list[Dealt] = [(first.calls, second.calls) for first, second in movers]
    swap = f"define {names[1]} before {names[0]}"
    ways = [(_swapped(as_is), swap)]
    for mover in (0, 1):
        moved = [each for each in (_moved_end(each, mover) for each in as_is) if each]
        if len(moved) == len(movers):
            words = f"move what {names[mover]} writes at its end to the end of {names[1 - mover]}"
            ways += [(_swapped(moved), f"{words}, and {swap}"), (moved, words)]
    return sorted(ways, key=lambda way: bool(_split(way[0][0][0])[1]))


def _swapped(dealt: Sequence[Dealt]) -> list[Dealt]:
    return [(second, first) for first, second in dealt]


def _moved_end(calls: Dealt, mover: int) -> Dealt | None:
    """What one of the threads writes at its end is written by the other one. None if it writes nothing there."""
    (own, end), other = _split(calls[mover]), calls[1 - mover]
    if not end:
        return None
    return (own, [*other, *end]) if mover == 0 else ([*other, *end], own)


def _split(calls: Calls) -> tuple[Calls, Calls]:
    """What a thread does, and what it writes at its end, if it does nothing else from its first wait on."""
    start = next((at for at, (name, _) in enumerate(calls) if name == "cb_wait_front"), len(calls))
    if not start or not all(_writes(name) for name, _ in calls[start:]):
        return calls, ()
    return calls[:start], calls[start:]


def _writes(name: str) -> bool:
    """Whether it is a call of who only writes what others have computed."""
    return name in ("cb_wait_front", "cb_pop_front") or name.startswith("noc_async_write") or name.endswith("_barrier")


def _with(prediction: Prediction, movers: Sequence[_Movers], dealt: Sequence[Dealt]) -> list[RecordedThread]:
    """All threads, these with other calls."""
    changed = {
        id(thread): thread.with_calls(calls)
        for threads, pair in zip(movers, dealt, strict=True)
        for thread, calls in zip(threads, pair, strict=True)
    }
    return [changed.get(id(each), each) for each in prediction.recorded]
