"""What runs by itself: nothing in it uses a value from around it."""

from __future__ import annotations

from functools import cache

from xdsl.ir import Operation
from xdsl.traits import IsolatedFromAbove

from ttlang.dialects.walking import operands_of, operations_in


class Isolated(IsolatedFromAbove):
    """xDSL's trait, which looks for each value whether it is inside, by all that is around it."""

    def verify(self, op: Operation) -> None:
        defined, used = set[int](), set[int]()
        _look_into(op, defined, used)
        if not used <= defined:
            super().verify(op)  # It tells which is not.


def _look_into(op: Operation, defined: set[int], used: set[int]) -> None:
    """
    The identities of the values that are made, and that are used, in an operation; what runs by itself in there tells
    what it uses itself.
    """
    for region in op.regions:
        for block in region.blocks:
            defined.update(map(id, block.args))
            for each in operations_in(block):
                used.update(map(id, operands_of(each)))
                defined.update(map(id, each.results))
                if each.regions and not is_isolated(type(each)):
                    _look_into(each, defined, used)


@cache
def is_isolated(kind: type[Operation]) -> bool:
    return kind.has_trait(IsolatedFromAbove)
