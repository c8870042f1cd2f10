"""
Mistakes that no sizes would mend: a name that nothing defines, where every way through the kernel function comes to it.
They are told when the first of the configurations has been tried.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import TYPE_CHECKING

from ttlang.diagnostics import Diagnostic, DiagnosticError

if TYPE_CHECKING:
    from ttlang.frontend.python.sources import FunctionNode

_CODES = ("TTL0103", "TTL0201")
"""In a thread, and in what is run of the kernel function."""
_SOMETIMES = (
    *(ast.If, ast.IfExp, ast.BoolOp, ast.While, ast.Match, ast.Try, ast.TryStar),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda, ast.ClassDef),
)
"""What may leave out something that is in it."""
_AWAY = (ast.Return, ast.Raise, ast.Break, ast.Continue, ast.Assert)
"""What may leave out something behind it."""


def is_surely_undefined(function: Callable[..., object], found: Diagnostic) -> bool:
    """
    Whether a mistake that was found with some sizes is such a one. A loop counts as run: with sizes that give it no
    turn the kernel might compile, and would leave out what its author wrote there.
    """
    from ttlang.frontend.python.sources import find_source

    if found.code not in _CODES or found.span is None or not isinstance(function, FunctionType):
        return False
    try:
        source, tree = find_source(function)
    except DiagnosticError:
        return False
    if found.span.file != source.name or any(isinstance(node, _AWAY) for node in ast.walk(tree)):
        return False
    place = found.span.line, found.span.column
    at = [node for node in _always_reached(tree) if (span := source.span(node)) and (span.line, span.column) == place]
    return any(_is_undefined(node, function, tree) for node in at)


def _always_reached(tree: FunctionNode) -> Iterator[ast.Name | ast.Attribute]:
    """Names, and what is taken of them, that each run of a kernel function, and of its threads, comes to."""
    waiting: list[ast.AST] = [*tree.body] if isinstance(tree.body, list) else []
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SOMETIMES):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.decorator_list:
            continue  # Somebody may call it, or not.
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node
        waiting += ast.iter_child_nodes(node)


def _is_undefined(node: ast.Name | ast.Attribute, function: FunctionType, tree: FunctionNode) -> bool:
    """Whether nothing defines it, whatever was run before."""
    path: list[str] = []
    root: ast.expr = node
    while isinstance(root, ast.Attribute):
        path.insert(0, root.attr)
        root = root.value
    if not isinstance(root, ast.Name) or root.id in _bound_in(tree) or root.id in function.__code__.co_freevars:
        return False
    known = {**vars(builtins), **function.__globals__}
    if root.id not in known:
        return True
    value = known[root.id]
    for name in path:
        if not hasattr(value, name):
            return True
        value = getattr(value, name)
    return False


def _bound_in(tree: FunctionNode) -> set[str]:
    """All that is bound anywhere in a function: by an assignment, as a parameter, by an import or a definition."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) | ast.arg(arg=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.alias(name=name, asname=given):
                bound.add(given or name.partition(".")[0])
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                bound.add(name)
            case ast.MatchMapping(rest=str(name)):
                bound.add(name)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                bound.update(names)
            case _:
                pass
    return bound
