"""
The machine's record of each call on the compute processors. A record's fields are filled in by name from the
operation's properties, and from the constants of its class (`KIND` for `kind`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import get_type_hints

from xdsl.dialects.builtin import IntegerAttr, StringAttr, SymbolRefAttr
from xdsl.ir import Operation

from ttlang.dialects import ttkernel
from ttlang.machine.compute.call import Call
from ttlang.machine.compute.calls import configuration, eltwise, functions, layouts, matmul, moves, reduction
from ttlang.machine.compute.unit_state import Init
from ttlang.machine.program_info import BufferInfo
from ttlang.tables.dtypes import BY_NAME, DType
from ttlang.tables.functions import FUNCTIONS
from ttlang.tables.kernel_api import NEWEST

RECORDS: dict[type[Operation], type[Call]] = {
    ttkernel.ComputeKernelHWStartupOp: configuration.Startup,
    ttkernel.ReconfigDataFormatOp: configuration.BothSourceFormats,
    ttkernel.ReconfigDataFormatSrcAOp: configuration.SourceAFormat,
    ttkernel.ReconfigDataFormatSrcBOp: configuration.SourceBFormat,
    ttkernel.PackReconfigDataFormatOp: configuration.PackerFormat,
    ttkernel.PackReconfigL1AccOp: configuration.PackerAccumulation,
    ttkernel.TileRegsAcquireOp: configuration.Acquire,
    ttkernel.TileRegsCommitOp: configuration.Commit,
    ttkernel.TileRegsWaitOp: configuration.Wait,
    ttkernel.TileRegsReleaseOp: configuration.Release,
    ttkernel.CopyTileInitOp: moves.CopyInit,
    ttkernel.CopyTileOp: moves.Copy,
    ttkernel.TransposeInitOp: moves.TransposeInit,
    ttkernel.TransposeTileOp: moves.Transpose,
    ttkernel.CopyDestValuesInitOp: moves.CopyDestInit,
    ttkernel.CopyDestValuesOp: moves.CopyDest,
    ttkernel.PackTileOp: moves.Pack,
    ttkernel.PackTileBlockOp: moves.PackBlock,
    ttkernel.FPUBinaryInitOp: eltwise.BinaryInit,
    ttkernel.FPUBinaryOp: eltwise.Binary,
    ttkernel.BinaryMathInitOp: eltwise.BinaryMathInit,
    ttkernel.UnpackInitOp: eltwise.UnpackInit,
    ttkernel.BinaryDestReuseTilesInitOp: eltwise.DestReuseInit,
    ttkernel.BinaryDestReuseTilesOp: eltwise.DestReuse,
    ttkernel.MatmulBlockInitOp: matmul.MatmulInit,
    ttkernel.MatmulBlockOp: matmul.Matmul,
    ttkernel.ReduceInitOp: reduction.ReduceInit,
    ttkernel.ReduceTileOp: reduction.Reduce,
    ttkernel.ReduceUninitOp: reduction.ReduceUninit,
    ttkernel.SFPUInitOp: functions.ApplyInit,
    ttkernel.SFPUTileOp: functions.Apply,
    ttkernel.TypecastTileInitOp: functions.TypecastInit,
    ttkernel.TypecastTileOp: functions.Typecast,
    ttkernel.TilizeInitOp: layouts.TilizeInit,
    ttkernel.TilizeBlockOp: layouts.Tilize,
    ttkernel.TilizeUninitOp: layouts.LayoutUninit,
    ttkernel.PackUntilizeInitOp: layouts.UntilizeInit,
    ttkernel.PackUntilizeBlockOp: layouts.Untilize,
    ttkernel.PackUntilizeUninitOp: layouts.LayoutUninit,
    ttkernel.PackUntilizeDestInitOp: layouts.UntilizeDestInit,
    ttkernel.PackUntilizeDestOp: layouts.UntilizeDest,
}
"""By the operation's class, or the one that it derives from."""

_BUFFERS = ("cb", "in0", "in1", "out")
"""The properties that name buffers: those that a call reads in the order of its tiles."""


def compute_record(op: Operation, buffer_named: Mapping[str, BufferInfo]) -> Call | None:
    """The record of a call; None for an operation that is none on the compute processors."""
    if (kind := _record_class(type(op))) is None:
        return None
    refs = [op.properties[field] for field in _BUFFERS if field in op.properties]
    buffers = tuple(buffer_named[ref.root_reference.data] for ref in refs if isinstance(ref, SymbolRefAttr))
    constants = {field: value for field, read in _readers(kind) if (value := read(op)) is not MISSING}
    return kind(op.name.removeprefix("ttkernel."), buffers, **constants)


@cache
def _record_class(kind: type[Operation]) -> type[Call] | None:
    return next((RECORDS[base] for base in kind.__mro__ if base in RECORDS), None)


_Reader = Callable[[Operation], object]


@cache
def _readers(kind: type[Call]) -> tuple[tuple[str, _Reader], ...]:
    """For each field that the kind of call adds, what reads its value."""
    types = get_type_hints(kind)
    own = [field.name for field in fields(kind)][len(fields(Call)) :]
    return tuple((field, _SPECIAL.get(field) or _reader(field, types[field])) for field in own)


def _reader(field: str, type: object) -> _Reader:
    if type is bool:
        return lambda op: field in op.properties
    is_format = type in (DType, DType | None)

    def read(op: Operation) -> object:
        match op.properties.get(field):
            case IntegerAttr() as number:
                return number.value.data
            case StringAttr() as text:
                return BY_NAME[text.data] if is_format else text.data
            case _:
                return None if is_format else getattr(op, field.upper(), MISSING)

    return read


def _parameters(op: Operation) -> tuple[float, ...]:
    assert isinstance(op, ttkernel.SFPUTileOp)
    pairs = zip(op.ROW.parameters, op.parameter_values, strict=True)
    return tuple(value for parameter, value in pairs if parameter.derive is None)


def _vector_mode(op: Operation) -> str:
    assert isinstance(op, ttkernel.SFPUTileOp)
    return op.vector_mode.data if op.vector_mode else ""


def _init(op: Operation) -> Init:
    assert isinstance(op, ttkernel.SFPUInitOp | ttkernel.SFPUTileOp)
    kind = type(op) if isinstance(op, ttkernel.SFPUInitOp) else ttkernel.sfpu_init_op(op.ROW)
    init = _spelled_init(kind, op.format.data if op.format else "")
    if not issubclass(kind, ttkernel.SFPUInitOfNumbersOp):
        return init
    return replace(init, given=tuple(str(value) for value in op.parameter_values))


@cache
def _spelled_init(kind: type[ttkernel.SFPUInitOp], format: str) -> Init:
    """The init as C++ has it: for several formats it may be one call."""
    name = kind.name.removeprefix("ttkernel.")
    if not format:
        return Init(name)
    rows = (row for row in FUNCTIONS if row.call and ttkernel.sfpu_init_op(row) is kind)
    call = next((call for row in (kind.ROW, *rows) if (call := row.call_in(NEWEST, format))), None)
    if call is None:
        return Init(name, (format,))
    return Init(call.init_name, (format,) if call.init_template else ())


_SPECIAL: dict[str, _Reader] = {"parameters": _parameters, "init": _init, "vector_mode": _vector_mode}
"""Fields that no property has as it is."""
