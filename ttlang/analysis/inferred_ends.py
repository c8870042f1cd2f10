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

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.traits import IsTerminator

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.block_lifetimes import Lifetime, acquires_anew, branches_to, lifetime, may_block
from ttlang.analysis.thread_order import ThreadOrder
from ttlang.analysis.transfer_overlaps import must_precede
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations, terminator

Start = ttl.AcquireOp | ttl.CopyOp
BufferEnd = tuple[type[ttl.ReleaseOp], SSAValue]
"""What releases a block, and its buffer: a thread holds one block at a time there."""
Subject = BufferEnd | SSAValue
"""What is open: an end of a buffer, or a transfer by its handle."""


@dataclass(frozen=True)
class InferredEnd:
    """A release or a wait that is missing."""

    start: Start
    region: Region
    before: Operation | None
    """What it comes before in the region; None at its end."""
    last: Operation
    """The last use of what it ends."""

    def insert(self) -> None:
        """Writes it down. Those of one place are inserted in their order."""
        ends = _operations(self.start)
        for end in ends:
            end.location = self.last.location
        if not self.region.blocks:
            self.region.add_block(Block([scf.YieldOp()]))
        block = self.region.block
        if (before := self.before or _terminator(block)) is not None:
            block.insert_ops_before(ends, before)
        else:
            block.add_ops(ends)


def _operations(start: Start) -> tuple[Operation, ...]:
    match start:
        case ttl.CopyOp():
            return (ttl.WaitOp(start.handle),)
        case ttl.CBWaitOp():
            return (ttl.CBPopOp(start.cb),)
        case _:
            return ttl.push(start.cb)


def end_of_buffer(acquire: ttl.AcquireOp) -> BufferEnd:
    """Where a block is acquired and released."""
    return acquire.RELEASE, acquire.cb


def ends_left_out(kernel: ttl.KernelOp) -> list[InferredEnd]:
    """What the author of a kernel has left to the compiler and may, in the order in which it is to be inserted."""
    edition = kernel.spoken
    waits, releases = edition.missing_wait == "insert", edition.missing_release == "insert"
    ends = (end for thread in kernel.threads if waits or releases for end in inferred_ends(thread))
    return [end for end in ends if (waits if isinstance(end.start, ttl.CopyOp) else releases)]


def inferred_ends(thread: ttl.ThreadOp) -> list[InferredEnd]:
    """What is missing in a thread and can be inferred, in the order in which it is to be inserted."""
    if _is_plainly_complete(thread.body.block):
        return []
    facts = _Facts(thread)
    contested: set[BufferEnd] = set()
    while True:
        walk = _Walk(facts, frozenset(contested))
        walk.visit(thread.body, [_Path()])
        if walk.contested <= contested:
            return walk.ends
        contested |= walk.contested


def _kernel_of(thread: ttl.ThreadOp) -> ttl.KernelOp:
    kernel = thread.parent_op()
    assert isinstance(kernel, ttl.KernelOp)
    return kernel


def why_open(thread: ttl.ThreadOp, acquire: ttl.AcquireOp) -> str:
    """Why the release of a block is not inferred, for one that has none, as the end of a sentence."""
    if lifetime(acquire, ThreadOrder(thread)).home is None:
        return "a loop hands the block itself on to its next turn, and not a value of it, as in block * 1"
    return "the thread releases blocks of this buffer at other places, too, or not on the same paths"


def _is_plainly_complete(block: Block) -> bool:
    """Whether everything is ended in the block that it starts in: a quick look, which is all that most threads take."""
    held: set[BufferEnd] = set()
    flying: set[SSAValue] = set()
    for op in block.ops:
        match op:
            case ttl.AcquireOp():
                if (end := end_of_buffer(op)) in held:
                    return False
                held.add(end)
            case ttl.ReleaseOp():
                held.discard((type(op), op.cb))
            case ttl.CopyOp():
                flying.add(op.handle)
            case ttl.WaitOp():
                flying.discard(op.handle)
            case _:
                if not all(_is_plainly_complete(inner) for region in op.regions for inner in region.blocks):
                    return False
    return not held and not flying


def _terminator(block: Block) -> Operation | None:
    last = block.last_op
    return last if last is not None and last.has_trait(IsTerminator) else None


# ------------------------------------------------------------------------------------------------ facts of a thread


class _Facts:
    """What a walk asks for again and again."""

    def __init__(self, thread: ttl.ThreadOp):
        self.order = ThreadOrder(thread)
        self.events: dict[BufferEnd, list[int]] = {}
        """The numbers of acquisitions and releases."""
        for number, op in enumerate(self.order.operations):
            if isinstance(op, ttl.AcquireOp):
                self.events.setdefault(end_of_buffer(op), []).append(number)
            elif isinstance(op, ttl.ReleaseOp):
                self.events.setdefault((type(op), op.cb), []).append(number)
        self._lifetimes: dict[Operation, Lifetime] = {}
        self._keeps_values = _kernel_of(thread).spoken.released_values == "keep"
        self._acquires_anew = cache(acquires_anew)
        self.is_ended_in = cache(self._is_ended_in)
        self.may_block_in = cache(self._may_block_in)

    def lifetime(self, start: Start) -> Lifetime:
        if start not in self._lifetimes:
            self._lifetimes[start] = lifetime(start, self.order)
        return self._lifetimes[start]

    def uses(self, acquire: ttl.AcquireOp, op: Operation) -> bool:
        return self.order.number(op) in self.lifetime(acquire).uses

    def uses_ahead(self, start: Start, region: Region, before: Operation | None) -> bool:
        """
        Whether anything behind a place needs what is open. Values that were computed of a block can do without it, if
        they have to: if another one of its buffer comes next, or does on a path that parts from this one.
        """
        life = self.lifetime(start)
        uses = life.direct if self._is_replaced(start, life, region, before) else life.uses
        return next(self.order.ahead(uses, region, before), None) is not None

    def _is_replaced(self, start: Start, life: Lifetime, region: Region, before: Operation | None) -> bool:
        if not self._keeps_values or not isinstance(start, ttl.CBWaitOp) or life.home is None:
            return False
        places = (*(branches_to(region, life.home) or ()), *((before,) if before is not None else ()))
        return any(self._acquires_anew(place, start) for place in places)

    def is_released_ahead(self, end: BufferEnd, region: Region, before: Operation | None) -> bool:
        """Whether the author releases a block behind a place, before he acquires the next one."""
        following = next(self.order.ahead(self.events[end], region, before), None)
        return following is not None and isinstance(self.order.operations[following], ttl.ReleaseOp)

    def _is_ended_in(self, subject: Subject, op: Operation) -> bool:
        """Whether the author ends something in a part of the thread."""
        for each in operations(op):
            match each:
                case ttl.ReleaseOp() if (type(each), each.cb) == subject:
                    return True
                case ttl.WaitOp() if each.handle is subject:
                    return True
                case _:
                    pass
        return False

    def _may_block_in(self, op: Operation) -> bool:
        return any(may_block(each) for each in operations(op))


# --------------------------------------------------------------------------------------------------------- the walk


@dataclass
class _Path:
    """What is open on a path, and what is known of its conditions."""

    held: dict[BufferEnd, ttl.AcquireOp] = field(default_factory=dict[BufferEnd, ttl.AcquireOp])
    flying: dict[SSAValue, ttl.CopyOp] = field(default_factory=dict[SSAValue, ttl.CopyOp])
    flags: dict[SSAValue, bool] = field(default_factory=dict[SSAValue, bool])

    def taking(self, condition: SSAValue, truth: bool) -> _Path:
        return _Path(dict(self.held), dict(self.flying), {**self.flags, condition: truth})

    def truth(self, condition: SSAValue) -> bool | None:
        constant = constant_value(condition)
        return self.flags.get(condition) if constant is None else constant != 0

    def open(self) -> set[Subject]:
        return {*self.held, *self.flying}

    def close(self, subject: Subject) -> None:
        if isinstance(subject, SSAValue):
            self.flying.pop(subject, None)
        else:
            self.held.pop(subject, None)


def _common(paths: Sequence[_Path]) -> set[Subject]:
    """What is open on all of some paths."""
    return set[Subject].intersection(*(path.open() for path in paths)) if paths else set()


def _collapsed(paths: Sequence[_Path]) -> list[_Path]:
    """Paths on which the same is open need not be told apart."""
    kept: list[_Path] = []
    for path in paths:
        same = next((other for other in kept if (other.held, other.flying) == (path.held, path.flying)), None)
        if same is None:
            kept.append(path)
        else:
            same.flags = dict(same.flags.items() & path.flags.items())
    return kept


class _Walk:
    """One walk over a thread, all paths at once."""

    def __init__(self, facts: _Facts, contested: frozenset[BufferEnd]):
        """`contested`: where the author releases what would have been released for him: he means something else."""
        self.ends: list[InferredEnd] = []
        self.contested: set[BufferEnd] = set()
        self._facts = facts
        self._skipped = contested
        self._ended: set[Subject] = set()
        self._open_before: dict[Operation, set[Subject]] = {}
        """What is open on all paths to a branch."""

    def visit(self, region: Region, paths: list[_Path]) -> list[_Path]:
        """Follows a region, and returns the paths at its end."""
        for op in region.block.ops if region.blocks else ():
            self._end_at(region, op, paths)
            if isinstance(op, scf.IfOp):
                paths = self._visit_if(op, paths)
            elif op.regions:
                paths = self._visit_loop(op, paths)
            else:
                self._apply(op, paths)
        if not region.blocks or _terminator(region.block) is None:
            self._end_at(region, None, paths)
        return paths

    def _visit_if(self, op: scf.IfOp, paths: list[_Path]) -> list[_Path]:
        self._open_before[op] = _common(paths)
        ends: list[_Path] = []
        for region, truth in ((op.true_region, True), (op.false_region, False)):
            taken = [path.taking(op.cond, truth) for path in paths if path.truth(op.cond) in (None, truth)]
            taken = self.visit(region, taken)
            for path in taken if op.results else ():
                known = zip(op.results, map(path.truth, terminator(region.block).operands), strict=True)
                path.flags |= {result: truth for result, truth in known if truth is not None}
            ends += taken
        return _collapsed(ends)

    def _visit_loop(self, op: Operation, paths: list[_Path]) -> list[_Path]:
        """A turn ends as it began: what is open then, and was not before, is a mistake that others report."""
        before = set[Subject]().union(*(path.open() for path in paths))
        for region in op.regions:
            paths = self.visit(region, paths)
        for path in paths:
            for subject in path.open() - before:
                path.close(subject)
        return _collapsed(paths)

    def _apply(self, op: Operation, paths: list[_Path]) -> None:
        match op:
            case ttl.AcquireOp():
                for path in paths:
                    path.held[end_of_buffer(op)] = op
            case ttl.CopyOp():
                for path in paths:
                    path.flying[op.handle] = op
            case ttl.ReleaseOp():
                end = type(op), op.cb
                if end in self._ended and any(end not in path.held for path in paths):
                    self.contested.add(end)
                for path in paths:
                    path.close(end)
            case ttl.WaitOp():
                for path in paths:
                    path.close(op.handle)
            case _:
                pass

    # ------------------------------------------------------------------------------------------------------- ends

    def _end_at(self, region: Region, before: Operation | None, paths: list[_Path]) -> None:
        """Ends what is due at a place, on all paths to it: transfers first."""
        if not paths:
            return
        for handle, transfer in tuple(paths[0].flying.items()):
            if all(handle in path.flying for path in paths) and self._is_wait_due(transfer, region, before):
                self._end(transfer, handle, region, before, paths)
        for end, acquire in tuple(paths[0].held.items()):
            held = [path.held.get(end) for path in paths]
            due = (each is not None and self._is_release_due(each, region, before, paths) for each in held)
            if end not in self._skipped and all(due):
                self._end(acquire, end, region, before, paths)

    def _end(
        self, start: Start, subject: Subject, region: Region, before: Operation | None, paths: list[_Path]
    ) -> None:
        order = self._facts.order
        place = order.place(region, before)
        life = self._facts.lifetime(start)
        last = max((n for n in (*life.uses, *life.direct) if n < place), default=order.number(start))
        self.ends.append(InferredEnd(start, region, before, order.operations[last]))
        self._ended.add(subject)
        for path in paths:
            path.close(subject)

    def _is_wait_due(self, transfer: ttl.CopyOp, region: Region, before: Operation | None) -> bool:
        if not self._may_end_in(region, transfer, transfer.handle, before, blocking_matters=False):
            return False
        return before is None or before.has_trait(IsTerminator) or must_precede(transfer, before)

    def _is_release_due(
        self, acquire: ttl.AcquireOp, region: Region, before: Operation | None, paths: Sequence[_Path]
    ) -> bool:
        end = end_of_buffer(acquire)
        if any(self._facts.uses(acquire, transfer) for path in paths for transfer in path.flying.values()):
            return False
        return self._may_end_in(region, acquire, end, before, blocking_matters=True) and not (
            self._facts.is_released_ahead(end, region, before)
        )

    def _may_end_in(
        self, region: Region, start: Start, subject: Subject, before: Operation | None, *, blocking_matters: bool
    ) -> bool:
        """
        Whether nothing uses it any more, and the place is one of a turn that it belongs to. In a branch it is ended
        only if it can't as well be ended behind it.
        """
        home = self._facts.lifetime(start).home
        if home is None or (branches := branches_to(region, home)) is None:
            return False
        if self._facts.uses_ahead(start, region, before):
            return False
        return all(
            subject not in self._open_before[branch]
            or self._facts.is_ended_in(subject, branch)
            or (blocking_matters and self._facts.may_block_in(branch))
            for branch in branches
        )
