"""
Threads of which nobody sees when what they write to tensors lands, as long as it has landed at their end.

Such a thread has to do with buffers and tensors alone, and no thread of the kernel reads what it writes, or writes
there, too. A wait for a write then is one for the bytes to leave the block, which is released behind it.
"""

from __future__ import annotations

from xdsl.dialects import scf
from xdsl.ir import Operation

from ttlang.analysis.copied_tensors import tensors_read, tensors_under_buffers, tensors_written
from ttlang.analysis.effects import is_side_effect_free
from ttlang.analysis.linear_forms import turns_of
from ttlang.dialects import ttl
from ttlang.dialects.walking import enclosing, operations, operations_of

_QUIET = (ttl.AcquireOp, ttl.ReleaseOp, ttl.CopyOp, ttl.WaitOp, ttl.TagReadsOp, ttl.DMABarrierOp)
"""What tells nobody anything of a write."""


def writes_are_unseen(thread: ttl.DataMovementThreadOp) -> bool:
    """Whether it is such a thread, and waits for writes turn by turn: else nothing is gained."""
    waits = [op for op in operations_of(thread, ttl.WaitOp) if op.handle.type.direction.data is ttl.Direction.WRITE]
    if not any(map(_comes_again, waits)) or not all(map(_is_quiet, operations(thread))):
        return False
    kernel = enclosing(thread, ttl.KernelOp)
    assert kernel is not None
    elsewhere = tensors_read(kernel) | tensors_under_buffers(kernel)
    for other in kernel.threads:
        if other is not thread:
            elsewhere |= tensors_written(other)
    return tensors_written(thread).isdisjoint(elsewhere)


def _comes_again(op: Operation) -> bool:
    """Whether it lies in a loop, and not in loops of one turn alone."""
    loop = enclosing(op, scf.ForOp)
    return loop is not None and (turns_of(loop) != 1 or _comes_again(loop))


def _is_quiet(op: Operation) -> bool:
    return bool(op.regions) or isinstance(op, _QUIET) or is_side_effect_free(op)
