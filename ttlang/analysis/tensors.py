"""What a program does with its tensors."""

from __future__ import annotations

from xdsl.ir import Operation

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import ProgramOp


def accessed(program: ProgramOp, kinds: tuple[type[Operation], ...]) -> set[str]:
    """The tensors that transfers of these kinds read or write: `ttkernel.TENSOR_READS` or `TENSOR_WRITES`."""
    found: set[str] = set()
    for op in program.walk():
        if not isinstance(op, (*ttkernel.TENSOR_READS, *ttkernel.TENSOR_WRITES)) or not isinstance(op, kinds):
            continue
        accessor = op.accessor.owner
        if isinstance(accessor, ttkernel.TensorAccessorOp) and isinstance(
            args := accessor.args.owner, ttkernel.TensorAccessorArgsOp
        ):
            found.add(args.tensor.root_reference.data)
    return found
