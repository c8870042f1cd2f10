"""Names for the values of a kernel: by what makes them, or by what they are used for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation, OpResult, SSAValue

from ttlang.analysis.arithmetic import constant_value, predicate_of
from ttlang.dialects import ttkernel
from ttlang.dialects.names import buffer_stem
from ttlang.dialects.ttkernel import KernelOp

_INDICES = frozenset({"tile", "page", "dst", "slot"})
"""Operands of calls that count something."""
_BOUNDS = ("start", "end", "step")
"""Names for the operands of `scf.for`."""
_SIGNALS = (
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.SetMulticastOp,
)


_EQUALITIES = {"eq": "is", "ne": "is_not"}
_RESULTS: Mapping[type[Operation], str] = {
    arith.AddiOp: "sum",
    arith.SubiOp: "difference",
    arith.MuliOp: "product",
    **dict.fromkeys((arith.DivSIOp, arith.FloorDivSIOp, arith.CeilDivSIOp), "quotient"),
    arith.RemSIOp: "remainder",
    arith.MinSIOp: "smaller",
    arith.MaxSIOp: "larger",
}
"""What is computed, where nothing else says what it is."""
_UNNAMED = tuple(_RESULTS)


def names_for(kernel: KernelOp, op: Operation, result: SSAValue) -> tuple[str, ...]:
    """Names for the result of an operation, the best first."""
    match op:
        case ttkernel.TensorAccessorOp(args=OpResult(op=ttkernel.TensorAccessorArgsOp(tensor=tensor))):
            return (tensor.root_reference.data,)
        case ttkernel.GetCommonArgValOp():
            return (f"{kernel.tensor_names[op.index.value.data]}_address",)
        case ttkernel.GetRuntimeArgValOp():
            return (kernel.runtime_names[op.index.value.data - len(kernel.tensor_names)],)
        case ttkernel.GetArgValOp():
            return (kernel.core_args.data[op.index.value.data].data,)
        case _ if result.name_hint:
            return (result.name_hint,)
        case ttkernel.GetReadPtrOp() | ttkernel.GetWritePtrOp():
            return (f"{buffer_stem(op.cb.root_reference.data)}_ptr",)
        case ttkernel.GetTileSizeOp():
            return (f"{buffer_stem(op.cb.root_reference.data)}_tile_bytes",)
        case ttkernel.CastToElementPtrOp():
            return ("elements",)
        case ttkernel.LoadElementOp():
            return ("element",)
        case ttkernel.LoadSemaphoreOp():
            return ("seen",)
        case ttkernel.CountOp():
            return ("count", "turn")
        case ttkernel.CountersOp():
            return ("count",)
        case ttkernel.ConvertLogicalXOp():
            return (_corner(result) or "noc_x",)
        case ttkernel.ConvertLogicalYOp():
            return (_corner(result) or "noc_y",)
        case ttkernel.GetNocAddrOp() | ttkernel.GetLocalNocAddrOp() | ttkernel.GetNocMulticastAddrOp():
            if any(isinstance(use.operation, _SIGNALS) for use in result.uses):
                return ("signal_addr",)
            multicast = isinstance(op, ttkernel.GetNocMulticastAddrOp)
            return ("multicast_addr",) if multicast else ("noc_addr",)
        case ttkernel.MyLogicalXOp():
            return ("core_x",)
        case ttkernel.MyLogicalYOp():
            return ("core_y",)
        case arith.CmpiOp() if comparison := _comparison(kernel, op):
            return (comparison, "condition")
        case _:
            role = _role(result) or _RESULTS.get(type(op), "value")
            return (role, f"{role}_index") if role in _INDICES else (role,)


def _corner(coordinate: SSAValue) -> str:
    """`x_start` and the like, for a coordinate that is one of a multicast's rectangle; else nothing."""
    fields = {
        field
        for use in coordinate.uses
        for field in ("x_start", "y_start", "x_end", "y_end")
        if getattr(use.operation, field, None) is coordinate
    }
    return fields.pop() if len(fields) == 1 else ""


def _role(value: SSAValue) -> str:
    """A name for a value by what it is used for; none where that says nothing."""
    if value.type == i1:
        return "condition"
    for use in value.uses:
        if isinstance(use.operation, scf.ForOp) and use.index < len(_BOUNDS):
            return _BOUNDS[use.index]
        if isinstance(use.operation, ttkernel.CounterOp):
            return "number"
        if not isinstance(use.operation, ttkernel.CallOp):
            continue
        for field in use.operation.ARGUMENTS:
            argument: object = getattr(use.operation, field)
            if argument is value:
                return field.rstrip("0123456789")
            if isinstance(argument, Sequence) and value in argument:
                return field.removesuffix("s")
    return ""


def _comparison(kernel: KernelOp, op: arith.CmpiOp) -> str:
    """`core_x_is_0` and the like, for a value with a name that is compared with a number; else nothing."""
    word, number = _EQUALITIES.get(predicate_of(op).name), constant_value(op.rhs)
    if word is None or number is None or number < 0 or constant_value(op.lhs) is not None:
        return ""
    name = op.lhs.name_hint
    if name is None and isinstance(op.lhs, OpResult) and not isinstance(op.lhs.op, _UNNAMED):
        name = names_for(kernel, op.lhs.op, op.lhs)[0]
    return f"{name}_{word}_{number}" if name else ""
