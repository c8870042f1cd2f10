"""For the blocks that a thread acquires: what uses them, through expressions and across branches, and where."""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import scf
from xdsl.ir import Operation, Region, SSAValue
from xdsl.traits import Pure

from ttlang.analysis.thread_order import ThreadOrder
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations

_LASTING = (ttl.BlockType, ttl.TransferHandleType)
"""Types of values that stand for a block. A number that was read from one does not."""


@dataclass(frozen=True)
class Lifetime:
    """The uses of a block."""

    home: Region | None
    """The innermost region in which it is acquired and used; None where a loop hands it on."""
    uses: tuple[int, ...]
    """The numbers of what reads it, writes it, or waits for its transfers."""
    direct: tuple[int, ...]
    """Those of what has to do with it itself: where values are computed of it, in place of where they are read."""


def lifetime(start: Operation, order: ThreadOrder) -> Lifetime:
    """
    Of a block that is acquired, or of a transfer that is started: its uses are the waits for it. An expression uses its
    blocks where it is stored; one that outlives the turn or the branch in which it is computed, and may not keep its
    blocks for longer, is kept at its end, and uses them till then.
    """
    found: set[Operation] = set()
    direct: set[Operation] = set()
    todo: list[tuple[SSAValue, bool]] = [(result, False) for result in start.results]
    known = set(todo)
    carried = False
    while todo:
        value, computed = todo.pop()
        for use in value.uses:
            op = use.operation
            if not computed:
                direct.add(op)
            more: list[SSAValue] = list(op.results)
            if isinstance(op, scf.YieldOp | scf.ConditionOp):
                around = op.parent_op()
                assert around is not None
                chooses, ends_there = isinstance(around, scf.IfOp), around.is_ancestor(start)
                if computed and (ends_there or not chooses or acquires_anew(around, start)):
                    found.add(op)
                    continue
                carried = carried or (ends_there and not chooses)
                more = list(around.results)
            elif op.regions:
                more += [argument for region in op.regions for block in region.blocks for argument in block.args]
            if not op.has_trait(Pure) and not isinstance(op, scf.YieldOp):
                found.add(op)
            kind = computed or op.has_trait(Pure)
            new = [(each, kind) for each in more if isinstance(each.type, _LASTING) and (each, kind) not in known]
            todo += new
            known.update(new)
    return Lifetime(None if carried else _home(start, found), _numbers(found, order), _numbers(direct, order))


def _numbers(uses: set[Operation], order: ThreadOrder) -> tuple[int, ...]:
    """What is handed on at the end of a body is used just before that."""
    return tuple(sorted(order.number(op) - isinstance(op, scf.YieldOp | scf.ConditionOp) for op in uses))


def acquires_anew(op: Operation, start: Operation) -> bool:
    """Whether there is another acquisition of a block's buffer in a part of the thread."""
    return isinstance(start, ttl.AcquireOp) and any(
        isinstance(each, type(start)) and each.cb is start.cb and each.held is None and each is not start
        for each in operations(op)
    )


def _home(start: Operation, uses: set[Operation]) -> Region | None:
    home = start.parent_region()
    for use in uses:
        while home is not None and not _contains(home, use):
            around = home.parent_op()
            home = around.parent_region() if isinstance(around, scf.IfOp) else None
    return home


def _contains(region: Region, op: Operation) -> bool:
    at = op.parent_region()
    while at is not None and at is not region:
        around = at.parent_op()
        at = around.parent_region() if around is not None else None
    return at is region


def branches_to(region: Region, home: Region) -> tuple[scf.IfOp, ...] | None:
    """
    The branches on the way from a home to a region in it, outermost first. None if that is not in it, or in a loop.
    """
    found: list[scf.IfOp] = []
    while region is not home:
        around = region.parent_op()
        if not isinstance(around, scf.IfOp) or (outer := around.parent_region()) is None:
            return None
        found.insert(0, around)
        region = outer
    return tuple(found)


def may_block(op: Operation) -> bool:
    """Whether an operation may wait for another thread or core."""
    match op:
        case ttl.AcquireOp():
            return op.held is None
        case ttl.SemaphoreWaitOp() | ttl.WaitAnyOp():
            return True
        case ttl.CopyOp():
            return op.pipe is not None
        case _:
            return False
