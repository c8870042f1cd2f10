"""What threads print and assert, as statements of the generated function, and where their lines go."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics.machine import say
from ttlang.dialects import ttkernel
from ttlang.machine.faults import Fault
from ttlang.tables.print_format import pieces_of

if TYPE_CHECKING:
    from ttlang.backends.simulator.threads import Thread


class Console:
    """
    Prints what threads say, line by line, each headed by who says it. Like the host of a card, it keeps a line back
    until it is whole, so that no other thread's comes between.
    """

    def __init__(self, *, silent: bool = False):
        self._silent = silent
        self._begun: dict[Thread, str] = {}
        """Lines that have not ended."""
        self.before: Callable[[], None] | None = None
        """Is called before a line is printed: clears what is shown there for a while."""

    def write(self, thread: Thread, text: str) -> None:
        *lines, rest = (self._begun.pop(thread, "") + text).split("\n")
        for line in lines:
            self._print(thread, line)
        if rest:
            self._begun[thread] = rest

    def close(self) -> None:
        """Prints the lines that nobody has ended."""
        for thread, line in self._begun.items():
            self._print(thread, line)
        self._begun.clear()

    def _print(self, thread: Thread, line: str) -> None:
        if not self._silent:
            if self.before is not None:
                self.before()
            say(f"{thread.label}: {line}")


def failed(op: int, text: str) -> Fault:
    """What an assertion raises, of the call's number and its text."""
    return Fault("TTL0814", op, f"the assertion fails{': ' if text else ''}{text}")


def emit_message(writer: Writer, op: ttkernel.MessageOp) -> None:
    """Writes a print or an assertion. The generated code computes the text of an assertion only where that fails."""
    if not isinstance(op, ttkernel.AssertOp):
        writer.emit_call(pyast.method("thread", "print", _text(writer, op)), op)
        return
    fault = pyast.call(pyast.name("failed"), pyast.number(writer.number(op)), _text(writer, op))
    fails = ast.UnaryOp(ast.Not(), writer.value(op.condition))
    writer.emit(ast.If(fails, [ast.Raise(fault, None)], []), op)


def _text(writer: Writer, op: ttkernel.MessageOp) -> ast.expr:
    if not op.values:
        return ast.Constant("".join(str(piece) for piece in pieces_of(op.format)))
    values = [writer.value(value) for value in op.values]
    return pyast.call(ast.Attribute(ast.Constant(op.format), "format", ast.Load()), *values)
