"""Walks over operations, as lists: several times as fast as xDSL's generators, one of which runs for each level."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import TypeVar, cast

from xdsl.ir import Block, Operation, SSAValue

# What is hot enough to be taken from where xDSL keeps it.
# pyright: reportPrivateUsage=false

OpT = TypeVar("OpT", bound=Operation)

operands_of: Callable[[Operation], tuple[SSAValue, ...]] = attrgetter("_operands")
"""The operands of an operation, read where they are kept: xDSL makes a view of them for each question."""


def operations(root: Operation | Block) -> list[Operation]:
    """An operation and all in it, or all in a block, in the order of the text; as they are now."""
    found: list[Operation] = []
    if type(root) is Block:  # as all blocks are, which is cheaper to tell than whether they are of a kind
        _add(root, found)
    else:
        found.append(cast("Operation", root))
        _add_nested(found[0], found)
    return found


def operations_in(block: Block) -> list[Operation]:
    """Those of a block, without what is in them, as they are now."""
    found: list[Operation] = []
    op = block._first_op
    while op is not None:
        found.append(op)
        op = op._next_op
    return found


def operations_of(root: Operation | Block, *kinds: type[OpT]) -> list[OpT]:
    """Those of some kinds among them."""
    matches = _MATCHES.get(kinds)
    if matches is None:
        matches = _MATCHES[kinds] = _Matches(kinds)
    return [op for op in operations(root) if matches[type(op)]]  # pyright: ignore[reportReturnType]


class _Matches(dict[type[Operation], bool]):
    """Which classes of operations are among some kinds."""

    def __init__(self, kinds: tuple[type[Operation], ...]):
        super().__init__()
        self._kinds = kinds

    def __missing__(self, kind: type[Operation]) -> bool:
        match = self[kind] = issubclass(kind, self._kinds)
        return match


_MATCHES: dict[tuple[type[Operation], ...], _Matches] = {}
"""For the kinds that were asked for: a test for an abstract class is slow."""


def enclosing(op: Operation, kind: type[OpT]) -> OpT | None:
    """The innermost operation of a kind around another one."""
    around = op.parent_op()
    while around is not None and not isinstance(around, kind):
        around = around.parent_op()
    return around


def side_by_side(first: Operation, second: Operation) -> tuple[Operation, Operation] | None:
    """Two operations, or what they stand in of the innermost block that has both; None where no block has both."""
    here: Operation | None = first
    while here is not None and (block := here.parent_block()) is not None:
        if (there := block.find_ancestor_op_in_block(second)) is not None:
            return here, there
        here = here.parent_op()
    return None


def following(op: Operation) -> Iterator[Operation]:
    """The operations behind another one, in its block."""
    while (behind := op.next_op) is not None:
        yield behind
        op = behind


def terminator(block: Block) -> Operation:
    """The last operation of a block that has one. A ValueError for an empty block."""
    if (last := block.last_op) is None:
        raise ValueError("the block is empty")
    return last


def _add_nested(op: Operation, found: list[Operation]) -> None:
    for region in op.regions:
        block = region.first_block
        while block is not None:
            _add(block, found)
            block = block._next_block


def _add(block: Block, found: list[Operation]) -> None:
    op = block._first_op
    while op is not None:
        found.append(op)
        if op.regions:
            _add_nested(op, found)
        op = op._next_op
