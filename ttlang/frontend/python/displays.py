"""Tuples, lists, sets and dicts as they are written."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ttlang.frontend.blocks.sequences import group, is_dict, iterate, table
from ttlang.frontend.blocks.values import Host, Table, Value, describe
from ttlang.frontend.python.thread_compiler import ThreadCompiler


def compile_tuple(c: ThreadCompiler, node: ast.Tuple) -> Value:
    return group(expand_starred(c, node.elts), tuple)


def compile_list(c: ThreadCompiler, node: ast.List) -> Value:
    return group(expand_starred(c, node.elts), list)


def compile_set(c: ThreadCompiler, node: ast.Set) -> Value:
    values = expand_starred(c, node.elts)
    c.at(node)
    members: list[object] = []
    for value in values:
        if not isinstance(value, Host):
            raise c.error("TTL0102", f"a set can't hold {describe(value)}", hint="use a tuple")
        members.append(value.value)
    return c.on_host(set, members)


def compile_dict(c: ThreadCompiler, node: ast.Dict) -> Value:
    items: dict[object, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        value = c.expression(value_node)
        if key_node is None:
            parts = value.items if isinstance(value, Table) else None
            if is_dict(value):
                parts = {key: Host(part) for key, part in value.value.items()}
            if parts is None:
                raise c.error("TTL0106", f"** needs a dict, not {describe(value)}")
            items.update(parts)
            continue
        key = c.expression(key_node)
        if not isinstance(key, Host):
            raise c.error("TTL0108", f"the key of a dict has to be known at compile time, and this is {describe(key)}")
        c.on_host(items.__setitem__, key.value, value)
    return table(items)


def expand_starred(c: ThreadCompiler, nodes: Sequence[ast.expr]) -> list[Value]:
    """The values of expressions, of which `*x` gives several."""
    values: list[Value] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            values.append(c.expression(node))
            continue
        value = c.expression(node.value)
        c.at(node)
        values += iterate(c, value)
    return values
