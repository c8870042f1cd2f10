"""Dominance, which xDSL's verifier does not check. Enough for structured control flow."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.ir import Operation
from xdsl.utils.exceptions import VerifyException

from ttlang.dialects.isolation import is_isolated
from ttlang.dialects.walking import operands_of, operations_in


def check_dominance(op: Operation) -> None:
    """Raises a VerifyException where a region uses a value before its definition, or one that it can't see."""
    _check_regions(op, set())


def _check_regions(op: Operation, around: set[int]) -> None:
    """`around`: the identities of the values that are visible where the operation stands."""
    visible = set[int]() if is_isolated(type(op)) else around
    for region in op.regions:
        defined: list[int] = []
        for block in region.blocks:
            defined += _seen(visible, map(id, block.args))
            for child in operations_in(block):
                if not visible.issuperset(map(id, operands_of(child))):
                    raise VerifyException(f"'{child.name}' uses a value before its definition")
                if child.regions:
                    _check_regions(child, visible)
                defined += _seen(visible, map(id, child.results))
        visible.difference_update(defined)


def _seen(visible: set[int], values: Iterable[int]) -> list[int]:
    found = list(values)
    visible.update(found)
    return found
