"""A core of a program in time, alone: its threads against each other, and whatever others are to do is done at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from ttlang.machine.clock.agenda import Agenda
from ttlang.machine.clock.buffer_clock import BufferClock
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.clock.compute_thread_clock import ComputeThreadClock
from ttlang.machine.clock.data_movement_clock import DataMovementClock
from ttlang.machine.clock.ledger import Call, Ledger, Origin, Unwritten
from ttlang.machine.clock.lone_port import LonePort
from ttlang.machine.clock.network_clock import NetworkClock
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.clock.tensor_places import TensorPlaces
from ttlang.machine.clock.thread_clock import Change
from ttlang.machine.program_info import ProgramInfo


class LoneCore:
    """What the clocks of its threads find around them."""

    def __init__(
        self,
        program: ProgramInfo,
        recorded: Sequence[RecordedThread],
        start: float,
        pieces: PieceTimes,
        network: NetworkClock,
    ):
        """
        `recorded`: what the threads of the core do. `start`: when its first one begins. `pieces`: what pieces of
        compute threads take. `network`: whose ways it has; nothing is sent there.
        """
        self.program = program
        self.timing = program.architecture.timing()
        self.agenda = Agenda()
        self.ledger: Ledger = Unwritten()
        self.pieces = pieces
        self.places = TensorPlaces(program)
        self.free: AbstractSet[Call] = frozenset()
        self.paces: Mapping[int, float] = {}
        self._network = network
        self._buffers = [BufferClock(info.pages) for info in program.buffers]
        self._ports: dict[int, LonePort] = {}
        moves = any(not each.thread.kernel.info.is_compute for each in recorded)
        compute_start = start + (self.timing.compute_start if moves else 0.0)
        self._threads = [
            ComputeThreadClock(self, place, each, compute_start)
            if each.thread.kernel.info.is_compute
            else DataMovementClock(self, place, each, start)
            for place, each in enumerate(recorded)
        ]

    def run(self) -> float:
        """When the last of its threads ends."""
        for thread in self._threads:
            thread.go_on()
        self.agenda.go_through()
        ends = [thread.now for thread in self._threads]
        self._threads.clear()  # They know it: together they would stay for the garbage collector.
        return max(ends)

    @property
    def bank_load(self) -> float:
        """Cycles that banks of DRAM were busy for it, in sum."""
        return sum(port.bank_load for port in self._ports.values())

    # ------------------------------------------------------------------------------------- what threads find around

    def buffers(self, core: int) -> Sequence[BufferClock]:
        return self._buffers

    def port(self, core: int, noc: int) -> LonePort:
        if (found := self._ports.get(noc)) is None:
            found = self._ports[noc] = LonePort(self._network, core, noc)
        return found

    def change(self, time: float, change: Change) -> None:
        """Nobody waits for it."""

    def semaphore(self, core: int, number: int) -> tuple[int, Origin | None]:
        return 0, None

    def holds(self, core: int, number: int, condition: Callable[[int], bool]) -> bool:
        return True

    def wait_for_semaphore(self, core: int, number: int, wake: Callable[[float], None]) -> None:
        raise AssertionError("nobody waits")
