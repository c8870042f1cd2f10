"""Orders the body of each `ttl.compute`, gives its values DST slots, and decides how many tiles share a section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from xdsl.context import Context
from xdsl.dialects.builtin import IntegerAttr, ModuleOp, i64
from xdsl.ir import Operation, SSAValue
from xdsl.passes import ModulePass
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.dst import allocate, is_fpu, reachable
from ttlang.dialects import ttl


def _assign(compute: ttl.ComputeOp, capacity: int) -> None:
    body = compute.body.block
    yielded = body.last_op
    assert isinstance(yielded, ttl.YieldOp)
    order = reachable(yielded.arguments)
    allocation = allocate(order, yielded.arguments)
    assert allocation.count <= capacity, "ttl-fit-dst comes first"
    for op in order:
        op.detach()
        body.insert_op_before(op, yielded)
        slot = allocation.slots[op.results[0]]
        op.properties["dst"] = IntegerAttr(slot, i64)
        _keep_operand(op, slot, allocation.slots)
    compute.slots = IntegerAttr(allocation.count, i64)
    tiles = cast(ttl.BlockType, compute.outputs[0].type).tiles
    compute.batch = IntegerAttr(min(capacity // allocation.count, tiles), i64)


def _keep_operand(op: Operation, slot: int, slots: Mapping[SSAValue, int]) -> None:
    """A function of one tile works in place: where its operand is still needed, it works on a copy."""
    if len(op.operands) != 1 or isinstance(op, ttl.CopyTileOp) or is_fpu(op) or slots.get(op.operands[0]) == slot:
        return
    copy = ttl.CopyTileOp(op.operands[0])
    copy.dst = IntegerAttr(slot, i64)
    copy.location = op.location
    Rewriter.insert_op(copy, InsertPoint.before(op))
    op.operands[0] = copy.result


@dataclass(frozen=True)
class TTLAssignDSTRegistersPass(ModulePass):
    """Sets `dst` on the operations of every `ttl.compute`, `slots` and `batch` on itself."""

    name = "ttl-assign-dst-registers"

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for compute in kernel.walk():
                if isinstance(compute, ttl.ComputeOp):
                    _assign(compute, kernel.dst_capacity)
