"""What of a statement is compiled as one, all of it or the head of a `with`, and what stands there."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ttlang.frontend.python.node_facts import once_a_node

_COMPOUND = (ast.If, ast.For, ast.While, ast.FunctionDef)
"""Statements whose inner ones are compiled one by one."""


def heads(node: ast.stmt) -> Sequence[ast.AST]:
    """The parts of a statement that is compiled once more for each value that the run may choose; none of others."""
    if isinstance(node, _COMPOUND):
        return ()
    return [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node]


@once_a_node
def names_and_choices(node: ast.stmt) -> tuple[ast.Name | ast.IfExp, ...]:
    """The variables and the conditional expressions in it."""
    inner = (each for head in heads(node) for each in ast.walk(head))
    return tuple([each for each in inner if isinstance(each, ast.Name | ast.IfExp)])


@once_a_node
def subscripts(node: ast.stmt) -> tuple[ast.Subscript, ...]:
    """Those that are read, but for those of functions and comprehensions, whose variables come later."""
    return tuple(_subscripts(heads(node)))


def _subscripts(nodes: Sequence[ast.AST]) -> Iterator[ast.Subscript]:
    for node in nodes:
        if isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            continue
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            yield node
        yield from _subscripts(list(ast.iter_child_nodes(node)))
