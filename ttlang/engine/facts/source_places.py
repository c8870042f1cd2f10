"""Places in source files, from the compiler's spans and from the syntax tree."""

from __future__ import annotations

import ast
import linecache
from functools import lru_cache
from typing import NamedTuple

from ttlang.diagnostics import Span
from ttlang.engine.facts.kernel_facts import Place


class Definition(NamedTuple):
    """A function in the source: its lines and columns count from 1, columns in characters."""

    span: Span
    """From `def` on, without its decorators."""
    parameters: dict[str, Span]


def place_of(span: Span) -> Place:
    """A span as a place. One without an end is a point."""
    line, character = span.line - 1, span.column - 1
    if span.end_line is None or span.end_column is None:
        return Place(span.file, line, character, line, character)
    return Place(span.file, line, character, span.end_line - 1, span.end_column - 1)


def line_place(file: str, line: int) -> Place:
    """A whole line, which counts from 1, from its first character to its last; of one that is not there, its start."""
    text = linecache.getline(file, line).rstrip()
    return Place(file, line - 1, len(text) - len(text.lstrip()), line - 1, len(text))


def definition_at(file: str, line: int) -> Definition | None:
    """The function that starts at a line, with its decorators; None where the file's text has none there."""
    return _definitions(file, "".join(linecache.getlines(file))).get(line)


@lru_cache(maxsize=8)
def _definitions(file: str, text: str) -> dict[int, Definition]:
    """All functions of a text, by the line that they start at."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    lines = text.splitlines(keepends=True)
    found: dict[int, Definition] = {}
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([each.lineno for each in node.decorator_list], default=node.lineno)
            found[first] = _definition(file, node, lines)
        todo += [each for each in ast.iter_child_nodes(node) if isinstance(each, ast.stmt)]
    return found


def _definition(file: str, node: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> Definition:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return Definition(_span(file, node, lines), {each.arg: _span(file, each, lines) for each in every})


def _span(file: str, node: ast.stmt | ast.arg, lines: list[str]) -> Span:
    end_line, end_offset = node.end_lineno or node.lineno, node.end_col_offset or node.col_offset
    start, end = _column(lines, node.lineno, node.col_offset), _column(lines, end_line, end_offset)
    return Span(file, node.lineno, start, end_line, end)


def _column(lines: list[str], line: int, offset: int) -> int:
    """The column, from 1 in characters, of an offset in bytes."""
    text = lines[line - 1]
    return 1 + (offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace")))
