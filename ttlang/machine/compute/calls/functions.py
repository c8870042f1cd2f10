"""The SFPU: elementwise functions of DST slots, and conversions of their formats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ttlang.machine.compute.call import Call, TileCall
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import Init, Slots, UnitState, mask
from ttlang.machine.numerics.matrix_tiles import UNDEFINED
from ttlang.machine.tiles import Patterns
from ttlang.tables import vector_modes
from ttlang.tables.dtypes import FACE_ELEMENTS, TILE_ELEMENTS, DType
from ttlang.tables.functions import Function


@dataclass(frozen=True, eq=False)
class ApplyInit(Call):
    """`exp_tile_init` and its like. It sets up the SFPU alone, which the startup leaves as it is."""

    init: Init
    """As the kernel API spells it: for several functions and formats it may be one call."""

    def advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return self._advance(rules, state, slots)

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, sfpu=self.init)


@dataclass(frozen=True, eq=False)
class Apply(TileCall):
    """`exp_tile` and its like: the operands' slots, then, unless it works in place, that of the result."""

    row: Function
    parameters: tuple[float, ...]
    """Those that a user gives; the call has derived ones too."""
    format: DType | None
    """That of integers, for the function's integer form."""
    init: Init
    """What it needs."""
    vector_mode: str
    """The part of the tile that it computes, by its name (`vector_modes.BY_NAME`). Empty: all of it."""

    @property
    def inputs(self) -> int:
        return self.row.arity

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        rules.need_init(state.sfpu, self.name, self.init, "SFPU")
        if self.format is not None:
            rules.need_width(self.name, [self.format])
        inputs = slots[: self.inputs]
        rules.need_math(state, self.name, inputs, slots[-1])
        # A function of results of a reduction has its own where they have theirs.
        outside = mask(sum(inputs, ())) & ~state.reduced
        return state.writing(slots[-1], reduced=bool(inputs) and not outside)

    def run(self, on: Execution) -> None:
        if not self.inputs:
            shape = (on.dst.cores, len(on.output), TILE_ELEMENTS)
            on.write(on.numerics.fill(shape, self.parameters[0], on.dst32, self.format))
            return
        operands = [on.read(place) for place in range(self.inputs)]
        rest = (self.parameters, on.dst32, self.format)
        if not self.vector_mode:
            on.write(on.numerics.sfpu(self.row, operands, *rest))
            return
        faces = list(vector_modes.BY_NAME[self.vector_mode].faces)
        some = [_faces(values)[..., faces, :] for values in operands]
        result = on.dst.read_or_filled(on.output, UNDEFINED).copy()
        _faces(result)[..., faces, :] = on.numerics.sfpu(self.row, some, *rest)
        on.write(result)


def _faces(tiles: Patterns) -> Patterns:
    """(..., 1024) as (..., 4, 256)."""
    return tiles.reshape(*tiles.shape[:-1], -1, FACE_ELEMENTS)


@dataclass(frozen=True, eq=False)
class TypecastInit(Call):
    """`typecast_tile_init`."""

    from_format: DType
    to_format: DType

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, sfpu=Init(self.name, (self.from_format.name, self.to_format.name)))


@dataclass(frozen=True, eq=False)
class Typecast(TileCall):
    """`typecast_tile`, in place."""

    from_format: DType
    to_format: DType

    @property
    def inputs(self) -> int:
        return 1

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        init = Init("typecast_tile_init", (self.from_format.name, self.to_format.name))
        rules.need_init(state.sfpu, self.name, init, "SFPU")
        rules.need_width(self.name, [self.from_format, self.to_format])
        rules.need_math(state, self.name, slots[:1], slots[-1])
        return state.writing(slots[-1])

    def run(self, on: Execution) -> None:
        on.write(on.numerics.typecast(on.read(), self.from_format, self.to_format, on.dst32))
