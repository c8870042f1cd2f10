"""The part of `ttl` by which threads speak to their author: prints and assertions."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerType, StringAttr, i1
from xdsl.ir import SSAValue
from xdsl.irdl import ParsePropInAttrDict, prop_def

from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.message_texts import text_attr, verify_text
from ttlang.dialects.ttl.effects import EffectOp
from ttlang.dialects.typed_values import operand_of, var_operand_of


class MessageOp(EffectOp, ABC):
    """A text with numbers. It changes nothing that a kernel computes, but is never deleted, merged or moved."""

    fmt = prop_def(StringAttr)
    values = var_operand_of(IntegerType)
    irdl_options = (ParsePropInAttrDict(),)

    def verify_(self) -> None:
        verify_text(self.fmt, self.values)


@irdl_op_definition
class PrintOp(MessageOp):
    """Prints a text. A line that it does not end is continued by the thread's next print."""

    name = "ttl.print"
    assembly_format = "$fmt (`,` $values^ `:` type($values))? attr-dict"

    def __init__(self, format: str, values: Sequence[SSAValue] = ()):
        super().__init__(operands=[list(values)], properties={"fmt": text_attr(format)})


@irdl_op_definition
class AssertOp(MessageOp):
    """Stops the run, with a text, unless the condition holds."""

    name = "ttl.assert"
    condition = operand_of(i1)
    assembly_format = "$condition `,` $fmt (`,` $values^ `:` type($values))? attr-dict"

    def __init__(self, condition: SSAValue, format: str = "", values: Sequence[SSAValue] = ()):
        super().__init__(operands=[condition, list(values)], properties={"fmt": text_attr(format)})
