"""What work costs on a chip, in its cycles, each figure with where it comes from. Functions without one have no row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum, auto
from functools import cache
from math import prod
from typing import NamedTuple

from ttlang.tables.dtypes import BY_NAME


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
    COMPUTED = auto()
    """
    Computed from published figures of the same call on the same chip: a part of what a kernel takes, or a slope. Or,
    of a call that does no more than move bytes, from the rate that is published of its unit.
    """
    INTERPOLATED = auto()
    """
    Between published figures on the same chip: of the same call, or of calls of its unit that do the like, some of
    which take less and some more.
    """
    SCALED = auto()
    """
    Measured on the other chip alone, and carried over by a ratio that is measured on both: of calls of its family, or
    of kernels that consist of them. Its source says how far the ratios are apart.
    """
    DERIVED = auto()
    """Computed from figures of another family of calls, or of the other chip without such a ratio."""
    ASSUMED = auto()
    """Of the kind of calls that it is of: nothing is published."""

    @property
    def is_known(self) -> bool:
        """Whether a measured figure, or more of them, tell it."""
        return self not in (Kind.DERIVED, Kind.ASSUMED)


class Source(NamedTuple):
    """Where a figure comes from."""

    kind: Kind
    text: str


class Cost(NamedTuple):
    """A call on one tile, or an init, alone on its unit, with nothing to wait for."""

    call: str
    """
    `Call.key`, or the name of a call that is no function's, with what makes a difference: "reduce_tile<sum, row>".
    """
    unit: Unit
    dst32: bool
    """DST has 32 bits a datum."""
    fidelity: str
    """Empty: it makes no difference."""
    cycles: float
    source: Source
    format: str = ""
    """IR name of the format of the buffer that the unit reads or packs to. Empty: it makes no difference."""

    @property
    def key(self) -> tuple[str, Unit, bool, str, str]:
        """What no two rows of a chip have in common."""
        return self.call, self.unit, self.dst32, self.fidelity, self.format


class SectionCosts(NamedTuple):
    """
    The cycles by which a block is cut into DST sections (`ttlang.analysis.subblock`): round figures for both chips
    (docs/hardware.md, "Costs").
    """

    section: int = 30
    """To take and hand on DST."""
    product_phase: int = 16
    """A product of two tiles, for each phase of the fidelity."""
    lone_product: int = 20
    """What a product of one tile by one costs more: math begins anew for each."""
    unpack: int = 32
    """A tile, to one of the matrix unit's operands."""
    scattered_pack: int = 10
    """What a pack costs more to a place that is not the next one."""
    pack: int = 40
    """A tile, for who waits for it. Where nobody does, it takes no time of its own beside the next section."""
    init: int = 90
    """What sets a unit to another function."""


class Price(NamedTuple):
    """What a call on one tile takes of a unit."""

    cycles: float
    kind: Kind


ASSUMED = {Unit.UNPACK: 42.0, Unit.FPU: 20.0, Unit.SFPU: 300.0, Unit.PACK: 42.0}
"""Cycles of a call on a tile that no row tells of."""
ANY_INIT = "any init"
"""The call of the rows for inits and reconfigurations that have none of their own."""

_Rows = Mapping[tuple[str, Unit], tuple[Cost, ...]]


class Costs(NamedTuple):
    """Those of a chip."""

    load: Callable[[], tuple[Cost, ...]] = tuple
    """Gives the rows of calls: they are many, and most programs ask for none."""
    sections: SectionCosts = SectionCosts()

    @property
    def calls(self) -> tuple[Cost, ...]:
        return self.load()

    def of(self, call: str, *, dst32: bool) -> tuple[Cost, ...]:
        """What is known of a call: a row for each unit, fidelity and format."""
        return tuple(row for row in self.calls if row.call == call and row.dst32 == dst32)

    def knows(self, call: str, unit: Unit) -> bool:
        """Whether there is a row for a call on a unit."""
        return (call, unit) in _by_call(self.load)

    def price(self, call: str, unit: Unit, *, dst32: bool, fidelity: str, format: str = "bf16") -> Price:
        """
        What a call on a tile takes of a unit. Where no row is of that width of DST, one of the other is taken; where
        none is of that format, what lies between formats with more bytes and with less.
        """
        rows = [row for row in _by_call(self.load).get((call, unit), ()) if row.fidelity in ("", fidelity)]
        if not rows:
            return Price(ASSUMED[unit], Kind.ASSUMED)
        of_width = [row for row in rows if row.dst32 == dst32]
        exact = [row for row in of_width if row.format in ("", format)]
        if exact:
            return Price(exact[0].cycles, exact[0].source.kind)
        rows = of_width or rows
        kind = max((Kind.INTERPOLATED, *(row.source.kind for row in rows)), key=_STRENGTH.index)
        return Price(_between({BY_NAME[row.format or format].tile_bytes: row.cycles for row in rows}, format), kind)


_STRENGTH = tuple(Kind)
"""From what is known best to what is not."""


@cache
def _by_call(load: Callable[[], tuple[Cost, ...]]) -> _Rows:
    found: defaultdict[tuple[str, Unit], list[Cost]] = defaultdict(list)
    for row in load():
        found[row.call, row.unit].append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def _between(cycles: Mapping[int, float], format: str) -> float:
    """The cycles for a tile of a format, from those for tiles of so many bytes; at the ends, those of the end."""
    wanted = BY_NAME[format].tile_bytes
    below = max((size for size in cycles if size <= wanted), default=min(cycles))
    above = min((size for size in cycles if size >= wanted), default=max(cycles))
    if above <= below:
        return cycles[below]
    return cycles[below] + (cycles[above] - cycles[below]) * (wanted - below) / (above - below)


def rows(
    unit: Unit,
    source: Source,
    cycles: Mapping[str, tuple[float, ...]],
    fidelity: str = "",
    factor: float = 1,
    format: str = "",
) -> tuple[Cost, ...]:
    """
    Rows from figures with a 16-bit and, where there is a second, with a 32-bit DST, by the call; each times `factor`.
    """
    return tuple(
        Cost(call, unit, dst32, fidelity, figure * factor, source, format)
        for call, figures in cycles.items()
        for dst32, figure in zip((False, True), figures, strict=False)
    )


class Ratio(NamedTuple):
    """That of the cycles of two chips for calls of one kind, from calls that are published of both."""

    pairs: tuple[tuple[float, float], ...]
    """Cycles of the one and of the other chip for the same call."""

    @property
    def mean(self) -> float:
        """Of the other chip's cycles to those of the one, geometric."""
        return prod(other / one for one, other in self.pairs) ** (1 / len(self.pairs))

    @property
    def reversed(self) -> Ratio:
        """From the other chip to the one."""
        return Ratio(tuple((other, one) for one, other in self.pairs))

    @property
    def spread(self) -> str:
        """The least and the largest ratio of a call, in words."""
        ratios = [other / one for one, other in self.pairs]
        return f"{min(ratios):.2f} to {max(ratios):.2f}"


def scaled(rows: Iterable[Cost], ratio: Ratio, text: str) -> tuple[Cost, ...]:
    """Rows of a chip from those of the other one. What is not known there is known no better here."""
    kinds = {kind: Source(Kind.SCALED if kind.is_known else Kind.DERIVED, text) for kind in Kind}
    return tuple(
        row._replace(
            cycles=row.cycles * ratio.mean,
            source=row.source if row.source.kind is Kind.ASSUMED else kinds[row.source.kind],
        )
        for row in rows
    )


def filled(own: Iterable[Cost], others: Iterable[Cost]) -> tuple[Cost, ...]:
    """Rows, and of others those of calls that have none on that unit with that width of DST."""
    own = tuple(own)
    known = {(row.call, row.unit, row.dst32) for row in own}
    return own + tuple(row for row in others if (row.call, row.unit, row.dst32) not in known)
