"""What runs by itself: nothing in it uses a value from around it."""

from __future__ import annotations

from collections.abc import Iterator

from xdsl.ir import Operation
from xdsl.traits import IsolatedFromAbove

from ttlang.dialects.walking import operations


class Isolated(IsolatedFromAbove):
    """xDSL's trait, which looks for each value whether it is inside, by all that is around it."""

    def verify(self, op: Operation) -> None:
        inside = operations(op)[1:]
        values = set(_defined(op, inside))
        if not all(values.issuperset(map(id, each.operands)) for each in inside):
            super().verify(op)  # It tells which is not; and what is isolated in here tells that itself.


def _defined(op: Operation, inside: list[Operation]) -> Iterator[int]:
    """The identities of the values that are made in an operation."""
    for each in inside:
        yield from map(id, each.results)
    for each in (op, *inside):
        for region in each.regions:
            for block in region.blocks:
                yield from map(id, block.args)
