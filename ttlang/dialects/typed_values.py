"""
Values whose types the type checker knows.

xDSL's definitions of results keep the type of their values; those of operands here do so, too: with
`block = operand_of(BlockType)`, `op.block.type` is a `BlockType`.
"""

from __future__ import annotations

from typing import cast

from typing_extensions import TypeVar
from xdsl.ir import Attribute, Operation, SSAValue
from xdsl.irdl import IRDLAttrConstraint, VarOperand, operand_def, opt_operand_def, var_operand_def

TypeT = TypeVar("TypeT", bound=Attribute)
OpT = TypeVar("OpT", bound=Operation)


def operand_of(type: IRDLAttrConstraint[TypeT]) -> SSAValue[TypeT]:
    """`operand_def`."""
    return cast("SSAValue[TypeT]", operand_def(type))


def opt_operand_of(type: IRDLAttrConstraint[TypeT]) -> SSAValue[TypeT] | None:
    """`opt_operand_def`."""
    return cast("SSAValue[TypeT] | None", opt_operand_def(type))


def var_operand_of(type: IRDLAttrConstraint[TypeT]) -> VarOperand[TypeT]:
    """`var_operand_def`."""
    return cast("VarOperand[TypeT]", var_operand_def(type))


def type_of(value: SSAValue, kind: type[TypeT]) -> TypeT:
    """The type of a value, where it is known to be of a kind. A TypeError where it is not."""
    if isinstance(type_ := value.type, kind):
        return type_
    raise TypeError(f"a value of {type_}, and not of {kind.name}")


def owner_of(value: SSAValue, kind: type[OpT]) -> OpT:
    """The operation that makes a value, where it is known to be of a kind. A TypeError where it is not."""
    if isinstance(owner := value.owner, kind):
        return owner
    raise TypeError(f"a value of {owner}, and not of {kind.__name__}")
