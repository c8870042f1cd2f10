"""
The rules for calls on the compute processors (docs/hardware.md, "DST" and "Init and formats"): what a call needs of
the units' state. Independent of the compiler, which has its own idea of what a call needs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ttlang.machine.compute.unit_state import Init, Phase, Slots, UnitState
from ttlang.machine.faults import NO_CALL, Fault, count_of
from ttlang.machine.program_info import BufferInfo
from ttlang.tables.dtypes import DType


def broken(code: str, message: str, hint: str | None = None) -> Fault:
    """What a call raises that breaks a rule. Whoever makes the call adds its number."""
    return Fault(code, NO_CALL, message, hint)


class Rules:
    """What calls ask for before they change a state; each raises a Fault if it does not hold."""

    def __init__(self, *, dst32: bool, dst_tiles: int, row_sums_swap: bool):
        self.row_sums_swap = row_sums_swap
        """Whether a sum of rows has its scaler in SrcA, and the data in SrcB."""
        self.dst32 = dst32
        """Whether DST holds 32 bits a datum."""
        self.dst_tiles = dst_tiles
        """Tiles that a section holds."""

    # ------------------------------------------------------------------------------------------------- the units

    def need_init(self, last: Init | None, call: str, needed: Init, unit: str) -> None:
        if last != needed:
            message = f"{call} needs {needed}, but the last init of {unit} is {last or 'none'}"
            raise broken("TTL0804", message, hint=f"{needed.name} must come before it")

    def need_unpack_and_fpu(
        self,
        state: UnitState,
        call: str,
        needed: Init,
        *,
        of_unpack: Collection[Init] = (),
        of_fpu: Collection[Init] = (),
    ) -> None:
        """`of_unpack`, `of_fpu`: other inits that set the one or the other just so."""
        if state.unpack in (needed, *of_unpack) and state.fpu in (needed, *of_fpu):
            return
        if state.unpack == state.fpu:
            self.need_init(state.fpu, call, needed, "unpack and FPU")
        unit, last = ("FPU", state.fpu) if state.unpack in (needed, *of_unpack) else ("unpack", state.unpack)
        self.need_init(last, call, needed, unit)

    def need_source_a(self, state: UnitState, buffer: BufferInfo) -> None:
        self._need_source(state.src_a, "SrcA", buffer)

    def need_source_b(self, state: UnitState, buffer: BufferInfo) -> None:
        self._need_source(state.src_b, "SrcB", buffer)

    def _need_source(self, configured: str, register: str, buffer: BufferInfo) -> None:
        self.need_room_for(buffer)
        if configured != buffer.unpack_format:
            message = f"{register} is set to {configured}, but {buffer.name} holds {buffer.unpack_format}"
            hint = f"reconfig_data_format_{register.lower()} must come before it"
            raise broken("TTL0805", message, hint=hint)

    def need_mode(self, state: UnitState, call: str, buffer: BufferInfo) -> None:
        """Where the FPU reads the buffer's tiles; those of 32 bits that go to DST whole it does not."""
        whole = buffer.unpack_to_dest or (buffer.dtype.is_integer and buffer.dtype.needs_dst32)
        if whole or state.integers is buffer.dtype.int8_math:
            return
        modes = ("integers", "floats") if state.integers else ("floats", "integers")
        message = f"the FPU is set to {modes[0]}, but {call} reads {buffer.name} of {buffer.dtype}"
        hint = f"a reconfiguration to {modes[1]} must say so: reconfig_data_format<true> in ttnn 0.69"
        raise broken("TTL0805", message, hint=hint)

    def need_fpu_formats(self, call: str, buffers: Iterable[BufferInfo]) -> None:
        """The FPU computes with these buffers' tiles."""
        for buffer in buffers:
            if buffer.unpack_to_dest:
                message = f"{call} reads {buffer.name}, which is unpacked to DST and never to a source register"
                raise broken("TTL0805", message)
            if buffer.dtype.is_integer:
                raise broken("TTL0805", f"{call} reads {buffer.name}: the FPU has no {buffer.dtype} form")

    def need_packer(self, state: UnitState, buffer: BufferInfo) -> None:
        self.need_room_for(buffer)
        if state.packer != buffer.dtype.name:
            message = f"pack is set to {state.packer}, but {buffer.name} holds {buffer.dtype.name}"
            raise broken("TTL0805", message, hint="pack_reconfig_data_format must come before it")

    def need_plain_packer(self, state: UnitState, call: str) -> None:
        if state.layout:
            message = f"{call} while the packer is set for a change of layout"
            raise broken("TTL0804", message, hint=f"{state.layout} must come before it")

    def need_packer_of_tiles(self, state: UnitState, call: str) -> None:
        self.need_plain_packer(state, call)
        if state.untilizes:
            message = f"{call} while the packer is set to untilize what DST holds"
            raise broken("TTL0804", message, hint="pack_untilize_uninit must come before it")

    # ------------------------------------------------------------------------------------------------------- DST

    def need_room_for(self, buffer: BufferInfo) -> None:
        if buffer.dtype.needs_dst32 and not self.dst32:
            message = f"{buffer.name} holds {buffer.dtype}, but DST holds 16 bits a datum"
            raise broken("TTL0805", message, hint="the program must set fp32_dest_acc_en")

    def need_width(self, call: str, formats: Iterable[DType]) -> None:
        wide = [dtype for dtype in formats if dtype.needs_dst32]
        if wide and not self.dst32:
            message = f"{call} works on {wide[0]}, but DST holds 16 bits a datum"
            raise broken("TTL0805", message, hint="the program must set fp32_dest_acc_en")

    def need_math(self, state: UnitState, call: str, inputs: Sequence[Slots], output: Slots) -> None:
        """Math may read these DST slots and write others."""
        self.need_plain_packer(state, call)
        if state.phase is not Phase.MATH:
            message = f"{call} not between tile_regs_acquire and commit: {state.phase.value}"
            raise broken("TTL0806", message)
        for slots in inputs:
            self.need_written(state, call, slots)
        self.need_capacity(call, output)

    def need_capacity(self, call: str, slots: Slots) -> None:
        worst = max(slots) if min(slots) >= 0 else min(slots)
        if not 0 <= worst < self.dst_tiles:
            tiles = count_of(self.dst_tiles, "tile")
            raise broken("TTL0806", f"{call} at DST slot {worst}: a section holds {tiles}")

    def need_written(self, state: UnitState, call: str, slots: Slots) -> None:
        self.need_capacity(call, slots)
        for slot in slots:
            if not state.written >> slot & 1:
                raise broken("TTL0806", f"{call} reads DST slot {slot}, which this section has not written")
