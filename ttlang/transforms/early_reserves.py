"""
Blocks that are reserved behind a loop, and may as well be before it: for a sum that the loop adds up where it is handed
on. The thread then waits for room before the loop, which is no matter where the room comes without it: where each
thread that empties the buffer waits for nothing but the buffer's blocks and its own transfers to tensors.
"""

from __future__ import annotations

from xdsl.ir import Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.dialects import ttl
from ttlang.dialects.walking import enclosing, operations_of


def is_reserved_before(reserve: ttl.CBReserveOp, loop: Operation) -> bool:
    """Whether a block, reserved beside a loop, is reserved before it, or can be."""
    if reserve.parent is not loop.parent:
        return False
    return reserve.is_before_in_block(loop) or _can_be_early(reserve, loop)


def reserve_early(reserve: ttl.CBReserveOp, loop: Operation) -> None:
    """Reserves a block before a loop, as `is_reserved_before` says that it can be."""
    if not reserve.is_before_in_block(loop):
        reserve.detach()
        Rewriter.insert_op(reserve, InsertPoint.before(loop))


def _can_be_early(reserve: ttl.CBReserveOp, loop: Operation) -> bool:
    if reserve.held or reserve.published:
        return False
    thread = enclosing(reserve, ttl.ThreadOp)
    users = [use.operation for use in reserve.cb.uses]
    waits = [op for op in users if isinstance(op, ttl.CBWaitOp)]
    if not waits or any(enclosing(op, ttl.ThreadOp) is thread for op in waits):
        return False
    if any(_is_between(op, loop, reserve) for op in users):
        return False
    return all(_only_empties(enclosing(wait, ttl.ThreadOp), reserve) for wait in waits)


def _is_between(op: Operation, loop: Operation, reserve: Operation) -> bool:
    """Whether an operation is in a loop, or between it and the reservation behind it."""
    home = loop.parent
    around = home.find_ancestor_op_in_block(op) if home else None
    if around is None or around is reserve:
        return False
    return around is loop or (loop.is_before_in_block(around) and around.is_before_in_block(reserve))


def _only_empties(thread: ttl.ThreadOp | None, reserve: ttl.CBReserveOp) -> bool:
    if thread is None:
        return False
    for op in operations_of(thread, ttl.EffectOp):
        match op:
            case ttl.CBWaitOp() | ttl.CBPopOp() if op.cb is reserve.cb:
                pass
            case ttl.CopyOp(direction=ttl.Direction.WRITE) | ttl.WaitOp() | ttl.DMABarrierOp() | ttl.WritesFlushedOp():
                pass
            case _:
                return False
    return True
