"""
Which thread does what of a unified body.

Compute and data movement are told apart by what an operation is, acquisitions and releases by who uses the block. Data
movement is dealt to its two threads in groups whose order means something: what works on one block, one end of a
buffer, one end of a pipe; what one callback does; copies of a tensor that is written; all of it, if there
are semaphores. What sends goes to the second thread, and what only writes tensors, where nothing sends; all else to the
first. So no thread waits for anything that it would not wait for if one thread did all data movement. Other ways to
deal the groups out are as right: they are there for kernels whose threads would wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, combinations

from xdsl.ir import Block, Operation, SSAValue
from xdsl.utils.disjoint_set import DisjointSet
from xdsl.utils.str_enum import StrEnum

from ttlang.analysis.buffer_flow import tensor_of
from ttlang.analysis.carried_values import handed_from, own_operands, users
from ttlang.dialects import ttl
from ttlang.dialects.ttl import ThreadKind
from ttlang.dialects.typed_values import owner_of
from ttlang.dialects.walking import operations, operations_of


class Part(StrEnum):
    """A thread that a unified body becomes."""

    COMPUTE = "compute"
    FIRST = "read"
    """Data movement."""
    SECOND = "write"
    """Data movement: what sends, or what writes tensors."""


@dataclass
class Assignment:
    """The operations with effects of a unified thread, each with its part."""

    parts: dict[Operation, Part] = field(default_factory=dict[Operation, Part])
    shared: list[tuple[ttl.AcquireOp, Operation, Operation]] = field(
        default_factory=list[tuple[ttl.AcquireOp, Operation, Operation]]
    )
    """Acquisitions of blocks that are both computed with and moved, and where."""
    unused: list[ttl.AcquireOp] = field(default_factory=list[ttl.AcquireOp])
    """Acquisitions of blocks that nothing uses, of buffers whose other acquisitions tell nothing either."""
    in_callbacks: list[Operation] = field(default_factory=list[Operation])
    """Computation for each pipe of a net, which no data movement thread can do."""
    beyond: list[tuple[Operation, Operation]] = field(default_factory=list[tuple[Operation, Operation]])
    """What stands on a number that another thread reads from memory, and that read."""
    groups: tuple[frozenset[Operation], ...] = ()
    """What moves data, in groups that stay together."""

    def others(self) -> Iterator[Assignment]:
        """The same with some groups in the other of the two threads, the fewest first."""
        for count in range(1, len(self.groups)):
            for moved in combinations(self.groups, count):
                parts = dict(self.parts)
                for op in chain.from_iterable(moved):
                    parts[op] = Part.FIRST if parts[op] is Part.SECOND else Part.SECOND
                yield replace(self, parts=parts)

    @property
    def has_choice(self) -> bool:
        """Whether groups share a thread."""
        return len(self.groups) > len({self.parts[next(iter(group))] for group in self.groups})


def assign(thread: ttl.UnifiedThreadOp) -> Assignment:
    """Deals out the operations of a unified thread. What can't be dealt out is in the result, too."""
    effects = operations_of(thread, ttl.EffectOp)
    found = Assignment()
    kinds = _kinds(effects, found)
    groups = _Groups([op for op in effects if kinds.get(op) is ThreadKind.DATA_MOVEMENT])
    found.groups = groups.all()
    seconds = groups.seconds()
    for op in effects:
        match kinds.get(op):
            case ThreadKind.COMPUTE:
                found.parts[op] = Part.COMPUTE
                if any(isinstance(around, ttl.IfPipeOp) for around in _around(op)):
                    found.in_callbacks.append(op)
            case ThreadKind.DATA_MOVEMENT:
                found.parts[op] = Part.SECOND if groups.of(op) in seconds else Part.FIRST
            case None:
                pass
    found.beyond += [
        (op, other)
        for op, part in found.parts.items()
        for other in made_by_effects(op)
        if found.parts.get(other, part) is not part and not isinstance(other, ttl.AcquireOp)
    ]
    return found


def with_messages(assignment: Assignment, thread: ttl.UnifiedThreadOp) -> dict[Operation, Part]:
    """The parts, those of prints and assertions among them: each stays beside what it stands beside in the text."""
    parts = dict(assignment.parts)
    for op in filter(_is_shown, operations_of(thread, ttl.EffectOp)):
        if (part := _neighbour(op, assignment.parts)) is not None:
            parts[op] = part
    return parts


def made_by_effects(op: Operation) -> Iterator[Operation]:
    """The operations with effects that an operation stands on: by what it computes with, or by what it stands in."""
    known: set[SSAValue] = set()
    todo = [*op.operands, *(operand for each in _around(op) for operand in own_operands(each))]
    while todo:
        value = todo.pop()
        if value in known:
            continue
        known.add(value)
        todo += handed_from(value)
        owner = value.owner
        if isinstance(owner, ttl.EffectOp):
            yield owner
        elif isinstance(owner, Operation):
            todo += owner.operands


# ------------------------------------------------------------------------------------------------------ two kinds


def _kinds(effects: Iterable[ttl.EffectOp], found: Assignment) -> dict[Operation, ThreadKind]:
    kinds: dict[Operation, ThreadKind] = {op: op.THREAD for op in effects if op.THREAD is not None}
    idle: list[ttl.AcquireOp] = []
    for op in effects:
        if isinstance(op, ttl.AcquireOp):
            _add_acquisition(op, kinds, found, idle)
        elif isinstance(op, ttl.ReleaseOp) and op.thread is not None:
            kinds[op] = ThreadKind(op.thread.data)
    for op in idle:
        if (alike := _kind_of_end(op, kinds)) is None:
            found.unused.append(op)
        else:
            kinds[op] = alike
    last: dict[tuple[SSAValue, bool], ThreadKind] = {}
    for op in effects:
        end = _end(op)
        if end is None:
            continue
        kind = kinds.get(op)
        if isinstance(op, ttl.ReleaseOp | ttl.HandOnOp) and kind is None:
            kind = last.get(end) or _kind_of_end(op, kinds)
        if kind is not None:
            kinds[op] = kind
            last[end] = kind
    return kinds


def _add_acquisition(
    op: ttl.AcquireOp, kinds: dict[Operation, ThreadKind], found: Assignment, idle: list[ttl.AcquireOp]
) -> None:
    """An acquisition is done by whoever uses the block: what moves it, or what computes with it."""
    if isinstance(op, ttl.CBReserveOp) and op.published is not None:
        kinds[op] = ThreadKind.DATA_MOVEMENT
        return
    movers: list[Operation] = []
    others: list[Operation] = []
    for user in users(op.block):
        if _is_shown(user) or isinstance(user, ttl.HandOnOp):
            continue
        moves = isinstance(user, ttl.EffectOp) and user.THREAD is ThreadKind.DATA_MOVEMENT
        (movers if moves else others).append(user)
    if movers and others:
        found.shared.append((op, others[-1], movers[-1]))
    elif movers or others:
        kinds[op] = ThreadKind.DATA_MOVEMENT if movers else ThreadKind.COMPUTE
    else:
        idle.append(op)


def _is_shown(op: Operation) -> bool:
    """Whether an operation tells the author something, which either kind of thread can do."""
    if not isinstance(op, ttl.EffectOp) or op.THREAD is not None:
        return False
    return not isinstance(op, _UNSHOWN)


def _is_for_prints(cb: SSAValue) -> bool:
    """Whether the compiler has made a buffer for what a thread prints: the thread fills and empties it."""
    waits = [use.operation for use in cb.uses if isinstance(use.operation, ttl.CBWaitOp)]
    made = owner_of(cb, ttl.CreateCBOp).compiler_made is not None
    return made and bool(waits) and all(map(_is_shown, chain.from_iterable(users(wait.block) for wait in waits)))


_UNSHOWN = (ttl.AcquireOp, ttl.ReleaseOp, ttl.HandOnOp, ttl.SignpostBeginOp, ttl.SignpostEndOp)


def _end(op: Operation) -> tuple[SSAValue, bool] | None:
    """The end of a buffer that an operation works at, by the buffer and whether it is filled there."""
    match op:
        case ttl.AcquireOp() | ttl.ReleaseOp():
            return op.cb, isinstance(op, ttl.CBReserveOp | ttl.CBPushOp)
        case ttl.HandOnOp():
            return _end(owner_of(op.block, ttl.AcquireOp))
        case _:
            return None


def _kind_of_end(op: Operation, kinds: dict[Operation, ThreadKind]) -> ThreadKind | None:
    """The kind of what else works at the same end of a buffer, if that is one kind."""
    if (end := _end(op)) is None:
        return None
    alike = {kinds[use.operation] for use in end[0].uses if use.operation in kinds and _end(use.operation) == end}
    return alike.pop() if len(alike) == 1 else None


# ------------------------------------------------------------------------------------------- two threads that move


class _Groups:
    """Operations of data movement that stay in one thread, since their order means something."""

    def __init__(self, moves: list[Operation]):
        self._moves = dict.fromkeys(moves)
        self._set = DisjointSet(moves)
        first: dict[object, Operation] = {}
        for op in moves:
            for key in self._keys(op):
                self._set.union(first.setdefault(key, op), op)
        for op in moves:
            for other in made_by_effects(op):
                if other in self._moves:
                    self._set.union(op, other)

    def _keys(self, op: Operation) -> Iterator[object]:
        """What an operation has in common with all of its group."""
        yield from (each for each in (op, *_around(op)) if isinstance(each, ttl.IfPipeOp))
        if (end := _end(op)) is not None:
            yield end
            if _is_for_prints(end[0]):
                yield end[0]
        if self._has_semaphores:
            yield "semaphores"
        if not isinstance(op, ttl.CopyOp):
            return
        if op.pipe is not None:
            yield from ((pipe, op.direction) for pipe in ttl.pipes_at(op.pipe))
        elif (tensor := tensor_of(_window(op))) in self._written:
            yield tensor

    @cached_property
    def _has_semaphores(self) -> bool:
        return any(isinstance(op, ttl.SemaphoreOp) for op in self._moves)

    @cached_property
    def _written(self) -> set[ttl.TensorAccessorOp]:
        """Tensors that are written."""
        copies = (op for op in self._moves if isinstance(op, ttl.CopyOp) and op.direction is ttl.Direction.WRITE)
        return {tensor_of(_window(op)) for op in copies}

    def of(self, op: Operation) -> Operation:
        """Stands for the group of an operation."""
        return self._set.find(op)

    def all(self) -> tuple[frozenset[Operation], ...]:
        groups: dict[Operation, set[Operation]] = {}
        for op in self._moves:
            groups.setdefault(self.of(op), set()).add(op)
        return tuple(map(frozenset, groups.values()))

    def seconds(self) -> set[Operation]:
        """The groups that the second thread gets."""
        sending, receiving, writing, other = (set[Operation]() for _ in range(4))
        for op in self._moves:
            group = self.of(op)
            match op:
                case ttl.IfPipeSrcOp() | ttl.CopyOp(direction=ttl.Direction.SEND):
                    sending.add(group)
                case ttl.IfPipeDstOp() | ttl.CopyOp(direction=ttl.Direction.RECEIVE) | ttl.SemaphoreOp():
                    receiving.add(group)
                case ttl.CopyOp(direction=ttl.Direction.WRITE):
                    writing.add(group)
                case ttl.CopyOp(direction=ttl.Direction.READ):
                    other.add(group)
                case _:
                    pass
        return sending - receiving if sending else writing - receiving - other


def _window(copy: ttl.CopyOp) -> SSAValue:
    """The end that is a part of a tensor."""
    return copy.destination if copy.direction is ttl.Direction.WRITE else copy.source


# --------------------------------------------------------------------------------------------------------- places


def _around(op: Operation) -> Iterator[Operation]:
    """What an operation stands in, up to its thread."""
    around = op.parent_op()
    while around is not None and not isinstance(around, ttl.ThreadOp):
        yield around
        around = around.parent_op()


def _neighbour(message: Operation, parts: dict[Operation, Part]) -> Part | None:
    """
    The part that prints a message: that of the next operation in its block which has one, else of the last before it,
    else likewise in the block around; the part that knows the numbers in it, if these are read from memory.
    """
    if isinstance(message, ttl.PrintOp) and message.processor is not None:
        return Part.COMPUTE
    for op in made_by_effects(message):
        if op in parts:
            return parts[op]
    op: Operation | None = message
    while op is not None and not isinstance(op, ttl.ThreadOp):
        block = op.parent_block()
        assert block is not None
        after, before = _beside(op, block)
        for each in (*after, *reversed(before)):
            if (part := parts.get(each)) is not None:
                return part
        op = block.parent_op()
    return None


def _beside(op: Operation, block: Block) -> tuple[list[Operation], list[Operation]]:
    """All operations behind one in its block, those in others included, and all before it."""
    before: list[Operation] = []
    after: list[Operation] = []
    place = before
    for each in block.ops:
        if each is op:
            place = after
        else:
            place += operations(each)
    return after, before
