"""
Prints and assertions in C++. A generation of the kernel API prints a stream of values, or takes a format; either
evaluates nothing where printing is switched off, and with a format it evaluates what it prints more than once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import SSAValue

from ttlang.analysis.value_variables import is_folded
from ttlang.backends.cpp.expressions import Binding, Expression, call
from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import Processor
from ttlang.tables.dtypes import TILE_ELEMENTS, TILE_HEIGHT, TILE_WIDTH
from ttlang.tables.kernel_api import PrintForm
from ttlang.tables.print_format import escaped, pieces_of

_MACRO_OF = {Processor.UNPACK: "DPRINT_UNPACK", Processor.MATH: "DPRINT_MATH", Processor.PACK: "DPRINT_PACK"}
MACROS = ("ASSERT", "CTSTR", "DPRINT", *_MACRO_OF.values(), "ENDL", "SETW", "SliceRange", "TileSlice")
"""What messages are made of."""
ZONE = ("DeviceZoneScopedN", "hash", "zone")
"""What a region that the profiler measures is made of: the macro, and the variables that it declares in the scope."""

_ROW_BYTES = 128
"""What is kept for a row of a tile: 32 datums of four bytes."""
Print = Callable[[SSAValue], Expression]


def print_text(op: ttkernel.DPrintOp, expression: Print, form: PrintForm, *, compute: bool) -> str:
    """
    The statement that prints a text. In a compute kernel it is the unpacker that prints, unless another processor is
    named: all three run the kernel, and this one is where it waits for its inputs, so that a print behind a wait tells
    that they are there.
    """
    processor = (op.processor.data if op.processor else Processor.UNPACK) if compute else None
    if form is PrintForm.FORMAT:
        return _print((literal(_format(op)), *(_argument(value, expression) for value in op.values)), form, processor)
    return _print(tuple(_streamed(op, expression)), form, processor)


def print_row(op: ttkernel.DPrintRowOp, cb: str, expression: Print, form: PrintForm, *, compute: bool) -> str:
    """The statement that prints a row of a tile: a data movement processor has to be told which pointer is meant."""
    row = expression(op.row)
    rows = f"(uint8_t){row.within(Binding.UNARY)}, (uint8_t)({row.within(Binding.SUM)} + 1), 1"
    part = f"{expression(op.tile).text}, SliceRange{{{rows}, 0, {TILE_WIDTH}, 1}}"
    return _print_slice(op, cb, part, form, untilize=True, compute=compute)


def print_elements(op: ttkernel.DPrintElementsOp, cb: str, expression: Print, form: PrintForm, *, compute: bool) -> str:
    """
    The statement that prints elements as they lie in memory. There a tile is so many of them, in rows of 32, and a row
    may be left at its end.
    """
    first, count = expression(op.first), op.count.value.data
    row = f"{first.within(Binding.PRODUCT)} / {TILE_WIDTH} % {TILE_HEIGHT}"
    column = f"{first.within(Binding.PRODUCT)} % {TILE_WIDTH}"
    columns = f"(uint8_t)({column}), (uint8_t)({column} + {count}), 1"
    tile = f"{first.within(Binding.PRODUCT)} / {TILE_ELEMENTS}"
    part = f"{tile}, SliceRange{{(uint8_t)({row}), (uint8_t)({row} + 1), 1, {columns}}}"
    return _print_slice(op, cb, part, form, untilize=False, compute=compute)


def _print_slice(
    op: ttkernel.DPrintRowOp | ttkernel.DPrintElementsOp,
    cb: str,
    part: str,
    form: PrintForm,
    *,
    untilize: bool,
    compute: bool,
) -> str:
    processor = (Processor.PACK if op.back else Processor.UNPACK) if compute else None
    pointer = "" if compute else f", TSLICE_INPUT_CB, TSLICE_{'WR' if op.back else 'RD'}_PTR"
    slice_ = f"TileSlice<{_ROW_BYTES}>({cb}, {part}{pointer}, false, {'true' if untilize else 'false'})"
    return _print(('"{}"', slice_) if form is PrintForm.FORMAT else (slice_,), form, processor)


def _print(parts: Sequence[str], form: PrintForm, processor: Processor | None) -> str:
    """A statement that prints, on a processor of a compute kernel or on one that moves data."""
    macro = "DPRINT" if processor is None else _MACRO_OF[processor]
    if form is PrintForm.FORMAT:
        return f"{macro}({', '.join(parts)})"
    stream = " << ".join(["DPRINT", *parts])
    return stream if processor is None else f"{macro}({stream})"


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
