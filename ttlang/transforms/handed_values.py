"""Loops and branches without some of the values that they hand on, or with more of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from xdsl.dialects import scf
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.carried_blocks import Loop, LoopValue, branch_values, carried_blocks, chosen_blocks
from ttlang.analysis.carried_transfers import copy_of, handed_handles, handle_results
from ttlang.dialects.walking import operations_of, terminator
from ttlang.transforms.rewriting import set_location

T = TypeVar("T")


def forward_unchanged(root: Operation) -> None:
    """What a loop leaves as it was, and what is the same on both paths, needs no handing on."""
    changed = True
    while changed:
        changed = False
        for op in operations_of(root, scf.ForOp, scf.WhileOp, scf.IfOp):
            if isinstance(op, scf.IfOp):
                changed |= _forward_chosen(op)
            else:
                changed |= _forward_all(carried_blocks(op))


def _forward_chosen(op: scf.IfOp) -> bool:
    changed = False
    for index in chosen_blocks(op):
        first, second = branch_values(op, index)
        if first is second and op.results[index].uses:
            op.results[index].replace_all_uses_with(first)
            changed = True
    return changed


def _forward_all(values: Sequence[LoopValue]) -> bool:
    found = [_forward_carried(value) for value in values]
    return any(found)


def _forward_carried(value: LoopValue) -> bool:
    if value.yielded not in (*value.arguments, value.init):
        return False
    changed = False
    for one in (value.argument, value.result):
        if any(use.operation is not terminator(value.body) for use in one.uses):
            one.replace_all_uses_with(value.init)
            changed = True
    return changed


def drop_results(op: Loop | scf.IfOp, dropped: Collection[int]) -> Loop | scf.IfOp:
    """The operation without results that nothing uses, and without the arguments of their names."""
    if not dropped:
        return op
    for region in op.regions:
        if region.blocks:
            _drop_from(region, dropped, isinstance(op, scf.IfOp))
    types = _without([result.type for result in op.results], dropped)
    carried = len(op.operands) - len(op.results) if not isinstance(op, scf.IfOp) else len(op.operands)
    operands = [*op.operands[:carried], *_without(op.operands[carried:], dropped)]
    made = _made_anew(op, operands, types, _without(op.results, dropped))
    if isinstance(made, scf.IfOp) and not types and _is_empty(made.false_region):
        made.false_region.erase_block(made.false_region.block)
    return made


def drop_handles(thread: Operation, which: Callable[[SSAValue], bool] = lambda _: True) -> None:
    """Control flow hands on no handles of transfers any more, or none of some: nothing waits by them."""
    dropped = [
        (op, [index for index in handle_results(op) if which(op.results[index])])
        for op in operations_of(thread, scf.ForOp, scf.WhileOp, scf.IfOp)
    ]
    for handle in filter(which, handed_handles(thread)):
        # Loops and branches in each other hand on what the others do.
        handle.replace_all_uses_with(copy_of(handle).handle)
    for op, indices in dropped:
        drop_results(op, indices)


def _drop_from(region: Region, dropped: Collection[int], is_branch: bool) -> None:
    block = region.block
    end = terminator(block)
    first = 1 if isinstance(end, scf.ConditionOp) else 0
    end.operands = [*end.operands[:first], *_without(end.operands[first:], dropped)]
    if is_branch:
        return
    counters = len(block.args) - len(end.operands) + first - len(dropped)
    for index in sorted(dropped, reverse=True):
        block.erase_arg(block.args[counters + index])


def carry_also(loop: Loop, init: SSAValue) -> LoopValue:
    """
    The loop with one value more, which begins as `init`. At the end of a turn it is what it was at its start: the last
    operand of the terminator says so.
    """
    for region in loop.regions:
        block = region.block
        argument = block.insert_arg(init.type, len(block.args))
        end = terminator(block)
        end.operands = [*end.operands, argument]
    made = _made_anew(loop, [*loop.operands, init], [*loop.result_types, init.type], loop.results)
    assert isinstance(made, scf.ForOp | scf.WhileOp)
    return LoopValue(made, len(made.results) - 1)


def choose_also(op: scf.IfOp, first: SSAValue, second: SSAValue) -> scf.IfOp:
    """The `if` with one result more: one of two values of one type, each of which is there at the end of its path."""
    for region, value in zip(op.regions, (first, second), strict=True):
        end = end_of_path(region)
        end.operands = [*end.operands, value]
    made = _made_anew(op, op.operands, [*op.result_types, first.type], op.results)
    assert isinstance(made, scf.IfOp)
    return made


def end_of_path(region: Region) -> Operation:
    """The terminator of a path of an `if`, which an `else` that is not there gets."""
    if not region.blocks:
        region.add_block(Block([scf.YieldOp()]))
        if (around := region.parent_op()) is not None:
            set_location(terminator(region.block), around)
    return terminator(region.block)


def _made_anew(
    op: Loop | scf.IfOp, operands: Sequence[SSAValue], types: Sequence[Attribute], kept: Sequence[SSAValue]
) -> Loop | scf.IfOp:
    """In its place, with other operands and results, the first of which are those that it keeps."""
    regions = [op.detach_region(region) for region in tuple(op.regions)]
    made = type(op).create(operands=operands, result_types=types, regions=regions, location=op.location)
    Rewriter.insert_op(made, InsertPoint.before(op))
    for old, new in zip(kept, made.results, strict=False):
        new.name_hint = old.name_hint
        old.replace_all_uses_with(new)
    op.detach()
    op.erase()
    return made


def _is_empty(region: Region) -> bool:
    return bool(region.blocks) and isinstance(region.block.first_op, scf.YieldOp)


def _without(items: Sequence[T], dropped: Collection[int]) -> list[T]:
    return [item for index, item in enumerate(items) if index not in dropped]
