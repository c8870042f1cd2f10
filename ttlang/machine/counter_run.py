"""
A program run without its data, on real counters: buffers, semaphores and barriers are the machine's own, and what
threads would move or compute is left out. So who waits for whom shows, for the very shapes and numbers of a call, in a
part of the time of a run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ttlang.diagnostics import Span
from ttlang.machine.buffers import make_buffers
from ttlang.machine.clock.data_free_run import run_without_data
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.compute.engine import Stopped
from ttlang.machine.compute.trace import Tree
from ttlang.machine.console import Console
from ttlang.machine.faults import Fault
from ttlang.machine.noc.core_addresses import Network
from ttlang.machine.noc.port import Port
from ttlang.machine.noc.signals import Signals
from ttlang.machine.program_info import CallSite, KernelInfo, OuterLoop, ProgramInfo
from ttlang.machine.run_diagnostics import arithmetic_error, fault_error
from ttlang.machine.scheduler import Scheduler
from ttlang.machine.semaphores import Semaphores
from ttlang.machine.statistics import CountedCall
from ttlang.machine.threads import Body, LoadedKernel, RunState, Thread
from ttlang.machine.waits import TURN, Wait, WordWait

_ACQUIRES = {"cb_wait_front": True, "cb_reserve_back": False}
"""Calls on buffers that may wait, and whether it is for filled pages."""
_RELEASES = {"cb_push_back", "cb_pop_front"}
_SIGNALS = {name for name in vars(Signals) if name.startswith("noc_semaphore_")}
_AWAITED = {"noc_semaphore_wait", "noc_semaphore_wait_min"}
_TELLS = _SIGNALS - _AWAITED - {"noc_semaphore_set"}
"""Calls that change semaphores of other cores, which go on first."""
_BARRIERS = {name for name in vars(Port) if name.startswith("noc_")}
_ATOMIC = "noc_async_atomic_barrier"


def run_counters(
    program: ProgramInfo, kernels: Sequence[LoadedKernel], numbers: Sequence[int] = (), *, most_calls: int | None = None
) -> Sequence[RecordedThread]:
    """
    What threads do. Raises a DiagnosticError for a deadlock, or a rule that one breaks. `numbers`: the integers of the
    call that are no constants. Raises NeedsData for a program that can't be run so, and TooManyCalls for one whose
    threads make more than `most_calls`.
    """
    recorded = run_without_data(program, kernels, numbers, most_calls=most_calls)
    for each in recorded:
        if isinstance(each.fault, Fault):
            raise fault_error(each.thread, each.fault)
        if isinstance(each.fault, ArithmeticError):
            raise arithmetic_error(each.thread, each.fault)
    _replay(program, recorded, numbers)
    return recorded


def _replay(program: ProgramInfo, recorded: Sequence[RecordedThread], numbers: Sequence[int]) -> None:
    scheduler = Scheduler(_NoUnits(), program.columns, None)
    buffers = [make_buffers(program.buffers, core * program.core_bytes) for core in range(program.cores)]
    network = Network(program, Semaphores(program), buffers) if program.communicates else None
    console, nothing = Console(silent=True), np.zeros(0, np.uint8)
    shared = RunState(program, nothing, [], numbers, network, scheduler.ready, console)
    threads = [Thread(_Replayed(each), each.thread.core, buffers[each.thread.core], [], shared) for each in recorded]
    scheduler.run(threads)


class _NoUnits:
    """Compute units that nobody asks for anything."""

    def run(self, _stopped: Sequence[Stopped]) -> None:
        pass


class _Replayed:
    """A kernel that does what was recorded of one of its threads, as far as others can wait for it."""

    tree: Tree | None = None
    counted: Sequence[CountedCall] = ()
    code = None
    loop_names: Mapping[str, str] = {}

    def __init__(self, recorded: RecordedThread):
        self._recorded = recorded
        self._kernel = recorded.thread.kernel

    @property
    def info(self) -> KernelInfo:
        return self._kernel.info

    @property
    def start(self) -> Callable[[Thread], Body]:
        return self._start

    def site(self, number: int) -> CallSite:
        return self._kernel.site(number)

    def outer_loops(self) -> Sequence[OuterLoop]:
        return ()

    def last_call(self, thread: Thread) -> Span | None:
        return None

    def _start(self, thread: Thread) -> Body:
        number: int
        for name, arguments in self._recorded.calls:
            if (front := _ACQUIRES.get(name)) is not None:
                number, pages, op = arguments
                acquire = _method(thread.buffers[number], name)
                while acquire(pages, op):
                    yield Wait(op, number, pages, front)
            elif name in _RELEASES:
                number, *rest = arguments
                _method(thread.buffers[number], name)(*rest)
            elif name in _AWAITED:
                wait = _method(_signals(thread), name)
                while wait(*arguments):
                    yield WordWait(arguments[-1])
            elif name in _SIGNALS or name == _ATOMIC:
                _method(_signals(thread), name)(*arguments)
                if name in _TELLS:
                    yield TURN
            elif name in _BARRIERS:
                _method(thread.port, name)(*arguments)


def _method(of: object, name: str) -> Callable[..., Any]:
    return getattr(of, name)


def _signals(thread: Thread) -> Signals:
    assert thread.port is not None
    assert thread.port.links is not None
    return thread.port.links.signals
