"""Which init each call on the compute unit needs: an init is a name and what it was given."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from xdsl.ir import Operation

from ttlang.dialects import ttkernel
from ttlang.machine.loaded import BufferInfo
from ttlang.tables.functions import FUNCTIONS
from ttlang.tables.kernel_api import NEWEST

Init = tuple[str, ...]

FPU_INITS = (
    ttkernel.CopyTileInitOp,
    ttkernel.TransposeInitOp,
    ttkernel.FPUBinaryInitOp,
    ttkernel.BinaryDestReuseTilesInitOp,
    ttkernel.MatmulBlockInitOp,
    ttkernel.ReduceInitOp,
)
"""The inits of unpack and FPU."""


def fpu_init(op: Operation, buffers: Sequence[BufferInfo]) -> Init:
    """An init of unpack and FPU, with the formats of its buffers."""
    return _fpu_init(call_name(op), op, buffers)


def needed_fpu_init(op: Operation, buffers: Sequence[BufferInfo]) -> Init:
    """What `fpu_init` gives for the init that a call on tiles in L1 needs."""
    match op:
        case ttkernel.FPUBinaryOp():
            kind = op.INIT
        case ttkernel.BinaryDestReuseTilesOp():
            kind = ttkernel.BinaryDestReuseTilesInitOp
        case ttkernel.MatmulBlockOp():
            kind = ttkernel.MatmulBlockInitOp
        case ttkernel.ReduceTileOp():
            kind = ttkernel.ReduceInitOp
        case ttkernel.TransposeTileOp():
            kind = ttkernel.TransposeInitOp
        case ttkernel.TilizeBlockOp():
            kind = ttkernel.TilizeInitOp
        case ttkernel.PackUntilizeBlockOp():
            kind = ttkernel.PackUntilizeInitOp
        case _:
            kind = ttkernel.CopyTileInitOp
    return _fpu_init(_name(kind), op, buffers)


def _fpu_init(name: str, op: Operation, buffers: Sequence[BufferInfo]) -> Init:
    """`op`: the init or a call that needs it; they have these fields in common."""
    formats = tuple(buffer.unpack_format for buffer in buffers)
    match op:
        case ttkernel.BinaryDestReuseTilesInitOp() | ttkernel.BinaryDestReuseTilesOp():
            return name, op.kind.data, op.dest.data, *formats
        case ttkernel.MatmulBlockInitOp() | ttkernel.MatmulBlockOp():
            sizes = {"ct": op.ct, "rt": op.rt, "kt": op.kt, "transpose": op.transpose}
            return name, *formats, *(f"{field} = {value.value.data}" for field, value in sizes.items())
        case ttkernel.TilizeInitOp() | ttkernel.TilizeBlockOp():
            return name, *formats, f"width = {op.width.value.data}"
        case ttkernel.PackUntilizeInitOp() | ttkernel.PackUntilizeBlockOp():
            return name, *formats, f"part = {op.part.value.data}", f"width = {op.width.value.data}"
        case ttkernel.ReduceInitOp() | ttkernel.ReduceTileOp():
            kept = ("float32 sums",) if op.full_fp32 else ()
            return name, op.pool.data, op.dim.data, *formats[:2], *kept
        case _:
            return name, *formats


def sfpu_init(op: Operation) -> Init:
    """The name and the formats of an init of the SFPU."""
    match op:
        case ttkernel.SFPUInitOp():
            return _sfpu_init(type(op), op.format.data if op.format else "")
        case ttkernel.TypecastTileInitOp():
            return (call_name(op), op.from_format.data, op.to_format.data)
        case _:
            return (call_name(op),)


def needed_sfpu_init(op: Operation) -> Init:
    """What `sfpu_init` gives for the init that a call on DST needs."""
    match op:
        case ttkernel.SFPUTileOp():
            return _sfpu_init(ttkernel.sfpu_init_op(op.ROW), op.format.data if op.format else "")
        case ttkernel.TypecastTileOp():
            return (_name(ttkernel.TypecastTileInitOp), op.from_format.data, op.to_format.data)
        case _:
            return (_name(ttkernel.CopyDestValuesInitOp),)


@cache
def _sfpu_init(kind: type[ttkernel.SFPUInitOp], format: str) -> Init:
    """The init as C++ has it: for several formats it may be one call."""
    if not format:
        return (_name(kind),)
    rows = (row for row in FUNCTIONS if row.call and ttkernel.sfpu_init_op(row) is kind)
    call = next((call for row in (kind.ROW, *rows) if (call := row.call_in(NEWEST, format))), None)
    if call is None:
        return _name(kind), format
    return (call.init_name, format) if call.init_template else (call.init_name,)


def _name(kind: type[Operation]) -> str:
    return kind.name.removeprefix("ttkernel.")


def call_name(op: Operation) -> str:
    """The name of a call in the kernel API."""
    return op.name.removeprefix("ttkernel.")
