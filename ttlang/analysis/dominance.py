"""Dominance, which xDSL's verifier does not check. Enough for structured control flow."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from xdsl.ir import Operation, SSAValue
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException


def check_dominance(op: Operation, visible: AbstractSet[SSAValue] = frozenset()) -> None:
    """Raises a VerifyException where a region uses a value before its definition, or one that it can't see."""
    if not op.regions:
        return
    around = frozenset[SSAValue]() if op.has_trait(IsolatedFromAbove) else visible
    for region in op.regions:
        scope = set(around)
        for block in region.blocks:
            scope.update(block.args)
            for child in block.ops:
                if not scope.issuperset(child.operands):
                    raise VerifyException(f"'{child.name}' uses a value before its definition")
                check_dominance(child, scope)
                scope.update(child.results)
