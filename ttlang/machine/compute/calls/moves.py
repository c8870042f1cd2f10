"""Tiles from L1 to DST, inside DST, and from DST to L1."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ttlang.machine.compute.call import Call, FPUInit, TileCall, unpack_formats
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules, broken
from ttlang.machine.compute.unit_state import Init, Phase, Slots, UnitState, mask
from ttlang.machine.tile_offsets import Steps
from ttlang.machine.tiles import Patterns
from ttlang.tables.dtypes import DType, Kind

# ------------------------------------------------------------------------------------------------------- from L1


class CopyInit(FPUInit):
    """`copy_tile_init`."""


class TransposeInit(FPUInit):
    """`transpose_wh_init_short`."""


class _Move(TileCall, ABC):
    INIT: ClassVar[str]

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        init = Init(self.INIT, unpack_formats(self.buffers))
        rules.need_unpack_and_fpu(state, self.name, init)
        rules.need_source_a(state, self.buffers[0])
        rules.need_mode(state, self.name, self.buffers[0])
        rules.need_math(state, self.name, (), slots[0])
        return state.writing(slots[0])

    def run(self, on: Execution) -> None:
        (buffer,) = self.buffers
        on.write(self._moved(on, on.unpack(), buffer.dtype, buffer.unpack_to_dest))

    @abstractmethod
    def _moved(self, on: Execution, values: Patterns, dtype: DType, unpack_to_dest: bool) -> Patterns: ...


class Copy(_Move):
    """`copy_tile`."""

    INIT: ClassVar[str] = "copy_tile_init"

    def _moved(self, on: Execution, values: Patterns, dtype: DType, unpack_to_dest: bool) -> Patterns:
        return on.numerics.copy_tile(values, dtype, on.dst32, unpack_to_dest)


class Transpose(_Move):
    """`transpose_wh_tile`."""

    INIT: ClassVar[str] = "transpose_wh_init_short"

    def _moved(self, on: Execution, values: Patterns, dtype: DType, unpack_to_dest: bool) -> Patterns:
        return on.numerics.transpose(values, dtype, on.dst32, unpack_to_dest)


# ---------------------------------------------------------------------------------------------------- inside DST


class CopyDestInit(Call):
    """`copy_dest_values_init`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, sfpu=Init(self.name))


class CopyDest(TileCall):
    """`copy_dest_values`, of a format that DST need not have whole."""

    @property
    def inputs(self) -> int:
        return 1

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        rules.need_init(state.sfpu, self.name, Init("copy_dest_values_init"), "SFPU")
        rules.need_math(state, self.name, slots[:1], slots[-1])
        return state.writing(slots[-1])

    def run(self, on: Execution) -> None:
        on.write(on.numerics.copy_dest_values(on.read()))


# --------------------------------------------------------------------------------------------------------- to L1


class _Pack(TileCall, ABC):
    PACKS: ClassVar[bool] = True

    @property
    def inputs(self) -> int:
        return 1

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        (buffer,), (packed,) = self.buffers, slots
        if state.phase is not Phase.PACK:
            raise broken("TTL0806", f"{self.name} not between tile_regs_wait and release: {state.phase.value}")
        if state.masked and mask(packed) & ~state.reduced:
            message = f"{self.name} while the packer is set for a reduction and leaves out what lies outside the result"
            raise broken("TTL0804", message, hint="reduce_uninit must come before it")
        rules.need_packer_of_tiles(state, self.name)
        if state.accumulates and buffer.dtype.kind is not Kind.FLOAT:
            message = f"{self.name} to {buffer.name}: the packer can't add to {buffer.dtype} tiles"
            raise broken("TTL0805", message, hint="pack_reconfig_l1_acc(0) must come before it")
        rules.need_packer(state, buffer)
        rules.need_written(state, self.name, packed)
        return state

    def run(self, on: Execution) -> None:
        values = on.read()
        if on.operands.masked:
            values = on.numerics.pack_mask(values, on.operands.masked)
        on.pack(values)


class Pack(_Pack):
    """`pack_tile`, to the next page or to one that is named."""

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        return list(slots), list(tiles) or [[(trips, 1)]]


@dataclass(frozen=True, eq=False)
class PackBlock(_Pack):
    """`pack_tile_block`."""

    tiles: int

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        block = [(self.tiles, 1)]
        return [block], [block]

    def can_repeat(self, slots: Sequence[Steps], tiles: Sequence[Steps]) -> bool:
        return False
