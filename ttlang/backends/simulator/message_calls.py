"""What threads print and assert, as statements of the generated function."""

from __future__ import annotations

import ast

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.buffer_calls import emit_flush
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.tables.print_format import pieces_of


def emit_message(writer: Writer, op: ttkernel.MessageOp) -> None:
    """Writes a print or an assertion. The generated code computes the text of an assertion only where that fails."""
    if not isinstance(op, ttkernel.AssertOp):
        writer.emit_call(pyast.method("thread", "print", _text(writer, op)), op)
        return
    code = [ast.Constant(op.code.data)] if op.code is not None else []
    fault = pyast.call(pyast.name("failed"), pyast.number(writer.number(op)), _text(writer, op), *code)
    fails = ast.UnaryOp(ast.Not(), writer.value(op.condition))
    writer.emit(ast.If(fails, [ast.Raise(fault, None)], []), op)


def emit_row(writer: Writer, op: ttkernel.DPrintRowOp) -> None:
    """Writes a print of a row of a tile, behind all that the thread has computed so far."""
    if writer.tree:
        emit_flush(writer, op)
    buffer = pyast.name(writer.buffer(buffer_of(writer.program, op.cb)))
    back, number = pyast.flag(op.back is not None), pyast.number(writer.number(op))
    shown = pyast.method("thread", "print_row", buffer, back, writer.value(op.tile), writer.value(op.row), number)
    writer.emit_call(shown, op)


def emit_elements(writer: Writer, op: ttkernel.DPrintElementsOp) -> None:
    """Writes a print of a part of a row of a row-major buffer."""
    buffer = pyast.name(writer.buffer(buffer_of(writer.program, op.cb)))
    back, count = pyast.flag(op.back is not None), pyast.number(op.count.value.data)
    number = pyast.number(writer.number(op))
    writer.emit_call(pyast.method("thread", "print_elements", buffer, back, writer.value(op.first), count, number), op)


def _text(writer: Writer, op: ttkernel.MessageOp) -> ast.expr:
    if not op.values:
        return ast.Constant("".join(str(piece) for piece in pieces_of(op.format)))
    values = [writer.value(value) for value in op.values]
    return pyast.call(ast.Attribute(ast.Constant(op.format), "format", ast.Load()), *values)
