"""
Which waits for transfers of a tensor need a barrier of their own, and whether one has waited for what a thread sent.

A barrier waits for every transfer of the thread in one direction, so a wait needs none where one has passed since its
transfer was issued; and a barrier for writes waits for what was sent before it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum, auto

from xdsl.dialects import scf
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.linear_forms import surely_runs
from ttlang.dialects import ttl


def waits_with_barriers(block: Block) -> set[Operation]:
    """Those that stand in a block itself, not in a region of an operation in it."""
    found: set[Operation] = set()
    covered: set[SSAValue] = set()
    in_flight: dict[ttl.Direction, set[SSAValue]] = {d: set() for d in ttl.Direction}
    _issue(block.args, in_flight)
    for op in block.ops:
        _issue(op.results, in_flight)
        if not isinstance(op, ttl.WaitOp) or op.handle in covered:
            continue
        direction = op.handle.type.direction.data
        found.add(op)
        covered |= in_flight[direction]
        in_flight[direction].clear()
    return found


def _issue(values: Sequence[SSAValue], in_flight: dict[ttl.Direction, set[SSAValue]]) -> None:
    """Transfers are under way from here on: those of copies, and those that control flow hands on."""
    for value in values:
        if isinstance(value.type, ttl.TransferHandleType):
            in_flight[value.type.direction.data].add(value)


class Sent(Enum):
    """What is sure, behind a piece of a thread, of what the thread has sent by then."""

    LANDED = auto()
    """A barrier for writes stands behind the last send."""
    AS_BEFORE = auto()
    """The piece sends nothing, or all that it sends has landed behind it; it may be left out."""
    UNDER_WAY = auto()


def sent_behind(block: Block, is_send: Callable[[Operation], bool]) -> Sent:
    """What is sure behind a block. `is_send`: whether an operation sends."""
    barriers = waits_with_barriers(block)
    for op in reversed(tuple(block.ops)):
        if isinstance(op, ttl.WaitOp) and op in barriers and op.handle.type.direction.data is ttl.Direction.WRITE:
            return Sent.LANDED
        found = Sent.UNDER_WAY if is_send(op) else _behind_regions(op, is_send)
        if found is not Sent.AS_BEFORE:
            return found
    return Sent.AS_BEFORE


def _behind_regions(op: Operation, is_send: Callable[[Operation], bool]) -> Sent:
    ends = {sent_behind(inner, is_send) for region in op.regions for inner in region.blocks}
    if Sent.UNDER_WAY in ends:
        return Sent.UNDER_WAY
    return Sent.LANDED if ends == {Sent.LANDED} and _surely_enters(op) else Sent.AS_BEFORE


def _surely_enters(op: Operation) -> bool:
    """Whether one of the blocks of an operation is run whenever that is reached."""
    return (
        surely_runs(op)
        if isinstance(op, scf.ForOp)
        else isinstance(op, scf.IfOp) and all(region.blocks for region in op.regions)
    )
