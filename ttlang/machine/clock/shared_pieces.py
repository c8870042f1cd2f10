"""What pieces take, found once for all runs of the same threads that differ in nothing that it depends on."""

from __future__ import annotations

from collections.abc import Hashable
from collections.abc import Set as AbstractSet

from ttlang.machine.clock.call_prices import CallPrices
from ttlang.machine.clock.compute_clock import PieceTimes
from ttlang.machine.program_info import ProgramInfo
from ttlang.tables.chips.costs import Unit


class SharedPieces:
    """Those of threads that stay alive with it: pieces are known by their identity."""

    def __init__(self) -> None:
        self._known: dict[Hashable, PieceTimes] = {}

    def of(self, program: ProgramInfo, free_units: AbstractSet[Unit] = frozenset()) -> PieceTimes:
        """For a record of the program. `free_units` take no time."""
        chip, timing = program.architecture, program.architecture.timing()
        settings = program.dst32, program.dst_tiles, program.fidelity, frozenset(free_units)
        key = id(chip.costs), timing.compute, timing.source_banks, settings
        if (found := self._known.get(key)) is None:
            found = self._known[key] = PieceTimes(program, CallPrices(program, free_units))
        return found
