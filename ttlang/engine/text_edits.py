"""
What two texts of a script differ in: in the bodies of some functions, and else in where their lines stand. Whatever is
in doubt is a difference of the whole.
"""

from __future__ import annotations

import ast
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from types import CodeType

from ttlang.engine.script import parse

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Path = tuple[tuple[str, int], ...]
"""A node of a syntax tree: fields and places in them, from the root on."""

Start = tuple[str, int]
"""The name of a function, and its first line."""
Line = tuple[int, str]
"""Its number, and its text."""


class ScriptText:
    """A text that Python takes for a script."""

    def __init__(self, text: str, file: str):
        """Raises what `compile` raises for a text that is none."""
        self.text = text
        self.lines = _lines_of(text)
        self.tree = parse(text, file)
        self._file = file

    @cached_property
    def code(self) -> CodeType:
        """Of the module."""
        return compile(self.tree, self._file, "exec", dont_inherit=True)

    @cached_property
    def functions(self) -> dict[Path, FunctionNode]:
        """All `def`s, by where they stand in the tree."""
        return dict(_functions(self.tree, ()))

    @cached_property
    def starts(self) -> dict[Path, Start]:
        """Where they start."""
        return {path: (node.name, first_line(node)) for path, node in self.functions.items()}

    @cached_property
    def codes(self) -> dict[Start, CodeType | None]:
        """Code by where it starts; None where two start alike."""
        found: dict[Start, CodeType | None] = {}
        for code in _codes(self.code):
            found[start_of(code)] = code if start_of(code) not in found else None
        return found

    def has_attributes_of(self, name: str) -> bool:
        """Whether attributes of what has this name are asked for."""
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Attribute))
        return any(isinstance(node.value, ast.Name) and node.value.id == name for node in nodes)


@dataclass(frozen=True)
class TextEdit:
    """From a text to the next one."""

    bodies: frozenset[Path]
    """Functions with another body than before, none of them inside of another."""
    lines: Mapping[int, int]
    """Where lines stand that are no part of these bodies, by where they stood. Lines without code are missing."""

    @property
    def moves(self) -> bool:
        """Whether lines stand elsewhere than before."""
        return any(old != new for old, new in self.lines.items())


def edit_between(before: ScriptText, after: ScriptText, editable: Sequence[Path]) -> TextEdit | None:
    """What was done to a text, if it was done in the bodies of `editable` functions, or to lines without code alone."""
    if not all(_same_place(before, after, path) for path in editable):
        return None
    bodies = frozenset(path for path in editable if not _same_body(before, after, path))
    if any(path != other and path[: len(other)] == other for path in bodies for other in bodies):
        return None
    if _around(before.tree, bodies) != _around(after.tree, bodies):
        return None
    if any(_shares_lines(text, path) for text in (before, after) for path in bodies):
        return None
    old, new = (_outside(text, bodies) for text in (before, after))
    if not _same_lines(old, new):
        return None
    return TextEdit(bodies, {line: there for (line, _), (there, _) in zip(old, new, strict=True)})


def lines_beside(before: ScriptText, after: str) -> dict[int, int]:
    """
    Where lines stand in a text that is no script, by where they stood: those of statements at the left margin that
    nothing was done to.
    """
    old, new = before.lines, _lines_of(after)
    most = min(len(old), len(new))
    head = next((index for index in range(most) if old[index] != new[index]), most)
    tail = next((index for index in range(most - head) if old[-1 - index] != new[-1 - index]), most - head)
    kept = {line: line for line in range(1, head + 1)}
    kept |= {line: line + len(new) - len(old) for line in range(len(old) - tail + 1, len(old) + 1)}
    inserted = next((line for line in new[head : len(new) - tail] if line.strip()), "")
    for index, statement in enumerate(before.tree.body):
        first, last = min(map(_line, (statement, *_decorators(statement)))), statement.end_lineno or 0
        following = before.tree.body[index + 1 : index + 2]
        if inserted[:1].isspace() and first <= head:
            # What is indented behind a statement goes on with it.
            last = max(last, following[0].lineno - 1 if following else len(old))
        if first <= len(old) - tail and last > head:
            for line in range(first, last + 1):
                kept.pop(line, None)
    return kept


def _lines_of(text: str) -> list[str]:
    """As Python counts them."""
    return io.StringIO(text, newline=None).read().split("\n")


def _line(node: ast.stmt | ast.expr) -> int:
    return node.lineno


def _decorators(statement: ast.stmt) -> Sequence[ast.expr]:
    return statement.decorator_list if isinstance(statement, (*_FUNCTIONS, ast.ClassDef)) else ()


def first_line(node: FunctionNode) -> int:
    """Of a `def` with its decorators, which is where Python lets its code begin."""
    return min(map(_line, (node, *node.decorator_list)))


def start_of(code: CodeType) -> Start:
    return code.co_name, code.co_firstlineno


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _functions(node: ast.AST, path: Path) -> Iterator[tuple[Path, FunctionNode]]:
    if isinstance(node, _FUNCTIONS):
        yield path, node
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            for index, each in enumerate(value):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                if isinstance(each, ast.AST):
                    yield from _functions(each, (*path, (name, index)))


def _same_place(before: ScriptText, after: ScriptText, path: Path) -> bool:
    there, here = after.functions.get(path), before.functions[path]
    return there is not None and type(there) is type(here) and there.name == here.name


def _same_body(before: ScriptText, after: ScriptText, path: Path) -> bool:
    """Whether the body of a function is the same, but for where its lines stand."""
    old, new = before.functions[path], after.functions[path]
    if [ast.dump(statement) for statement in old.body] != [ast.dump(statement) for statement in new.body]:
        return False
    return _same_lines(_lines(before, _range(old)), _lines(after, _range(new)))


def _range(node: FunctionNode) -> range:
    """The lines of its body."""
    return range(node.body[0].lineno, (node.body[-1].end_lineno or 0) + 1)


def _around(tree: ast.Module, bodies: frozenset[Path]) -> str:
    """A tree without these bodies, and without its places."""
    return ast.dump(_without(tree, (), bodies))


def _without(node: ast.AST, path: Path, bodies: frozenset[Path]) -> ast.AST:
    """A node in which bodies are empty. What holds none of them is handed on as it is."""
    if path in bodies:
        emptied = copy(node)
        emptied.body = []  # pyright: ignore[reportAttributeAccessIssue]
        return emptied
    inner = {each[len(path)] for each in bodies if each[: len(path)] == path}
    if not inner:
        return node
    changed = copy(node)
    for name in {name for name, _ in inner}:
        values = list(getattr(node, name))
        for index in (index for field, index in inner if field == name):
            values[index] = _without(values[index], (*path, (name, index)), bodies)
        setattr(changed, name, values)
    return changed


def _shares_lines(text: ScriptText, path: Path) -> bool:
    """Whether other code stands on the first or the last line of a body."""
    first, last = text.functions[path].body[0], text.functions[path].body[-1]
    start = text.lines[first.lineno - 1].encode()[: first.col_offset]
    end = text.lines[(last.end_lineno or 0) - 1].encode()[last.end_col_offset or 0 :]
    return bool(start.strip()) or not (end.strip() in (b"", b";") or end.strip().startswith(b"#"))


def _outside(text: ScriptText, bodies: Collection[Path]) -> list[Line]:
    inside = {number for path in bodies for number in _range(text.functions[path])}
    return _lines(text, [number for number in range(1, len(text.lines) + 1) if number not in inside])


def _lines(text: ScriptText, numbers: Iterable[int]) -> list[Line]:
    """Lines that hold more than a comment, with their numbers."""
    return [(number, line) for number in numbers if _says_something(line := text.lines[number - 1])]


def _same_lines(old: list[Line], new: list[Line]) -> bool:
    """Whether lines whose trees are equal are the same but for where they stand."""
    return len(old) == len(new) and all(_same_code(old[index][1], new[index][1]) for index in range(len(old)))


def _says_something(line: str) -> bool:
    """A comment on its own does not, unless it is one of ours."""
    bare = line.strip()
    return bool(bare) and (not bare.startswith("#") or "ttl:" in bare.lower())


def _same_code(one: str, other: str) -> bool:
    """Of lines whose trees are equal: whether they are the same but for a comment at their end that is none of ours."""
    if one.rstrip() == other.rstrip():
        return True
    if "ttl:" in one.lower() or "ttl:" in other.lower() or any(mark in one + other for mark in "'\""):
        return False
    return one.partition("#")[0].rstrip() == other.partition("#")[0].rstrip()
