"""Comprehensions over host values, which are unrolled."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from ttlang.frontend.blocks.sequences import group, iterate, table
from ttlang.frontend.blocks.values import Host, Value, describe
from ttlang.frontend.python import conditions
from ttlang.frontend.python.liveness import assigned_names
from ttlang.frontend.python.scopes import Scope
from ttlang.frontend.python.statements import assign
from ttlang.frontend.python.thread_compiler import ThreadCompiler


def compile_list_comprehension(c: ThreadCompiler, node: ast.ListComp) -> Value:
    return group(_items(c, node.generators, lambda: c.expression(node.elt)), list)


def compile_generator(c: ThreadCompiler, node: ast.GeneratorExp) -> Value:
    return group(_items(c, node.generators, lambda: c.expression(node.elt)), tuple)


def compile_set_comprehension(c: ThreadCompiler, node: ast.SetComp) -> Value:
    values = _items(c, node.generators, lambda: c.expression(node.elt))
    c.at(node)
    return c.on_host(set, [_host(c, value, "a set") for value in values])


def compile_dict_comprehension(c: ThreadCompiler, node: ast.DictComp) -> Value:
    items: dict[object, Value] = {}

    def add() -> Value:
        key, value = c.expression(node.key), c.expression(node.value)
        c.at(node)
        c.on_host(items.__setitem__, _host(c, key, "the key of a dict"), value)
        return value

    _items(c, node.generators, add)
    return table(items)


def _host(c: ThreadCompiler, value: Value, what: str) -> Any:
    if not isinstance(value, Host):
        raise c.error("TTL0108", f"{what} is made at compile time, and can't hold {describe(value)}")
    return value.value


def _items(c: ThreadCompiler, generators: Sequence[ast.comprehension], element: Callable[[], Value]) -> list[Value]:
    """The values of the element, for all items of the generators, whose targets have a scope of their own."""
    outer = c.frame.scope
    names = assigned_names([generator.target for generator in generators])
    c.frame.scope = Scope(names, outer.closure, outer, is_comprehension=True)
    found: list[Value] = []
    try:
        _generate(c, generators, element, found)
    finally:
        c.frame.scope = outer
    return found


def _generate(
    c: ThreadCompiler, generators: Sequence[ast.comprehension], element: Callable[[], Value], found: list[Value]
) -> None:
    if not generators:
        found.append(element())
        return
    generator, *rest = generators
    if generator.is_async:
        raise c.error("TTL0102", "an asynchronous comprehension can't be used in a thread", generator.target)
    iterable = c.expression(generator.iter)
    c.at(generator.iter)
    for item in iterate(c, iterable):
        assign(c, generator.target, item)
        if all(_holds(c, test) for test in generator.ifs):
            _generate(c, rest, element, found)


def _holds(c: ThreadCompiler, node: ast.expr) -> bool:
    test = conditions.condition(c, node)
    if not isinstance(test, Host):
        raise c.error("TTL0108", "the condition of a comprehension has to be known at compile time", node)
    return bool(test.value)
