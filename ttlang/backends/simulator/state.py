"""
What the compute processors are configured for, as a state machine: every call either is allowed and leads to the next
state, or breaks a rule (docs/hardware.md, "DST" and "Init and formats").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from xdsl.dialects.builtin import StringAttr
from xdsl.ir import Operation

from ttlang.backends.simulator.inits import (
    FPU_INITS,
    call_name,
    fpu_init,
    needed_fpu_init,
    needed_sfpu_init,
    sfpu_init,
)
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import layouts
from ttlang.machine.faults import Fault, count_of
from ttlang.machine.loaded import BufferInfo, ProgramInfo
from ttlang.tables.dtypes import BFP4, BY_NAME, F32, Kind

Slots = tuple[int, ...]
"""A DST operand of a call: a slot for each trip of its loop."""


class Phase(Enum):
    """Where a thread stands in the frame around its math."""

    IDLE = "no DST section is open"
    MATH = "math holds the DST section, since tile_regs_acquire"
    COMMITTED = "math has handed its DST section over, by tile_regs_commit"
    PACK = "pack holds the DST section, since tile_regs_wait"


@dataclass(frozen=True)
class State:
    """The configuration of unpack, math and pack, and DST. Formats go by their names in the IR."""

    started: bool = False
    src_a: str = ""
    src_b: str = ""
    integers: bool = False
    """Whether the FPU is in its integer mode (INT8_math_enabled)."""
    packer: str = ""
    fpu: tuple[str, ...] = ()
    """The last init of unpack and FPU: its name and what it was given: formats, sizes, variants."""
    sfpu: tuple[str, ...] = ()
    """The last init of the SFPU: its name and its formats."""
    masked: str = ""
    """The dimensions of the reduction outside whose result the packer writes zeros, since reduce_init."""
    full_fp32: bool = False
    """Whether SrcA is set for a sum that keeps float32, since reduce_init: nothing else may read through it."""
    accumulates: bool = False
    """Whether the packer adds to what L1 holds, by pack_reconfig_l1_acc."""
    layout: str = ""
    """The uninit that is owed, since an init for a change of layout."""
    phase: Phase = Phase.IDLE
    written: int = 0
    """A bit for each DST slot that holds a value of this section."""
    reduced: int = 0
    """A bit for each of them that holds the result of a reduction of the dimensions `masked`."""


class Unit:
    """The rules for one program's compute kernel."""

    def __init__(self, program: ProgramInfo):
        self.program = program

    def advance(
        self, state: State, op: Operation, number: int, buffers: Sequence[BufferInfo], slots: Sequence[Slots]
    ) -> State:
        """
        The state after a call. `buffers` and `slots` are its operands, `number` is its number in the kernel. Raises a
        Fault if the call breaks a rule.
        """
        match op:
            case ttkernel.ComputeKernelHWStartupOp():
                return self._startup(state, number, buffers)
            case _ if not state.started:
                message = f"{call_name(op)} before compute_kernel_hw_startup"
                raise Fault("TTL0804", number, message, hint="the startup call must come first")
            case _ if state.full_fp32 and _reads_otherwise(op):
                message = f"{call_name(op)} while SrcA is set for a sum that keeps float32"
                raise Fault("TTL0804", number, message, hint="reduce_uninit of that sum must come before it")
            case ttkernel.ReconfigDataFormatOp():
                state = self._set_mode(state, number, op, buffers)
                return replace(state, src_a=buffers[0].unpack_format, src_b=buffers[1].unpack_format)
            case ttkernel.ReconfigDataFormatSrcAOp():
                state = self._set_mode(state, number, op, buffers)
                return replace(state, src_a=buffers[0].unpack_format)
            case ttkernel.ReconfigDataFormatSrcBOp():
                state = self._set_mode(state, number, op, buffers)
                return replace(state, src_b=buffers[0].unpack_format)
            case ttkernel.PackReconfigDataFormatOp():
                return replace(state, packer=buffers[0].dtype.name)
            case ttkernel.PackReconfigL1AccOp():
                return self._set_accumulation(state, number, slots[0][0])
            case _ if isinstance(op, layouts.INITS):
                return self._open_layout(state, number, op, buffers)
            case _ if isinstance(op, layouts.UNINITS):
                return replace(state, fpu=(call_name(op),), layout="")
            case _ if isinstance(op, layouts.BLOCKS):
                return self._change_layout(state, number, op, buffers)
            case ttkernel.ReduceInitOp():
                self._need_wide_sum(number, op)
                state = replace(state, fpu=fpu_init(op, buffers), full_fp32=op.full_fp32 is not None)
                return self._mask(state, op.dim.data)
            case _ if isinstance(op, FPU_INITS):
                return replace(state, fpu=fpu_init(op, buffers))
            case ttkernel.ReduceUninitOp():
                return self._end_reduction(state, number, op, buffers)
            case ttkernel.SFPUInitOp() | ttkernel.CopyDestValuesInitOp() | ttkernel.TypecastTileInitOp():
                return replace(state, sfpu=sfpu_init(op))
            case ttkernel.TileRegsAcquireOp():
                return self._frame(state, number, op, Phase.IDLE, Phase.MATH)
            case ttkernel.TileRegsCommitOp():
                return self._frame(state, number, op, Phase.MATH, Phase.COMMITTED)
            case ttkernel.TileRegsWaitOp():
                return self._frame(state, number, op, Phase.COMMITTED, Phase.PACK)
            case ttkernel.TileRegsReleaseOp():
                return self._frame(state, number, op, Phase.PACK, Phase.IDLE)
            case ttkernel.PackTileOp() | ttkernel.PackTileBlockOp():
                return self._pack(state, number, op, buffers[0], slots[0])
            case ttkernel.CopyTileOp() | ttkernel.TransposeTileOp():
                self._need_init(state.fpu, number, op, needed_fpu_init(op, buffers), "unpack and FPU")
                self._need_source(state.src_a, number, "SrcA", buffers[0])
                self._need_mode(state, number, op, buffers[0])
                return self._write(state, number, op, (), slots[0])
            case ttkernel.FPUBinaryOp() | ttkernel.BinaryDestReuseTilesOp():
                return self._fpu(state, number, op, buffers, slots[0])
            case ttkernel.MatmulBlockOp() | ttkernel.ReduceTileOp():
                return self._fpu(state, number, op, buffers[:2], slots[0])
            case ttkernel.SFPUTileOp() | ttkernel.CopyDestValuesOp() | ttkernel.TypecastTileOp():
                init = needed_sfpu_init(op)
                self._need_init(state.sfpu, number, op, init, "SFPU")
                self._need_width(number, op)
                return self._write(state, number, op, slots[: inputs_of(op)], slots[-1])
            case _:
                raise AssertionError(f"no rule for {op.name}")

    def _startup(self, state: State, number: int, buffers: Sequence[BufferInfo]) -> State:
        if state.started:
            raise Fault("TTL0804", number, "a second compute_kernel_hw_startup", hint="use reconfig_data_format")
        a, b, out = buffers
        integers = a.dtype.int8_math or b.dtype.int8_math
        return State(True, a.unpack_format, b.unpack_format, integers, packer=out.dtype.name)

    def _set_mode(
        self,
        state: State,
        number: int,
        op: ttkernel.ReconfigDataFormatOp | ttkernel.ReconfigDataFormatSrcAOp | ttkernel.ReconfigDataFormatSrcBOp,
        buffers: Sequence[BufferInfo],
    ) -> State:
        """The mode follows the formats that are set here, whatever the other register has; or it stays as it was."""
        if op.to_from_int8 is None:
            return state
        if not self.program.dst32:
            message = f"{call_name(op)} to or from integers, but DST holds 16 bits a datum"
            raise Fault("TTL0805", number, message, hint="the program must set fp32_dest_acc_en")
        return replace(state, integers=any(buffer.dtype.int8_math for buffer in buffers))

    def _open_layout(self, state: State, number: int, op: Operation, buffers: Sequence[BufferInfo]) -> State:
        self._need_plain_packer(state, number, op)
        kind = ttkernel.TilizeUninitOp if isinstance(op, ttkernel.TilizeInitOp) else ttkernel.PackUntilizeUninitOp
        return replace(state, fpu=fpu_init(op, buffers), layout=kind.name.removeprefix("ttkernel."))

    def _change_layout(self, state: State, number: int, op: Operation, buffers: Sequence[BufferInfo]) -> State:
        """A call that has DST sections of its own."""
        self._need_init(state.fpu, number, op, needed_fpu_init(op, buffers), "unpack and FPU")
        if state.phase is not Phase.IDLE:
            raise Fault("TTL0806", number, f"{call_name(op)} inside a DST section: {state.phase.value}")
        if state.accumulates or state.masked:
            raise Fault("TTL0804", number, f"{call_name(op)} while the packer is set to add, or for a reduction")
        self._need_source(state.src_a, number, "SrcA", buffers[0])
        self._need_mode(state, number, op, buffers[0])
        self._need_packer(state, number, buffers[1])
        return state

    def _need_plain_packer(self, state: State, number: int, op: Operation) -> None:
        if state.layout:
            message = f"{call_name(op)} while the packer is set for a change of layout"
            raise Fault("TTL0804", number, message, hint=f"{state.layout} must come before it")

    def _frame(self, state: State, number: int, op: Operation, needed: Phase, then: Phase) -> State:
        if state.phase is not needed:
            raise Fault("TTL0806", number, f"{call_name(op)} out of order: {state.phase.value}")
        written = 0 if needed is Phase.IDLE or then is Phase.IDLE else state.written
        return replace(state, phase=then, written=written, reduced=state.reduced if written else 0)

    def _mask(self, state: State, dim: str) -> State:
        return replace(state, masked=dim, reduced=state.reduced if dim == state.masked else 0)

    def _end_reduction(
        self, state: State, number: int, op: ttkernel.ReduceUninitOp, buffers: Sequence[BufferInfo]
    ) -> State:
        if state.full_fp32 is not (op.cb is not None):
            which = "one that keeps float32" if state.full_fp32 else "none that keeps float32"
            message = f"reduce_uninit {'with' if op.cb else 'without'} <true>, but the last reduce_init is {which}"
            raise Fault("TTL0804", number, message, hint="both must have the same template argument")
        state = self._mask(replace(state, fpu=(call_name(op),), full_fp32=False), "")
        if not buffers:
            return state
        # It sets SrcA to what the buffer holds in L1, which is not for all formats what the register holds of it.
        (data,) = buffers
        same = data.dtype not in (F32, BFP4)
        return replace(state, src_a=data.unpack_format if same else f"{data.dtype.name} as in L1")

    def _need_wide_sum(self, number: int, op: ttkernel.ReduceInitOp) -> None:
        if op.full_fp32 is not None and not self.program.dst32:
            message = "reduce_init for a sum that keeps float32, but DST holds 16 bits a datum"
            raise Fault("TTL0805", number, message, hint="the program must set fp32_dest_acc_en")

    def _set_accumulation(self, state: State, number: int, flag: int) -> State:
        if flag not in (0, 1):
            raise Fault("TTL0805", number, f"pack_reconfig_l1_acc takes 0 or 1, not {flag}")
        return replace(state, accumulates=bool(flag))

    def _fpu(self, state: State, number: int, op: Operation, buffers: Sequence[BufferInfo], slots: Slots) -> State:
        self._need_init(state.fpu, number, op, needed_fpu_init(op, buffers), "unpack and FPU")
        if isinstance(op, ttkernel.ReduceTileOp):
            self._need_one_format(number, buffers)
        for buffer in buffers:
            if buffer.unpack_to_dest:
                message = (
                    f"{call_name(op)} reads {buffer.name}, which is unpacked to DST and never to a source register"
                )
                raise Fault("TTL0805", number, message)
            if buffer.dtype.is_integer:
                raise Fault(
                    "TTL0805", number, f"{call_name(op)} reads {buffer.name}: the FPU has no {buffer.dtype} form"
                )
        a, b = sources(op, buffers)
        if a is not None:
            self._need_source(state.src_a, number, "SrcA", a)
        if b is not None:
            self._need_source(state.src_b, number, "SrcB", b)
        for buffer in buffers:
            self._need_mode(state, number, op, buffer)
        return self._write(state, number, op, (slots,) if inputs_of(op) else (), slots)

    def _pack(self, state: State, number: int, op: Operation, buffer: BufferInfo, slots: Slots) -> State:
        if state.phase is not Phase.PACK:
            raise Fault(
                "TTL0806", number, f"{call_name(op)} not between tile_regs_wait and release: {state.phase.value}"
            )
        if state.masked and mask(slots) & ~state.reduced:
            message = (
                f"{call_name(op)} while the packer is set for a reduction and leaves out what lies outside the result"
            )
            raise Fault("TTL0804", number, message, hint="reduce_uninit must come before it")
        self._need_plain_packer(state, number, op)
        if state.accumulates and buffer.dtype.kind is not Kind.FLOAT:
            message = f"{call_name(op)} to {buffer.name}: the packer can't add to {buffer.dtype} tiles"
            raise Fault("TTL0805", number, message, hint="pack_reconfig_l1_acc(0) must come before it")
        self._need_packer(state, number, buffer)
        self._need_written(state, number, op, slots)
        return state

    def _write(self, state: State, number: int, op: Operation, inputs: Sequence[Slots], output: Slots) -> State:
        """The state after math that reads DST slots and writes others."""
        self._need_plain_packer(state, number, op)
        if state.phase is not Phase.MATH:
            raise Fault(
                "TTL0806", number, f"{call_name(op)} not between tile_regs_acquire and commit: {state.phase.value}"
            )
        for slots in inputs:
            self._need_written(state, number, op, slots)
        self._need_capacity(number, op, output)
        slots = mask(output)
        # A function of results of a reduction has its own where they have theirs.
        function = isinstance(op, ttkernel.SFPUTileOp) and inputs and not mask(sum(inputs, ())) & ~state.reduced
        keeps = isinstance(op, ttkernel.ReduceTileOp) or function
        reduced = state.reduced | slots if keeps else state.reduced & ~slots
        return replace(state, written=state.written | slots, reduced=reduced)

    def _need_init(self, last: tuple[str, ...], number: int, op: Operation, needed: tuple[str, ...], unit: str) -> None:
        if last == needed:
            return
        message = f"{call_name(op)} needs {_spelled(needed)}, but the last init of {unit} is {_spelled(last) or 'none'}"
        raise Fault("TTL0804", number, message, hint=f"{needed[0]} must come before it")

    def _need_source(self, configured: str, number: int, register: str, buffer: BufferInfo) -> None:
        self._need_wide(number, buffer)
        if configured != buffer.unpack_format:
            message = f"{register} is set to {configured}, but {buffer.name} holds {buffer.unpack_format}"
            hint = f"reconfig_data_format_{register.lower()} must come before it"
            raise Fault("TTL0805", number, message, hint=hint)

    def _need_mode(self, state: State, number: int, op: Operation, buffer: BufferInfo) -> None:
        """Where the FPU reads the buffer's tiles; those of 32 bits that go to DST whole it does not."""
        whole = buffer.unpack_to_dest or (buffer.dtype.is_integer and buffer.dtype.needs_dst32)
        if whole or state.integers is buffer.dtype.int8_math:
            return
        modes = ("integers", "floats") if state.integers else ("floats", "integers")
        message = f"the FPU is set to {modes[0]}, but {call_name(op)} reads {buffer.name} of {buffer.dtype}"
        hint = f"a reconfiguration to {modes[1]} must say so: reconfig_data_format<true> in ttnn 0.69"
        raise Fault("TTL0805", number, message, hint=hint)

    def _need_packer(self, state: State, number: int, buffer: BufferInfo) -> None:
        self._need_wide(number, buffer)
        if state.packer != buffer.dtype.name:
            message = f"pack is set to {state.packer}, but {buffer.name} holds {buffer.dtype.name}"
            raise Fault("TTL0805", number, message, hint="pack_reconfig_data_format must come before it")

    def _need_wide(self, number: int, buffer: BufferInfo) -> None:
        if buffer.dtype.needs_dst32 and not self.program.dst32:
            message = f"{buffer.name} holds {buffer.dtype}, but DST holds 16 bits a datum"
            raise Fault("TTL0805", number, message, hint="the program must set fp32_dest_acc_en")

    def _need_one_format(self, number: int, buffers: Sequence[BufferInfo]) -> None:
        data, scaler = buffers
        if data.dtype is not scaler.dtype:
            message = f"reduce_tile reads {data.name} of {data.dtype} with a scaler in {scaler.name} of {scaler.dtype}"
            hint = "both must have one format: the generations differ in which of them goes to SrcA"
            raise Fault("TTL0805", number, message, hint=hint)

    def _need_width(self, number: int, op: Operation) -> None:
        if isinstance(op, ttkernel.CopyDestValuesOp):
            return
        names = (op.properties.get(field) for field in ("format", "from_format", "to_format"))
        formats = [BY_NAME[name.data] for name in names if isinstance(name, StringAttr)]
        wide = [dtype for dtype in formats if dtype.needs_dst32]
        if wide and not self.program.dst32:
            message = f"{call_name(op)} works on {wide[0]}, but DST holds 16 bits a datum"
            raise Fault("TTL0805", number, message, hint="the program must set fp32_dest_acc_en")

    def _need_capacity(self, number: int, op: Operation, slots: Slots) -> None:
        worst = max(slots) if min(slots) >= 0 else min(slots)
        if not 0 <= worst < self.program.dst_tiles:
            tiles = count_of(self.program.dst_tiles, "tile")
            raise Fault("TTL0806", number, f"{call_name(op)} at DST slot {worst}: a section holds {tiles}")

    def _need_written(self, state: State, number: int, op: Operation, slots: Slots) -> None:
        self._need_capacity(number, op, slots)
        for slot in slots:
            if not state.written >> slot & 1:
                raise Fault(
                    "TTL0806", number, f"{call_name(op)} reads DST slot {slot}, which this section has not written"
                )


_THROUGH_SOURCES = (
    ttkernel.ReconfigDataFormatOp,
    ttkernel.ReconfigDataFormatSrcAOp,
    ttkernel.ReconfigDataFormatSrcBOp,
    ttkernel.CopyTileOp,
    ttkernel.TransposeTileOp,
    ttkernel.FPUBinaryOp,
    ttkernel.BinaryDestReuseTilesOp,
    ttkernel.MatmulBlockOp,
    *FPU_INITS,
    *layouts.INITS,
)


def _reads_otherwise(op: Operation) -> bool:
    """Whether a call uses the source registers for anything but a sum that keeps float32."""
    if isinstance(op, ttkernel.ReduceInitOp | ttkernel.ReduceTileOp):
        return op.full_fp32 is None
    return isinstance(op, _THROUGH_SOURCES)


def mask(slots: Slots) -> int:
    """A bit for each slot."""
    bits = 0
    for slot in slots:
        bits |= 1 << slot
    return bits


def inputs_of(op: Operation) -> int:
    """How many of a call's slot operands, the first ones, it reads."""
    match op:
        case ttkernel.SFPUTileOp():
            return op.ROW.arity
        case ttkernel.CopyDestValuesOp() | ttkernel.TypecastTileOp() | ttkernel.BinaryDestReuseTilesOp():
            return 1
        case ttkernel.PackTileOp() | ttkernel.PackTileBlockOp():
            return 1
        case _:
            return 0


def writes_dst(op: Operation) -> bool:
    """Whether a call with slot operands writes the last of them."""
    return not isinstance(op, ttkernel.PackTileOp | ttkernel.PackTileBlockOp)


def sources(op: Operation, buffers: Sequence[BufferInfo]) -> tuple[BufferInfo | None, BufferInfo | None]:
    """The buffers whose tiles a call of the FPU unpacks to SrcA and to SrcB; None for the one that DST goes to."""
    match op:
        case ttkernel.MatmulBlockOp():
            return buffers[1], buffers[0]
        case ttkernel.BinaryDestReuseTilesOp():
            return (None, buffers[0]) if op.dest.data == "srca" else (buffers[0], None)
        case _:
            return buffers[0], buffers[1]


def _spelled(init: tuple[str, ...]) -> str:
    return f"{init[0]} for {', '.join(init[1:])}" if len(init) > 1 else "".join(init)
