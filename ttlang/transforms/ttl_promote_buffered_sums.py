"""
A sum that a thread hands to itself through a buffer, turn by turn, becomes a value that its loop carries: the
buffer goes.

    with acc_dfb.reserve() as acc: acc.store(start)
    for ...:
        with acc_dfb.wait() as before, acc_dfb.reserve() as after: after.store(before + a @ b)
    with acc_dfb.wait() as total: ...

One block is in the ring whenever a turn begins, and the thread alone sees it: it is a variable. As one, the sum is kept
in DST over the turns, or the packer adds to it in L1 (`ttl-recognize-accumulators`), and nothing is read back; it is
never rounded to the buffer's format on the way, so it loses fewer bits.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ModuleOp
from xdsl.ir import Block, Operation, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.carried_blocks import LoopValue
from ttlang.dialects import ttl
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.walking import enclosing, side_by_side, terminator
from ttlang.transforms.compiler_buffers import insert
from ttlang.transforms.handed_values import carry_also
from ttlang.transforms.pass_order import OrderedPass

T = TypeVar("T", bound=Operation)


@dataclass(frozen=True)
class _Turn:
    """What is done to the buffer in the loop, or around it."""

    reserve: ttl.CBReserveOp
    store: ttl.StoreOp
    push: ttl.CBPushOp
    wait: ttl.CBWaitOp
    pop: ttl.CBPopOp


@dataclass(frozen=True)
class _BufferedSum:
    cb: ttl.CreateCBOp
    loop: scf.ForOp
    around: _Turn
    """The store before the loop, and the wait behind it."""
    inside: _Turn

    def promote(self) -> None:
        around, inside = self.around, self.inside
        start = around.store.value
        if isinstance(start.owner, ttl.AcquireOp):
            # Another block may be released before this value of it is read.
            insert(around.store, InsertPoint.before(around.store), read := ttl.ViewOp(start))
            start = read.result
        if start.type != inside.wait.block.type:
            cast = ttl.TypecastOp(start, inside.wait.block.type)
            insert(around.store, InsertPoint.before(around.store), cast)
            start = cast.result
        total = inside.store.value
        carried: LoopValue = carry_also(self.loop, start)
        for name, block in ((carried.argument, inside.wait.block), (carried.result, around.wait.block)):
            name.name_hint = block.name_hint or self.cb.name_.data
            block.replace_all_uses_with(name)
        end = terminator(carried.body)
        end.operands = [*end.operands[:-1], total]
        for turn in (around, inside):
            for op in (turn.store, turn.push, turn.pop, turn.reserve, turn.wait):
                op.detach()
                op.erase()
        self.cb.detach()
        self.cb.erase()


def _buffered_sum(cb: ttl.CreateCBOp) -> _BufferedSum | None:
    """The sum that goes through a buffer, if that is all it is for."""
    if set(cb.properties) != {"name"} or cb.result.type.element.dtype.is_integer:
        return None
    users = [use.operation for use in cb.result.uses]
    reserves, pushes = _pair(users, ttl.CBReserveOp), _pair(users, ttl.CBPushOp)
    waits, pops = _pair(users, ttl.CBWaitOp), _pair(users, ttl.CBPopOp)
    if not (reserves and pushes and waits and pops) or len(users) != 8:
        return None
    body = reserves[1].parent
    loop = body.parent_op() if body else None
    if not isinstance(loop, scf.ForOp) or enclosing(loop, ttl.ComputeThreadOp) is None:
        return None
    stores = [_only_store(reserve) for reserve in reserves]
    if stores[0] is None or stores[1] is None:
        return None
    around = _Turn(reserves[0], stores[0], pushes[0], waits[1], pops[1])
    inside = _Turn(reserves[1], stores[1], pushes[1], waits[0], pops[0])
    found = _BufferedSum(cb, loop, around, inside)
    return found if _is_in_order(found) and _is_sum(inside) else None


def _pair(users: list[Operation], kind: type[T]) -> tuple[T, T] | None:
    """The two operations of a kind, as they follow each other in the thread."""
    found = [op for op in users if isinstance(op, kind)]
    if len(found) != 2:
        return None
    first, second = found
    if (both := side_by_side(first, second)) is None:
        return None
    one, other = both
    return (first, second) if one.is_before_in_block(other) else (second, first)


def _only_store(reserve: ttl.CBReserveOp) -> ttl.StoreOp | None:
    """The store that is all that becomes of a block."""
    users = [use.operation for use in reserve.block.uses]
    store = users[0] if len(users) == 1 else None
    return store if isinstance(store, ttl.StoreOp) and store.acc is None and store.block is reserve.block else None


def _is_in_order(found: _BufferedSum) -> bool:
    """Whether the buffer has one block before each turn of the loop, and behind it, on every path."""
    loop, around, inside = found.loop, found.around, found.inside
    outside = (around.reserve, around.store, around.push, loop, around.wait, around.pop)
    return (
        _follow(outside, loop.parent)
        and _follow((inside.reserve, inside.store, inside.push), loop.body.block)
        and _follow((inside.wait, inside.store, inside.pop), loop.body.block)
        and not any(op.held for op in (around.reserve, around.wait, inside.reserve, inside.wait))
    )


def _follow(ops: tuple[Operation, ...], block: Block | None) -> bool:
    """Whether operations stand in a block, in this order."""
    return all(op.parent is block for op in ops) and all(one.is_before_in_block(other) for one, other in pairwise(ops))


def _is_sum(turn: _Turn) -> bool:
    """Whether a turn stores what it has waited for and terms that are added, and nothing else reads that."""
    before = turn.wait.block
    return turn.store.value.type == before.type and before.has_one_use() and _adds_to(turn.store.value, before)


def _adds_to(value: SSAValue, before: SSAValue) -> bool:
    op = value.owner
    if not isinstance(op, ttl.ElementwiseOp) or op.ROW.name != "add" or not value.has_one_use():
        return False
    return any(operand is before or _adds_to(operand, before) for operand in op.inputs)


class TTLPromoteBufferedSumsPass(OrderedPass):
    """Sums that a compute thread hands to itself through a buffer, turn by turn, become values that loops carry."""

    name = "ttl-promote-buffered-sums"
    needs = frozenset({Guarantee.ENDS, Guarantee.BLOCK_EXPRESSIONS, Guarantee.CONSTANT_BLOCKS, Guarantee.OPEN_BUFFERS})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if not isinstance(kernel, ttl.KernelOp):
                continue
            for cb in kernel.circular_buffers:
                if (found := _buffered_sum(cb)) is not None:
                    found.promote()
