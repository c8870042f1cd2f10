"""
Handles of transfers that control flow hands on: the names that a transfer has in turn. All transfers that come under
one name go in one direction, through one pipe if through any, from or to blocks of one end of a buffer.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.dialects import scf
from xdsl.ir import Operation, Region, SSAValue

from ttlang.analysis.carried_values import CONTROL, handed_from, handed_to
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_of, terminator

Renaming = list[tuple[SSAValue, SSAValue]]
"""Handles, each with its next name."""


def copy_of(handle: SSAValue) -> ttl.CopyOp:
    """The copy whose handle it is; of one that control flow hands on, any of those that it may be of."""
    known, todo = {handle}, [handle]
    while todo:
        value = todo.pop()
        if isinstance(value.owner, ttl.CopyOp):
            return value.owner
        todo += [each for each in handed_from(value) if each not in known]
        known.update(todo)
    raise ValueError("a handle is of a copy")


def is_handed_on(handle: SSAValue) -> bool:
    """Whether control flow gives a handle another name."""
    return any(handed_to(use) for use in handle.uses)


def handed_handles(root: Operation) -> list[SSAValue]:
    """The names that control flow in an operation gives to handles."""
    found: list[SSAValue] = []
    for op in operations_of(root, scf.IfOp, scf.ForOp, scf.WhileOp):
        found += [argument for region in op.regions for block in region.blocks for argument in block.args]
        found += op.results
    return [value for value in found if isinstance(value.type, ttl.TransferHandleType)]


def handle_results(op: CONTROL) -> list[int]:
    """The positions of the results that are handles."""
    return [i for i, result in enumerate(op.results) if isinstance(result.type, ttl.TransferHandleType)]


def into_loop(loop: scf.ForOp | scf.WhileOp) -> Renaming:
    """Where a loop starts."""
    if isinstance(loop, scf.ForOp):
        return _handles(loop.iter_args, loop.body.block.args[1:])
    return _handles(loop.arguments, loop.before_region.block.args)


def into_body(condition: scf.ConditionOp) -> Renaming:
    """Where a `while` goes on with a turn."""
    loop = condition.parent_op()
    assert isinstance(loop, scf.WhileOp)
    return _handles(condition.args, loop.after_region.block.args)


def into_next_turn(loop: scf.ForOp | scf.WhileOp) -> Renaming:
    """Where a turn ends."""
    if isinstance(loop, scf.ForOp):
        return _handles(terminator(loop.body.block).operands, loop.body.block.args[1:])
    return _handles(terminator(loop.after_region.block).operands, loop.before_region.block.args)


def out_of_loop(loop: scf.ForOp | scf.WhileOp) -> Renaming:
    """Where the next turn does not start."""
    if isinstance(loop, scf.ForOp):
        return _handles(loop.body.block.args[1:], loop.results)
    return _handles(terminator(loop.before_region.block).operands[1:], loop.results)


def out_of_branch(branch: Region, op: scf.IfOp) -> Renaming:
    """Where a path ends."""
    return _handles(terminator(branch.block).operands, op.results) if op.results else []


def _handles(old: Sequence[SSAValue], new: Sequence[SSAValue]) -> Renaming:
    pairs = zip(old, new, strict=True)
    return [(one, other) for one, other in pairs if isinstance(one.type, ttl.TransferHandleType)]
