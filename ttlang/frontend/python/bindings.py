"""Where a name was bound: for what is said of a name that stands for something else than its user thinks."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from types import ModuleType

from ttlang.diagnostics import DiagnosticError, Related
from ttlang.frontend.blocks import suggestions
from ttlang.frontend.blocks.sequences import BLOCKS_HINT
from ttlang.frontend.blocks.values import Functions, Host, Method, Value, describe
from ttlang.frontend.python.scopes import LocalFunction
from ttlang.frontend.python.sources import SourceFile
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.buffers import CircularBuffer
from ttlang.language.later import LaterFeature
from ttlang.language.tensors import TensorParameter

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (*_FUNCTIONS, ast.ClassDef)
_CALLED = (Method, LocalFunction, Functions)


def can_be_called(value: Value) -> bool:
    if isinstance(value, Host):
        return callable(value.value) or isinstance(value.value, LaterFeature)
    return isinstance(value, _CALLED)


def not_callable(c: ThreadCompiler, node: ast.expr, value: Value) -> DiagnosticError:
    """The error of a call of something else than a function: what stands there, and where that was bound."""
    text, what = ast.unparse(node), describe(value)
    if isinstance(value, Host) and suggestions.is_language(value.value):
        what = f"the module {suggestions.module_name(value.value)}"
    subject = what if text in what.split() or len(text) > 40 else f"{text} is {what}, and"
    root = node
    while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    related = list(_bound_here(c.frame.source, root)) if isinstance(root, ast.Name) else []
    return c.error("TTL0106", f"{subject} can't be called", hint=_hint(text, value), related=related)


def _hint(text: str, value: Value) -> str | None:
    host = value.value if isinstance(value, Host) else None
    if hasattr(builtins, text):
        return f"give it another name, which leaves {text} to Python"
    if isinstance(host, CircularBuffer):
        return BLOCKS_HINT
    if isinstance(host, TensorParameter):
        return f"index the tensor with the tiles to copy, as in {text}[row, column]"
    if isinstance(host, ModuleType):
        own = text.rpartition(".")[2]
        example = own if callable(getattr(host, own, None)) else ""
        example = example or ("exp" if suggestions.is_language(host) and hasattr(host, "exp") else "")
        return f"a function of it is meant: {text}.{example or '...'}(...)"
    return None


def _bound_here(source: SourceFile, use: ast.Name) -> Iterator[Related]:
    """The last binding of a name before its use, in the innermost scope that binds it."""
    around = [node for node in ast.walk(source.tree) if isinstance(node, _FUNCTIONS) and _holds(node, use)]
    scopes = (*sorted(around, key=lambda node: -node.lineno), source.tree)
    innermost = scopes[0]
    for scope in scopes:
        found = [node for node in _binders(scope, use.id) if scope is not innermost or node.lineno <= use.lineno]
        if found:
            last = max(found, key=lambda node: (node.lineno, node.col_offset))
            yield Related(source.span(last), f"{use.id} is bound here")
            return


def _holds(scope: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, use: ast.Name) -> bool:
    return scope.lineno <= use.lineno <= (scope.end_lineno or scope.lineno)


def _binders(scope: ast.AST, name: str) -> Iterator[ast.expr | ast.stmt | ast.arg]:
    """What binds a name in a scope, and not in the scopes inside it."""
    for child in ast.iter_child_nodes(scope):
        match child:
            case ast.Name(id=bound, ctx=ast.Store()) if bound == name:
                yield child
            case ast.arg(arg=bound) if bound == name:
                yield child
            case ast.FunctionDef(name=bound) | ast.AsyncFunctionDef(name=bound) | ast.ClassDef(name=bound):
                if bound == name:
                    yield child
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                if any((one.asname or one.name.partition(".")[0]) == name for one in names):
                    yield child
            case _:
                pass
        if not isinstance(child, _SCOPES):
            yield from _binders(child, name)
