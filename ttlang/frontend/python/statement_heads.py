"""What of a statement is compiled as one: all of it, or the head of a `with`."""

from __future__ import annotations

import ast
from collections.abc import Sequence

_COMPOUND = (ast.If, ast.For, ast.While, ast.FunctionDef)
"""Statements whose inner ones are compiled one by one."""


def heads(node: ast.stmt) -> Sequence[ast.AST]:
    """The parts of a statement that is compiled once more for each value that the run may choose; none of others."""
    if isinstance(node, _COMPOUND):
        return ()
    return [item.context_expr for item in node.items] if isinstance(node, ast.With) else [node]
