"""Which tensors a program reads pages of DRAM onto, by buffers that lie on their shards."""

from __future__ import annotations

from xdsl.dialects import arith
from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import Memory
from ttlang.dialects.ttkernel.facets import ReadsTensor, operations_with


def reads_onto_shards(program: ttkernel.ProgramOp) -> dict[ttkernel.TensorOp, Operation]:
    """
    The tensors, each with the first of these reads. Where a shard lies only the call knows; such a read wants it at a
    multiple of what DRAM is aligned to, which is more than L1 is.
    """
    tensors = {tensor.sym_name.data: tensor for tensor in program.tensors}
    found: dict[ttkernel.TensorOp, Operation] = {}
    for op in operations_with(program, ReadsTensor):
        reads = ReadsTensor.of(op)
        source = tensors.get(accessed_tensor(reads.accessor(op)) or "") if reads else None
        if reads is None or source is None or source.type.memory.data is not Memory.DRAM:
            continue
        cb = _buffer_of(reads.l1_address(op))
        backing = program.buffer(cb).backing if cb is not None else None
        if backing is not None:
            found.setdefault(tensors[backing[0]], op)
    return found


def _buffer_of(address: SSAValue) -> SymbolRefAttr | None:
    """The buffer whose write pointer an address is computed from."""
    match address.owner:
        case ttkernel.GetWritePtrOp():
            return address.owner.cb
        case arith.AddiOp() | arith.SubiOp():
            return _buffer_of(address.owner.lhs) or _buffer_of(address.owner.rhs)
        case _:
            return None
