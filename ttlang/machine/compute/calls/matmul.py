"""Products of blocks of tiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.machine.compute.call import FPUInit, TileCall, unpack_formats
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import Init, Slots, UnitState
from ttlang.machine.numerics.stored_tiles import BlockShape, Packing, StoredTiles
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Steps
from ttlang.tables.dtypes import TILE_ELEMENTS


@dataclass(frozen=True, eq=False)
class MatmulInit(FPUInit):
    """`mm_block_init_short`."""

    ct: int
    rt: int
    kt: int
    transpose: int

    @property
    def given(self) -> tuple[str, ...]:
        return _given(self.buffers, self)


@dataclass(frozen=True, eq=False)
class Matmul(TileCall):
    """`matmul_block`: adds to DST, or begins where the section holds nothing."""

    ct: int
    """Columns of tiles."""
    rt: int
    """Rows of tiles."""
    kt: int
    """Tiles from a row of the first operand to the next."""
    transpose: int

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        init = Init("mm_block_init_short", _given(self.buffers, self))
        rules.need_unpack_and_fpu(state, self.name, init)
        rules.need_fpu_formats(self.name, self.buffers)
        left, right = self.buffers
        rules.need_source_a(state, right)
        rules.need_source_b(state, left)
        for buffer in self.buffers:
            rules.need_mode(state, self.name, buffer)
        rules.need_math(state, self.name, (), slots[0])
        return state.writing(slots[0])

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        # As the arithmetic has it: tiles (rows, k) and (k, columns) to slots (rows, columns).
        left, right = tiles
        return [[(self.rt * self.ct, 1)]], [[(self.rt, self.kt), *left], [*right, (self.ct, 1)]]

    def can_repeat(self, slots: Sequence[Steps], tiles: Sequence[Steps]) -> bool:
        return not any(step for _, step in slots[0])

    def run(self, on: Execution) -> None:
        tiles = (self.rt * self.ct, TILE_ELEMENTS)
        before = None if (held := on.before()) is None else held.reshape(*on.groups, *tiles)
        product = on.numerics.matmul_stored(*self._operands(on), on.dst32, before, on.fidelity)
        on.write(product.reshape(-1, *tiles))

    def run_and_pack(self, on: Execution, packing: Packing) -> bool:
        return on.numerics.matmul_packed(*self._operands(on), on.dst32, packing)

    def _operands(self, on: Execution) -> tuple[StoredTiles, StoredTiles, BlockShape, tuple[int, int]]:
        left, right = on.stored_apart(0), on.stored_apart(1)
        return left, right, BlockShape(self.rt, left.count // self.rt, self.ct, bool(self.transpose)), on.groups


def _given(buffers: Sequence[BufferInfo], sizes: MatmulInit | Matmul) -> tuple[str, ...]:
    return (
        *unpack_formats(buffers),
        *(f"ct = {sizes.ct}", f"rt = {sizes.rt}", f"kt = {sizes.kt}", f"transpose = {sizes.transpose}"),
    )
