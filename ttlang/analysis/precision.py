"""Whether a value of an expression of floats fits bfloat16 exactly, when DST has 32 bits a datum."""

from __future__ import annotations

from collections.abc import Collection
from struct import pack, unpack

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.dst import postorder
from ttlang.dialects import ttl
from ttlang.dialects.typed_values import type_of
from ttlang.tables.dtypes import F32, DType


def fits_bfloat16(value: SSAValue, wide: Collection[SSAValue] = ()) -> bool:
    """
    Whether a float value, as DST computes it with 32 bits, is one of bfloat16: what is moved, chosen or compared is, as
    long as what it comes from is; what is added or multiplied is not. `wide`: blocks that are kept in 32 bits.
    """
    fits: dict[SSAValue, bool] = {}
    for op in postorder([value], _operands):
        if not isinstance(op, ttl.EXPRESSION):
            continue
        for operand in _operands(op):
            if operand not in fits:
                fits[operand] = _is_narrow(operand, wide)
        fits[op.results[0]] = _fits(op, fits)
    return fits[value] if value in fits else _is_narrow(value, wide)


def _is_narrow(block: SSAValue, wide: Collection[SSAValue]) -> bool:
    return _dtype(block) is not F32 and block not in wide


def _operands(op: Operation) -> tuple[SSAValue, ...]:
    return tuple(op.operands) if isinstance(op, ttl.EXPRESSION) else ()


def _fits(op: Operation, fits: dict[SSAValue, bool]) -> bool:
    match op:
        case ttl.TypecastOp():
            return _dtype(op.result) is not F32
        case ttl.ElementwiseOp() if op.ROW.predicate:
            return True
        case ttl.ElementwiseOp():
            return (
                "selects" in op.ROW.tags
                and all(fits[operand] for operand in op.inputs)
                and all(map(_is_bfloat16, op.parameter_values))
            )
        case ttl.TransposeOp() | ttl.BroadcastOp() | ttl.ReduceMaxOp() | ttl.ViewOp():
            return fits[op.operands[0]]
        case _:
            return False


def _is_bfloat16(number: float) -> bool:
    """Whether a number is one of bfloat16, as the kernel is given it: as a float32."""
    (bits,) = unpack("<I", pack("<f", number))
    return bits & 0xFFFF == 0


def _dtype(value: SSAValue) -> DType:
    return type_of(value, ttl.BlockType).element.dtype
