"""
Blocks that are handed on by DST section: their readers begin while the rest is computed.

Pushes only come earlier so, and what a reader waits for only later, still behind the pushes that it waits for: nothing
waits for what comes after it in its own thread, and who waits for the whole block gets it as before. A block is handed
on in its tiles' order, and all of it before the next one, so no part lies across the end of the ring.

Of a sum that the packer adds up in L1, turn after turn of loops, that holds for the last turn of them.

Within the compute thread that is done wherever a block has more than one section. What leaves it goes so where time
shows: where no later block of a loop, in a ring with room for it, has the writer busy in the meantime.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, takewhile

from xdsl.dialects import scf
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.contiguous_pages import contiguous_part
from ttlang.analysis.effects import is_side_effect_free
from ttlang.analysis.linear_forms import loops_between, surely_runs
from ttlang.dialects import ttl
from ttlang.dialects.ttcore import TileType
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import enclosing, following

Reader = ttl.ComputeOp | ttl.CopyOp
"""What reads a block first."""


@dataclass(frozen=True)
class HandOver:
    """A block that can be handed on by section."""

    push: ttl.CBPushOp
    """What hands on the whole block."""
    loops: tuple[scf.ForOp, ...]
    """Those in whose last turn its tiles are complete, the innermost first."""
    readers: dict[ttl.CBWaitOp, Reader]
    """Where it is waited for, and what reads it then."""
    inside: bool
    """Its readers are of the same thread."""


class HandOvers:
    """How blocks are handed on. What is known of a buffer holds while nobody else comes to wait for its blocks."""

    def __init__(self) -> None:
        self._rings: dict[SSAValue, _Ring] = {}

    def of(self, compute: ttl.ComputeOp, output: SSAValue) -> HandOver | None:
        """How an output is handed on by section; None if it can't be, or not to any use."""
        reserve = output.owner
        if not isinstance(reserve, ttl.CBReserveOp) or not _is_alone(compute, reserve):
            return None
        loops = loops_between(reserve, compute)
        if loops is None or bool(loops) != (compute.accumulate is not None) or not all(map(surely_runs, loops)):
            return None
        push, ring = _push_of(reserve, compute), self._ring(reserve.cb)
        if push is None or ring.counted:
            return None
        if inside := self.is_read_in(enclosing(reserve, ttl.ThreadOp), reserve.cb):
            waits = (op for op in following(push) if isinstance(op, ttl.CBWaitOp) and op.cb is reserve.cb)
            readers = _readers_of(list(islice(waits, 1)))
        elif _frees_memory_between(compute, push) or not _time_shows(reserve):
            return None
        else:
            readers = ring.readers
        return HandOver(push, tuple(loops), readers, inside) if readers else None

    def of_all(self, compute: ttl.ComputeOp) -> list[HandOver | None]:
        """How each of its outputs is handed on."""
        return [self.of(compute, output) for output in compute.outputs]

    def is_read_in(self, thread: ttl.ThreadOp | None, cb: SSAValue) -> bool:
        """Whether a thread waits for blocks of a buffer."""
        return thread in self._ring(cb).threads

    def _ring(self, cb: SSAValue) -> _Ring:
        if cb not in self._rings:
            self._rings[cb] = _Ring(cb)
        return self._rings[cb]


class _Ring:
    """What is known of a buffer's readers."""

    def __init__(self, cb: SSAValue):
        users = [use.operation for use in cb.uses]
        self._waits = [user for user in users if isinstance(user, ttl.CBWaitOp)]
        self.threads = {enclosing(wait, ttl.ThreadOp) for wait in self._waits}
        self.counted = any(isinstance(user, ttl.FilledPagesOp) for user in users)
        """Whether somebody asks how many pages are filled."""

    @cached_property
    def readers(self) -> dict[ttl.CBWaitOp, Reader]:
        return _readers_of(self._waits)


def _readers_of(waits: Sequence[ttl.CBWaitOp]) -> dict[ttl.CBWaitOp, Reader]:
    """What reads first what each of them waits for; nothing if one can't wait part by part."""
    readers: dict[ttl.CBWaitOp, Reader] = {}
    for wait in waits:
        if (reader := _reader_of(wait)) is None:
            return {}
        readers[wait] = reader
    return readers


def _is_alone(compute: ttl.ComputeOp, reserve: ttl.CBReserveOp) -> bool:
    """Whether a block is what one computation makes of it, and lies in memory of the ring alone."""
    if reserve.held is not None or reserve.published is not None or not reserve.block.has_one_use():
        return False
    if compute.acc is not None or compute.in_dst is not None:
        return False
    if compute.sums_to(reserve.block):
        return False
    return owner_of(reserve.cb, ttl.CreateCBOp).tensor is None


def _push_of(reserve: ttl.CBReserveOp, compute: ttl.ComputeOp) -> ttl.CBPushOp | None:
    """What hands the block on, if the next thing that happens to that end of the ring is that."""
    ends = _ends_of(reserve.cb, ttl.CBReserveOp, ttl.CBPushOp)
    next_end = next((op for op in following(reserve) if _is_around(op, ends)), None)
    if not isinstance(next_end, ttl.CBPushOp):
        return None
    around = next_end.parent.find_ancestor_op_in_block(compute) if next_end.parent else None
    return next_end if around is not None and around.is_before_in_block(next_end) else None


def _ends_of(cb: SSAValue, *kinds: type[Operation]) -> set[Operation]:
    """What happens at an end of a ring, on any way."""
    return {use.operation for use in cb.uses if isinstance(use.operation, kinds)}


def _is_around(op: Operation, others: set[Operation]) -> bool:
    """Whether it is one of the others, or one of them is in it."""
    return op in others or (bool(op.regions) and any(op.is_ancestor(other) for other in others))


def _frees_memory_between(compute: ttl.ComputeOp, push: ttl.CBPushOp) -> bool:
    """
    Whether a block of an allocation group is popped before the push: who waits for that knows that the memory is free,
    which a push that comes earlier would say too soon.
    """
    around = push.parent.find_ancestor_op_in_block(compute) if push.parent else None
    assert around is not None
    between = (op for top in takewhile(lambda op: op is not push, (around, *following(around))) for op in top.walk())
    return any(isinstance(op, ttl.CBPopOp) and owner_of(op.cb, ttl.CreateCBOp).group is not None for op in between)


def _time_shows(reserve: ttl.CBReserveOp) -> bool:
    around = reserve.parent_op()
    while isinstance(around, scf.IfOp):
        around = around.parent_op()
    return isinstance(around, ttl.ThreadOp) or reserve.cb.type.block_count.data == 1


def _reader_of(wait: ttl.CBWaitOp) -> Reader | None:
    """What reads a block first, if it can wait for the block part by part."""
    if wait.held is not None:
        return None
    concerned = {use.operation for use in wait.block.uses} | _ends_of(wait.cb, ttl.CBWaitOp, ttl.CBPopOp)
    first = next((op for op in following(wait) if _is_around(op, concerned)), None)
    match first:
        case ttl.ComputeOp() if _takes_all_of(first, wait.block):
            return first
        case ttl.CopyOp(direction=ttl.Direction.WRITE) if first.source is wait.block:
            return first if _comes_next(wait, first) and parts_of(first, 1) else None
        case _:
            return None


def _takes_all_of(compute: ttl.ComputeOp, block: SSAValue) -> bool:
    """Whether a computation reads each tile of a block, in the order of which it can wait for them."""
    if compute.in_dst is not None or block in compute.outputs:
        return False
    inputs = [(one, tile) for one, tile in zip(compute.described_inputs, compute.body.block.args, strict=True)]
    taken = [(one, tile) for one, tile in inputs if one.block is block]
    return bool(taken) and all(one.view is None and tile.uses for one, tile in taken)


def _comes_next(wait: ttl.CBWaitOp, copy: ttl.CopyOp) -> bool:
    """Whether nothing lies between them that others could see."""
    return all(is_side_effect_free(op) for op in takewhile(lambda op: op is not copy, following(wait)))


def parts_of(copy: ttl.CopyOp, tiles: int) -> tuple[int, int] | None:
    """
    By which dimension of its window, and how many places of that at a time, a copy goes to wait for so many tiles of
    its block each time; None if it can't.
    """
    window = copy.destination.owner
    kernel = enclosing(copy, ttl.KernelOp)
    assert kernel is not None
    if not isinstance(window, ttl.TensorSliceOp) or not isinstance(window.result.type.element, TileType):
        return None
    *_, columns = sizes = window.result.type.sizes
    if any(size > 1 for size in contiguous_part(window, kernel.chip)):
        return None
    if tiles < columns:
        return len(sizes) - 1, tiles
    rows = tiles // columns
    return (len(sizes) - 2, rows) if len(sizes) > 1 and tiles % columns == 0 and rows < sizes[-2] else None
