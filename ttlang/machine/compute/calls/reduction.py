"""Sums and maxima of tiles' rows, columns, or of all of a tile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ttlang.machine.compute.call import Call, FPUInit, TileCall, unpack_formats
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules, broken
from ttlang.machine.compute.unit_state import Init, Slots, UnitState, mask
from ttlang.machine.numerics.arrangements import Dim
from ttlang.machine.numerics.matrix_tiles import Pool
from ttlang.machine.program_info import BufferInfo
from ttlang.machine.tile_offsets import Steps, flattened
from ttlang.tables.dtypes import BFP4, F32, TILE_ELEMENTS


@dataclass(frozen=True, eq=False)
class ReduceInit(FPUInit):
    """`reduce_init`, after which the packer writes zeros outside the result."""

    pool: Pool
    dim: Dim
    full_fp32: bool

    @property
    def uses_sources(self) -> bool:
        return not self.full_fp32

    @property
    def given(self) -> tuple[str, ...]:
        return _given(self.buffers, self)

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        if self.full_fp32 and not rules.dst32:
            message = f"{self.name} for a sum that keeps float32, but DST holds 16 bits a datum"
            raise broken("TTL0805", message, hint="the program must set fp32_dest_acc_en")
        init = Init(self.name, self.given)
        return replace(state.prepared(init), full_fp32=self.full_fp32).masking(self.dim)


@dataclass(frozen=True, eq=False)
class Reduce(TileCall):
    """`reduce_tile`: adds to DST, or takes the larger of the two."""

    pool: Pool
    dim: Dim
    full_fp32: bool

    @property
    def uses_sources(self) -> bool:
        return not self.full_fp32

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        init = Init("reduce_init", _given(self.buffers, self))
        rules.need_unpack_and_fpu(state, self.name, init)
        data, scaler, *_ = self.buffers
        rules.need_fpu_formats(self.name, (data, scaler))
        swaps = rules.row_sums_swap and self.pool == "sum" and self.dim == "row"
        in_a, in_b = (scaler, data) if swaps else (data, scaler)
        rules.need_source_a(state, in_a)
        rules.need_source_b(state, in_b)
        for buffer in (data, scaler):
            rules.need_mode(state, self.name, buffer)
        rules.need_math(state, self.name, (), slots[0])
        written = state.writing(slots[0], reduced=True)
        if self.pool != "max" or self.dim != "row":
            return written
        if state.written & mask(slots[0]) & ~state.maxima:
            # They stand in row 0 as well, which further ones are compared with: what else is in the slot is not.
            message = f"{self.name} goes on in DST slot {slots[0][0]}, which holds no maxima of rows"
            hint = "take the larger of both by binary_max_tile, with VectorMode::C"
            raise broken("TTL0806", message, hint=hint)
        return replace(written, maxima=written.maxima | mask(slots[0]))

    def spread(self, slots: Sequence[Steps], tiles: Sequence[Steps], trips: int) -> tuple[list[Steps], list[Steps]]:
        # Tiles (results, tiles of each).
        (to,), (data, scaler) = slots, tiles
        outer = [place for place, (_, step) in enumerate(to) if step]
        inner = [place for place, (_, step) in enumerate(to) if not step]
        every = [data[place] for place in (*outer, *inner)]
        return [[to[place] for place in outer]], [every, [scaler[place] for place in outer]]

    def can_repeat(self, slots: Sequence[Steps], tiles: Sequence[Steps]) -> bool:
        # The tiles of each result come in their order, but all of one result before the next.
        (to,), (_, scaler) = slots, tiles
        apart = not flattened([loop for loop in to if loop[1]]).repeats
        return apart and not any(step for (_, moved), (_, step) in zip(to, scaler, strict=True) if not moved)

    def goes_one_by_one(self, state: UnitState, slots: Sequence[Slots]) -> bool:
        # Where some slots are written and others not: the arithmetic takes all for one or the other.
        bits = mask(slots[0])
        return state.written & bits not in (0, bits)

    def run(self, on: Execution) -> None:
        data, scaler = on.unpack(0), on.unpack(1)
        data = data.reshape(on.dst.cores, len(on.output), -1, TILE_ELEMENTS)
        a, b, *_ = (buffer.dtype for buffer in self.buffers)
        # A slot that holds nothing is no zero to a maximum.
        before = on.read() if on.dst.holds(on.output[0]) else None
        rest = (on.dst32, before, on.fidelity, self.full_fp32)
        on.write(on.numerics.reduce(self.pool, self.dim, data, scaler, a, b, *rest))


class ReduceUninit(Call):
    """`reduce_uninit`, which names the data's buffer after a sum that keeps float32."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        if state.full_fp32 is not bool(self.buffers):
            which = "one that keeps float32" if state.full_fp32 else "none that keeps float32"
            given = "with" if self.buffers else "without"
            message = f"{self.name} {given} <true>, but the last reduce_init is {which}"
            raise broken("TTL0804", message, hint="both must have the same template argument")
        state = replace(state.prepared(Init(self.name)), full_fp32=False).masking(None)
        if not self.buffers:
            return state
        # It sets SrcA to what the buffer holds in L1, which is not for all formats what the register holds of it.
        (data,) = self.buffers
        same = data.dtype not in (F32, BFP4)
        return replace(state, src_a=data.unpack_format if same else f"{data.dtype.name} as in L1")


def _given(buffers: Sequence[BufferInfo], call: ReduceInit | Reduce) -> tuple[str, ...]:
    kept = ("float32 sums",) if call.full_fp32 else ()
    return (call.pool, call.dim, *unpack_formats(buffers[:2]), *kept)
