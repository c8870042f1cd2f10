"""Rows of elements to tiles and back, by calls that have DST sections of their own, and rows from what DST holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ttlang.machine.compute.call import Call, FPUInit, TileCall, unpack_formats
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules, broken
from ttlang.machine.compute.unit_state import Init, Phase, Slots, UnitState
from ttlang.machine.tile_offsets import Steps
from ttlang.machine.tiles import Bytes, tilize_rows, untilize_rows
from ttlang.tables.dtypes import TILE_HEIGHT


class _LayoutInit(FPUInit, ABC):
    UNINIT: ClassVar[str]
    """What is owed from here on."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        rules.need_packer_of_tiles(state, self.name)
        return replace(state.prepared(Init(self.name, self.given)), layout=self.UNINIT)


@dataclass(frozen=True, eq=False)
class TilizeInit(_LayoutInit):
    """`tilize_init`."""

    UNINIT: ClassVar[str] = "tilize_uninit"
    width: int

    @property
    def given(self) -> tuple[str, ...]:
        return (*unpack_formats(self.buffers), f"width = {self.width}")


@dataclass(frozen=True, eq=False)
class UntilizeInit(_LayoutInit):
    """`pack_untilize_init`."""

    UNINIT: ClassVar[str] = "pack_untilize_uninit"
    part: int
    width: int

    @property
    def given(self) -> tuple[str, ...]:
        return (*unpack_formats(self.buffers), f"part = {self.part}", f"width = {self.width}")


class LayoutUninit(Call):
    """`tilize_uninit`, `pack_untilize_uninit`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        if state.untilizes:
            # Unpack and the FPU were not set for it.
            return replace(state, untilizes=None, packer=self.buffers[-1].dtype.name)
        return replace(state.prepared(Init(self.name)), layout="")


class LayoutChange(TileCall, ABC):
    """A call that takes pages of its first buffer and makes pages of its second."""

    @property
    @abstractmethod
    def taken(self) -> int:
        """Pages that it takes."""

    @property
    @abstractmethod
    def made(self) -> int:
        """Pages that it makes, or makes a part of."""

    def _need_layout(self, rules: Rules, state: UnitState, init: Init) -> None:
        rules.need_unpack_and_fpu(state, self.name, init)
        if state.phase is not Phase.IDLE:
            raise broken("TTL0806", f"{self.name} inside a DST section: {state.phase.value}")
        if state.accumulates or state.masked:
            raise broken("TTL0804", f"{self.name} while the packer is set to add, or for a reduction")
        source, target = self.buffers
        rules.need_source_a(state, source)
        rules.need_mode(state, self.name, source)
        rules.need_packer(state, target)

    def _moved(self, on: Execution, raw: Bytes) -> Bytes:
        """Each tile goes through DST, as by `copy_tile` and `pack_tile`."""
        source, target = self.buffers
        values = on.numerics.unpack_tiles(raw, source.dtype)
        in_dst = on.numerics.copy_tile(values, source.dtype, on.dst32, source.unpack_to_dest)
        return on.numerics.pack(in_dst, target.dtype, on.dst32)


@dataclass(frozen=True, eq=False)
class Tilize(LayoutChange):
    """`tilize_block`."""

    width: int

    @property
    def taken(self) -> int:
        return self.width

    @property
    def made(self) -> int:
        return self.width

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        given = (*unpack_formats(self.buffers), f"width = {self.width}")
        self._need_layout(rules, state, Init("tilize_init", given))
        return state

    def run(self, on: Execution) -> None:
        for front, back in zip(on.core_pages(0), on.core_pages(1), strict=True):
            back[:] = self._moved(on, tilize_rows(front))


@dataclass(frozen=True, eq=False)
class Untilize(LayoutChange):
    """`pack_untilize_block`. What the run alone knows is the column of parts that it makes."""

    part: int
    width: int

    @property
    def taken(self) -> int:
        return self.part

    @property
    def made(self) -> int:
        return self.width

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        given = (*unpack_formats(self.buffers), f"part = {self.part}", f"width = {self.width}")
        self._need_layout(rules, state, Init("pack_untilize_init", given))
        return state

    def run(self, on: Execution) -> None:
        for front, back, column in zip(on.core_pages(0), on.core_pages(1), on.run_time(2), strict=True):
            _lay_out(self._moved(on, front), back, column)


# ------------------------------------------------------------------------------------------------------------ from DST


@dataclass(frozen=True, eq=False)
class UntilizeDestInit(Call):
    """`pack_untilize_dest_init`."""

    part: int
    width: int

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        rules.need_plain_packer(state, self.name)
        return replace(state, untilizes=_of_dest(self), packer=self.buffers[0].dtype.name)


@dataclass(frozen=True, eq=False)
class UntilizeDest(TileCall):
    """
    `pack_untilize_dest`, from the first page that is reserved on (`llk_pack_untilize_api.h`). What the run alone knows
    is the column of parts that it makes.
    """

    PACKS: ClassVar[bool] = True
    part: int
    width: int

    @property
    def inputs(self) -> int:
        return 1

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        (buffer,), (packed,) = self.buffers, slots
        rules.need_init(state.untilizes, self.name, _of_dest(self), "pack")
        if state.phase is not Phase.PACK:
            raise broken("TTL0806", f"{self.name} not between tile_regs_wait and release: {state.phase.value}")
        if state.accumulates:
            raise broken("TTL0804", f"{self.name} while the packer is set to add")
        rules.need_packer(state, buffer)
        rules.need_written(state, self.name, packed)
        return state

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        return [[(self.part, 1)]], [[(self.width, 1)]]

    def can_repeat(self, slots: Sequence[Steps], tiles: Sequence[Steps]) -> bool:
        return False

    def run(self, on: Execution) -> None:
        values = on.read()
        if on.operands.masked:
            values = on.numerics.pack_mask(values, on.operands.masked)
        packed = on.numerics.pack(values, self.buffers[0].dtype, on.dst32)
        for tiles, back, column in zip(packed, on.core_pages(0), on.run_time(1), strict=True):
            _lay_out(tiles, back, column)


def _of_dest(call: UntilizeDestInit | UntilizeDest) -> Init:
    return Init("pack_untilize_dest_init", (f"part = {call.part}", f"width = {call.width}"))


def _lay_out(tiles: Bytes, pages: Bytes, column: int) -> None:
    """Tiles as a part of the rows that fill pages."""
    rows = untilize_rows(tiles)
    start = column * rows.shape[1]
    pages.reshape(TILE_HEIGHT, -1)[:, start : start + rows.shape[1]] = rows
