"""Which tensors a program reads and writes."""

from __future__ import annotations

from xdsl.ir import SSAValue

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import MovesPages, ReadsTensor, operations_with


def accessed(program: ttkernel.ProgramOp, way: type[MovesPages]) -> set[str]:
    """The tensors that transfers or buffers on them read or write: `ReadsTensor` or `WritesTensor`."""
    moves = ((op, way.of(op)) for op in operations_with(program, way))
    names = {accessed_tensor(facet.accessor(op)) for op, facet in moves if facet}
    for buffer in program.circular_buffers:
        if buffer.tensor is not None and (buffer.published is not None) is (way is ReadsTensor):
            names.add(buffer.tensor.root_reference.data)
    return {name for name in names if name is not None}


def accessed_tensor(accessor: SSAValue) -> str | None:
    """The tensor that a `ttkernel.tensor_accessor` of the kernel is made for; None for any other value."""
    made = accessor.owner
    args = made.args.owner if isinstance(made, ttkernel.TensorAccessorOp) else None
    return args.tensor.root_reference.data if isinstance(args, ttkernel.TensorAccessorArgsOp) else None
