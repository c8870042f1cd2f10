"""What class of the language a name or an expression of a script has: a buffer, a block, the handle of a copy."""

from __future__ import annotations

import ast
from typing import Any

from ttlang.editor.syntax.language_names import LanguageNames, find, returned
from ttlang.editor.syntax.outline import FUNCTIONS, Function, bindings

_DEEPEST = 8
"""Names that lead to names."""


class Types:
    """Of one script, at one line (from 0)."""

    def __init__(self, tree: ast.Module, names: LanguageNames, line: int):
        self.names = names
        around = [
            node
            for node in ast.walk(tree)
            if isinstance(node, FUNCTIONS) and node.lineno - 1 <= line <= (node.end_lineno or node.lineno)
        ]
        self._around: list[Function] = sorted(around, key=lambda node: -node.lineno)
        self._line = line

    def of(self, node: ast.expr, depth: int = 0) -> Any:
        """A class or a module of the language, or a function of it; None for everything else."""
        if depth > _DEEPEST:
            return None
        path = self.names.path_of(node)
        if path is not None:
            return find(path)
        match node:
            case ast.Name(name):
                return self._named(name, depth)
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if self.names.path_of(node.func) is None:
                kind = self.of(owner, depth + 1)
                return returned(getattr(kind, method, None), kind) if isinstance(kind, type) else None
            case ast.Call(func=function):
                made = self.of(function, depth + 1)
                return None if made is None else returned(made)
            case ast.BinOp(left=left, right=right):
                return self._block(self.of(left, depth + 1)) or self._block(self.of(right, depth + 1))
            case ast.UnaryOp(operand=operand):
                return self._block(self.of(operand, depth + 1))
            case _:
                return None

    def function(self, node: ast.expr) -> Any:
        """What is called: a function of the language, or a method of one of its objects."""
        path = self.names.path_of(node)
        if path is not None:
            return find(path)
        if isinstance(node, ast.Attribute) and isinstance(kind := self.of(node.value), type):
            return getattr(kind, node.attr, None)
        return None

    def _named(self, name: str, depth: int) -> Any:
        for function in self._around:
            found = [
                (target.lineno, value)
                for target, value in bindings(function)
                if isinstance(target, ast.Name) and target.id == name
            ]
            if found:
                before = [pair for pair in found if pair[0] - 1 <= self._line] or found
                return self.of(max(before, key=lambda pair: pair[0])[1], depth + 1)
            arguments = function.args
            for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
                if each.arg == name:
                    return self._annotated(each)
        return None

    def _annotated(self, argument: ast.arg) -> Any:
        path = None if argument.annotation is None else self.names.path_of(argument.annotation)
        kind = None if path is None else find(path)
        return kind if isinstance(kind, type) else None

    def _block(self, kind: Any) -> Any:
        return kind if isinstance(kind, type) and kind is find(("Block",)) else None
