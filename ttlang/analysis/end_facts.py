"""What the inference of releases and waits asks of a thread again and again."""

from __future__ import annotations

from functools import cache

from xdsl.ir import Operation

from ttlang.analysis.block_lifetimes import Lifetime, acquires_anew, branches_to, lifetime, may_block
from ttlang.analysis.carried_transfers import copy_of, handed_handles
from ttlang.analysis.open_ends import End, Start, end_of, ended_by
from ttlang.analysis.thread_order import Place, ThreadOrder
from ttlang.dialects import ttl
from ttlang.dialects.walking import operations


class EndFacts:
    """The order of a thread's operations, and the lifetimes of what it has open."""

    def __init__(self, thread: ttl.ThreadOp):
        kernel = thread.parent_op()
        assert isinstance(kernel, ttl.KernelOp)
        self.order = ThreadOrder(thread)
        self._buffer_events: dict[End, list[int]] = {}
        """For ends of buffers, the numbers of acquisitions and releases."""
        for number, op in enumerate(self.order.operations):
            if isinstance(op, ttl.AcquireOp | ttl.ReleaseOp):
                end = end_of(op) if isinstance(op, ttl.AcquireOp) else (type(op), op.cb)
                self._buffer_events.setdefault(end, []).append(number)
        self._handed_ends = {
            end_of(acquire)
            for handle in handed_handles(thread)
            if isinstance(acquire := copy_of(handle).block.owner, ttl.AcquireOp)
        }
        """The ends of buffers between whose blocks and tensors or pipes transfers go that get other names."""
        self._keeps_values = kernel.spoken.released_values == "keep"
        self._acquires_anew = cache(acquires_anew)
        self.lifetime = cache(self._lifetime)
        self.is_ended_in = cache(self._is_ended_in)
        self.may_block_in = cache(self._may_block_in)

    def _lifetime(self, start: Start) -> Lifetime:
        return lifetime(start, self.order)

    def uses(self, acquire: ttl.AcquireOp, op: Operation) -> bool:
        return self.order.number(op) in self.lifetime(acquire).uses

    def has_handed_transfers(self, acquire: ttl.AcquireOp) -> bool:
        """Whether transfers of the buffer's blocks have names that don't tell of which block they are."""
        return end_of(acquire) in self._handed_ends

    def uses_ahead(self, start: Start, place: Place) -> bool:
        """
        Whether anything behind a place needs what is open. Values that were computed of a block can do without it, if
        they have to: if another one of its buffer comes next, or does on a path that parts from this one.
        """
        life = self.lifetime(start)
        uses = life.direct if self._is_replaced(start, life, place) else life.uses
        return next(self.order.ahead(uses, place), None) is not None

    def _is_replaced(self, start: Start, life: Lifetime, place: Place) -> bool:
        if not self._keeps_values or not isinstance(start, ttl.CBWaitOp) or life.home is None:
            return False
        parts = (*(branches_to(place.region, life.home) or ()), *((place.before,) if place.before is not None else ()))
        return any(self._acquires_anew(part, start) for part in parts)

    def is_released_ahead(self, acquire: ttl.AcquireOp, place: Place) -> bool:
        """
        Whether the author releases a block behind a place, before he acquires the next one; or it has another name
        there, by which it is released.
        """
        for following in self.order.ahead(self._buffer_events[end_of(acquire)], place):
            op = self.order.operations[following]
            return isinstance(op, ttl.ReleaseOp) or (isinstance(op, ttl.AcquireOp) and op.held is not None)
        return False

    def _is_ended_in(self, end: End, op: Operation) -> bool:
        """Whether the author ends something in a part of the thread."""
        return any(ended_by(each) == end for each in operations(op))

    def _may_block_in(self, op: Operation) -> bool:
        return any(may_block(each) for each in operations(op))
