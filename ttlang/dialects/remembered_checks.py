"""
The verification of operations, once for all that are alike. What a definition demands of an operation without regions
is about the types of its operands and results, its properties and its attributes; beside these, only traits look
around. Most operations have what others had before, and attributes never change: what was right stays right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xdsl.ir import Attribute, Operation
from xdsl.traits import OpTrait

from ttlang.dialects.walking import operands_of

_MOST = 4096
"""What is remembered of a class. When there is more, it begins anew."""


_Inside = tuple[tuple[object, ...], tuple[Attribute, ...]]
"""Of regions: how many values there are of which role, and their types."""
_NOTHING: _Inside = (), ()


class RememberedCheck:
    """
    The verification of the operations of one class. `verify` raises a VerifyException, by nothing but what is said
    above and the `traits`.
    """

    def __init__(self, verify: Callable[[Operation], None], traits: Iterable[OpTrait] = ()):
        self._verify = verify
        self._traits = tuple(trait for trait in traits if type(trait).verify is not OpTrait.verify)
        self._right: dict[tuple[object, ...], tuple[Attribute, ...]] = {}
        """The identities of attributes; and they themselves, which keep others from getting these."""

    def __call__(self, op: Operation) -> None:
        """Raises a VerifyException, as `verify` does."""
        inside = self._inside(op)
        if inside is None or op.successors:
            self._verify(op)
            return
        operands, (form, types) = operands_of(op), inside
        attributes = (
            *[value.type for value in operands],
            *[value.type for value in op.results],
            *types,
            *op.properties.values(),
            *op.attributes.values(),
        )
        key = (len(operands), len(op.results), *form, *op.properties, None, *op.attributes, *map(id, attributes))
        if key in self._right:
            for trait in self._traits:
                trait.verify(op)
            return
        self._verify(op)
        if len(self._right) == _MOST:
            self._right.clear()
        self._right[key] = attributes

    def _inside(self, op: Operation) -> _Inside | None:
        """What matters of its regions. None where that may be anything."""
        return None if op.regions else _NOTHING


class RememberedLoopCheck(RememberedCheck):
    """
    That of structured control flow of one region, which looks at no more of it than its arguments and its terminator.
    """

    def _inside(self, op: Operation) -> _Inside | None:
        if len(op.regions) != 1 or (block := op.regions[0].first_block) is None or block.next_block is not None:
            return None
        if (last := block.last_op) is None:
            return None
        operands = operands_of(last)
        types = (*[value.type for value in block.args], *[value.type for value in operands])
        return (type(last), len(block.args), len(operands)), types
