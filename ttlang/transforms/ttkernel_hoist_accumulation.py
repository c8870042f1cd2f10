"""
The packer is told once that it adds to L1, and once that it replaces again, where it was told in each turn of a loop.

A loop whose turns let the packer add, and end with its replacing again, leaves that to the end of the loop: what is
packed in the next turn comes behind a setting of its own. Where that is the only one, and all that the loop packs goes
to one buffer, the packer adds from before the loop on; or, where the first turn replaces, from the second turn on.
"""

from __future__ import annotations

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, OpResult, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value, predicate_of
from ttlang.dialects import ttkernel
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttkernel.facets import PackerFormat, operations_with
from ttlang.dialects.walking import operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, set_location


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
    if len(settings) == 2 and _packs_alike(loop):
        _set_once(loop, first)


def _packs_alike(loop: scf.ForOp) -> bool:
    """Whether all that a loop packs goes to one buffer, so that the packer keeps its format."""
    packed = (facet.packed(op) for op in operations_with(loop, PackerFormat) if (facet := PackerFormat.of(op)))
    return len(set(packed)) == 1


def _set_once(loop: scf.ForOp, setting: ttkernel.PackReconfigL1AccOp) -> None:
    """The packer replaces where the loop begins, as everywhere but between the two settings."""
    if constant_value(setting.enable) == 1:
        setting.detach()
        setting.location = loop.location
        Rewriter.insert_op(setting, InsertPoint.before(loop))
        return
    if not _is_set_in_later_turns(setting.enable, loop):
        return
    ints = Ints.at(Builder(InsertPoint.before(setting)), setting)
    second = Ints.at(Builder(InsertPoint.before(loop)), setting).add(loop.lb, loop.step)
    is_second = ints.emit(arith.CmpiOp(loop.body.block.args[0], second, "eq"))
    adds = ttkernel.PackReconfigL1AccOp(ints.constant(1), setting.cb)
    branch = scf.IfOp(is_second, [], Region(Block([adds, scf.YieldOp()])))
    set_location(branch, setting)
    Rewriter.replace_op(setting, branch)


def _is_set_in_later_turns(flag: SSAValue, loop: scf.ForOp) -> bool:
    """Whether a flag is 0 in the first turn of a loop, and 1 in all others."""
    match flag:
        case OpResult(op=arith.ExtUIOp(input=OpResult(op=arith.CmpiOp() as later))):
            return predicate_of(later).name == "ne" and later.lhs is loop.body.block.args[0] and later.rhs is loop.lb
        case _:
            return False


class TTKernelHoistAccumulationPass(OrderedPass):
    """Lets the packer add, and replace again, once for a loop and not in each turn."""

    name = "ttkernel-hoist-accumulation"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for program in op.ops:
            if not isinstance(program, ttkernel.ProgramOp):
                continue
            for kernel in program.kernels:
                # What an inner loop leaves to its end is a setting of the outer one.
                settings = operations_of(kernel, ttkernel.PackReconfigL1AccOp)
                for loop in reversed(operations_of(kernel, scf.ForOp)) if settings else ():
                    _hoist(loop)
