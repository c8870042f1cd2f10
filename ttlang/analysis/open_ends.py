"""What a thread has open at a place: blocks that it holds, and transfers under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.path_conditions import PathConditions
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations_in

Start = ttl.AcquireOp | ttl.CopyOp
BufferEnd = tuple[type[ttl.ReleaseOp], SSAValue]
"""What releases a block, and its buffer: a thread holds one block at a time there."""
End = BufferEnd | SSAValue
"""What is open, by what ends it: an end of a buffer, or the handle of a transfer."""


def end_of(start: Start) -> End:
    """What ends a block that is acquired, or a transfer that is started."""
    return start.handle if isinstance(start, ttl.CopyOp) else (start.RELEASE, start.cb)


def ended_by(op: Operation) -> End | None:
    """What an operation ends, if it is a release or a wait for a transfer."""
    match op:
        case ttl.ReleaseOp():
            return type(op), op.cb
        case ttl.WaitOp():
            return op.handle
        case _:
            return None


MOST_PATHS = 256
"""Paths beyond which those on which the same is held are one, whatever else tells them apart."""


@dataclass
class OpenPath:
    """A path to a place."""

    open: dict[End, Start] = field(default_factory=dict[End, Start])
    conditions: PathConditions = field(default_factory=PathConditions)

    def is_open_as(self, other: OpenPath) -> bool:
        """Whether the same is open."""
        return self.open == other.open

    @property
    def transfers(self) -> tuple[ttl.CopyOp, ...]:
        return tuple(start for start in self.open.values() if isinstance(start, ttl.CopyOp))


def open_on_all(paths: Sequence[OpenPath]) -> dict[End, Start]:
    """What is open on all of some paths, by where the first of them has begun it."""
    if not paths:
        return {}
    first, *others = paths
    return {end: start for end, start in first.open.items() if all(end in path.open for path in others)}


_PathT = TypeVar("_PathT", bound=OpenPath)


def collapsed(op: Operation, paths: Sequence[_PathT]) -> list[_PathT]:
    """
    Paths behind an operation on which the same is open need not be told apart, unless conditions behind it do so.
    """
    kept: list[_PathT] = []
    for path in paths:
        path.conditions = path.conditions.outside(op)
        numbers = None if len(paths) > MOST_PATHS else path.conditions.numbers
        alike = (other for other in kept if other.is_open_as(path))
        same = next((other for other in alike if numbers is None or other.conditions.numbers == numbers), None)
        if same is None:
            kept.append(path)
        else:
            same.conditions = same.conditions.common(path.conditions)
    return kept


def is_plainly_complete(block: Block) -> bool:
    """Whether everything is ended in the block that it starts in: a quick look, which is all that most threads take."""
    found: set[End] = set()
    for op in operations_in(block):
        if isinstance(op, Start):
            if (end := end_of(op)) in found:
                return False
            found.add(end)
        elif (end := ended_by(op)) is not None:
            found.discard(end)
        elif not all(is_plainly_complete(inner) for region in op.regions for inner in region.blocks):
            return False
    return not found
