"""
Prints and assertions in C++. A generation of the kernel API prints a stream of values, or takes a format; either
evaluates nothing where printing is switched off, and with a format it evaluates what it prints more than once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ttlang.analysis.value_variables import is_folded
from ttlang.backends.cpp.expressions import Binding, Expression, call
from ttlang.dialects import ttkernel
from ttlang.tables.kernel_api import PrintForm
from ttlang.tables.print_format import escaped, pieces_of

MACROS = ("ASSERT", "CTSTR", "DPRINT", "DPRINT_UNPACK", "ENDL", "SETW")
"""What messages are made of."""

Print = Callable[[SSAValue], Expression]


def print_text(op: ttkernel.DPrintOp, expression: Print, form: PrintForm, *, compute: bool) -> str:
    """
    The statement that prints a text. In a compute kernel it is the unpacker that prints: all three processors run the
    kernel, and this one is where it waits for its inputs, so that a print behind a wait tells that they are there.
    """
    if form is PrintForm.FORMAT:
        arguments = [literal(_format(op)), *(_argument(value, expression) for value in op.values)]
        return f"DPRINT{'_UNPACK' if compute else ''}({', '.join(arguments)})"
    stream = " << ".join(["DPRINT", *_streamed(op, expression)])
    return f"DPRINT_UNPACK({stream})" if compute else stream


def assert_text(op: ttkernel.AssertOp, expression: Print) -> str:
    return f"ASSERT({expression(op.condition).text})"


def assert_remark(op: ttkernel.AssertOp, expression: Print) -> str:
    """The text of an assertion, with expressions for its numbers: a chip has no way to tell it."""
    values = iter(op.values)
    parts = (p if isinstance(p, str) else f"{{{expression(next(values)).text}}}" for p in pieces_of(op.format))
    text = "".join(parts)
    # In quotes, since a backslash at its end would take in the next line.
    return literal(text) if text else ""


def literal(text: str) -> str:
    """A string literal."""
    # Compilers warn of what was a trigraph once.
    return '"' + re.sub(r"(?<=\?)\?", r"\\?", "".join(map(_letter, text))) + '"'


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _letter(letter: str) -> str:
    if letter < " " or letter == "\x7f":
        # Octal, of which no more than three digits are taken.
        return _ESCAPES.get(letter, f"\\{ord(letter):03o}")
    return _ESCAPES.get(letter, letter)


def _format(op: ttkernel.DPrintOp) -> str:
    parts = (escaped(p) if isinstance(p, str) else f"{{:{p}}}" if p else "{}" for p in pieces_of(op.format))
    return "".join(parts)


def _argument(value: SSAValue, expression: Print) -> str:
    if value.type != i1:
        return _integer(value, expression).text
    # Strings of the host's: the chip holds only their addresses.
    return f'{expression(value).within(Binding.OR)} ? CTSTR("True") : CTSTR("False")'


def _streamed(op: ttkernel.DPrintOp, expression: Print) -> Iterator[str]:
    """What follows the `<<`s of a stream."""
    values, text = iter(op.values), ""
    for piece in pieces_of(op.format):
        text = piece if isinstance(piece, str) else ""
        if isinstance(piece, int):
            if piece:
                yield f"SETW({piece})"
            yield _operand(next(values), expression)
        elif shown := piece.removesuffix("\n"):
            yield literal(shown)
    if text.endswith("\n"):
        yield "ENDL()"


def _operand(value: SSAValue, expression: Print) -> str:
    if value.type != i1:
        return _integer(value, expression).within(Binding.SHIFT, right=True)
    return f'({expression(value).within(Binding.OR)} ? "True" : "False")'


def _integer(value: SSAValue, expression: Print) -> Expression:
    """An integer as an int32_t: what the type of an expression is decides on how it is printed."""
    number = expression(value).signed()
    return call("(int32_t)", number) if is_folded(value) and _is_narrow(value) else number


def _is_narrow(value: SSAValue) -> bool:
    """Whether an expression may be a bool in C++, or a byte."""
    match value.owner:
        case arith.ExtUIOp() | ttkernel.MyLogicalXOp() | ttkernel.MyLogicalYOp():
            return True
        case arith.SelectOp() as select:
            return _is_narrow(select.lhs) or _is_narrow(select.rhs)
        case _:
            return False
