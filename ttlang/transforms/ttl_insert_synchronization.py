"""
Turns waits for transfers into barriers, one for all the waits that stand together. Where nobody sees when writes land,
the thread waits for them at its end, and before for no more than that their bytes have left the block.
"""

from __future__ import annotations

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation
from xdsl.rewriter import Rewriter

from ttlang.analysis.transfer_barriers import waits_with_barriers
from ttlang.analysis.unseen_writes import writes_are_unseen
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.handed_values import drop_handles
from ttlang.transforms.pass_order import OrderedPass


def _synchronize(block: Block, flushes: bool) -> None:
    """`flushes`: a wait for a write is one for its bytes to leave the block."""
    barriers = waits_with_barriers(block)
    for op in tuple(block.ops):
        for region in op.regions:
            for inner in region.blocks:
                _synchronize(inner, flushes)
        if not isinstance(op, ttl.WaitOp):
            continue
        if op in barriers:
            direction = op.handle.type.direction.data
            unseen = flushes and direction is ttl.Direction.WRITE
            _replace(op, ttl.WritesFlushedOp() if unseen else ttl.DMABarrierOp(direction))
        else:
            op.detach()
            op.erase()


def _replace(op: Operation, new: Operation) -> None:
    new.location = op.location
    Rewriter.replace_op(op, new)


class TTLInsertSynchronizationPass(OrderedPass):
    """`ttl.wait` becomes `ttl.dma_barrier`, `ttl.writes_flushed`, or nothing."""

    name = "ttl-insert-synchronization"
    needs = frozenset({Guarantee.PIPE_CALLS, Guarantee.TRANSFER_HANDLES})
    gives = frozenset({Guarantee.BARRIERS})
    ends = frozenset({Guarantee.TRANSFER_HANDLES})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in operations_of(op, ttl.DataMovementThreadOp):
            flushes = writes_are_unseen(thread)
            _synchronize(thread.body.block, flushes)
            if flushes:
                end = ttl.DMABarrierOp(ttl.Direction.WRITE)
                end.location = thread.location
                thread.body.block.add_op(end)
            drop_handles(thread)
