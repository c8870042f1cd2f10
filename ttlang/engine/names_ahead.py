"""What a script has yet to do at the line where it stands, as far as its text tells."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Iterator
from types import FrameType

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def names_ahead(file: str) -> set[str]:
    """
    Names that the functions of a file which are running now may come to: from their lines on, and in functions of the
    file that these name.
    """
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return set()
    functions = [node for node in ast.walk(tree) if isinstance(node, _FUNCTIONS)]
    seen: set[str] = set()
    wanted: list[str] = []
    for frame in _frames(file):
        scope = next(
            (f for f in functions if frame.f_code.co_name == f.name and _first(f) == frame.f_code.co_firstlineno), tree
        )
        wanted += _names(scope.body, behind=frame.f_lineno)
    while wanted:
        name = wanted.pop()
        if name not in seen:
            seen.add(name)
            wanted += [inner for f in functions if f.name == name for inner in _names(f.body)]
    return seen


def _frames(file: str) -> Iterator[FrameType]:
    frame = inspect.currentframe()
    while frame is not None:
        if frame.f_code.co_filename == file:
            yield frame
        frame = frame.f_back


def _first(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])


def _names(statements: list[ast.stmt], behind: int = 0) -> list[str]:
    """Names in statements, those aside that a function of its own holds, which is not run by being defined."""
    found: list[str] = []
    nodes: list[ast.AST] = list(statements)
    while nodes:
        node = nodes.pop()
        if isinstance(node, _FUNCTIONS):
            continue
        # A call comes behind its arguments, on whatever line it begins.
        named = node.func if isinstance(node, ast.Call) else node
        if isinstance(named, ast.Name | ast.Attribute) and (getattr(node, "end_lineno", 0) or 0) >= behind:
            found.append(named.id if isinstance(named, ast.Name) else named.attr)
        nodes += ast.iter_child_nodes(node)
    return found
