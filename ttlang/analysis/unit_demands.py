"""
What each kernel call demands of the compute units: which init and which formats must be in force, as the facets of its
operation declare it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from xdsl.dialects.builtin import DenseArrayBase, IntegerAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Attribute, Operation

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import (
    Configures,
    Needs,
    PackerFormat,
    ReadsThrough,
    Sources,
    Unit,
    declared,
)
from ttlang.tables.dtypes import BFP4, BY_NAME, F32

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

    @classmethod
    def after(cls, op: Operation, formats: Formats) -> _Masked | None:
        """
        What the init of a call leaves; None but for a reduction. Whoever comes next opens the mask. So does a reduction
        after one that keeps float32, or before it.
        """
        if not isinstance(op, ttkernel.ReduceTileOp):
            return None
        kept = (op.in0.root_reference.data, formats.packed(op.in0)) if op.full_fp32 else ()
        return cls(op.pool.data, op.dim.data, *kept)


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

    def text(self, told: Attribute | None) -> str:
        """A property of a call as a part of a key: of a buffer all that matters is its format."""
        match told:
            case SymbolRefAttr():
                return self.unpacked(told)
            case IntegerAttr():
                return str(told.value.data)
            case StringAttr():
                return told.data
            case DenseArrayBase():
                return str(told.data.data.hex())
            case None:
                return ""
            case _:
                return told.name

    def mode(self, *cbs: SymbolRefAttr) -> dict[Unit, Key]:
        """The FPU's mode after source registers were set to the buffers' formats; none where it is always the same."""
        if not self._has_integers:
            return {}
        integers = any(BY_NAME[self.packed(cb)].int8_math for cb in cbs)
        return {Unit.FPU_MODE: ("integers" if integers else "floats",)}


@dataclass(frozen=True)
class _Needed:
    """What the calls of a class of operations need, as the class declares it."""

    sources: ReadsThrough | None
    packer: PackerFormat | None
    init: Needs | None

    def demands(self, op: Operation, formats: Formats) -> tuple[Demand, ...]:
        if self.init and self.init.unit is Unit.SFPU:
            return (_initialized(self.init, op, formats),)
        packed = self.packer.packed(op) if self.packer else None
        packer = (_packer(packed, formats),) if packed else ()
        if self.sources is None and self.init is None:
            return (*packer, _OPEN) if packed else ()
        # The FPU may also read what is in DST already, alone.
        sources = _sources(self.sources.sources(op), formats) if self.sources else ()
        if self.init is None:
            return (_OPEN, *sources, *packer)
        mask = _Masked.after(op, formats)
        opened = _opened(mask.key) if mask else _OPEN
        return (opened, *sources, *packer, _initialized(self.init, op, formats, mask))


@cache
def _needed(kind: type[Operation]) -> _Needed | None:
    """What a class of operations declares; None where its calls need nothing, or come with what they need."""
    sources, packer, init = declared(kind, ReadsThrough), declared(kind, PackerFormat), declared(kind, Needs)
    if not (sources or packer or init) or (init and init.explicit):
        return None
    return _Needed(sources, packer, init)


def demands(op: Operation, formats: Formats) -> tuple[Demand, ...]:
    """What a call needs in force, in the order in which it is set; what is no call needs nothing."""
    needed = _needed(type(op))
    return needed.demands(op, formats) if needed else ()


def clobbers(op: Operation) -> tuple[Unit, ...]:
    """The units of which nothing is known after a call that is no part of a demand."""
    return _clobbers(type(op))


@cache
def _clobbers(kind: type[Operation]) -> tuple[Unit, ...]:
    configures = declared(kind, Configures)
    return (*configures.sets, *configures.clobbers) if configures else ()


@cache
def sets_sfpu(kind: type[Operation]) -> bool:
    """Whether what calls of a class need in force, or what they leave, concerns the SFPU."""
    needed = _needed(kind)
    return Unit.SFPU in _clobbers(kind) or bool(needed and needed.init and needed.init.unit is Unit.SFPU)


def _initialized(needs: Needs, op: Operation, formats: Formats, mask: _Masked | None = None) -> Demand:
    """The init of a call is in force, with all that it is told. What it leaves of the edge mask goes with it."""
    key = (needs.init.name, *(formats.text(op.properties.get(field)) for field in needs.told))
    if mask is None:
        return Demand(needs.unit, key, lambda: needs.make(op))
    return Demand(needs.unit, key + mask.key, lambda: needs.make(op), ((Unit.EDGE_MASK, mask.key),))


def _packer(cb: SymbolRefAttr, formats: Formats) -> Demand:
    return Demand(Unit.PACK, (formats.packed(cb),), lambda: ttkernel.PackReconfigDataFormatOp(cb))


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


def _sources(buffers: Sources, formats: Formats) -> tuple[Demand, ...]:
    """The registers that are used have the buffers' formats. No function of the FPU takes integers: one mode serves."""
    pairs = zip((Unit.SRC_A, Unit.SRC_B), buffers, strict=True)
    (first, *modes), *others = (_source(unit, cb, formats) for unit, cb in pairs if cb is not None)
    return (first, *(source for source, *_ in others), *modes)
