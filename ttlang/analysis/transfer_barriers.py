"""
Which waits for transfers of a tensor need a barrier of their own.

A barrier waits for every transfer of the thread in one direction, so a wait needs none where one has passed since its
transfer was issued.
"""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.ir import Block, Operation, SSAValue

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
