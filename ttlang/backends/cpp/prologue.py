"""What stands at the top of a kernel function: the host's arguments, and what follows from them alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from xdsl.dialects.builtin import SymbolRefAttr
from xdsl.ir import Block, Operation, OpResult

from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import ProgramOp

_ARGUMENTS = (
    ttkernel.GetArgValOp,
    ttkernel.GetCommonArgValOp,
    ttkernel.TensorAccessorArgsOp,
    ttkernel.TensorAccessorOp,
    ttkernel.GetTileSizeOp,
    ttkernel.GetSemaphoreOp,
    ttkernel.CastToL1PtrOp,
    ttkernel.CountersOp,
)
"""What the host hands to a kernel. It comes from no statement of the source."""


def split_prologue(block: Block, program: ProgramOp) -> tuple[list[Operation], list[Operation]]:
    """
    The operations of a function that are its prologue, in the order in which a person writes them: runtime arguments,
    tensors, sizes of tiles, semaphores, counters. And the others.
    """
    prologue: list[Operation] = []
    body: list[Operation] = []
    for op in block.ops:
        known = all(isinstance(value, OpResult) and value.op in prologue for value in op.operands)
        (prologue if isinstance(op, _ARGUMENTS) and known else body).append(op)
    return sorted(prologue, key=_order(program)), body


def is_argument(op: Operation) -> bool:
    """Whether the host hands this to the kernel: no line of the source is its own."""
    return isinstance(op, _ARGUMENTS)


def _order(program: ProgramOp) -> Callable[[Operation], tuple[int, int]]:
    buffers = {op.sym_name.data: op.index.value.data for op in program.circular_buffers}
    semaphores = {op.sym_name.data: op.index.value.data for op in program.semaphores}

    def key(op: Operation) -> tuple[int, int]:
        match op:
            case ttkernel.GetArgValOp():
                return 0, op.index.value.data
            case ttkernel.GetCommonArgValOp():
                return 1, op.index.value.data
            case ttkernel.TensorAccessorArgsOp():
                return 0, -1  # it prints nothing: what it stands for is declared above
            case ttkernel.TensorAccessorOp():
                return key(cast(OpResult, op.address).op)
            case ttkernel.GetTileSizeOp():
                return 2, buffers[op.cb.root_reference.data]
            case ttkernel.GetSemaphoreOp(semaphore=SymbolRefAttr() as semaphore):
                return 3, semaphores[semaphore.root_reference.data]
            case ttkernel.CastToL1PtrOp():
                return key(cast(OpResult, op.address).op)
            case _:
                return 4, 0

    return key
