"""What a kernel tells its author: prints and assertions, which a chip carries out where it is asked to."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import ClassVar

from xdsl.dialects.builtin import IntegerAttr, IntegerType, StringAttr, SymbolRefAttr, UnitAttr, i1, i32, i64
from xdsl.ir import SSAValue
from xdsl.irdl import operand_def, opt_prop_def, prop_def, var_operand_def

from ttlang.dialects.attributes import UNIT, i64_attr
from ttlang.dialects.definition import irdl_op_definition
from ttlang.dialects.message_texts import verify_text
from ttlang.dialects.ttcore import ProcessorAttr
from ttlang.dialects.ttkernel.call_families import EffectOp, symbol
from ttlang.tables import print_format as messages


class DebugOp(EffectOp, ABC):
    """What a kernel tells its author by a macro of the kernel API."""

    DEBUG_HEADER: ClassVar[str]
    """The include that defines it, below `api/debug/`, for kernels of either kind."""


class MessageOp(DebugOp, ABC):
    """A macro that takes a text with numbers."""

    fmt = prop_def(StringAttr)
    values = var_operand_def(IntegerType)

    @property
    def format(self) -> str:
        """The text with its places for numbers, as `ttlang.tables.print_format` has it."""
        return messages.decode(self.fmt.data)

    def verify_(self) -> None:
        verify_text(self.fmt, self.values)


@irdl_op_definition
class DPrintOp(MessageOp):
    """Prints a text. In a compute kernel one of its three processors does: the unpacker, unless another is named."""

    name = "ttkernel.dprint"
    DEBUG_HEADER: ClassVar[str] = "dprint.h"
    processor = opt_prop_def(ProcessorAttr)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("fmt", "values")
    assembly_format = "`(` $fmt (`,` $values^ `:` type($values))? `)` attr-dict"

    def __init__(self, fmt: StringAttr, values: Sequence[SSAValue] = (), processor: ProcessorAttr | None = None):
        super().__init__(operands=[list(values)], properties={"fmt": fmt, "processor": processor})


@irdl_op_definition
class DPrintRowOp(DebugOp):
    """
    Prints a row of a tile of a buffer's oldest filled block; with `back`, of the block that is reserved. In a compute
    kernel the unpacker sees the one, the packer the other.
    """

    name = "ttkernel.dprint_row"
    DEBUG_HEADER: ClassVar[str] = "dprint.h"
    cb = prop_def(SymbolRefAttr)
    back = opt_prop_def(UnitAttr)
    tile = operand_def(i32)
    row = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "tile", "row")
    assembly_format = "`(` $cb `,` $tile `,` $row `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, tile: SSAValue, row: SSAValue, *, back: bool):
        properties = {"cb": symbol(cb), "back": UNIT if back else None}
        super().__init__(operands=[tile, row], properties=properties)


@irdl_op_definition
class DPrintElementsOp(DebugOp):
    """
    Prints `count` elements, at most 32, of a row-major buffer: those from `first` on, as they lie in memory from where
    its oldest filled block starts; with `back`, the block that is reserved. In a compute kernel the unpacker sees the
    one, the packer the other.
    """

    name = "ttkernel.dprint_elements"
    DEBUG_HEADER: ClassVar[str] = "dprint.h"
    cb = prop_def(SymbolRefAttr)
    count = prop_def(IntegerAttr.constr(i64))
    back = opt_prop_def(UnitAttr)
    first = operand_def(i32)
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("cb", "first", "count")
    assembly_format = "`(` $cb `,` $first `,` $count `)` attr-dict"

    def __init__(self, cb: str | SymbolRefAttr, first: SSAValue, count: int, *, back: bool):
        properties = {"cb": symbol(cb), "count": i64_attr(count), "back": UNIT if back else None}
        super().__init__(operands=[first], properties=properties)


@irdl_op_definition
class AssertOp(MessageOp):
    """Stops the processor unless the condition holds. The text is the simulator's alone."""

    name = "ttkernel.assert"
    DEBUG_HEADER: ClassVar[str] = "assert.h"
    condition = operand_def(i1)
    code = opt_prop_def(StringAttr)
    """Of the mistake that it finds, where the compiler has made it."""
    ARGUMENTS: ClassVar[tuple[str, ...]] = ("condition", "fmt", "values")
    assembly_format = "`(` $condition `,` $fmt (`,` $values^ `:` type($values))? `)` attr-dict"

    def __init__(
        self, condition: SSAValue, fmt: StringAttr, values: Sequence[SSAValue] = (), code: StringAttr | None = None
    ):
        super().__init__(operands=[condition, list(values)], properties={"fmt": fmt, "code": code})
