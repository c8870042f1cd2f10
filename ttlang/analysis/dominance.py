"""Dominance, which xDSL's verifier does not check. Enough for structured control flow."""

from __future__ import annotations

from xdsl.ir import Operation, SSAValue
from xdsl.traits import IsolatedFromAbove
from xdsl.utils.exceptions import VerifyException
from xdsl.utils.scoped_dict import ScopedDict


def check_dominance(op: Operation, visible: ScopedDict[SSAValue, None] | None = None) -> None:
    """Raises a VerifyException where a region uses a value before its definition, or one that it can't see."""
    if op.has_trait(IsolatedFromAbove):
        visible = None
    for region in op.regions:
        scope = ScopedDict[SSAValue, None](visible)
        for block in region.blocks:
            for argument in block.args:
                scope[argument] = None
            for child in block.ops:
                for operand in child.operands:
                    if operand not in scope:
                        raise VerifyException(f"'{child.name}' uses a value before its definition")
                check_dominance(child, scope)
                for result in child.results:
                    scope[result] = None
