"""The FPU on pairs of tiles: sums, differences and products, with a broadcast, and with a tile that DST holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from ttlang.machine.compute.call import Call, FPUInit, TileCall, unpack_formats
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules
from ttlang.machine.compute.unit_state import Init, Slots, UnitState
from ttlang.machine.numerics.arrangements import Dim
from ttlang.machine.numerics.stored_tiles import Packing
from ttlang.machine.numerics.tile_arithmetic import Kind
from ttlang.machine.program_info import BufferInfo


class BinaryInit(FPUInit):
    """`add_tiles_init`, `add_bcast_rows_init` and their like."""


@dataclass(frozen=True, eq=False)
class BinaryMathInit(Call):
    """`llk_math_eltwise_binary_init`: that of the FPU alone. The formats do not matter to it."""

    kind: Kind
    dim: Dim | Literal["none"]
    """What is repeated of the second tile."""

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, fpu=_of_fpu(self.kind, self.dim))


@dataclass(frozen=True, eq=False)
class UnpackInit(Call):
    """`llk_unpack_AB_init`: that of unpack alone, which does the same for all kinds (`bcast.h`)."""

    dim: Dim | Literal["none"]
    """What is repeated of the second tile."""

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, unpack=_of_unpack(self.dim, self.buffers))


@dataclass(frozen=True, eq=False)
class Binary(TileCall):
    """`add_tiles`, `add_tiles_bcast_rows` and their like. A product is added to what DST holds."""

    kind: Kind
    dim: Dim | None = None
    """What is repeated of the second tile, if anything."""

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        self._need_init(rules, state)
        a, b = self.buffers
        rules.need_fpu_formats(self.name, self.buffers)
        rules.need_source_a(state, a)
        rules.need_source_b(state, b)
        for buffer in self.buffers:
            rules.need_mode(state, self.name, buffer)
        rules.need_math(state, self.name, (), slots[0])
        return state.writing(slots[0])

    def _need_init(self, rules: Rules, state: UnitState) -> None:
        name, formats = f"{self.name.replace('_tiles_bcast_', '_bcast_')}_init", unpack_formats(self.buffers)
        init, dim = Init(name, formats), self.dim or "none"
        if state.unpack == state.fpu == init:
            return
        # Unpack does the same for all kinds.
        likes = (Init(name.replace(self.kind, kind, 1), formats) for kind in get_args(Kind))
        of_unpack = [_of_unpack(dim, self.buffers), *likes]
        rules.need_unpack_and_fpu(state, self.name, init, of_unpack=of_unpack, of_fpu=[_of_fpu(self.kind, dim)])

    def run(self, on: Execution) -> None:
        if self.dim is None and self.kind != "mul":
            on.write(on.numerics.add_stored(self.kind, on.stored(0), on.stored(1), on.dst.cores, on.dst32))
            return
        a, b = (buffer.dtype for buffer in self.buffers)
        left, right = on.unpack(0), on.unpack(1)
        before = on.before() if self.kind == "mul" else None
        rest = (a, b, on.dst32, before, on.fidelity)
        if self.dim is None:
            on.write(on.numerics.binary_fpu(self.kind, left, right, *rest))
        else:
            on.write(on.numerics.binary_fpu_bcast(self.kind, left, right, self.dim, *rest))

    def run_and_pack(self, on: Execution, packing: Packing) -> bool:
        if self.dim is not None or self.kind == "mul":
            return False
        return on.numerics.add_packed(self.kind, on.stored(0), on.stored(1), on.dst.cores, on.dst32, packing)


@dataclass(frozen=True, eq=False)
class DestReuseInit(FPUInit):
    """`binary_dest_reuse_tiles_init`."""

    kind: Kind
    dest: str

    @property
    def given(self) -> tuple[str, ...]:
        return (self.kind, self.dest, *unpack_formats(self.buffers))


@dataclass(frozen=True, eq=False)
class DestReuse(TileCall):
    """`binary_dest_reuse_tiles`."""

    kind: Kind
    dest: str
    """The source register that DST goes to: "srca", as the first operand, or "srcb"."""

    @property
    def inputs(self) -> int:
        return 1

    @property
    def uses_sources(self) -> bool:
        return True

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        (buffer,), (slot,) = self.buffers, slots
        init = Init("binary_dest_reuse_tiles_init", (self.kind, self.dest, buffer.unpack_format))
        rules.need_unpack_and_fpu(state, self.name, init)
        rules.need_fpu_formats(self.name, self.buffers)
        if self.dest == "srca":
            rules.need_source_b(state, buffer)
        else:
            rules.need_source_a(state, buffer)
        rules.need_mode(state, self.name, buffer)
        rules.need_math(state, self.name, (slot,), slot)
        return state.writing(slot)

    def run(self, on: Execution) -> None:
        values, dtype = on.unpack(), self.buffers[0].dtype
        first = self.dest == "srca"
        on.write(on.numerics.reuse_fpu(self.kind, on.read(), values, dtype, on.dst32, first, on.fidelity))


def _of_fpu(kind: Kind, repeated: str) -> Init:
    return Init("llk_math_eltwise_binary_init", (kind, repeated))


def _of_unpack(repeated: str, buffers: Sequence[BufferInfo]) -> Init:
    return Init("llk_unpack_AB_init", (repeated, *unpack_formats(buffers)))
