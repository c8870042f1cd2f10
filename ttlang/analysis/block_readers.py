"""How blocks in L1 are read: by the FPU, which takes float32 as tf32, or moved to DST, which keeps all bits."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import SSAValue, Use

from ttlang.dialects import ttl


def in_l1(value: SSAValue, *, for_view: bool = False) -> bool:
    """Whether a value is a block in L1, or such a block in another shape; `for_view`: which is not viewed again."""
    block = value if for_view else viewed(value)
    return not isinstance(block.owner, ttl.EXPRESSION)


def viewed(value: SSAValue) -> SSAValue:
    """What a value is another shape of, or else it itself."""
    return value.owner.input if isinstance(value.owner, ttl.ViewOp) else value


def acquisitions(acquire: ttl.AcquireOp) -> Iterator[ttl.AcquireOp]:
    """Of the same buffer."""
    for use in acquire.cb.uses:
        if isinstance(use.operation, ttl.AcquireOp):
            yield use.operation


def reads_tf32(use: Use) -> bool:
    """Whether the FPU reads a block: not as it moves tiles to DST, transposed or not."""
    op = use.operation
    if isinstance(op, ttl.ViewOp):
        return any(map(reads_tf32, op.result.uses))
    if isinstance(op, ttl.BroadcastOp):
        return op.dim.data is not ttl.Dim.NONE
    return isinstance(op, ttl.MatmulOp | ttl.ReduceOp)


def moves_to_dst(use: Use) -> bool:
    """Whether a block is moved to DST, for the SFPU or to be stored."""
    op = use.operation
    if isinstance(op, ttl.StoreOp):
        return op.operands[use.index] is op.value
    if isinstance(op, ttl.ViewOp):
        return any(map(moves_to_dst, op.result.uses))
    return isinstance(op, ttl.EXPRESSION) and not isinstance(op, ttl.FromL1Op)
