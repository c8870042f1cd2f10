"""Kernels with threads, written anew as unified bodies: the statements of one thread behind those of the other."""

from __future__ import annotations

import ast

_DECORATORS = ("compute", "datamovement")


def unified_form(source: str) -> tuple[str, int]:
    """A script whose kernels decorate no threads, and how many were rewritten."""
    writer = _Unifier()
    tree = writer.visit(ast.parse(source))
    return ast.unparse(ast.fix_missing_locations(tree)), writer.count


class _Unifier(ast.NodeTransformer):
    def __init__(self) -> None:
        self.count = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        body: list[ast.stmt] = []
        threads = 0
        for number, statement in enumerate(node.body):
            if isinstance(statement, ast.FunctionDef) and any(map(_is_thread, statement.decorator_list)):
                body += _renamed(statement, f"_{number}")
                threads += 1
            else:
                body.append(statement)
        self.count += threads > 0
        node.body = body
        return node


def _renamed(thread: ast.FunctionDef, suffix: str) -> list[ast.stmt]:
    """The statements of a thread. Its variables are its own, also where another thread has some of the same names."""
    bound = {n.id for n in ast.walk(thread) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    bound |= {n.name for n in ast.walk(thread) if isinstance(n, ast.FunctionDef) and n is not thread}

    def rename(name: str) -> str:
        return f"{name}{suffix}" if name in bound else name

    for node in ast.walk(thread):
        if isinstance(node, ast.Name):
            node.id = rename(node.id)
        elif isinstance(node, ast.FunctionDef) and node is not thread:
            node.name = rename(node.name)
    return thread.body


def _is_thread(decorator: ast.expr) -> bool:
    name = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(name, ast.Attribute) and name.attr in _DECORATORS
