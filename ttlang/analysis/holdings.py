"""What a thread holds at a point of its program: blocks, and transfers under way."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttl


@dataclass
class Held:
    """A block that the thread has acquired and not yet released."""

    acquire: ttl.AcquireOp
    written: bool = False
    read: bool = False
    stored: ttl.StoreOp | None = None
    filled: ttl.CopyOp | None = None
    """The copy that wrote it last, unless that went on to another place since."""
    earlier: tuple[ttl.AcquireOp, ...] = ()
    """Acquisitions of the same block before this one that are not released either: a mistake."""
    again: bool = False
    """Whether a later one of the same block has been released."""

    def before(self) -> Held:
        """What is held when the last acquisition is released."""
        acquire, *earlier = self.earlier
        return Held(acquire, self.written, self.read, self.stored, self.filled, tuple(earlier), again=True)


@dataclass
class State:
    """What is known on a path."""

    waited: dict[SSAValue, Held] = field(default_factory=dict[SSAValue, Held])
    reserved: dict[SSAValue, Held] = field(default_factory=dict[SSAValue, Held])
    in_flight: dict[SSAValue, ttl.CopyOp] = field(default_factory=dict[SSAValue, ttl.CopyOp])
    flags: dict[SSAValue, bool] = field(default_factory=dict[SSAValue, bool])
    """The conditions of the path."""

    def fork(self) -> State:
        return State(
            {cb: copy(held) for cb, held in self.waited.items()},
            {cb: copy(held) for cb, held in self.reserved.items()},
            dict(self.in_flight),
            dict(self.flags),
        )

    def forget_copies(self) -> None:
        """Behind what may not run at all, nobody knows whether blocks have been filled."""
        for held in self.reserved.values():
            held.filled = None

    def truth(self, condition: SSAValue) -> bool | None:
        constant = constant_value(condition)
        return self.flags.get(condition) if constant is None else constant != 0

    def holds_as(self, other: State) -> bool:
        """Whether the same blocks are held, and the same transfers under way."""
        return self._holdings() == other._holdings()

    def _holdings(self) -> tuple[set[Operation], set[SSAValue]]:
        return {held.acquire for held in (*self.waited.values(), *self.reserved.values())}, set(self.in_flight)

    def holds(self, acquire: ttl.AcquireOp) -> Held | None:
        held = (self.waited if isinstance(acquire, ttl.CBWaitOp) else self.reserved).get(acquire.cb)
        return held if held is not None and acquire in (held.acquire, *held.earlier) else None


def starts_at_zero(acquire: ttl.AcquireOp) -> bool:
    """Whether a block is reserved to be accumulated in alone: it is written even if none of its stores runs."""
    if not isinstance(acquire, ttl.CBReserveOp):
        return False
    stores = [use.operation for use in acquire.block.uses if isinstance(use.operation, ttl.StoreOp)]
    into = [store for store in stores if store.block is acquire.block]
    return bool(into) and all(store.acc for store in into)
