"""Which values structured control flow makes of others: the results of branches, and what loops carry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.dialects import scf
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue, Use

from ttlang.dialects.walking import terminator

CONTROL = scf.IfOp | scf.ForOp | scf.WhileOp
"""Operations that hand values on, into their regions and out of them."""


def handed_to(use: Use) -> tuple[SSAValue, ...]:
    """The values that an operand becomes; none where it is not handed on, but used."""
    op, index = use.operation, use.index
    match op:
        case scf.ForOp() if index >= _BOUNDS:
            return op.results[index - _BOUNDS], op.body.block.args[index - _BOUNDS + 1]
        case scf.WhileOp():
            return (op.before_region.block.args[index],)
        case scf.ConditionOp() if index:
            around = _around(op, scf.WhileOp)
            return around.results[index - 1], around.after_region.block.args[index - 1]
        case scf.YieldOp():
            match op.parent_op():
                case scf.IfOp() as around:
                    return (around.results[index],)
                case scf.ForOp() as around:
                    return around.results[index], around.body.block.args[index + 1]
                case scf.WhileOp() as around:
                    return (around.before_region.block.args[index],)
                case _:
                    return ()
        case _:
            return ()


def handed_from(value: SSAValue) -> tuple[SSAValue, ...]:
    """The values that a result or an argument of control flow may be; none for any other."""
    match value:
        case OpResult(op=scf.IfOp() as op, index=index):
            return tuple(terminator(region.block).operands[index] for region in op.regions if region.blocks)
        case OpResult(op=scf.ForOp() as op, index=index):
            return _carried_by_for(op, index)
        case OpResult(op=scf.WhileOp() as op, index=index):
            return (terminator(op.before_region.block).operands[index + 1],)
        case BlockArgument(block=block, index=index):
            match block.parent_op():
                case scf.ForOp() as op if index:
                    return _carried_by_for(op, index - 1)
                case scf.WhileOp() as op if block is op.before_region.block:
                    return op.operands[index], terminator(op.after_region.block).operands[index]
                case scf.WhileOp() as op:
                    return (terminator(op.before_region.block).operands[index + 1],)
                case _:
                    return ()
        case _:
            return ()


def carried_as(value: SSAValue) -> tuple[SSAValue, ...]:
    """What else a loop calls a value that it carries: its result in the body, or its argument behind the loop."""
    match value:
        case OpResult(op=scf.ForOp() as op, index=index):
            return (op.body.block.args[index + 1],)
        case OpResult(op=scf.WhileOp() as op, index=index):
            return (op.after_region.block.args[index],)
        case BlockArgument(block=block, index=index):
            match block.parent_op():
                case scf.ForOp() as op if index:
                    return (op.results[index - 1],)
                case scf.WhileOp() as op if block is op.after_region.block:
                    return (op.results[index],)
                case _:
                    return ()
        case _:
            return ()


def own_operands(op: Operation) -> Sequence[SSAValue]:
    """What an operation computes with itself; what control flow only hands on is not among it."""
    match op:
        case scf.ForOp():
            return op.operands[:_BOUNDS]
        case scf.WhileOp():
            return (terminator(op.before_region.block).operands[0],)
        case scf.YieldOp() | scf.ConditionOp():
            return ()
        case _:
            return op.operands


def users(value: SSAValue) -> Iterator[Operation]:
    """What uses a value, under whatever name control flow hands it on."""
    known, todo = {value}, [value]
    while todo:
        for use in todo.pop().uses:
            further = handed_to(use)
            if not further:
                yield use.operation
            todo += [each for each in further if each not in known]
            known.update(further)


_BOUNDS = 3
"""Operands of an `scf.for` before those that it carries."""


def _carried_by_for(op: scf.ForOp, index: int) -> tuple[SSAValue, ...]:
    return op.operands[_BOUNDS + index], terminator(op.body.block).operands[index]


def _around(op: Operation, kind: type[scf.WhileOp]) -> scf.WhileOp:
    around = op.parent_op()
    assert isinstance(around, kind)
    return around
