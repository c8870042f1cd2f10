"""Parts of values: attributes, subscripts, slices."""

from __future__ import annotations

import ast
import operator
from collections.abc import Sequence

from ttlang import language
from ttlang.frontend.blocks import row_major_blocks, suggestions
from ttlang.frontend.blocks.known_values import host_values
from ttlang.frontend.blocks.pipe_values import PIPE_ATTRIBUTES, pipe_attribute
from ttlang.frontend.blocks.sequences import BLOCKS_HINT, group
from ttlang.frontend.blocks.values import (
    BlockValue,
    Chosen,
    Fill,
    Group,
    Host,
    Int,
    Method,
    PipeValue,
    RangeValue,
    SliceValue,
    Spread,
    Table,
    Value,
    Window,
    describe,
)
from ttlang.frontend.python.tensor_windows import compile_window
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.blocks import Block
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter, is_device_tensor
from ttlang.tables.dtypes import BF16


def compile_attribute(c: ThreadCompiler, node: ast.Attribute) -> Value:
    value = c.expression(node.value)
    c.at(node)
    name = node.attr
    match value:
        case Host(host):
            return _host_attribute(c, host, name)
        case BlockValue() if name == "shape":
            return Host(value.type.sizes)
        case Fill(shape=tuple() as shape) if name == "shape":
            return Host(shape)
        case Fill() if name == "dtype":
            return Host(value.dtype or BF16)
        case BlockValue() if name == "dtype":
            return Host(value.type.element.dtype)
        case _ if (type(value), name) in c.syntax.calls.methods:
            if (type(value), name) in c.syntax.calls.computing:
                row_major_blocks.learn(c, value)
            return Method(value, name)
        case PipeValue() if name in PIPE_ATTRIBUTES:
            return pipe_attribute(c, value, name)
        case Chosen():
            raise c.error("TTL0003", f"this is {describe(value)}, of which {name} is read here", hint=_CHOSEN_HINT)
        case BlockValue() | Fill() | Spread():
            raise c.error("TTL0106", f"{describe(value)} has no attribute {name!r}", hint=suggestions.for_method(name))
        case Group(kind=kind) if kind is list and name in ("append", "extend", "insert", "pop", "clear", "remove"):
            raise c.error(
                "TTL0102", f"a list can't be changed in a thread: {name}", hint="make a new list, as in a + [b]"
            )
        case RangeValue() | SliceValue() if name in ("start", "stop", "step"):
            part: Value = getattr(value, name)
            return part
        case _:
            raise c.error("TTL0106", f"{describe(value)} has no attribute {name!r}")


_CHOSEN_HINT = "give the choice a name in a statement of its own, and use it in others than heads of loops and branches"


def _host_attribute(c: ThreadCompiler, host: object, name: str) -> Value:
    if suggestions.is_language(host) and not hasattr(host, name):
        hint = suggestions.for_attribute(host, name)
        raise c.error("TTL0103", f"{suggestions.module_name(host)} has no {name}", hint=hint)
    if isinstance(host, CircularBuffer) and not hasattr(host, name):
        hint = "its blocks have: acquire one, as in `with cb.reserve() as block`" if hasattr(Block, name) else None
        raise c.error("TTL0106", f"{describe(Host(host))} has no attribute {name!r}", hint=hint)
    if host is language.block:
        c.kernel.spelled(f"ttl.block.{name}", c.span())
    return c.on_host(getattr, host, name)


def compile_subscript(c: ThreadCompiler, node: ast.Subscript) -> Value:
    value = c.expression(node.value)
    if isinstance(value, Host) and isinstance(value.value, TensorParameter):
        return compile_window(c, value.value, node)
    if isinstance(value, Host) and is_device_tensor(value.value):
        hint = "give the kernel a parameter for it, and call it with the tensor"
        raise c.error("TTL0105", f"{ast.unparse(node.value)} is a tensor that the kernel is not given", hint=hint)
    index = c.at_place(c.expression(node.slice))
    c.at(node)
    if isinstance(value, Host) and isinstance(value.value, CircularBuffer):
        raise c.error("TTL0106", f"{describe(value)} can't be indexed", hint=BLOCKS_HINT)
    if isinstance(value, Host) and isinstance(index, Host):
        return c.on_host(operator.getitem, value.value, index.value)
    if isinstance(value, Group) and isinstance(index, Host):
        part = c.on_host(operator.getitem, value.items, index.value).value
        return group(part, value.kind) if isinstance(index.value, slice) else part
    if isinstance(value, Table) and isinstance(index, Host):
        return c.on_host(operator.getitem, value.items, index.value).value
    if isinstance(value, Host | Group | Table):
        raise c.error(
            "TTL0108",
            f"{describe(value)} is indexed with {describe(index)}",
            node.slice,
            hint=_CHOICE_HINT if isinstance(index, Int) else _LOOP_HINT,
        )
    hint = _INDEX_HINTS.get(type(value))
    if isinstance(value, BlockValue) and not c.computes:
        hint = _ELEMENT_HINT
    raise c.error("TTL0106", f"{describe(value)} can't be indexed", hint=hint)


_LOOP_HINT = "a loop over the items, or over a constant range of their numbers, is unrolled at compile time"
_CHOICE_HINT = (
    "name a number for which the compiler knows that there is an item, as in place = n % 2, and index with that in "
    "statements that are no heads of loops or branches; or loop over the items"
)
_ELEMENT_HINT = (
    "ttl.read_index(block, row, column) reads an element to index with, and ttl.raw_element_read one to compare and to "
    "write"
)


_INDEX_HINTS: dict[type[Value], str] = {
    BlockValue: "threads work on whole blocks: copy to a smaller block what a smaller block is to hold",
    Window: "one index has all dimensions, as in x[row, column]",
}


def compile_slice(c: ThreadCompiler, node: ast.Slice) -> Value:
    parts = [Host(None) if part is None else c.expression(part) for part in (node.lower, node.upper, node.step)]
    return make_slice(parts)


def make_slice(parts: Sequence[Value]) -> Value:
    """A slice of (start, stop, step)."""
    values = host_values(parts)
    return SliceValue(*parts) if values is None else Host(slice(*values))
