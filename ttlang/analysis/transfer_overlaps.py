"""What a transfer may be under way at, without anybody seeing whether it is over."""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.buffer_flow import tensor_of
from ttlang.analysis.linear_forms import constant_difference
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations

_UNSEEN = (ttl.MessageOp, ttl.SignpostBeginOp, ttl.SignpostEndOp, ttl.WaitOp, ttl.WaitAnyOp)
"""Effects that have nothing to do with transfers, unless their operands say so."""


def must_precede(transfer: ttl.CopyOp, op: Operation) -> bool:
    """Whether a transfer has to be over before an operation, with all in it, starts."""
    return any(_must_precede(transfer, each) for each in operations(op))


def _must_precede(transfer: ttl.CopyOp, op: Operation) -> bool:
    if transfer.block in op.operands:
        fills = transfer.destination is transfer.block
        return fills or not isinstance(op, ttl.CopyOp) or op.destination is transfer.block
    if isinstance(op, ttl.CopyOp):
        if transfer.pipe is not None or op.pipe is not None:
            # Two cores that send to each other and receive: neither waits before it has started both.
            return transfer.pipe is None or op.pipe is None
        return _may_meet(transfer, op)
    return isinstance(op, ttl.EffectOp) and not op.regions and not isinstance(op, _UNSEEN)


def _may_meet(first: ttl.CopyOp, second: ttl.CopyOp) -> bool:
    """Whether two transfers may have to do with one page, which one of them writes."""
    if ttl.Direction.WRITE not in (first.direction, second.direction):
        return False
    windows = _window(first), _window(second)
    return tensor_of(windows[0]) is tensor_of(windows[1]) and not _are_apart(*windows)


def _window(transfer: ttl.CopyOp) -> SSAValue:
    return transfer.destination if transfer.direction is ttl.Direction.WRITE else transfer.source


def _are_apart(first: SSAValue, second: SSAValue) -> bool:
    """Whether two windows of a tensor are sure to have no page in common."""
    match first.owner, second.owner:
        case ttl.TensorSliceOp() as a, ttl.TensorSliceOp() as b:
            sizes = (_whole_sizes(a), _whole_sizes(b))
            pairs = zip(a.offsets, b.offsets, *sizes, strict=True)
            return any(_misses(constant_difference(one, other), m, n) for one, other, m, n in pairs)
        case ttl.TensorShardOp() as a, ttl.TensorShardOp() as b:
            return bool(constant_difference(a.index, b.index))
        case _:
            return False


def _whole_sizes(window: ttl.TensorSliceOp) -> tuple[int, ...]:
    """With the leading ones that are left out."""
    sizes = window.result.type.sizes
    return (*(1 for _ in range(len(window.offsets) - len(sizes))), *sizes)


def _misses(distance: int | None, first: int, second: int) -> bool:
    """Whether two stretches, so far apart, have nothing in common: the first begins `distance` behind the second."""
    return distance is not None and (distance >= second or -distance >= first)
