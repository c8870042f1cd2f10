"""
What each kernel call demands of the compute units: which init and which formats must be in force.

The units are independent of each other: unpack and math share one program (`MOP`), the SFPU has its own, the two source
registers and the packer each have a format.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import layouts
from ttlang.tables.dtypes import BFP4, BY_NAME, F32


class Unit(IntEnum):
    """In the order in which they are set: what is undone, then formats, then the program that uses them."""

    EDGE_MASK = auto()
    """What pack leaves out, since `reduce_init`: undone before all else, for that may change SrcA."""
    SRC_A = auto()
    SRC_B = auto()
    FPU_MODE = auto()
    """Integers or floats: what a source register was last set to decides, where a program has integers at all."""
    PACK = auto()
    MOP = auto()
    SFPU = auto()


Key = tuple[str, ...]
State = dict[Unit, Key]
"""What each unit is set to; nothing is known of a unit that is absent."""


@dataclass(frozen=True)
class Demand:
    """A unit must be in the state `key`; `make` builds the call that brings it there."""

    unit: Unit
    key: Key
    make: Callable[[], Operation]
    also: tuple[tuple[Unit, Key | None], ...] = ()
    """Other units that this call changes, with their new states; None where nothing is known of it."""

    def is_met(self, state: State) -> bool:
        return state.get(self.unit) == self.key

    def call(self, state: State) -> Operation:
        """The call that leads from a state to the demanded one."""
        return self.make()

    def meet(self, state: State) -> None:
        """Notes what the call brings about."""
        state[self.unit] = self.key
        for unit, key in self.also:
            if key is None:
                state.pop(unit, None)
            else:
                state[unit] = key


OPEN: Key = ()
"""The edge mask that leaves nothing out."""


@dataclass(frozen=True)
class _Masked:
    """What `reduce_init` leaves behind: the key of the edge mask, and how it is undone."""

    pool: str
    dim: str
    buffer: str = ""
    """That of the data, where SrcA is set to keep float32."""
    format: str = ""

    @property
    def key(self) -> Key:
        return (self.pool, self.dim, self.buffer, self.format)


def _masked(state: State) -> _Masked:
    return _Masked(*(state.get(Unit.EDGE_MASK) or ("", "")))


@dataclass(frozen=True)
class _Opened(Demand):
    """
    The edge mask leaves nothing out, or is that of `or_mine`, or of its kind. What undoes a sum that kept float32 sets
    SrcA to what the data is in L1, which for some formats is not what it is in the register.
    """

    or_mine: Key | None = None

    def is_met(self, state: State) -> bool:
        key = state.get(self.unit)
        if super().is_met(state) or key is None or self.or_mine is None:
            return key == self.key
        return key == self.or_mine or not (_Masked(*key).buffer or _Masked(*self.or_mine).buffer)

    def call(self, state: State) -> Operation:
        return ttkernel.ReduceUninitOp(_masked(state).buffer or None)

    def meet(self, state: State) -> None:
        if _masked(state).format in _CHANGED_BY_UNPACK:
            state.pop(Unit.SRC_A, None)
        super().meet(state)


_CHANGED_BY_UNPACK = (F32.name, BFP4.name)
"""Formats that are another one in a source register: tf32, and bfloat8_b."""


def _opened(or_mine: Key | None = None) -> Demand:
    return _Opened(Unit.EDGE_MASK, OPEN, ttkernel.ReduceUninitOp, ((Unit.MOP, None),), or_mine)


_OPEN = _opened()


class Formats:
    """The formats of a program's buffers, by symbol."""

    def __init__(self, program: ttkernel.ProgramOp):
        self._buffers = {cb.sym_name.data: cb for cb in program.circular_buffers}
        self._has_integers = any(cb.element.dtype.int8_math for cb in self._buffers.values())

    def packed(self, cb: SymbolRefAttr) -> str:
        """What the packer is set to for the buffer."""
        return self._buffers[cb.root_reference.data].element.format.data

    def unpacked(self, cb: SymbolRefAttr) -> str:
        """
        What a source register is set to for the buffer. The JIT gives float32 two formats there: whole, on its way to
        DST, and cut to tf32, for the FPU (docs/hardware.md, "Init and formats").
        """
        buffer = self._buffers[cb.root_reference.data]
        return f"{self.packed(cb)} to DST" if buffer.unpack_to_dest_fp32 else self.packed(cb)

    def mode(self, *cbs: SymbolRefAttr) -> dict[Unit, Key]:
        """The FPU's mode after source registers were set to the buffers' formats; none where it is always the same."""
        if not self._has_integers:
            return {}
        integers = any(BY_NAME[self.packed(cb)].int8_math for cb in cbs)
        return {Unit.FPU_MODE: ("integers" if integers else "floats",)}


def demands(op: Operation, formats: Formats) -> tuple[Demand, ...]:
    """What a call needs in force, in the order of the units; nothing else needs any."""
    if not isinstance(op, ttkernel.CallOp):
        return ()
    match op:
        case ttkernel.CopyTileOp():
            cb, name = op.cb, formats.unpacked(op.cb)
            return (
                _OPEN,
                *_source_a(cb, formats),
                Demand(Unit.MOP, ("copy_tile", name), lambda: ttkernel.CopyTileInitOp(cb)),
            )
        case ttkernel.FPUBinaryOp():
            a, b, init = op.in0, op.in1, op.INIT
            return (
                _OPEN,
                *_sources(a, b, formats),
                Demand(Unit.MOP, (op.callee, formats.unpacked(a), formats.unpacked(b)), lambda: init(a, b)),
            )
        case ttkernel.BinaryDestReuseTilesOp():
            cb, kind, dest = op.cb, op.kind.data, op.dest.data
            return (
                _OPEN,
                *(_source_b(cb, formats) if dest == "srca" else _source_a(cb, formats)),
                Demand(
                    Unit.MOP,
                    (op.callee, kind, dest, formats.unpacked(cb)),
                    lambda: ttkernel.BinaryDestReuseTilesInitOp(kind, dest, cb),
                ),
            )
        case ttkernel.MatmulBlockOp():
            a, b, sizes = op.in0, op.in1, (op.transpose, op.ct, op.rt, op.kt)
            key = (op.callee, formats.unpacked(a), formats.unpacked(b), *(str(size.value.data) for size in sizes))
            return (
                _OPEN,
                *_sources(b, a, formats),
                Demand(Unit.MOP, key, lambda: ttkernel.MatmulBlockInitOp(a, b, *sizes)),
            )
        case ttkernel.ReduceTileOp():
            return _reduce(op, formats)
        case ttkernel.TransposeTileOp():
            cb, name = op.cb, formats.unpacked(op.cb)
            return (
                _OPEN,
                *_source_a(cb, formats),
                Demand(Unit.MOP, (op.callee, name), lambda: ttkernel.TransposeInitOp(cb)),
            )
        case ttkernel.SFPUTileOp():
            kind = ttkernel.sfpu_init_op(op.ROW)
            integer = op.format.data if op.format else None
            return (Demand(Unit.SFPU, (kind.name, integer or ""), lambda: kind(integer)),)
        case ttkernel.CopyDestValuesOp():
            return (Demand(Unit.SFPU, ("copy_dest_values",), ttkernel.CopyDestValuesInitOp),)
        case ttkernel.TypecastTileOp():
            pair = (op.from_format.data, op.to_format.data)
            return (Demand(Unit.SFPU, ("typecast", *pair), lambda: ttkernel.TypecastTileInitOp(*pair)),)
        case ttkernel.PackTileOp() | ttkernel.PackTileBlockOp() | ttkernel.PackReconfigL1AccOp(cb=SymbolRefAttr()):
            cb = op.cb
            assert cb is not None
            return (Demand(Unit.PACK, (formats.packed(cb),), lambda: ttkernel.PackReconfigDataFormatOp(cb)), _OPEN)
        case ttkernel.TilizeInitOp() | ttkernel.PackUntilizeInitOp():
            return (
                _OPEN,
                *_source_a(op.in0, formats),
                Demand(Unit.PACK, (formats.packed(op.out),), lambda: ttkernel.PackReconfigDataFormatOp(op.out)),
            )
        case _:
            return ()


_CLOBBERING = frozenset[type[Operation]]({*layouts.INITS, *layouts.UNINITS})


def clobbers(op: Operation) -> frozenset[Unit]:
    """The units of which nothing is known after a call that is no part of a demand."""
    return frozenset({Unit.MOP}) if type(op) in _CLOBBERING else frozenset()


@dataclass(frozen=True, kw_only=True)
class _Source(Demand):
    """A source register has a format. `make` builds the call that the FPU's mode follows; it need not always."""

    plain: Callable[[], Operation]

    def call(self, state: State) -> Operation:
        follows = any(state.get(unit) != key for unit, key in self.also)
        return self.make() if follows else self.plain()


def _source(unit: Unit, cb: SymbolRefAttr, formats: Formats) -> tuple[Demand, ...]:
    """A source register has the buffer's format, and the FPU the mode that goes with it."""
    kind = ttkernel.ReconfigDataFormatSrcAOp if unit is Unit.SRC_A else ttkernel.ReconfigDataFormatSrcBOp
    key, modes = (formats.unpacked(cb),), formats.mode(cb)

    def make() -> Operation:
        return kind(cb, to_from_int8=True)

    source = _Source(unit, key, make, tuple(modes.items()), plain=lambda: kind(cb))
    return (source, *(Demand(mode, each, make, ((unit, key),)) for mode, each in modes.items()))


def _source_a(cb: SymbolRefAttr, formats: Formats) -> tuple[Demand, ...]:
    return _source(Unit.SRC_A, cb, formats)


def _source_b(cb: SymbolRefAttr, formats: Formats) -> tuple[Demand, ...]:
    return _source(Unit.SRC_B, cb, formats)


def _sources(a: SymbolRefAttr, b: SymbolRefAttr, formats: Formats) -> tuple[Demand, ...]:
    """No function of the FPU takes integers: both have one mode."""
    (of_a, *mode), (of_b, *_) = _source_a(a, formats), _source_b(b, formats)
    return (of_a, of_b, *mode)


def _reduce(op: ttkernel.ReduceTileOp, formats: Formats) -> tuple[Demand, ...]:
    """
    Data and scaler are of one format, since the generations differ in which goes to SrcA. The init closes the edge
    mask; whoever comes next opens it. So does a reduction after one that keeps float32, or before it.
    """
    data, scaler, out = op.in0, op.in1, op.out
    pool, dim, full_fp32 = op.pool.data, op.dim.data, op.full_fp32 is not None
    kept = (data.root_reference.data, formats.packed(data)) if full_fp32 else ("", "")
    mask = _Masked(pool, dim, *kept).key
    key = (op.callee, pool, dim, formats.unpacked(data), *kept)
    init = Demand(
        Unit.MOP,
        key,
        lambda: ttkernel.ReduceInitOp(pool, dim, data, scaler, out, full_fp32=full_fp32),
        also=((Unit.EDGE_MASK, mask),),
    )
    return (_opened(mask), *_sources(data, scaler, formats), init)
