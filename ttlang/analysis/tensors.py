"""What a program does with its tensors."""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import ProgramOp


def accessed(program: ProgramOp, kinds: tuple[type[Operation], ...]) -> set[str]:
    """The tensors that transfers of these kinds read or write: `ttkernel.TENSOR_READS` or `TENSOR_WRITES`."""
    found: set[str] = set()
    for op in program.walk():
        if not isinstance(op, (*ttkernel.TENSOR_READS, *ttkernel.TENSOR_WRITES)) or not isinstance(op, kinds):
            continue
        if (name := accessed_tensor(op.accessor)) is not None:
            found.add(name)
    return found


def accessed_tensor(accessor: SSAValue) -> str | None:
    """The tensor that a `ttkernel.tensor_accessor` of the kernel is made for; None for any other value."""
    made = accessor.owner
    args = made.args.owner if isinstance(made, ttkernel.TensorAccessorOp) else None
    return args.tensor.root_reference.data if isinstance(args, ttkernel.TensorAccessorArgsOp) else None
