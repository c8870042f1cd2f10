"""
Turns waits for transfers into barriers, one for all the waits that stand together.

A barrier waits for every transfer of the thread in one direction, so a wait needs none of its own where one has passed
since its transfer was issued.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import Rewriter

from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import operations_of
from ttlang.transforms.handed_values import drop_handles
from ttlang.transforms.pass_order import OrderedPass


def _synchronize(block: Block) -> None:
    covered: set[SSAValue] = set()
    in_flight: dict[ttl.Direction, set[SSAValue]] = {d: set() for d in ttl.Direction}
    _issue(block.args, in_flight)
    for op in tuple(block.ops):
        for region in op.regions:
            for inner in region.blocks:
                _synchronize(inner)
        _issue(op.results, in_flight)
        if not isinstance(op, ttl.WaitOp):
            continue
        if op.handle in covered:
            op.detach()
            op.erase()
            continue
        direction = op.handle.type.direction.data
        _replace(op, ttl.DMABarrierOp(direction))
        covered |= in_flight[direction]
        in_flight[direction].clear()


def _issue(values: Sequence[SSAValue], in_flight: dict[ttl.Direction, set[SSAValue]]) -> None:
    """Transfers are under way from here on: those of copies, and those that control flow hands on."""
    for value in values:
        if isinstance(value.type, ttl.TransferHandleType):
            in_flight[value.type.direction.data].add(value)


def _replace(op: Operation, new: Operation) -> None:
    new.location = op.location
    Rewriter.replace_op(op, new)


@dataclass(frozen=True)
class TTLInsertSynchronizationPass(OrderedPass):
    """`ttl.wait` becomes `ttl.dma_barrier`, or nothing."""

    name = "ttl-insert-synchronization"
    needs = frozenset({Guarantee.PIPE_CALLS, Guarantee.TRANSFER_HANDLES})
    gives = frozenset({Guarantee.BARRIERS})
    ends = frozenset({Guarantee.TRANSFER_HANDLES})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for thread in operations_of(op, ttl.DataMovementThreadOp):
            _synchronize(thread.body.block)
            drop_handles(thread)
