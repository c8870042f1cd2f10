"""
Where the compiler ends what the author has left open: releases of blocks, and waits for transfers.

A walk over the paths of a thread knows what is open at each place. A block is released behind its last use on each
path, since an earlier release holds nobody up; a transfer is waited for as late as nobody can see a difference: before
its block is used or released, before what another thread may see or what may block, at the end of the turn. What is
open on some of the paths to a place, and not on others, is ended where they part.

Where the edition keeps values of released blocks, a block is also released before the next one of its buffer is waited
for, if nothing but values that were computed of it is still to be read.
"""

from __future__ import annotations

from dataclasses import dataclass

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ttlang.analysis.block_lifetimes import branches_to, lifetime
from ttlang.analysis.carried_values import handed_to, users
from ttlang.analysis.end_facts import EndFacts
from ttlang.analysis.open_ends import (
    End,
    OpenPath,
    Start,
    collapsed,
    end_of,
    ended_by,
    is_plainly_complete,
    open_on_all,
)
from ttlang.analysis.thread_order import Place, ThreadOrder
from ttlang.analysis.transfer_overlaps import must_precede
from ttlang.dialects import ttl


@dataclass(frozen=True)
class InferredEnd:
    """A release or a wait that is missing."""

    start: Start
    place: Place
    last: Operation
    """The last use of what it ends."""

    def insert(self) -> None:
        """Writes it down. Those of one place are inserted in their order."""
        ends = _operations(self.start)
        for end in ends:
            end.location = self.last.location
        region = self.place.region
        if not region.blocks:
            region.add_block(Block([scf.YieldOp()]))
        if (before := self.place.before or _terminator(region.block)) is not None:
            region.block.insert_ops_before(ends, before)
        else:
            region.block.add_ops(ends)


def _operations(start: Start) -> tuple[Operation, ...]:
    match start:
        case ttl.CopyOp():
            return (ttl.WaitOp(start.handle),)
        case ttl.CBWaitOp():
            return (ttl.CBPopOp(start.cb),)
        case _:
            return ttl.push(start.cb)


def _paths_behind(op: ttl.WaitAnyOp, paths: list[OpenPath]) -> list[OpenPath]:
    """Those behind a wait for one of several transfers: on each of them another one is over."""
    found: list[OpenPath] = []
    for path in paths:
        for place, handle in enumerate(op.handles):
            still_open = {end: start for end, start in path.open.items() if end is not handle}
            found.append(OpenPath(still_open, path.conditions.with_number(op.index, place)))
    return collapsed(op, found)


def _hand_on(op: Operation, paths: list[OpenPath]) -> None:
    """Transfers that get another name are waited for by that: the author does it."""
    for path in paths if op.operands else ():
        for handle in [end for end in path.open if isinstance(end, SSAValue)]:
            if any(use.operation is op and handed_to(use) for use in handle.uses):
                del path.open[handle]


def _to_be_ended(paths: list[OpenPath]) -> dict[End, Start]:
    """What is open on all paths; a transfer that is told apart may be waited for once more where it is over."""
    some = {end: start for path in paths for end, start in path.open.items() if isinstance(start, ttl.CopyOp)}
    return open_on_all(paths) | {end: start for end, start in some.items() if _is_told_apart(start)}


def _is_told_apart(transfer: ttl.CopyOp) -> bool:
    """Whether a thread asks which of this transfer and others has come."""
    return any(isinstance(user, ttl.WaitAnyOp) for user in users(transfer.handle))


def _terminator(block: Block) -> Operation | None:
    last = block.last_op
    return last if last is not None and last.has_trait(IsTerminator) else None


def ends_left_out(kernel: ttl.KernelOp) -> list[InferredEnd]:
    """What the author of a kernel has left to the compiler and may, in the order in which it is to be inserted."""
    edition = kernel.spoken
    if "insert" not in (edition.missing_wait, edition.missing_release):
        return []
    return [
        end
        for thread in kernel.threads
        for end in inferred_ends(thread)
        if (edition.missing_wait if isinstance(end.start, ttl.CopyOp) else edition.missing_release) == "insert"
    ]


def inferred_ends(thread: ttl.ThreadOp) -> list[InferredEnd]:
    """What is missing in a thread and can be inferred, in the order in which it is to be inserted."""
    if is_plainly_complete(thread.body.block):
        return []
    facts = EndFacts(thread)
    contested: set[End] = set()
    while True:
        walk = _Walk(facts, frozenset(contested))
        walk.visit(thread.body, [OpenPath()])
        if walk.contested <= contested:
            return walk.ends
        contested |= walk.contested


def why_open(thread: ttl.ThreadOp, acquire: ttl.AcquireOp) -> str:
    """Why the release of a block is not inferred, for one that has none, as the end of a sentence."""
    if EndFacts(thread).has_handed_transfers(acquire):
        return "a loop or a branch hands transfers of its blocks on"
    if lifetime(acquire, ThreadOrder(thread)).home is None:
        return "a loop hands the block itself on to its next turn, and not a value of it, as in block * 1"
    return "the thread releases blocks of this buffer at other places, too, or not on the same paths"


class _Walk:
    """One walk over a thread, all paths at once."""

    def __init__(self, facts: EndFacts, skipped: frozenset[End]):
        """`skipped`: what is not inferred."""
        self.ends: list[InferredEnd] = []
        self.contested: set[End] = set()
        """What the author ends that has been ended for him: he means something else."""
        self._facts = facts
        self._skipped = skipped
        self._ended: set[End] = set()
        self._open_before: dict[Operation, set[End]] = {}
        """What is open on all paths to a branch."""

    def visit(self, region: Region, paths: list[OpenPath]) -> list[OpenPath]:
        """Follows a region, and returns the paths at its end."""
        for op in region.block.ops if region.blocks else ():
            self._end_at(Place(region, op), paths)
            _hand_on(op, paths)
            if isinstance(op, scf.IfOp):
                paths = self._visit_if(op, paths)
            elif op.regions:
                paths = self._visit_loop(op, paths)
            elif isinstance(op, ttl.WaitAnyOp):
                paths = _paths_behind(op, paths)
            else:
                self._apply(op, paths)
        if not region.blocks or _terminator(region.block) is None:
            self._end_at(Place(region, None), paths)
        return paths

    def _visit_if(self, op: scf.IfOp, paths: list[OpenPath]) -> list[OpenPath]:
        self._open_before[op] = set(_to_be_ended(paths))
        ends: list[OpenPath] = []
        for branch in op.regions:
            taken = [path for path in paths if path.conditions.may_take(op, branch)]
            taken = self.visit(branch, [OpenPath(dict(p.open), p.conditions.in_branch(op, branch)) for p in taken])
            ends += [OpenPath(path.open, path.conditions.behind(op, branch)) for path in taken]
        return collapsed(op, ends)

    def _visit_loop(self, op: Operation, paths: list[OpenPath]) -> list[OpenPath]:
        """A turn ends as it began: what is open then, and was not before, is a mistake that others report."""
        before = {end for path in paths for end in path.open}
        for region in op.regions:
            paths = self.visit(region, paths)
        for path in paths:
            path.open = {end: start for end, start in path.open.items() if end in before}
        return collapsed(op, paths)

    def _apply(self, op: Operation, paths: list[OpenPath]) -> None:
        if isinstance(op, Start):
            for path in paths:
                # Another name for a block that is held, on the paths on which it is.
                if not (isinstance(op, ttl.AcquireOp) and op.held is not None and end_of(op) not in path.open):
                    path.open[end_of(op)] = op
        elif (end := ended_by(op)) is not None:
            if end in self._ended and any(end not in path.open for path in paths):
                self.contested.add(end)
            for path in paths:
                path.open.pop(end, None)

    # ------------------------------------------------------------------------------------------------------- ends

    def _end_at(self, place: Place, paths: list[OpenPath]) -> None:
        """Ends what is due at a place, on all paths to it: transfers first."""
        for end, start in sorted(_to_be_ended(paths).items(), key=lambda item: isinstance(item[1], ttl.AcquireOp)):
            starts = [path.open[end] for path in paths if end in path.open]
            if end not in self._skipped and all(self._is_due(each, place, paths) for each in starts):
                self._end(start, place, paths)

    def _end(self, start: Start, place: Place, paths: list[OpenPath]) -> None:
        order, life = self._facts.order, self._facts.lifetime(start)
        behind = order.first_behind(place)
        last = max((n for n in (*life.uses, *life.direct) if n < behind), default=order.number(start))
        self.ends.append(InferredEnd(start, place, order.operations[last]))
        end = end_of(start)
        self._ended.add(end)
        for path in paths:
            path.open.pop(end, None)

    def _is_due(self, start: Start, place: Place, paths: list[OpenPath]) -> bool:
        if isinstance(start, ttl.CopyOp):
            return self._is_wait_due(start, place)
        return self._is_release_due(start, place, paths)

    def _is_wait_due(self, transfer: ttl.CopyOp, place: Place) -> bool:
        if not self._may_end_at(place, transfer):
            return False
        if place.before is not None and not place.before.has_trait(IsTerminator):
            # Before a use of its block, one that is told apart from others need not have come.
            return not _is_told_apart(transfer) and must_precede(transfer, place.before)
        return not _is_told_apart(transfer) or place.region is self._facts.lifetime(transfer).home

    def _is_release_due(self, acquire: ttl.AcquireOp, place: Place, paths: list[OpenPath]) -> bool:
        if self._facts.has_handed_transfers(acquire):
            return False
        if any(self._facts.uses(acquire, transfer) for path in paths for transfer in path.transfers):
            return False
        return self._may_end_at(place, acquire) and not (self._facts.is_released_ahead(acquire, place))

    def _may_end_at(self, place: Place, start: Start) -> bool:
        """
        Whether nothing uses it any more, and the place is one of a turn that it belongs to. In a branch it is ended
        only if it can't as well be ended behind it: a block that is held while the thread waits may hold others up.
        """
        home = self._facts.lifetime(start).home
        if home is None or (branches := branches_to(place.region, home)) is None:
            return False
        if self._facts.uses_ahead(start, place):
            return False
        end = end_of(start)
        return all(
            end not in self._open_before[branch]
            or self._facts.is_ended_in(end, branch)
            or (isinstance(start, ttl.AcquireOp) and self._facts.may_block_in(branch))
            for branch in branches
        )
