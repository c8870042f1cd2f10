"""Acquisitions and releases of blocks become calls that count pages."""

from __future__ import annotations

from collections.abc import Callable

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Operation
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location

_CALLS: dict[type[ttl.AcquireOp | ttl.ReleaseOp], Callable[[str, int], Operation]] = {
    ttl.CBWaitOp: ttkernel.CBWaitFrontOp,
    ttl.CBPopOp: ttkernel.CBPopFrontOp,
    ttl.CBReserveOp: ttkernel.CBReserveBackOp,
    ttl.CBPushOp: ttkernel.CBPushBackOp,
}


def _is_there(op: ttl.AcquireOp | ttl.ReleaseOp) -> bool:
    """Whether it is a block that the thread has already, or that its readers wait for."""
    in_parts = isinstance(op, ttl.CBWaitOp) and op.in_parts is not None
    return in_parts or (isinstance(op, ttl.AcquireOp) and op.held is not None)


def _lower(op: ttl.AcquireOp | ttl.ReleaseOp) -> None:
    if not _is_there(op):
        buffer = owner_of(op.cb, ttl.CreateCBOp)
        blocks = 1 + op.blocks_before if isinstance(op, ttl.CBReserveOp) else 1
        call = _CALLS[type(op)](buffer.name_.data, blocks * buffer.block_pages)
        set_location(call, op)
        Rewriter.insert_op(call, InsertPoint.before(op))
    Rewriter.erase_op(op)


class TTLLowerSynchronizationPass(OrderedPass):
    """`ttl.cb_*` become `ttkernel.cb_*`."""

    name = "ttl-lower-synchronization"
    needs = frozenset(
        {
            *(
                Guarantee.COMPUTE_CALLS,
                Guarantee.TRANSFER_CALLS,
                Guarantee.ELEMENT_CALLS,
                Guarantee.LAYOUT_CALLS,
                Guarantee.PRINT_CALLS,
            ),
            Guarantee.ACQUIRED_BLOCKS,
        }
    )
    gives = frozenset({Guarantee.BUFFER_CALLS})
    ends = frozenset({Guarantee.ACQUIRED_BLOCKS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        # What ends a block, or hands it on, uses it, and stands behind what acquires it.
        for old in reversed(operations_of(op, ttl.AcquireOp, ttl.ReleaseOp, ttl.HandOnOp)):
            if isinstance(old, ttl.HandOnOp):
                Rewriter.erase_op(old)
            else:
                _lower(old)
