"""What a compiled program takes on its chip, by the clock of the machine (docs/time.md)."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from ttlang.machine.clock.data_free_run import run_without_data
from ttlang.machine.clock.ledger import Call, Ledger
from ttlang.machine.clock.line_times import LineTime, line_times, sources_of_work
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.clock.recorded_calls import RecordedThread
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.simulation import Simulation
from ttlang.tables.chips.costs import Kind, Unit


class Prediction:
    """The time of a program, and where it goes."""

    def __init__(self, simulation: Simulation, recorded: Sequence[RecordedThread]):
        """`recorded`: what the threads of the program do."""
        self.name = simulation.program.name
        self.chip = simulation.program.architecture
        self.simulation = simulation
        self.recorded = recorded

    @cached_property
    def time(self) -> ProgramTime:
        """The time itself, with all that was written down of it."""
        return self.time_without(frozenset())

    @property
    def cycles(self) -> float:
        """Of the chip's clock, from the start of the first thread to the end of the last one."""
        return self.time.cycles

    @property
    def microseconds(self) -> float:
        return self.time.microseconds

    @cached_property
    def lines(self) -> list[LineTime]:
        """The lines that take time, by thread."""
        return line_times(self.time, self.simulation.kernels)

    @cached_property
    def sources(self) -> dict[Kind, float]:
        """The cycles of work on tiles by how their costs are known."""
        return sources_of_work(self.time, self.simulation.kernels)

    def time_without(self, free: AbstractSet[Call]) -> ProgramTime:
        """What the program would take if these calls took no time."""
        return self.time_if(free=free)

    def time_if(
        self,
        program: ProgramInfo | None = None,
        *,
        free: AbstractSet[Call] = frozenset(),
        free_units: AbstractSet[Unit] = frozenset(),
        ledger: Ledger | None = None,
    ) -> ProgramTime:
        """The time of the same calls for another record of the program, or of its chip, as `ProgramClock` has it."""
        program = program or self.simulation.program
        return ProgramClock(program, self.recorded, free=free, free_units=free_units, ledger=ledger).run()

    def gain(self, line: LineTime) -> float:
        """Cycles that the program would take less if a line took no time."""
        return self.cycles - self.time_without(line.calls).cycles


def predict(simulation: Simulation, numbers: Sequence[int] = ()) -> Prediction:
    """
    The time of a program, without its data. `numbers`: the integers of the call that are no constants. Raises NeedsData
    for a program that has to see them.
    """
    return Prediction(simulation, run_without_data(simulation.program, simulation.kernels, numbers))
