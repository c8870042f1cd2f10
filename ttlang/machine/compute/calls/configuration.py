"""The startup, the formats of the units, and the frame that hands DST from math to pack."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from ttlang.machine.compute.call import Call, TracedCall
from ttlang.machine.compute.execution import Execution
from ttlang.machine.compute.rules import Rules, broken
from ttlang.machine.compute.unit_state import Phase, Slots, UnitState


class Startup(Call):
    """`compute_kernel_hw_startup`."""

    def advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        if state.started:
            raise broken("TTL0804", f"a second {self.name}", hint="use reconfig_data_format")
        return self._advance(rules, state, slots)

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        a, b, out = self.buffers
        integers = a.dtype.int8_math or b.dtype.int8_math
        formats = a.unpack_format, b.unpack_format
        return UnitState(True, *formats, integers, packer=out.dtype.name, sfpu=state.sfpu)


@dataclass(frozen=True, eq=False)
class SourceFormats(Call, ABC):
    """
    Sets formats of source registers. With `to_from_int8` the FPU's mode follows the formats that are set here, whatever
    the other register has; without it stays as it was.
    """

    to_from_int8: bool

    @property
    def uses_sources(self) -> bool:
        return True

    def _follow(self, rules: Rules, state: UnitState) -> UnitState:
        if not self.to_from_int8:
            return state
        integers = any(buffer.dtype.int8_math for buffer in self.buffers)
        if (integers or state.integers) and not rules.dst32:
            message = f"{self.name} to or from integers, but DST holds 16 bits a datum"
            raise broken("TTL0805", message, hint="the program must set fp32_dest_acc_en")
        return replace(state, integers=integers)


class BothSourceFormats(SourceFormats):
    """`reconfig_data_format`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        a, b = self.buffers
        return replace(self._follow(rules, state), src_a=a.unpack_format, src_b=b.unpack_format)


class SourceAFormat(SourceFormats):
    """`reconfig_data_format_srca`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(self._follow(rules, state), src_a=self.buffers[0].unpack_format)


class SourceBFormat(SourceFormats):
    """`reconfig_data_format_srcb`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(self._follow(rules, state), src_b=self.buffers[0].unpack_format)


class PackerFormat(Call):
    """`pack_reconfig_data_format`."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        return replace(state, packer=self.buffers[0].dtype.name)


class PackerAccumulation(Call):
    """`pack_reconfig_l1_acc`. Its flag stands where other calls have a DST slot."""

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        flag = slots[0][0]
        if flag not in (0, 1):
            raise broken("TTL0805", f"{self.name} takes 0 or 1, not {flag}")
        return replace(state, accumulates=bool(flag))


class SectionCall(Call, ABC):
    """A step of the frame around the math of a DST section."""

    NEEDED: ClassVar[Phase]
    THEN: ClassVar[Phase]

    def _advance(self, rules: Rules, state: UnitState, slots: Sequence[Slots]) -> UnitState:
        if state.phase is not self.NEEDED:
            raise broken("TTL0806", f"{self.name} out of order: {state.phase.value}")
        written = 0 if Phase.IDLE in (self.NEEDED, self.THEN) else state.written
        return replace(
            state,
            phase=self.THEN,
            written=written,
            reduced=state.reduced if written else 0,
            maxima=state.maxima & written,
        )


class Acquire(SectionCall):
    """`tile_regs_acquire`."""

    NEEDED: ClassVar[Phase] = Phase.IDLE
    THEN: ClassVar[Phase] = Phase.MATH


class Commit(SectionCall):
    """`tile_regs_commit`."""

    NEEDED: ClassVar[Phase] = Phase.MATH
    THEN: ClassVar[Phase] = Phase.COMMITTED


class Wait(SectionCall):
    """`tile_regs_wait`."""

    NEEDED: ClassVar[Phase] = Phase.COMMITTED
    THEN: ClassVar[Phase] = Phase.PACK


class Release(SectionCall, TracedCall):
    """`tile_regs_release`. What comes after it finds an empty section."""

    NEEDED: ClassVar[Phase] = Phase.PACK
    THEN: ClassVar[Phase] = Phase.IDLE

    def run(self, on: Execution) -> None:
        on.dst.clear()
