"""Reads that every core makes of the same pages of a tensor: one core could make them, and multicast the block."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.dialects import arith, scf
from xdsl.ir import BlockArgument, Operation, SSAValue

from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of


def reads_of_every_core(kernel: ttl.KernelOp) -> Iterator[ttl.CopyOp]:
    """Of a kernel before its copies are lowered, and on several cores: what is told is sure, not all of it is told."""
    if len(kernel.cores) == 1:
        return
    for copy in operations_of(kernel, ttl.CopyOp):
        if copy.direction is ttl.Direction.READ and _is_alike(copy) and all(map(_is_same, _places(copy.source))):
            yield copy


def _places(window: SSAValue) -> tuple[SSAValue, ...]:
    """What says which pages of a tensor it is."""
    assert isinstance(window.owner, ttl.TensorSliceOp | ttl.TensorShardOp)
    return (window.owner.index,) if isinstance(window.owner, ttl.TensorShardOp) else tuple(window.owner.offsets)


def _is_alike(op: Operation) -> bool:
    """Whether every core comes to an operation, equally often."""
    around = op.parent_op()
    while around is not None and not isinstance(around, ttl.ThreadOp):
        match around:
            case scf.ForOp():
                steers = around.lb, around.ub, around.step
            case scf.IfOp():
                steers = (around.cond,)
            case _:
                return False
        if not all(map(_is_same, steers)):
            return False
        around = around.parent_op()
    return around is not None


def _is_same(value: SSAValue) -> bool:
    """Whether an integer is the same on all cores."""
    if isinstance(value, BlockArgument):
        loop = value.block.parent_op()
        return isinstance(loop, scf.ForOp) and value.index == 0 and all(map(_is_same, (loop.lb, loop.ub, loop.step)))
    match value.owner:
        case arith.ConstantOp() | ttl.RuntimeArgumentOp():
            return True
        case ttl.CoreArgumentOp():
            return len(set(value.owner.values.iter_values())) == 1
        case Operation() as op if op.dialect_name() == arith.Arith.name:
            return all(map(_is_same, op.operands))
        case _:
            return False
