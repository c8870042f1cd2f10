"""
Reads the blocks of the next turn while those of this turn are under way.

A loop that only fills buffers from tensors waits, in each turn, for the last byte; only then does it begin to read the
next blocks. Where its buffers have room for three blocks or more, the reads of a turn begin before the barrier of the
turn before: one block is being read then, another one is full or on its way, a third one is the consumer's. With two
blocks the reads would wait for the consumer, and the block that has come with them, so nothing is changed.

Each turn has a tag, 1 or 2 in turn, and its barrier waits for the reads with its tag. A turn beyond the next one gains
nothing more by the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xdsl.builder import Builder
from xdsl.context import Context
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.buffer_flow import tensor_of
from ttlang.analysis.copied_tensors import tensors_under_buffers, tensors_written
from ttlang.analysis.effects import is_side_effect_free
from ttlang.analysis.linear_forms import surely_runs, turns_of
from ttlang.checks.thread_meetings import surely_ends
from ttlang.dialects import ttl
from ttlang.dialects.attributes import i64_attr
from ttlang.dialects.copying import copied
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import enclosing, operations_of
from ttlang.transforms.pass_order import OrderedPass
from ttlang.transforms.rewriting import Ints, set_location

LEAST_BLOCKS = 3
"""Of a buffer that has room for reads ahead."""
MOST_READS = 128
"""
Of a turn. The chip counts 255 requests under way with a tag (`NOC_MAX_TRANSACTION_ID_COUNT`, `noc_parameters.h`), and
ttnn's own functions hold reads back from half of that on (`ncrisc_noc_fast_read_with_transaction_id`).
"""
_TOO_FEW = (0, 1)
"""Turns of a loop that has no next one to read for."""
READ_BYTES = 8192
"""The most that one request asks for, on the chip that asks for less (`NOC_MAX_BURST_SIZE`, Wormhole)."""


@dataclass(frozen=True)
class _Turn:
    """What a turn of a loop does: it orders reads, waits for them, and pushes their blocks."""

    orders: Sequence[Operation]
    first: ttl.CBReserveOp
    wait: ttl.WaitOp
    """One of those for its reads."""
    pushes: Sequence[ttl.CBPushOp]


def _turn_of(loop: scf.ForOp) -> _Turn | None:
    """None for a loop that does anything else, or whose reads are not to begin earlier."""
    if loop.iter_args or turns_of(loop) in _TOO_FEW:
        return None
    orders: list[Operation] = []
    waits: list[ttl.WaitOp] = []
    pushes: list[ttl.CBPushOp] = []
    for op in tuple(loop.body.block.ops)[:-1]:
        match op:
            case ttl.CBReserveOp() if not op.held and not op.published and _has_room(op):
                orders.append(op)
            case ttl.CopyOp(direction=ttl.Direction.READ) if _is_unchanged(op):
                orders.append(op)
            case ttl.WaitOp() if op.handle.owner in orders:
                waits.append(op)
            case ttl.CBPushOp(block=None):
                pushes.append(op)
            case _ if is_side_effect_free(op) and not op.regions:
                orders.append(op)
            case _:
                return None
    reserves = [op for op in orders if isinstance(op, ttl.CBReserveOp)]
    copies = [op for op in orders if isinstance(op, ttl.CopyOp)]
    buffers = [op.cb for op in reserves]
    alike = len(set(buffers)) == len(buffers) and sorted(map(id, buffers)) == sorted(id(op.cb) for op in pushes)
    fills = {copy.destination.owner for copy in copies} == {*reserves}
    waited = {op.handle for op in waits} == {copy.handle for copy in copies}
    if not waits or not alike or not fills or not waited or sum(map(_requests, copies)) > MOST_READS:
        return None
    return _Turn(orders, reserves[0], waits[0], pushes)


def _has_room(reserve: ttl.CBReserveOp) -> bool:
    """Its memory is its own, and nobody has to see to it that it is reserved when others are not."""
    buffer = owner_of(reserve.cb, ttl.CreateCBOp)
    return reserve.cb.type.block_count.data >= LEAST_BLOCKS and buffer.tensor is None and buffer.group is None


def _is_unchanged(copy: ttl.CopyOp) -> bool:
    """Whether no thread of the kernel writes to the tensor that is read."""
    kernel = enclosing(copy, ttl.KernelOp)
    assert kernel is not None
    changed = tensors_written(kernel) | tensors_under_buffers(kernel)
    return tensor_of(copy.source).name_.data not in changed


def _requests(copy: ttl.CopyOp) -> int:
    """At most so many requests are sent for a copy."""
    type_ = owner_of(copy.destination, ttl.CBReserveOp).cb.type
    return type_.block_pages * -(-type_.page_bytes // READ_BYTES)


def _read_ahead(loop: scf.ForOp, turn: _Turn) -> None:
    """The reads of the first turn come before the loop, its barrier and pushes, as those of each, a turn later."""
    at = Builder(InsertPoint.before(loop))
    if not surely_runs(loop):
        runs = at.insert(arith.CmpiOp(loop.lb, loop.ub, "slt"))
        end = scf.YieldOp()
        inside = Block([end])
        branch = at.insert(scf.IfOp(runs.result, [], Region(inside)))
        for new in (runs, branch):
            set_location(new, loop)
        loop.detach()
        inside.insert_op_before(loop, end)
        at = Builder(InsertPoint.before(loop))
    ints = Ints.at(at, loop)
    first, zero, both = (ints.constant(number) for number in (1, 0, 3))
    variable = loop.body.block.args[0]
    _order(turn, first, at, {variable: loop.lb}, blocks_before=0)
    body = Block(arg_types=[i32, i32])
    number, tag = body.args
    number.name_hint, tag.name_hint = variable.name_hint, "tag"
    inner = Builder(InsertPoint.at_end(body))
    following = inner.insert(arith.SubiOp(both, tag)).result
    following.name_hint = "next_tag"
    _order(turn, following, inner, {variable: number}, blocks_before=1)
    _deliver(turn, tag, inner)
    inner.insert(scf.YieldOp(following))
    ahead = at.insert(scf.ForOp(ints.add(loop.lb, loop.step), loop.ub, loop.step, [first], Region(body)))
    ahead.results[0].name_hint = "last_tag"
    _deliver(turn, ahead.results[0], at)
    set_location(at.insert(ttl.TagReadsOp(zero)), turn.wait)
    set_location(ahead, loop)
    loop.detach()
    loop.erase()


def _order(turn: _Turn, tag: SSAValue, at: Builder, values: dict[SSAValue, SSAValue], *, blocks_before: int) -> None:
    """The reads of a turn, with its tag. `values`: what stands for values of the loop."""
    set_location(at.insert(ttl.TagReadsOp(tag)), turn.first)
    for op in turn.orders:
        new = at.insert(op.clone(values))
        new.location = op.location
        if isinstance(new, ttl.CBReserveOp) and blocks_before:
            new.ahead = i64_attr(blocks_before)


def _deliver(turn: _Turn, tag: SSAValue, at: Builder) -> None:
    """The blocks of a turn are pushed when its reads have landed."""
    set_location(at.insert(ttl.DMABarrierOp(ttl.Direction.READ, tag)), turn.wait)
    for push in turn.pushes:
        set_location(at.insert(ttl.CBPushOp(push.cb)), push)


def _change(kernel: ttl.KernelOp) -> None:
    """Changes the loops of a kernel, if it then is known that no thread waits forever."""
    found = [
        (loop, turn)
        for thread in operations_of(kernel, ttl.DataMovementThreadOp)
        for loop in operations_of(thread, scf.ForOp)
        if (turn := _turn_of(loop)) is not None
    ]
    if not found:
        return
    before = copied(kernel)
    for loop, turn in found:
        _read_ahead(loop, turn)
    if not surely_ends(kernel):
        Rewriter.replace_op(kernel, before)


class TTLReadAheadPass(OrderedPass):
    """Loops that fill buffers of three blocks or more begin the reads of a turn before they wait for those before."""

    name = "ttl-read-ahead"
    needs = frozenset({Guarantee.TRANSFER_HANDLES, Guarantee.ENDS, Guarantee.ACQUIRED_BLOCKS})
    ends = frozenset({Guarantee.AS_WRITTEN})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for kernel in op.ops:
            if isinstance(kernel, ttl.KernelOp):
                _change(kernel)
