"""
Variables that stand for one of two blocks, buffers or tensors, as the run says, and conditional expressions between
such. No value of the run can stand for them, so what a statement does with one is compiled for each, on a path of its
own.
"""

from __future__ import annotations

import ast
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from ttlang.frontend.blocks.acquired_blocks import held
from ttlang.frontend.blocks.common_values import common_type
from ttlang.frontend.blocks.thread_builder import block_of
from ttlang.frontend.blocks.values import POISON, BlockValue, Bool, Chosen, Host, Value
from ttlang.frontend.python.branches import join_paths
from ttlang.frontend.python.conditions import condition
from ttlang.frontend.python.liveness import assigned_names
from ttlang.frontend.python.paths import Path, compile_path
from ttlang.frontend.python.scopes import Scope
from ttlang.frontend.python.statement_heads import names_and_choices
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter


@dataclass(frozen=True)
class ChosenName:
    """A variable that stands for one of two."""

    name: str
    scope: Scope
    value: Chosen

    def choice(self, c: ThreadCompiler) -> Value:
        return self.value

    @contextmanager
    def taken_as(self, c: ThreadCompiler, value: Value) -> Generator[None]:
        """Behind it, the variable stands for one of two again, unless it was bound anew."""
        self.scope.env[self.name] = value
        try:
            yield
        finally:
            if self.scope.env.get(self.name) is value:
                self.scope.env[self.name] = self.value


@dataclass(frozen=True)
class ChosenSide:
    """A conditional expression between two variables that stand for blocks, buffers or tensors."""

    node: ast.IfExp
    first: Value
    second: Value

    def choice(self, c: ThreadCompiler) -> Value:
        """Evaluates the condition: the side that it takes, if that is known already."""
        test = condition(c, self.node.test)
        if isinstance(test, Bool):
            return Chosen(test, self.first, self.second)
        return self.first if test.value else self.second

    @contextmanager
    def taken_as(self, c: ThreadCompiler, value: Value) -> Generator[None]:
        c.sides[self.node] = value
        try:
            yield
        finally:
            del c.sides[self.node]


def chosen_in(c: ThreadCompiler, node: ast.stmt) -> ChosenName | ChosenSide | None:
    """A choice of either kind that a statement uses, or the head of a `with`."""
    bound = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    for each in names_and_choices(node):
        if isinstance(each, ast.IfExp):
            if each is not bound and (side := _chosen_side(c, each)) is not None:
                return side
            continue
        if (owner := c.scope.owner(each.id)) is None:
            continue
        is_used = isinstance(each.ctx, ast.Load) or (isinstance(node, ast.AugAssign) and each is node.target)
        if is_used and isinstance(value := owner.env.get(each.id), Chosen):
            return ChosenName(each.id, owner, value)
    return None


def _chosen_side(c: ThreadCompiler, node: ast.IfExp) -> ChosenSide | None:
    """A conditional expression that no value of the run can stand for."""
    first, second = (_named(c, side) for side in (node.body, node.orelse))
    if node in c.sides or first is None or second is None or common_type(c, first, second) is not None:
        return None
    return ChosenSide(node, first, second)


def _named(c: ThreadCompiler, node: ast.expr) -> Value | None:
    """The block, the buffer or the tensor that a variable stands for."""
    if not isinstance(node, ast.Name):
        return None
    owner = c.scope.owner(node.id)
    value = owner.env.get(node.id) if owner is not None else c.scope.closure.find(node.id)
    is_object = isinstance(value, Host) and isinstance(value.value, CircularBuffer | TensorParameter)
    return value if is_object or (isinstance(value, BlockValue) and value.buffer is not None) else None


def compile_for_each(c: ThreadCompiler, node: ast.stmt, chosen: ChosenName | ChosenSide) -> None:
    """A statement for each of the two that it may be about."""
    c.at(node)
    value = chosen.choice(c)
    if not isinstance(value, Chosen):
        with chosen.taken_as(c, value):
            c.statements([node])
        return
    errors = c.count_errors()
    then = _compile_for(c, node, chosen, value.first)
    if c.count_errors() > errors:
        # The other would report the same.
        then.block.erase(safe_erase=False)
        c.scope.env |= dict.fromkeys(assigned_names([node]), POISON)
        return
    other = _compile_for(c, node, chosen, value.second)
    c.at(node)
    join_paths(c, value.is_first.ssa, then, other, c.frame.liveness.after(node), c.frame.loop_live)


def _compile_for(c: ThreadCompiler, node: ast.stmt, chosen: ChosenName | ChosenSide, value: Value) -> Path:
    """On a path of its own."""

    def body() -> None:
        with chosen.taken_as(c, _here(c, value)):
            c.statements([node])

    return compile_path(c, body)


def _here(c: ThreadCompiler, value: Value) -> Value:
    """The block that is held there, for one that was acquired on a path that has led here."""
    if isinstance(value, BlockValue) and not c.is_in(block_of(value.ssa)):
        return held(c, value)
    return value
