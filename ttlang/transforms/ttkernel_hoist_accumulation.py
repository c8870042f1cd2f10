"""
A loop whose turns let the packer add to L1, and end with its replacing again, leaves that to the end of the loop: what
is packed in the next turn comes behind a setting of its own. So each turn sets the packer once.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttkernel
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttkernel.facets import PackerFormat, operations_with
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import set_location


def _hoist(loop: scf.ForOp) -> None:
    settings = operations_of(loop, ttkernel.PackReconfigL1AccOp)
    if len(settings) < 2:
        return
    first, last = settings[0], settings[-1]
    body = loop.body.block
    if constant_value(last.enable) != 0 or first.parent is not body or last.parent is not body:
        return
    for op in operations_with(loop, PackerFormat):
        around = body.find_ancestor_op_in_block(op)
        assert around is not None
        if around.is_before_in_block(first) or last.is_before_in_block(around):
            return
    replaces = arith.ConstantOp.from_int_and_width(0, i32)
    behind = ttkernel.PackReconfigL1AccOp(replaces.result)
    for op in (replaces, behind):
        set_location(op, last)
    Rewriter.insert_op((replaces, behind), InsertPoint.after(loop))
    last.detach()
    last.erase()


@dataclass(frozen=True)
class TTKernelHoistAccumulationPass(OrderedPass):
    """Lets the packer replace again behind loops that let it add, and not at the end of each turn."""

    name = "ttkernel-hoist-accumulation"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in operations_of(op, ttkernel.KernelOp):
            for loop in operations_of(kernel, scf.ForOp):
                _hoist(loop)
