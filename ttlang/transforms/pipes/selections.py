"""
A wait for one of several receives as calls: a loop looks at the semaphores that count their blocks, until one of them
shows that its block is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.names import value_hint
from ttlang.transforms.pipes.thread_lowering import PipeThread, erase
from ttlang.transforms.pipes.transfers import Transfer
from ttlang.transforms.rewriting import Ints, set_location

Arrival = tuple[SSAValue, SSAValue]
"""A pointer to the semaphore that counts the blocks of a receive, and what it shows when this one is there."""

_NONE = -1
"""In place of a receive's."""


class Selection:
    """A `ttl.wait_any`."""

    def __init__(self, lowering: PipeThread, op: ttl.WaitAnyOp):
        self.lowering = lowering
        self.op = op

    def lower(self) -> None:
        op = self.op
        found = self._poll([Transfer(self.lowering, handle, op).arrival() for handle in op.handles])
        self._take(found, op.handles, 0, op)
        op.index.replace_all_uses_with(found)
        erase(op)

    def _poll(self, arrivals: Sequence[Arrival]) -> SSAValue:
        """The place of the first that is there; the loop goes round as long as none is."""
        before, after = Block(), Block(arg_types=[i32])
        builder = Builder(InsertPoint.at_end(before))
        ints = Ints(self.lowering.entry, builder.insert, self.op)
        ints.insert(ttkernel.InvalidateL1CacheOp())
        seen = [ints.emit(ttkernel.LoadSemaphoreOp(pointer)) for pointer, _ in arrivals]
        there = [ints.emit(arith.CmpiOp(word, count, "uge")) for word, (_, count) in zip(seen, arrivals, strict=True)]
        found = ints.constant(_NONE)
        for place, condition in reversed([*self._in_turn(there, ints)]):
            found = ints.emit(arith.SelectOp(condition, ints.constant(place), found))
        builder.insert(scf.ConditionOp(ints.emit(arith.CmpiOp(found, ints.constant(0), "slt")), found))
        after.add_op(scf.YieldOp())
        loop = scf.WhileOp([], [i32], Region(before), Region(after))
        loop.res[0].name_hint = value_hint(self.op.index.name_hint or "ready")
        Rewriter.insert_op(loop, InsertPoint.before(self.op))
        set_location(loop, self.op)
        return loop.res[0]

    def _in_turn(self, there: Sequence[SSAValue], ints: Ints) -> Iterator[tuple[int, SSAValue]]:
        """The places, from the start on in a circle, and whether each is taken if none before it is."""
        size, start = len(there), self.op.start
        if (first := constant_value(start)) is not None:
            yield from ((place % size, there[place % size]) for place in range(first, first + size))
            return
        for place in range(size - 1):
            behind = ints.emit(arith.CmpiOp(start, ints.constant(place), "sle"))
            yield place, ints.emit(arith.AndIOp(there[place], behind))
        yield size - 1, there[-1]
        yield from enumerate(there[:-1])

    def _take(self, found: SSAValue, handles: Sequence[SSAValue], place: int, before: Operation) -> None:
        """The block that is there is taken as by a wait for it alone: it tells what else is there since it was sent."""
        if place == len(handles) - 1:
            Transfer(self.lowering, handles[place], before).take()
            return
        ints = self.lowering.ints(before)
        ends = scf.YieldOp(), scf.YieldOp()
        is_it = ints.emit(arith.CmpiOp(found, ints.constant(place), "eq"))
        branch = scf.IfOp(is_it, [], Region(Block([ends[0]])), Region(Block([ends[1]])))
        ints.insert(branch)
        set_location(branch, self.op)
        Transfer(self.lowering, handles[place], ends[0]).take()
        self._take(found, handles, place + 1, ends[1])
