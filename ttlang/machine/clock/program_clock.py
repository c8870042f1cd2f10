"""
A program in time: its threads' calls, made in the order of time, with what they wait for.

The same calls always take the same time: nothing is drawn by lot, and threads that could go on at the same time do so
in the order of the program.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.buffer_clock import BufferClock
from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.compute_thread_clock import ComputeThreadClock
from ttlang.machine.clock.data_movement_clock import DataMovementClock
from ttlang.machine.clock.ledger import Call, Cause, Ledger, Origin, Unwritten
from ttlang.machine.clock.network_clock import NetworkClock
from ttlang.machine.clock.network_port import NetworkPort
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.tensor_places import TensorPlaces
from ttlang.machine.clock.thread_clock import Change
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.semaphores import WORD


@dataclass(frozen=True)
class ThreadTime:
    """When a thread of a core began, and ended, or where it stopped for good."""

    core: int
    kernel: int
    start: float
    end: float
    stopped_for: Cause | None = None


@dataclass(frozen=True, eq=False)
class ProgramTime:
    """What a run of the program takes."""

    program: ProgramInfo
    cycles: float
    """From the start of the first thread to the end of the last one."""
    threads: tuple[ThreadTime, ...]
    ledger: Ledger
    network: NetworkClock
    buffers: Sequence[Sequence[BufferClock]]
    """Those of each core."""

    @property
    def microseconds(self) -> float:
        return self.cycles / self.program.architecture.timing().megahertz

    @property
    def stopped(self) -> tuple[ThreadTime, ...]:
        """Threads that wait forever."""
        return tuple(thread for thread in self.threads if thread.stopped_for is not None)


_NO_WORD: tuple[int, Origin | None] = (0, None)
"""Of a word of a buffer that nobody has set, which a program that runs without data does not find out."""


class ProgramClock:
    """One run of it."""

    def __init__(
        self,
        program: ProgramInfo,
        recorded: Sequence[RecordedThread],
        *,
        free: AbstractSet[Call] = frozenset(),
        pieces: PieceTimes | None = None,
        paces: Mapping[int, float] | None = None,
        ledger: Ledger | None = None,
    ):
        """
        `recorded`: what the threads do. `free`: calls that take no time, to see what others then take. `pieces`: what
        pieces of compute threads take, where other runs share it, or units are free. `paces`: cores whose processors
        take so many times as long for all that they do; such a run tells no more than when threads end. `ledger`: where
        it is written down.
        """
        assert paces is None or isinstance(ledger, Unwritten)
        self.paces = paces or {}
        self.program = program
        self.free = free
        self.timing = program.architecture.timing()
        self.agenda = Agenda()
        self.network = NetworkClock(program, self.agenda.later)
        self._ports: dict[tuple[int, int], NetworkPort] = {}
        self.ledger = Ledger() if ledger is None else ledger
        self.pieces = PieceTimes(program, CallPrices(program)) if pieces is None else pieces
        self.places = TensorPlaces(program)
        self._buffers = [[BufferClock(info.pages) for info in program.buffers] for _ in range(program.cores)]
        initial = {each.cell: each.initial for each in program.semaphores}
        self._words: list[dict[int, tuple[int, Origin | None]]] = [
            {number: (value, None) for number, value in initial.items()} for _ in range(program.cores)
        ]
        self._waiting: defaultdict[tuple[int, int], list[Callable[[float], None]]] = defaultdict(list)
        cores = sorted({each.thread.core for each in recorded})
        self._places = {core: place for place, core in enumerate(cores)}
        """In the order in which cores are started."""
        self._move = {each.thread.core for each in recorded if not each.thread.kernel.info.is_compute}
        """Cores with data movement threads."""
        self._threads = [self._thread(each, program.kernels.index(each.thread.kernel.info)) for each in recorded]

    def _thread(self, recorded: RecordedThread, kernel: int) -> ComputeThreadClock | DataMovementClock:
        start = self.timing.launch_skew * self._places[recorded.thread.core]
        if recorded.thread.kernel.info.is_compute:
            later = self.timing.compute_start if recorded.thread.core in self._move else 0.0
            return ComputeThreadClock(self, kernel, recorded, start + later)
        return DataMovementClock(self, kernel, recorded, start)

    def run(self) -> ProgramTime:
        """Runs it to its end, or until all wait."""
        for thread in self._threads:
            thread.go_on()
        self.agenda.go_through()
        times = tuple(self._time(thread) for thread in self._threads)
        self._threads.clear()  # They know the clock: together they would stay for the garbage collector.
        cycles = max((each.end for each in times), default=0.0)
        return ProgramTime(self.program, cycles, times, self.ledger, self.network, self._buffers)

    @staticmethod
    def _time(thread: ComputeThreadClock | DataMovementClock) -> ThreadTime:
        return ThreadTime(
            thread.core, thread.kernel, thread.start, thread.now, None if thread.ended else thread.stopped_for
        )

    # ------------------------------------------------------------------------------------- what threads find around

    def buffers(self, core: int) -> Sequence[BufferClock]:
        return self._buffers[core]

    def port(self, core: int, noc: int) -> NetworkPort:
        if (found := self._ports.get((core, noc))) is None:
            found = self._ports[core, noc] = NetworkPort(self.network, core, noc)
        return found

    def change(self, time: float, change: Change) -> None:
        self.agenda.later(time, self._apply, change)

    def semaphore(self, core: int, number: int) -> tuple[int, Origin | None]:
        return self._words[core].get(number, _NO_WORD)

    def holds(self, core: int, number: int, condition: Callable[[int], bool]) -> bool:
        return condition(self.semaphore(core, number)[0])

    def wait_for_semaphore(self, core: int, number: int, wake: Callable[[float], None]) -> None:
        self._waiting[core, number].append(wake)

    def _apply(self, time: float, change: Change) -> None:
        for core in change.cores:
            words = self._words[core]
            before = words.get(change.number, _NO_WORD)[0] if change.adds else 0
            words[change.number] = (before + change.value) % WORD, change.by
            for wake in self._waiting.pop((core, change.number), ()):
                wake(time)
