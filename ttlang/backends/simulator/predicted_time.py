"""What a compiled program takes on its chip, by the clock of the machine (docs/time.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property

from ttlang.diagnostics import error
from ttlang.machine.clock import lower_bound
from ttlang.machine.clock.critical_path import PathStep, critical_path
from ttlang.machine.clock.data_free_run import NeedsData, run_without_data
from ttlang.machine.clock.ledger import Call, Ledger, Unwritten
from ttlang.machine.clock.line_times import LineTime, PricedWork, line_times, priced_work, sources_of_work
from ttlang.machine.clock.program_clock import ProgramClock, ProgramTime
from ttlang.machine.clock.recorded_calls import CallRecorder, RecordedThread
from ttlang.machine.clock.shared_pieces import SharedPieces
from ttlang.machine.program_info import ProgramInfo
from ttlang.machine.simulation import Simulation
from ttlang.machine.tensor_pages import HasPages
from ttlang.settings.collection import lasting, no_collection
from ttlang.tables.chips.costs import Kind, Unit


class Prediction:
    """The time of a program, and where it goes."""

    def __init__(self, simulation: Simulation, recorded: Sequence[RecordedThread]):
        """`recorded`: what the threads of the program do."""
        self.name = simulation.program.name
        self.chip = simulation.program.architecture
        self.simulation = simulation
        self.recorded = recorded
        self._pieces = SharedPieces()

    @cached_property
    def time(self) -> ProgramTime:
        """The time itself, with all that was written down of it."""
        return self.time_if()

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
        return sources_of_work(self.work)

    @property
    def work(self) -> Iterator[PricedWork]:
        """The work on tiles of each call, processor and core."""
        return priced_work(self.time, self.simulation.kernels)

    @cached_property
    def critical_path(self) -> list[PathStep]:
        """What decides when the program ends, from its start on; its parts add up to `cycles`."""
        return critical_path(self.time)

    def time_without(self, free: AbstractSet[Call]) -> ProgramTime:
        """What the program would take if these calls took no time."""
        return self.time_if(free=free)

    def time_if(
        self,
        program: ProgramInfo | None = None,
        *,
        free: AbstractSet[Call] = frozenset(),
        free_units: AbstractSet[Unit] = frozenset(),
        paces: Mapping[int, float] | None = None,
        recorded: Sequence[RecordedThread] | None = None,
        ledger: Ledger | None = None,
    ) -> ProgramTime:
        """
        The time of the same calls for another record of the program, or of its chip, as `ProgramClock` has it;
        `free_units` take no time. `recorded`: what the threads do instead.
        """
        program = program or self.simulation.program
        with lasting():
            pieces = self._pieces.of(program, free_units)
            return ProgramClock(
                program, recorded or self.recorded, free=free, pieces=pieces, paces=paces, ledger=ledger
            ).run()

    def cycles_if(
        self,
        program: ProgramInfo | None = None,
        *,
        free: AbstractSet[Call] = frozenset(),
        free_units: AbstractSet[Unit] = frozenset(),
        paces: Mapping[int, float] | None = None,
        recorded: Sequence[RecordedThread] | None = None,
    ) -> float:
        """The cycles alone; `paces` as `ProgramClock` has it, `recorded` as `time_if`."""
        time = self.time_if(
            program, free=free, free_units=free_units, paces=paces, recorded=recorded, ledger=Unwritten()
        )
        return time.cycles

    def gain(self, line: LineTime) -> float:
        """Cycles that the program would take less if a line took no time."""
        return self.cycles - self.cycles_if(free=line.calls)


def predict(simulation: Simulation, numbers: Sequence[int] = (), tensors: Sequence[HasPages] = ()) -> Prediction:
    """
    The time of a program, without its data. `numbers`: the integers of the call that are no constants. A program that
    has to see data is run on `tensors`, which keep their values. Raises a TTL0213 where there are none.
    """
    try:
        with no_collection():
            recorded = run_without_data(simulation.program, simulation.kernels, numbers)
        return Prediction(simulation, recorded)
    except NeedsData as need:
        if not tensors:
            message = f"what {simulation.program.name} does depends on data: it looks at memory here"
            hint = "give predict tensors with values, on which it then runs; or use `ttlang profile`"
            raise error("TTL0213", message, need.span, hint=hint) from None
    return Prediction(simulation, _calls_of_a_run(simulation, numbers, tensors))


def least_cycles(simulation: Simulation, numbers: Sequence[int] = ()) -> float:
    """What `predict` has as the cycles of a program, at least; 0.0 for one that has to see data."""
    try:
        with no_collection():
            return lower_bound.least_cycles(simulation.program, simulation.kernels, numbers)
    except NeedsData:
        return 0.0


def _calls_of_a_run(
    simulation: Simulation, numbers: Sequence[int], tensors: Sequence[HasPages]
) -> list[RecordedThread]:
    """What threads do in a run on tensors, which nobody hears or sees."""
    recorder = CallRecorder()
    before = [tensor.pages.copy() for tensor in tensors]
    unheard = Simulation(simulation.program, simulation.kernels, simulation.memory, silent=True)
    try:
        unheard.run(tensors, numbers, numerics="fast", recorder=recorder)
    finally:
        for tensor, pages in zip(tensors, before, strict=True):
            tensor.pages[...] = pages
    return recorder.finish()
