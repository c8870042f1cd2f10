"""What a thread holds at a point of its program: blocks, and transfers under way."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.carried_transfers import Renaming
from ttlang.analysis.path_conditions import PathConditions
from ttlang.dialects import ttl


@dataclass
class HeldBlock:
    """A block that the thread has acquired and not yet released."""

    acquire: ttl.AcquireOp
    written: bool = False
    read: bool = False
    stored: ttl.StoreOp | None = None
    filled: ttl.CopyOp | None = None
    """The copy that wrote it last, unless that went on to another place since."""
    earlier: tuple[ttl.AcquireOp, ...] = ()
    """Acquisitions of the same block before this one that are not released either: a mistake."""
    handed: bool = False
    """Whether it is what a variable stands for where the path ends: there it gets another name."""
    again: bool = False
    """Whether a later one of the same block has been released."""

    def before(self) -> HeldBlock:
        """What is held when the last acquisition is released."""
        acquire, *earlier = self.earlier
        return HeldBlock(acquire, self.written, self.read, self.stored, self.filled, tuple(earlier), again=True)


@dataclass
class PathState:
    """What is known on a path."""

    waited: dict[SSAValue, HeldBlock] = field(default_factory=dict[SSAValue, HeldBlock])
    reserved: dict[SSAValue, HeldBlock] = field(default_factory=dict[SSAValue, HeldBlock])
    in_flight: dict[SSAValue, ttl.CopyOp] = field(default_factory=dict[SSAValue, ttl.CopyOp])
    selected: frozenset[SSAValue] = frozenset()
    """Transfers that have been waited for among others, which may be waited for once more by themselves."""
    conditions: PathConditions = field(default_factory=PathConditions)

    def fork(self) -> PathState:
        return PathState(
            {cb: copy(held) for cb, held in self.waited.items()},
            {cb: copy(held) for cb, held in self.reserved.items()},
            dict(self.in_flight),
            self.selected,
            self.conditions,
        )

    @property
    def hands_on(self) -> bool:
        """Whether what follows begins with other names for blocks that are held."""
        return any(held.handed for held in (*self.waited.values(), *self.reserved.values()))

    def rename(self, renaming: Renaming) -> None:
        """Handles go on under other names."""
        found = [(new, self.in_flight.pop(old)) for old, new in renaming if old in self.in_flight]
        self.in_flight |= found
        names = dict(renaming)
        self.selected = frozenset(names.get(handle, handle) for handle in self.selected)

    def forget_copies(self) -> None:
        """Behind what may not run at all, nobody knows whether blocks have been filled."""
        for held in self.reserved.values():
            held.filled = None

    def holds_as(self, other: PathState) -> bool:
        """Whether the same blocks are held, and the same transfers under way."""
        return self._held() == other._held()

    def writes_as(self, other: PathState) -> bool:
        """Whether the same reserved blocks have been written."""
        return self._written() == other._written()

    def _written(self) -> set[Operation]:
        return {held.acquire for held in self.reserved.values() if held.written}

    def _held(self) -> tuple[set[Operation], set[SSAValue]]:
        return {held.acquire for held in (*self.waited.values(), *self.reserved.values())}, set(self.in_flight)

    def holds(self, acquire: ttl.AcquireOp) -> HeldBlock | None:
        held = (self.waited if isinstance(acquire, ttl.CBWaitOp) else self.reserved).get(acquire.cb)
        return held if held is not None and acquire in (held.acquire, *held.earlier) else None
