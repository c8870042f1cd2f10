"""The sources of threads and of the functions they call: parsed once, with places and locations that are true."""

from __future__ import annotations
import __future__

import ast
import linecache
import os
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import TypeGuard

from xdsl.dialects.builtin import LocationAttr

from ttlang.analysis.locations import location
from ttlang.diagnostics import DiagnosticError, Span, error
from ttlang.frontend.python.liveness import FunctionNode, Liveness
from ttlang.language.call_sites import code_span


class SourceFile:
    """A parsed file, and what is computed from it once."""

    def __init__(self, name: str, lines: list[str], tree: ast.Module):
        self.name = name
        self.lines = lines
        self.tree = tree
        self.functions: dict[tuple[int, str], list[FunctionNode]] = {}
        """Functions by the line where they start, decorators included, and their name."""
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                self.functions.setdefault((first_line(node), function_name(node)), []).append(node)
        self._locations: dict[tuple[tuple[int, int, int, int], tuple[Span, ...]], LocationAttr] = {}
        self._liveness: dict[FunctionNode, Liveness] = {}
        self._codes: dict[int, frozenset[_Code] | None] = {}

    def compiles_to(self, code: CodeType) -> bool | None:
        """Whether Python makes this code of the file's text; None where it makes nothing of it."""
        flags = code.co_flags & _FUTURE | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        if flags not in self._codes:
            try:
                text = "".join(self.lines)
                whole: CodeType = compile(text, self.name, "exec", flags=flags, dont_inherit=True)
                self._codes[flags] = frozenset(_codes_in(whole))
            except (SyntaxError, ValueError):
                self._codes[flags] = None
        codes = self._codes[flags]
        return None if codes is None else _code(code) in codes

    def column(self, line: int, offset: int) -> int:
        """The column, counted from 1 in characters, of an offset in bytes, which is how `ast` counts."""
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        return offset + 1 if text.isascii() else len(text.encode()[:offset].decode(errors="replace")) + 1

    def span(self, node: ast.AST) -> Span:
        """Where a statement or an expression stands."""
        line, offset, end_line, end_offset = place(node)
        return Span(self.name, line, self.column(line, offset), end_line, self.column(end_line, end_offset))

    def location(self, node: ast.AST, calls: tuple[Span, ...] = ()) -> LocationAttr:
        """The location attribute of the operations that a node becomes, in a function that `calls` lead to."""
        where = (place(node), calls)
        if (found := self._locations.get(where)) is None:
            found = self._locations[where] = location(self.span(node), *calls)
        return found

    def liveness(self, node: FunctionNode) -> Liveness:
        if (found := self._liveness.get(node)) is None:
            found = self._liveness[node] = Liveness(node)
        return found


def place(node: ast.AST) -> tuple[int, int, int, int]:
    """Line, offset, last line and end offset of a node. A `with` item starts where its expression does."""
    if isinstance(node, ast.withitem):
        node = node.context_expr
    assert isinstance(node, ast.expr | ast.stmt | ast.arg | ast.keyword)
    end_line = node.end_lineno or node.lineno
    end = node.col_offset + 1 if node.end_col_offset is None else node.end_col_offset
    return node.lineno, node.col_offset, end_line, end


def first_line(node: FunctionNode) -> int:
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def function_name(node: FunctionNode) -> str:
    return "<lambda>" if isinstance(node, ast.Lambda) else node.name


# What tells two functions apart: instructions, constants, names, and places in the source.
_Code = tuple[object, ...]
_FUTURE = __future__.annotations.compiler_flag


def _code(code: CodeType) -> _Code:
    names = code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return code.co_firstlineno, code.co_code, code.co_linetable, tuple(map(_constant, code.co_consts)), names


def _constant(value: object) -> object:
    if isinstance(value, CodeType):
        return _code(value)
    return type(value)(map(_constant, value)) if _is_collection(value) else (type(value), repr(value))


def _is_collection(value: object) -> TypeGuard[tuple[object, ...] | frozenset[object]]:
    return isinstance(value, tuple | frozenset)


def _codes_in(code: CodeType) -> Iterator[_Code]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield _code(one)
            yield from _codes_in(one)


_MOST_FILES = 256
"""Files that are kept: enough for a program, and an end to what a notebook piles up."""
_files: dict[str, SourceFile] = {}
_nodes: dict[CodeType, tuple[SourceFile, FunctionNode]] = {}


_made: dict[CodeType, tuple[SourceFile, FunctionNode]] = {}


def adopt(code: CodeType, source: SourceFile, node: FunctionNode) -> None:
    """Code that was not compiled from the file as it stands, but of parts of it: `find_source` finds its tree."""
    if len(_made) >= _MOST_FILES:
        _made.clear()
    _made[code] = source, node


def find_source(function: FunctionType) -> tuple[SourceFile, FunctionNode]:
    """The file and the syntax tree of a function. Raises a TTL0109 where they can't be had."""
    code = function.__code__
    if (made := _made.get(code)) is not None:
        return made
    known = _nodes.get(code)
    if known is not None and _files.get(code.co_filename) is known[0]:
        return known
    source = _read(function)
    found = _search(function, source)
    if found is None or (source.compiles_to(code) is False and not _is_rewritten(function)):
        hint = "import it again, or start the script again"
        raise _unreadable(function, "its file has changed since it was imported", hint)
    _nodes[code] = found
    return found


def _read(function: FunctionType) -> SourceFile:
    """The function's file, as `linecache` has it: also of notebook cells and of whatever else registers its text."""
    name = function.__code__.co_filename
    linecache.checkcache(name)
    lines = linecache.getlines(name, function.__globals__)
    if (known := _files.get(name)) is not None and known.lines == lines:
        return known
    if not lines and os.path.isabs(name):
        raise _unreadable(function, f"{name} is gone, or empty, since it was imported", "save it, and start again")
    if not lines:
        raise _unreadable(function, f"{name} is no file", "write the kernel to a file, or to a notebook cell")
    try:
        tree = ast.parse("".join(lines), name)
    except SyntaxError as cause:
        raise _unreadable(function, f"{name}:{cause.lineno} does not parse: {cause.msg}") from None
    if len(_files) >= _MOST_FILES:
        _files.clear()
        _nodes.clear()
    _files[name] = SourceFile(name, lines, tree)
    return _files[name]


def _is_rewritten(function: FunctionType) -> bool:
    """Whether what loaded the function may have changed its code, as pytest does with assertions."""
    loader = function.__globals__.get("__loader__")
    kind = loader if isinstance(loader, type) else type(loader)
    return loader is not None and kind.__module__.partition(".")[0] not in _PYTHONS_LOADERS


_PYTHONS_LOADERS = ("_frozen_importlib", "_frozen_importlib_external", "importlib", "runpy", "pkgutil", "zipimport")


def _search(function: FunctionType, source: SourceFile) -> tuple[SourceFile, FunctionNode] | None:
    code = function.__code__
    nodes = [node for node in source.functions.get((code.co_firstlineno, code.co_name), []) if _fits(code, node)]
    if len(nodes) > 1:
        # Lambdas of one line: the one that holds the place of the code's instructions.
        offset = max((start for *_, start, _ in code.co_positions() if start is not None), default=-1)
        nodes = [node for node in nodes if place(node)[1] <= offset < place(node)[3]]
    return (source, nodes[-1]) if nodes else None


def _fits(code: CodeType, node: FunctionNode) -> bool:
    """Whether a function can have been compiled from a tree: its lines and its names are there."""
    start, _, end, _ = place(node)
    lines = [line for *_, line in code.co_lines() if line is not None]
    if lines and not (first_line(node) <= min(lines) and max(lines) <= max(end, start)):
        return False
    arguments = node.args
    parameters = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    return list(code.co_varnames[: code.co_argcount]) == parameters and set(_names(code)) <= set(_identifiers(node))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_freevars
    yield from (name for name in code.co_varnames if not name.startswith("."))


def _identifiers(node: FunctionNode) -> Iterator[str]:
    for inner in ast.walk(node):
        match inner:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.ClassDef(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ExceptHandler(name=str(name)):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name.partition(".")[0]
            case _:
                pass


def _unreadable(function: FunctionType, reason: str, hint: str | None = None) -> DiagnosticError:
    code = function.__code__
    return error(
        "TTL0109",
        f"the source of {function.__name__} can't be read: {reason}",
        code_span(code),
        hint=hint,
    )
