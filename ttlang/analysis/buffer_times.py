"""When buffers of the compute thread hold blocks: those that never do at one time can share memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from xdsl.ir import Block, Operation

from ttlang.dialects import ttl

_TURN = (ttl.CBReserveOp, ttl.CBPushOp, ttl.CBWaitOp, ttl.CBPopOp)
"""What happens to a block, in this order."""


@dataclass(frozen=True, eq=False)
class BufferTime:
    """When a buffer that one thread fills and empties holds blocks."""

    places: tuple[Mapping[Block, Operation], ...]
    """Of all that happens to it: for each block around, the operation of that block that it stands in."""

    def is_apart(self, other: BufferTime) -> bool:
        """
        Whether one of them is empty as long as the other is not: in the innermost block around all that happens to
        both, everything to one of them comes before everything to the other.
        """
        first, *rest = (*self.places, *other.places)
        # From the inside.
        home = next((block for block in first if all(block in place for place in rest)), None)
        if home is None:
            return False
        order = {op: number for number, op in enumerate(home.ops)}
        (begin, end), (other_begin, other_end) = (
            (min(numbers), max(numbers))
            for numbers in ([order[place[home]] for place in each.places] for each in (self, other))
        )
        return end < other_begin or other_end < begin


def time_of(cb: ttl.CreateCBOp) -> BufferTime | None:
    """
    The time of a buffer whose blocks the compute thread fills and releases one by one, and nobody but computations
    looks at; None for any other.
    """
    ops = [use.operation for use in cb.result.uses]
    if not ops or not all(isinstance(op, _TURN) for op in ops):
        return None
    places = tuple(dict(_around(op)) for op in ops)
    if any(not isinstance(_thread(place), ttl.ComputeThreadOp) for place in places):
        return None
    blocks = dict.fromkeys(next(iter(place)) for place in places)
    if not all(_is_in_turn(block, set(ops)) for block in blocks):
        return None
    acquired = (op.block for op in ops if isinstance(op, ttl.AcquireOp))
    return BufferTime(places) if all(isinstance(u.operation, ttl.ComputeOp) for b in acquired for u in b.uses) else None


def _around(op: Operation) -> Iterator[tuple[Block, Operation]]:
    """The blocks around an operation up to that of its thread, innermost first, with what of each it stands in."""
    around: Operation | None = op
    while around is not None and not isinstance(around, ttl.ThreadOp) and (block := around.parent_block()) is not None:
        yield block, around
        around = block.parent_op()


def _thread(place: Mapping[Block, Operation]) -> Operation | None:
    return list(place)[-1].parent_op()


def _is_in_turn(block: Block, ops: set[Operation]) -> bool:
    """Whether each block of the buffer is released in this block of operations before the next one is filled."""
    kinds = [type(op) for op in block.ops if op in ops]
    return kinds == [*_TURN] * (len(kinds) // len(_TURN))
