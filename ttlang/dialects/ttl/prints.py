"""The part of `ttl` by which threads speak to their author: prints and assertions."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence

from xdsl.dialects.builtin import IntegerAttr, IntegerType, StringAttr, i1, i64
from xdsl.ir import SSAValue
from xdsl.irdl import ParsePropInAttrDict, opt_prop_def, prop_def

from ttlang.dialects.attributes import i64_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.message_texts import text_attr, verify_text
from ttlang.dialects.ttcore import Processor, ProcessorAttr
from ttlang.dialects.ttl.effects import EffectOp
from ttlang.dialects.ttl.types import BlockType, pages_of
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
    processor = opt_prop_def(ProcessorAttr)
    """Of a compute thread: which of the three that run it prints, if the author has said it."""
    assembly_format = "$fmt (`,` $values^ `:` type($values))? attr-dict"

    def __init__(self, format: str, values: Sequence[SSAValue] = (), processor: Processor | None = None):
        chosen = None if processor is None else ProcessorAttr(processor)
        super().__init__(operands=[list(values)], properties={"fmt": text_attr(format), "processor": chosen})


@irdl_op_definition
class PrintBlockOp(EffectOp):
    """
    Prints what a block holds, row by row of each tile, or of its first `pages`: tiles, or rows of a row-major block. It
    changes nothing that a kernel computes.
    """

    name = "ttl.print_block"
    block = operand_of(BlockType)
    pages = opt_prop_def(IntegerAttr.constr(i64))
    irdl_options = (ParsePropInAttrDict(),)
    assembly_format = "$block attr-dict `:` type($block)"

    def __init__(self, block: SSAValue, pages: int | None = None):
        first = None if pages is None else i64_attr(pages)
        super().__init__(operands=[block], properties={"pages": first})

    @property
    def page_count(self) -> int:
        """How many pages are printed."""
        whole = pages_of(self.block.type.sizes, self.block.type.element)
        return whole if self.pages is None else min(self.pages.value.data, whole)


@irdl_op_definition
class AssertOp(MessageOp):
    """Stops the run, with a text, unless the condition holds."""

    name = "ttl.assert"
    condition = operand_of(i1)
    code = opt_prop_def(StringAttr)
    """Of the mistake that it finds, where the compiler has made it."""
    assembly_format = "$condition `,` $fmt (`,` $values^ `:` type($values))? attr-dict"

    def __init__(
        self, condition: SSAValue, format: str = "", values: Sequence[SSAValue] = (), code: StringAttr | None = None
    ):
        properties = {"fmt": text_attr(format), "code": code}
        super().__init__(operands=[condition, list(values)], properties=properties)
