"""What is known of the arithmetic of a kernel call, and of a kernel library."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ttlang.machine.numerics.row_sums import RowSums
from ttlang.machine.numerics.units.vector_unit import Values
from ttlang.machine.tiles import Patterns
from ttlang.tables.functions import Rounding

Compute = Callable[..., Values]
"""`compute(unit, *operands, *parameters)`, parameters as they stand in the call; the values before they enter DST."""


@dataclass(frozen=True)
class Rule:
    """The arithmetic of one call, by the width of DST; None where it is not known."""

    narrow: Compute | None
    wide: Compute | None
    rounding: Rounding
    """How its results get into a 16-bit DST."""

    def compute(self, dst32: bool) -> Compute | None:
        return self.wide if dst32 else self.narrow


def narrow_only(table: Mapping[str, tuple[Compute, Rounding]]) -> dict[str, Rule]:
    return {call: Rule(compute, None, rounding) for call, (compute, rounding) in table.items()}


@dataclass(frozen=True)
class Library:
    """The kernel library of a generation."""

    rules: Mapping[str, Rule]
    """By the call's name with its template arguments."""
    copy: Callable[[Patterns], Patterns]
    """What a move to a 16-bit DST makes of floats."""
    row_sums: RowSums
    row_sums_recorded: bool
    """Whether recordings of a chip stand behind them."""


def of_both_widths(table: Mapping[str, tuple[Compute, Rounding]]) -> dict[str, Rule]:
    return {call: Rule(compute, compute, rounding) for call, (compute, rounding) in table.items()}
