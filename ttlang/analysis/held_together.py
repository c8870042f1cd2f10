"""
Blocks of one buffer that a compute thread has waited for and holds together: which of them is read, or released by
name, behind the wait for a further one.

A walk over the paths of a thread knows the names of what is held. At a wait, what is held of the buffer and still
needed is to be kept before it; the walk is repeated with these places until it finds no more, and tells then which
releases are of blocks that have been kept. Where that is not the same on all paths, nothing is said of the buffer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, Region, SSAValue

from ttlang.analysis.linear_forms import turns_of
from ttlang.analysis.open_ends import OpenPath, Start, collapsed
from ttlang.analysis.thread_order import Place, ThreadOrder
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_in, side_by_side

_Use = tuple[Operation, int]


@dataclass(frozen=True)
class KeptBlock:
    """A block that is read behind the wait for a further one of its buffer."""

    name: ttl.CBWaitOp
    """Its acquisition, under the name that it has there."""
    place: Operation
    """What it is to be kept before."""
    releases: tuple[ttl.ReleaseOp, ...]
    """The author's, of this block."""
    uses: tuple[_Use, ...]
    """What reads it behind the place: operations, and which of their operands it is."""


def held_together(thread: ttl.ThreadOp) -> list[KeptBlock]:
    """The blocks of a thread that are to be kept, in the order of the text; none if nothing is held together."""
    buffers: set[SSAValue] = set()
    _find_buffers(thread.body.block, set(), buffers)
    if not buffers:
        return []
    order = ThreadOrder(thread)
    places: dict[ttl.CBWaitOp, Operation] = {}
    while buffers:
        walk = _Walk(order, buffers, places)
        walk.visit(thread.body, [_HeldPath()])
        if new := {name: place for name, place in walk.found.items() if places.get(name) is not place}:
            places |= new
            continue
        if not (unclear := walk.unclear):
            return [walk.kept(name, place) for name, place in places.items()]
        buffers -= unclear
        places = {name: place for name, place in places.items() if name.cb in buffers}
    return []


def _find_buffers(block: Block, held: set[SSAValue], found: set[SSAValue]) -> None:
    """The buffers of which more than one block may be held: a quick look, which finds none in most threads."""
    for op in operations_in(block):
        if isinstance(op, ttl.CBWaitOp) and op.held is None:
            if op.cb in held:
                found.add(op.cb)
            held.add(op.cb)
        elif isinstance(op, ttl.CBPopOp):
            held.discard(op.cb)
        for region in op.regions:
            for inner in region.blocks:
                _find_buffers(inner, set(held), found)


@dataclass
class _HeldPath(OpenPath):
    """A path to a place: the names of blocks that are held, and the wait that each of them comes from."""

    handed: dict[SSAValue, ttl.CBWaitOp] = field(default_factory=dict[SSAValue, ttl.CBWaitOp])
    """For buffers, the block that was handed on last."""
    fresh: frozenset[SSAValue] = frozenset()
    """The buffers among them of whose block nothing has taken the name since."""
    kept: dict[Start, ttl.CBWaitOp] = field(default_factory=dict[Start, ttl.CBWaitOp])
    """The blocks that have been kept, and the names that they had then."""

    def fork(self) -> _HeldPath:
        return _HeldPath(dict(self.open), self.conditions, dict(self.handed), self.fresh, dict(self.kept))

    def is_open_as(self, other: OpenPath) -> bool:
        assert isinstance(other, _HeldPath)
        return (self.open, self.handed, self.fresh, self.kept) == (other.open, other.handed, other.fresh, other.kept)

    def held_of(self, cb: SSAValue) -> dict[ttl.CBWaitOp, ttl.CBWaitOp]:
        """What is held of a buffer, the oldest first: for each wait the last name of its block."""
        found: dict[ttl.CBWaitOp, ttl.CBWaitOp] = {}
        for name, start in self.open.items():
            if isinstance(start, ttl.CBWaitOp) and start.cb is cb and isinstance(name, SSAValue):
                assert isinstance(name.owner, ttl.CBWaitOp)
                found[start] = name.owner
        return found

    def rename(self, start: ttl.CBWaitOp, held: ttl.CBWaitOp) -> None:
        """A block that was handed on comes from here now: another turn may wait where it came from."""
        self.open = {name: held if other is start else other for name, other in self.open.items()} | {held.block: held}
        self.kept = {held if other is start else other: name for other, name in self.kept.items()}
        self.handed[held.cb] = held

    def drop(self, start: Start) -> None:
        self.open = {name: other for name, other in self.open.items() if other is not start}
        self.kept.pop(start, None)


class _Walk:
    """One walk over a thread, all paths at once."""

    def __init__(self, order: ThreadOrder, buffers: Collection[SSAValue], places: dict[ttl.CBWaitOp, Operation]):
        self.found: dict[ttl.CBWaitOp, Operation] = {}
        self._unclear: set[SSAValue] = set()
        self._order = order
        self._buffers = buffers
        self._known = places
        self._places: dict[Operation, list[ttl.CBWaitOp]] = {}
        for name, place in places.items():
            self._places.setdefault(place, []).append(name)
        self._releases: dict[ttl.ReleaseOp, set[ttl.CBWaitOp | None]] = {}
        """For each release, what was kept of the blocks that it may be of; None for one that was not."""
        self._late: set[_Use] = set()
        """Uses behind the release."""

    @property
    def unclear(self) -> set[SSAValue]:
        """The buffers of which paths hold different things, or what can't be kept."""
        contested = {op.cb for op, names in self._releases.items() if None in names and len(names) > 1}
        return self._unclear | contested | {name.cb for name in self.found}

    def kept(self, name: ttl.CBWaitOp, place: Operation) -> KeptBlock:
        first, block = self._order.number(place), place.parent_block()
        uses = [(use.operation, use.index) for use in name.block.uses if _have_all(block, (use.operation,))]
        read = [use for use in uses if self._order.number(use[0]) >= first and use not in self._late]
        return KeptBlock(
            name,
            place,
            tuple(op for op, names in self._releases.items() if name in names),
            tuple(use for use in read if not isinstance(use[0], ttl.ReleaseOp)),
        )

    # ------------------------------------------------------------------------------------------- control flow

    def visit(self, region: Region, paths: list[_HeldPath]) -> list[_HeldPath]:
        """Follows a region, and returns the paths at its end."""
        for op in region.block.ops if region.blocks else ():
            for name in self._places.get(op, ()):
                self._keep(name, paths)
            self._use(op, paths)
            match op:
                case scf.IfOp():
                    paths = self._visit_if(op, paths)
                case ttl.CBWaitOp() if op.cb in self._buffers:
                    self._wait(op, paths)
                case ttl.CBReserveOp() if op.cb in self._buffers and _is_filled_here(op):
                    self._meet(op, paths)
                case ttl.CBPopOp() if op.cb in self._buffers:
                    self._release(op, paths)
                case ttl.HandOnOp() if (wait := self._wait_of(op.block)) is not None:
                    self._hand_on(wait, paths)
                case _ if op.regions:
                    paths = self._visit_loop(op, paths)
                case _:
                    pass
        return paths

    def _visit_if(self, op: scf.IfOp, paths: list[_HeldPath]) -> list[_HeldPath]:
        ends: list[_HeldPath] = []
        for branch in op.regions:
            taken = [path.fork() for path in paths if path.conditions.may_take(op, branch)]
            for path in taken:
                path.conditions = path.conditions.in_branch(op, branch)
            for path in self.visit(branch, taken):
                path.conditions = path.conditions.behind(op, branch)
                ends.append(path)
        return collapsed(op, ends)

    def _visit_loop(self, op: Operation, paths: list[_HeldPath]) -> list[_HeldPath]:
        """A turn ends as it began, but for the block that it hands on."""
        before = {start for path in paths for start in path.open.values()}
        for _ in range(1 if turns_of(op) == 1 else 2):
            for region in op.regions:
                paths = self.visit(region, paths)
            for path in paths:
                lasting = {*before, *path.handed.values()}
                for start in {*path.open.values()} - lasting:
                    path.drop(start)
            paths = collapsed(op, paths)
        return paths

    # ------------------------------------------------------------------------------------------------- blocks

    def _wait_of(self, block: SSAValue) -> ttl.CBWaitOp | None:
        wait = block.owner
        return wait if isinstance(wait, ttl.CBWaitOp) and wait.cb in self._buffers else None

    def _wait(self, op: ttl.CBWaitOp, paths: Iterable[_HeldPath]) -> None:
        if op.held is None:
            self._meet(op, paths)
        for path in paths:
            if op.held is None:
                path.drop(op)
                path.open[op.block] = op
                continue
            path.fresh -= {op.cb}
            if (start := path.handed.get(op.cb)) is not None and start in path.open.values():
                path.rename(start, op)

    def _meet(self, op: ttl.AcquireOp, paths: Iterable[_HeldPath]) -> None:
        """A further block of a buffer: what is held of it is kept, if it is needed, or else released."""
        for path in paths:
            for start, name in path.held_of(op.cb).items():
                if start in path.kept:
                    continue
                if (place := self._place(name, op)) is None:
                    path.drop(start)
                    continue
                known = self.found.get(name) or self._known.get(name)
                self.found[name] = place if known is None else _before_both(known, place)
                path.kept[start] = name

    def _place(self, name: ttl.CBWaitOp, op: ttl.AcquireOp) -> Operation | None:
        """Where a block is to be kept because of a further one; None, if nobody needs it then."""
        home, region = name.parent_block(), op.parent_region()
        assert home is not None
        assert region is not None
        if home.find_ancestor_op_in_block(op) is None:
            return None
        around = list(_around(op, home))
        loops = [each for each in around if not isinstance(each, scf.IfOp)]
        uses = {use.operation: self._order.number(use.operation) for use in name.block.uses}
        ahead = set(self._order.ahead(sorted(uses.values()), Place(region, op)))
        needed = [use for use, n in uses.items() if n in ahead or any(loop.is_ancestor(use) for loop in loops)]
        if not needed:
            return None
        place: Operation = op
        for number, each in enumerate(around):
            if not any(loop in around[number:] for loop in loops) and _have_all(place.parent_block(), needed):
                break
            place = each
        return place

    def _keep(self, name: ttl.CBWaitOp, paths: Iterable[_HeldPath]) -> None:
        for path in paths:
            start = path.open.get(name.block)
            if start is None or start in path.kept:
                self._unclear.add(name.cb)
                continue
            path.kept[start] = name

    def _hand_on(self, wait: ttl.CBWaitOp, paths: Iterable[_HeldPath]) -> None:
        """One block of a buffer may be handed on at a place, and none that has been kept: that is a value."""
        for path in paths:
            start = path.open.get(wait.block)
            if not isinstance(start, ttl.CBWaitOp):
                continue
            if start in path.kept or (wait.cb in path.fresh and path.handed[wait.cb] is not start):
                self._unclear.add(wait.cb)
            path.handed[wait.cb] = start
            path.fresh |= {wait.cb}

    def _release(self, op: ttl.CBPopOp, paths: Iterable[_HeldPath]) -> None:
        for path in paths:
            start = path.open.get(op.block) if op.block is not None else next(iter(path.held_of(op.cb)), None)
            if start is None:
                self._unclear.add(op.cb)
                continue
            self._releases.setdefault(op, set()).add(path.kept.get(start))
            path.drop(start)

    def _use(self, op: Operation, paths: Iterable[_HeldPath]) -> None:
        if isinstance(op, ttl.HandOnOp | ttl.ReleaseOp):
            return
        for index, operand in enumerate(op.operands):
            if (wait := self._wait_of(operand)) is None:
                continue
            starts = [path.open.get(operand) for path in paths]
            if None in starts:
                self._late.add((op, index))
            is_kept = any(start in path.kept for start, path in zip(starts, paths, strict=True) if start is not None)
            if is_kept and not _reads_value(op, index):
                self._unclear.add(wait.cb)


def _is_filled_here(reserve: ttl.CBReserveOp) -> bool:
    """Whether the thread fills the block itself with what comes next, which it has in another layout."""
    return any(isinstance(use.operation, ttl.TilizeOp) for use in reserve.block.uses)


def _reads_value(op: Operation, index: int) -> bool:
    """Whether an operation reads a block as it would any value."""
    if isinstance(op, ttl.StoreOp):
        return index == 0
    return isinstance(op, ttl.EXPRESSION | scf.YieldOp | scf.ConditionOp | scf.ForOp | scf.WhileOp)


def _around(op: Operation, home: Block) -> Iterator[Operation]:
    """The operations around one that lie in a block, innermost first."""
    while op.parent_block() is not home and (around := op.parent_op()) is not None:
        yield around
        op = around


def _before_both(first: Operation, second: Operation) -> Operation:
    """Whichever comes first of two operations, or of those around them that lie in the innermost block with both."""
    if (both := side_by_side(first, second)) is None:
        raise ValueError("operations of two threads")
    here, there = both
    return here if here is there or here.is_before_in_block(there) else there


def _have_all(block: Block | None, ops: Iterable[Operation]) -> bool:
    return block is not None and all(block.find_ancestor_op_in_block(op) is not None for op in ops)
