"""Files of IR: read with a place for each operation, so that what is found in them is reported at their lines."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path

from xdsl.context import Context
from xdsl.dialects.builtin import ArrayAttr, FileLineColLoc, IntAttr, ModuleOp, StringAttr, UnknownLoc
from xdsl.ir import Operation
from xdsl.parser import Parser
from xdsl.utils.exceptions import MultipleSpansParseError, ParseError, VerifyException
from xdsl.utils.lexer import Span as TextSpan

from ttlang.analysis.locations import span_of
from ttlang.analysis.wide_defines import wide_defines
from ttlang.diagnostics import DiagnosticError, Related, Span, error
from ttlang.dialects import ttkernel
from ttlang.dialects.attributes import bool_attr
from ttlang.dialects.walking import operations_of

UNREADABLE = "TTL0230"


class LocatingParser(Parser):
    """Gives each operation whose location is unknown that of its text, as mlir-opt does."""

    def __init__(self, context: Context, text: str, name: str, line_offset: int = 0):
        super().__init__(context, text, name)
        self._starts = [0, *(at + 1 for at, letter in enumerate(text) if letter == "\n")]
        self._name = StringAttr(name)
        self._line_offset = line_offset

    def parse_operation(self) -> Operation:
        start = self.pos
        try:
            op = super().parse_operation()
        except VerifyException as cause:
            # Of an attribute, or of what the operation's syntax ties together.
            self.raise_error(str(cause), start, self.pos)
        if isinstance(op.location, UnknownLoc):
            line = bisect_right(self._starts, start)
            column = start - self._starts[line - 1] + 1
            op.location = FileLineColLoc(self._name, IntAttr(line + self._line_offset), IntAttr(column))
        return op

    def check_defined(self) -> None:
        """Raises a DiagnosticError at the first use of a value that nothing has defined up to here."""
        for name, references in self.forward_ssa_references.items():
            for value in references.values():
                user = next((use.operation for use in value.uses), None)
                raise error(UNREADABLE, f"%{name} is used, and nothing defines it", span_of(user))


_ESCAPED = re.compile(r"(?:\\[89A-Fa-f][0-9A-Fa-f])+")
"""What xDSL's printer writes for letters that are no ASCII, and its parser takes for bytes."""


def _unescaped(found: re.Match[str]) -> str:
    try:
        return bytes.fromhex(found[0].replace("\\", "")).decode()
    except UnicodeDecodeError:
        return found[0]


def parse_ir(context: Context, content: bytes, name: str, *, line_offset: int = 0, implicit: bool = True) -> ModuleOp:
    """
    The module of a text of IR, which is not verified. `line_offset`: lines of the file before the text. `implicit`:
    operations at the top are put into a module. Raises xDSL's ParseError, or a DiagnosticError for what is no text.
    """
    try:
        text = _ESCAPED.sub(_unescaped, content.decode())
    except UnicodeDecodeError as cause:
        line = content.count(b"\n", 0, cause.start) + 1 + line_offset
        raise error(UNREADABLE, "IR is text in UTF-8, and this is not", Span(name, line, 1)) from None
    parser = LocatingParser(context, text, name, line_offset)
    try:
        module = parser.parse_module(implicit)
    except ParseError as cause:
        if cause.msg.startswith("values used but not defined"):
            parser.check_defined()
        raise replace(cause, span=replace(cause.span, line_offset=line_offset)) from None
    _add_defines(module)
    return module


def _add_defines(module: ModuleOp) -> None:
    """
    Files of the first releases lack the kernels' macros, which the printer of C++ added. The simulator computes with
    them, so a kernel without would not be what was simulated. The module is not verified yet.
    """
    wide = bool_attr(True)
    for program in operations_of(module, ttkernel.ProgramOp):
        if program.properties.get("fp32_dest_acc_en") != wide:
            continue
        for kernel in operations_of(program, ttkernel.KernelOp):
            if kernel.properties.get("defines") == ArrayAttr(()):
                kernel.defines = ArrayAttr(map(StringAttr, wide_defines(kernel)))


def read_ir(context: Context, path: Path) -> ModuleOp:
    """The module of a file, which is not verified. Raises a DiagnosticError at the place that can't be read."""
    try:
        return parse_ir(context, path.read_bytes(), str(path))
    except ParseError as cause:
        raise unreadable(cause) from None


def unreadable(cause: ParseError) -> DiagnosticError:
    """What a parser has found, as a diagnostic."""
    others = cause.refs if isinstance(cause, MultipleSpansParseError) else []
    related = [Related(_place(span), message or "here") for span, message in others]
    return error(UNREADABLE, " ".join(cause.msg.split()), _place(cause.span), related=related)


def _place(span: TextSpan[str] | TextSpan[bytes]) -> Span:
    at = span.get_location()
    first = span.text.partition("\n")[0]
    return Span(at.file, at.line, at.col, at.line, at.col + max(len(first), 1))
