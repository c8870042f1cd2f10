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


class Unit(IntEnum):
    """In the order in which they are set: formats before the program that uses them."""

    SRC_A = auto()
    SRC_B = auto()
    PACK = auto()
    MOP = auto()
    SFPU = auto()


@dataclass(frozen=True)
class Demand:
    """A unit must be in the state `key`; `make` builds the call that brings it there."""

    unit: Unit
    key: tuple[str, ...]
    make: Callable[[], Operation]


class Formats:
    """The formats of a program's buffers, by symbol."""

    def __init__(self, program: ttkernel.ProgramOp):
        self._names = {cb.sym_name.data: cb.element.format.data for cb in program.circular_buffers}

    def __getitem__(self, cb: SymbolRefAttr) -> str:
        return self._names[cb.root_reference.data]


def demands(op: Operation, formats: Formats) -> tuple[Demand, ...]:
    """What a call needs in force, in the order of the units."""
    match op:
        case ttkernel.CopyTileOp():
            cb, name = op.cb, formats[op.cb]
            return (
                Demand(Unit.SRC_A, (name,), lambda: ttkernel.ReconfigDataFormatSrcAOp(cb)),
                Demand(Unit.MOP, ("copy_tile", name), lambda: ttkernel.CopyTileInitOp(cb)),
            )
        case ttkernel.FPUBinaryOp():
            a, b, init = op.in0, op.in1, op.INIT
            return (
                Demand(Unit.SRC_A, (formats[a],), lambda: ttkernel.ReconfigDataFormatSrcAOp(a)),
                Demand(Unit.SRC_B, (formats[b],), lambda: ttkernel.ReconfigDataFormatSrcBOp(b)),
                Demand(Unit.MOP, (op.callee, formats[a], formats[b]), lambda: init(a, b)),
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
        case ttkernel.PackTileOp() | ttkernel.PackTileBlockOp():
            cb = op.cb
            return (Demand(Unit.PACK, (formats[cb],), lambda: ttkernel.PackReconfigDataFormatOp(cb)),)
        case _:
            return ()
