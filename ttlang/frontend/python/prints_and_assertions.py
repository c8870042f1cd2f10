"""`print` and `assert`: what a thread tells its author."""

from __future__ import annotations

import ast

from xdsl.dialects import scf
from xdsl.ir import Region

from ttlang.dialects import ttl
from ttlang.dialects.ttcore import Processor
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.printed_objects import headline, is_printed_object, show
from ttlang.frontend.blocks.values import NONE, Host, Text, Value, describe
from ttlang.frontend.python import conditions
from ttlang.frontend.python.branches import can_inline, move_operations
from ttlang.frontend.python.paths import compile_path
from ttlang.frontend.python.printed_text import joined, shown, text_of
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.tables.print_format import MOST_VALUES, escaped, pieces_of

_ON_THE_HOST = ("file", "flush")


def call_print(c: ThreadCompiler, call: Call) -> Value:
    """Strings are made here; only numbers of the run, and what it holds at the time, are left to it."""
    _check_keywords(c, call)
    separator, end = (_constant(c, call, name, default) for name, default in (("sep", " "), ("end", "\n")))
    processor, pages = _processor(c, call), _pages(c, call)
    objects = [value for value in call.args if is_printed_object(value)]
    if len(objects) > 1:
        message = f"print shows one block, buffer or tensor at a time, and {len(objects)} are given"
        raise c.error("TTL0107", message, hint="print each of them in a call of its own")
    texts = [headline(c, value) if value in objects else text_of(c, value) for value in call.args]
    _emit_print(c, joined([joined(texts, separator), end]), processor)
    for value in objects:
        show(c, value, pages)
    return NONE


def _check_keywords(c: ThreadCompiler, call: Call) -> None:
    for name in call.keywords:
        if name in _ON_THE_HOST:
            hint = "a thread prints where its chip does: the simulator to stdout, a card through DPRINT"
            raise c.error("TTL0107", f"print takes no {name} in a thread", hint=hint)
        if name in ("_dump_dst_registers", "label"):
            hint = "store what is computed in a block, and print that where it is waited for"
            raise c.error("TTL0003", "what DST holds can't be printed yet", hint=hint)
        if name not in ("sep", "end", "num_pages", "thread"):
            raise c.error("TTL0107", f"print has no parameter {name}")


def _pages(c: ThreadCompiler, call: Call) -> int | None:
    """How much of a block or a tensor is shown, if the author has said it."""
    match call.keywords.get("num_pages", NONE):
        case Host(None):
            return None
        case Host(int() as pages) if pages > 0:
            return pages
        case value:
            raise c.error("TTL0107", f"num_pages is a positive number of the host, not {describe(value)}")


def _processor(c: ThreadCompiler, call: Call) -> Processor | None:
    """Of a compute thread: the one that the author wants to print."""
    match call.keywords.get("thread", NONE):
        case Host(None):
            return None
        case Host(str() as name) if name in Processor.__members__.values() and c.computes:
            return Processor(name)
        case _ if not c.computes:
            raise c.error("TTL0107", "print takes a thread only in the compute thread, which three processors run")
        case value:
            names = ", ".join(repr(str(each)) for each in Processor)
            raise c.error("TTL0107", f"thread is one of {names}, not {describe(value)}")


def _constant(c: ThreadCompiler, call: Call, name: str, default: str) -> Text:
    """A keyword whose value is a string of the host, or None for its default."""
    value = call.keywords.get(name, NONE)
    match value:
        case Host(None):
            return Text(escaped(default))
        case Host(str() as given):
            return Text(escaped(given))
        case _:
            raise c.error("TTL0107", f"{name} is a string that is known at compile time, not {describe(value)}")


def _emit_print(c: ThreadCompiler, text: Text, processor: Processor | None) -> None:
    _check_printable(c, text)
    if text.format:
        c.emit(ttl.PrintOp(text.format, text.values, processor))


def _check_printable(c: ThreadCompiler, text: Text) -> None:
    """Raises a diagnostic for a text that a chip can't print."""
    literal = "".join(piece for piece in pieces_of(text.format) if isinstance(piece, str))
    if "\0" in literal or any("\ud800" <= letter <= "\udfff" for letter in literal):
        raise c.error("TTL0105", "a thread can't print NUL characters and halves of surrogate pairs")
    if len(text.values) > MOST_VALUES:
        raise c.error(
            "TTL0105",
            f"{len(text.values)} numbers of the run in one text, and a chip prints {MOST_VALUES} at once",
            hint='print them in several calls: print(..., end="")',
        )


def call_string(c: ThreadCompiler, call: Call) -> Value:
    """`str` and `repr`."""
    name = call.callee.__name__
    if call.keywords or len(call.args) != 1:
        raise c.error("TTL0107", f"{name} takes one argument, which is to become a string")
    return text_of(c, call.args[0]) if call.callee is str else shown(c, call.args[0])


# ----------------------------------------------------------------------------------------------------- assertions


def compile_assert(c: ThreadCompiler, node: ast.Assert) -> None:
    test = conditions.condition(c, node.test)
    c.at(node.test)
    if isinstance(test, Host) and test.value:
        return
    message = compile_path(c, lambda: _message(c, node))
    c.at(node.test)
    text = message.value
    assert isinstance(text, Text)
    if isinstance(test, Host) and not c.conditions:
        known = "" if text.values or not text.format else f": {''.join(map(str, pieces_of(text.format)))}"
        raise c.error("TTL0814", f"this assertion fails on every core{known}")
    if can_inline(message.block):
        move_operations(message.block, c.block)
        c.emit(ttl.AssertOp(i32_arithmetic.truth_ssa(c, test), text.format, text.values))
        return
    # Python computes the message where the assertion fails. This one could fail, or costs something.
    with c.inside(message.block):
        c.emit(ttl.AssertOp(c.truth_constant(False), text.format, text.values))
        c.emit(scf.YieldOp())
    fails = i32_arithmetic.negate(c, i32_arithmetic.truth_ssa(c, test))
    c.emit(scf.IfOp(fails, [], Region(message.block)))


def _message(c: ThreadCompiler, node: ast.Assert) -> Text:
    text = text_of(c, c.expression(node.msg)) if node.msg is not None else Text("")
    _check_printable(c, text)
    return text
