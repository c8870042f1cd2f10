"""
What stores mean is known at the end of a thread, when all of them are: which add to nothing, and which products go on
from what a reserved block holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Diagnostic
from ttlang.dialects import ttl
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations_of
from ttlang.frontend.blocks.thread_builder import ThreadBuilder


def settle(c: ThreadBuilder) -> None:
    """
    At the end of a thread, when all stores are known: the only store of an acquisition that runs once adds to nothing;
    and a value that goes on from a reserved block must be stored there, unless nothing was stored there before.
    """
    for op in operations_of(c.op, ttl.StoreOp):
        if op.acc and _is_alone(op):
            del op.properties["acc"]
    for value, block in c.continued.items():
        stray = next((use.operation for use in value.uses if not _stores_to(use.operation, block)), None)
        if stray is not None and any(_may_precede(store, value, block) for store in _stores(block)):
            c.diagnostics.append(
                Diagnostic(
                    "TTL0412",
                    "this product is added to what a reserved block holds, which can't be read back",
                    span_of(owner_of(value, Operation)),
                    "store the product itself in that block, or push the block and wait for it",
                )
            )


def _stores(block: SSAValue) -> Iterator[ttl.StoreOp]:
    operations = (use.operation for use in block.uses)
    return (op for op in operations if isinstance(op, ttl.StoreOp) and op.block is block)


def _stores_to(op: Operation, block: SSAValue) -> bool:
    return isinstance(op, ttl.StoreOp) and op.block is block


def _is_alone(store: ttl.StoreOp) -> bool:
    acquire = store.block.owner
    return (
        isinstance(acquire, ttl.AcquireOp)
        and acquire.held is None
        and acquire.parent_block() is store.parent_block()
        and len(list(islice(_stores(store.block), 2))) == 1
    )


def _may_precede(store: ttl.StoreOp, value: SSAValue, block: SSAValue) -> bool:
    """Whether a store to a block may run, in its acquisition, before a value is computed."""
    acquire, op = owner_of(block, Operation), owner_of(value, Operation)
    loop = store.parent_op()
    while loop is not None and not loop.is_ancestor(acquire):
        if isinstance(loop, scf.ForOp | scf.WhileOp) and loop.is_ancestor(op):
            return True
        loop = loop.parent_op()
    home = acquire.parent_block()
    first, second = (home.find_ancestor_op_in_block(o) if home else None for o in (store, op))
    return first is not None and second is not None and first is not second and first.is_before_in_block(second)
