"""Short ways to write nodes of Python's AST, and the places in the source that they get."""

from __future__ import annotations

import ast
import keyword
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from xdsl.ir import Operation

from ttlang.analysis.locations import span_of
from ttlang.diagnostics import Span
from ttlang.dialects.names import numbers, unique_name

Node = TypeVar("Node", bound=ast.AST)


def name(identifier: str) -> ast.expr:
    return ast.Name(identifier, ast.Load())


def number(value: int) -> ast.expr:
    if value < 0:
        return ast.UnaryOp(ast.USub(), ast.Constant(-value))
    return ast.Constant(value)


def flag(value: bool) -> ast.expr:
    return ast.Constant(value)


def text(value: str) -> ast.expr:
    return ast.Constant(value)


def none() -> ast.expr:
    return ast.Constant(None)


def attribute(of: str, field: str) -> ast.expr:
    return ast.Attribute(name(of), field, ast.Load())


def item(of: ast.expr, index: ast.expr) -> ast.expr:
    return ast.Subscript(of, index, ast.Load())


def call(function: ast.expr, *arguments: ast.expr) -> ast.expr:
    return ast.Call(function, list(arguments), [])


def method(of: str, function: str, *arguments: ast.expr) -> ast.expr:
    return call(attribute(of, function), *arguments)


def sequence(values: list[ast.expr]) -> ast.expr:
    return ast.Tuple(values, ast.Load())


def binary(left: ast.expr, operator: ast.operator, right: ast.expr) -> ast.expr:
    return ast.BinOp(left, operator, right)


def compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left, [operator], [right])


def assign(targets: list[str], values: list[ast.expr]) -> ast.stmt:
    """One assignment to all targets at once: no value sees a target's new one."""
    if len(targets) == 1:
        return ast.Assign([ast.Name(targets[0], ast.Store())], values[0])
    return ast.Assign([ast.Tuple([ast.Name(t, ast.Store()) for t in targets], ast.Store())], sequence(values))


def assign_attribute(of: str, field: str, value: ast.expr) -> ast.stmt:
    return ast.Assign([ast.Attribute(name(of), field, ast.Store())], value)


def generator(value: ast.expr | None) -> ast.stmt:
    return ast.Expr(ast.Yield(value))


def function(identifier: str, parameter: str, body: list[ast.stmt]) -> ast.Module:
    """A module that holds a function of one parameter."""
    # Parsed, since the fields of a definition differ between versions of Python.
    module = ast.parse(f"def {identifier}({parameter}): pass")
    made = module.body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = body
    for node in (made, *made.args.args):
        del node.lineno
    return module


_PLACED = ast.expr, ast.stmt, ast.arg


class Places:
    """
    Gives nodes the line and column of the operation that they come from. A function has one file: what was inlined
    from another one gets the place of the nearest operation around it that is in the function's.
    """

    def __init__(self, span: Span | None):
        """`span`: that of the kernel."""
        self.file = span.file if span else "<ttkernel>"
        self.line = span.line if span else 1
        self.column = span.column if span else 1

    def put(self, node: Node, op: Operation | None) -> Node:
        """Places a node and those below it that have no place yet; at the kernel's own if no operation is given."""
        line, column = self._of(op)
        pending: list[ast.AST] = [node]
        while pending:
            inner = pending.pop()
            # As `ast.iter_child_nodes` does, in half the time: it is a large part of what a kernel takes to be made.
            fields = inner.__dict__
            if "lineno" in fields:
                continue
            for field in fields.values():
                if isinstance(field, ast.AST):
                    if field._fields:
                        pending.append(field)
                elif isinstance(field, list):
                    pending += [each for each in cast("list[object]", field) if isinstance(each, ast.AST)]
            if isinstance(inner, _PLACED):
                inner.lineno = inner.end_lineno = line
                inner.col_offset = column - 1
                inner.end_col_offset = column
        return node

    def _of(self, op: Operation | None) -> tuple[int, int]:
        at = op
        while at is not None and (span := span_of(at)) is not None:
            if span.file == self.file:
                return max(span.line, 1), max(span.column, 1)
            at = at.parent_op()
        return self.line, self.column


class Names:
    """Python identifiers, each given once."""

    def __init__(self, taken: Iterable[str]):
        self.taken = {"range", "min", "max", "len", *taken}
        self._suffixes: dict[str, Iterator[str]] = {}
        """Of each name that was taken, those not tried yet: none becomes free again."""

    def new(self, hint: str | None) -> str:
        """The hint, if it is an identifier and free; else one made of it."""
        base = hint if hint and hint.isidentifier() and not keyword.iskeyword(hint) else "value"
        name = unique_name(base, self.taken.__contains__, self._suffixes.setdefault(base, numbers(2)))
        self.taken.add(name)
        return name
