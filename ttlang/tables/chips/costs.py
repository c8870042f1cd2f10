"""What work costs on a chip, in its cycles, each figure with where it comes from. Functions without one have no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum, auto
from typing import NamedTuple


class Unit(StrEnum):
    """The part of a core whose time a cost is."""

    UNPACK = auto()
    FPU = auto()
    SFPU = auto()
    PACK = auto()


class Kind(StrEnum):
    """How a figure came about."""

    MEASURED = auto()
    """Read from a publication as it stands."""
    INTERPOLATED = auto()
    """Between published figures of the same call."""
    DERIVED = auto()
    """Computed from a published figure."""
    ASSUMED = auto()
    """Of the kind of calls that it is of: nothing is published."""


class Source(NamedTuple):
    """Where a figure comes from."""

    kind: Kind
    text: str


class Cost(NamedTuple):
    """A call on one tile of bfloat16, alone on its unit, with nothing to wait for."""

    call: str
    """`Call.key`, or the name of a call that is no function's: "copy_tile"."""
    unit: Unit
    dst32: bool
    """DST has 32 bits a datum."""
    fidelity: str
    """Empty: it makes no difference."""
    cycles: float
    source: Source


class SectionCosts(NamedTuple):
    """
    The cycles by which a block is cut into DST sections (`ttlang.analysis.subblock`): round figures for both chips
    (docs/hardware.md, "Costs").
    """

    section: int = 30
    """To take and hand on DST."""
    product_phase: int = 16
    """A product of two tiles, for each phase of the fidelity."""
    unpack: int = 32
    """A tile, to one of the matrix unit's operands."""
    scattered_pack: int = 10
    """What a pack costs more to a place that is not the next one."""


class Price(NamedTuple):
    """What a call on one tile takes of a unit."""

    cycles: float
    kind: Kind


ASSUMED = {Unit.UNPACK: 42.0, Unit.FPU: 20.0, Unit.SFPU: 300.0, Unit.PACK: 42.0}
"""Cycles of a call on a tile that no row tells of."""
ASSUMED_INIT = 60.0
"""Cycles that an init or a reconfiguration takes of each processor that it keeps busy."""


class Costs(NamedTuple):
    """Those of a chip."""

    load: Callable[[], tuple[Cost, ...]] = tuple
    """Gives the rows of calls: they are many, and most programs ask for none."""
    sections: SectionCosts = SectionCosts()

    @property
    def calls(self) -> tuple[Cost, ...]:
        return self.load()

    def of(self, call: str, *, dst32: bool) -> tuple[Cost, ...]:
        """What is known of a call: a row for each unit and fidelity."""
        return tuple(row for row in self.calls if row.call == call and row.dst32 == dst32)

    def price(self, call: str, unit: Unit, *, dst32: bool, fidelity: str) -> Price:
        """What a call on a tile takes of a unit: what is known of it, if need be with the other width of DST."""
        for wide in (dst32, not dst32):
            for row in self.of(call, dst32=wide):
                if row.unit is unit and row.fidelity in ("", fidelity):
                    return Price(row.cycles, row.source.kind if wide == dst32 else Kind.INTERPOLATED)
        return Price(ASSUMED[unit], Kind.ASSUMED)


def rows(
    unit: Unit, source: Source, cycles: Mapping[str, tuple[float, ...]], fidelity: str = "", factor: int = 1
) -> tuple[Cost, ...]:
    """
    Rows from figures with a 16-bit and, where there is a second, with a 32-bit DST, by the call; each times `factor`.
    """
    return tuple(
        Cost(call, unit, dst32, fidelity, figure * factor, source)
        for call, figures in cycles.items()
        for dst32, figure in zip((False, True), figures, strict=False)
    )
