"""The definition of operations, as xDSL has it, with assembly formats that are read when they are first used."""

from __future__ import annotations

from functools import cached_property
from typing import TypeVar

from xdsl.irdl import IRDLOperation, OpDef
from xdsl.irdl import irdl_op_definition as define_without_format
from xdsl.irdl.declarative_assembly_format import FormatProgram
from xdsl.parser import Parser
from xdsl.printer import Printer

OpT = TypeVar("OpT", bound=IRDLOperation)


def irdl_op_definition(cls: type[OpT]) -> type[OpT]:
    """
    Defines an operation. xDSL reads its assembly format at once, and all of them take an eighth of the compiler's
    import; most commands print and parse none.
    """
    text = cls.assembly_format
    if text is None:
        return define_without_format(cls)
    cls.assembly_format = None
    defined = define_without_format(cls)
    defined.assembly_format = text
    definition = defined.get_irdl_definition()
    definition.assembly_format = text
    assembly = _Format(text, definition)

    def parse(cls: type[OpT], parser: Parser) -> OpT:
        return assembly.program.parse(parser, cls)

    def print(self: OpT, printer: Printer) -> None:
        assembly.program.print(printer, self)

    for name, method in {"parse": classmethod(parse), "print": print}.items():
        setattr(defined, name, method)
    return defined


class _Format:
    """An assembly format of an operation."""

    def __init__(self, text: str, definition: OpDef):
        self._text = text
        self._definition = definition

    @cached_property
    def program(self) -> FormatProgram:
        return FormatProgram.from_str(self._text, self._definition)
