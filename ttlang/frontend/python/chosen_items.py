"""
Items of tuples and lists that a number of the run chooses, as in `blocks[ready.index()]`. No core has a Python list in
its memory, so a statement with one is compiled for each number that it may be, on a path of its own.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass

from ttlang.analysis.bounds import interval
from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.values import POISON, Bool, Host, Int, SelectedReceive
from ttlang.frontend.python.branches import join_paths
from ttlang.frontend.python.indexed_items import known_value
from ttlang.frontend.python.liveness import assigned_names
from ttlang.frontend.python.paths import Path, compile_path
from ttlang.frontend.python.statement_heads import subscripts
from ttlang.frontend.python.thread_compiler import Poisoned, ThreadCompiler

MOST_PLACES = 16
"""Numbers that one statement is compiled for."""


@dataclass(frozen=True)
class ChosenItem:
    """A number of the run that a statement indexes with."""

    index: Int
    places: range
    """What it may be."""


def chosen_item(c: ThreadCompiler, node: ast.stmt) -> ChosenItem | None:
    """The first such number in a statement, or in the head of a `with`."""
    for each in subscripts(node):
        items = as_items(known_value(c, each.value) or POISON)
        if items is None or not _is_quiet(c, each.slice):
            continue
        try:
            index = c.expression(each.slice)
        except (DiagnosticError, Poisoned):
            continue
        if not isinstance(index, Int) or index.ssa in c.places:
            continue
        bounds = interval(index.ssa)
        if -len(items[0]) <= bounds.low and bounds.high < len(items[0]) and bounds.high - bounds.low < MOST_PLACES:
            return ChosenItem(index, range(bounds.low, bounds.high + 1))
    return None


def compile_for_each_place(c: ThreadCompiler, node: ast.stmt, chosen: ChosenItem) -> None:
    """A statement for each number that it may index with."""
    _compile_for(c, node, chosen.index, list(chosen.places))


def _compile_for(c: ThreadCompiler, node: ast.stmt, index: Int, places: Sequence[int]) -> None:
    c.at(node)
    place, *others = places
    is_it = i32_arithmetic.compare(c, "eq", index, Host(place)) if others else Host(True)
    if not isinstance(is_it, Bool):
        _compile_at(c, node, index, place)
        return
    errors = c.count_errors()
    then = compile_path(c, lambda: _compile_at(c, node, index, place))
    if c.count_errors() > errors:
        # The others would report the same.
        then.block.erase(safe_erase=False)
        c.scope.env |= dict.fromkeys(assigned_names([node]), POISON)
        return
    other: Path = compile_path(c, lambda: _compile_for(c, node, index, others))
    c.at(node)
    join_paths(c, is_it.ssa, then, other, c.frame.liveness.after(node), c.frame.loop_live)


def _compile_at(c: ThreadCompiler, node: ast.stmt, index: Int, place: int) -> None:
    c.places[index.ssa] = place
    try:
        c.statements([node])
    finally:
        del c.places[index.ssa]


def _is_quiet(c: ThreadCompiler, node: ast.expr) -> bool:
    """Whether an index may be computed ahead of its statement: from numbers that have names, and nothing else."""
    match node:
        case ast.Name():
            return True
        case ast.BinOp(left=left, right=right):
            return _is_operand(c, left) and _is_operand(c, right)
        case ast.UnaryOp(operand=operand):
            return _is_operand(c, operand)
        case ast.Call(func=ast.Attribute(value=value, attr="index"), args=[], keywords=[]):
            return isinstance(known_value(c, value), SelectedReceive)
        case _:
            return False


def _is_operand(c: ThreadCompiler, node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or _is_quiet(c, node)
