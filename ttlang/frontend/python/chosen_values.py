"""
Variables that stand for one of two blocks, buffers or tensors, as the run says. No value of the run can stand for
such, so what a statement does with one is compiled for each, on a path of its own.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ttlang.frontend.blocks.values import POISON, Chosen, Value
from ttlang.frontend.python.branches import join_paths
from ttlang.frontend.python.liveness import assigned_names
from ttlang.frontend.python.paths import Path, compile_path
from ttlang.frontend.python.scopes import Scope
from ttlang.frontend.python.statement_heads import heads
from ttlang.frontend.python.thread_compiler import ThreadCompiler


@dataclass(frozen=True)
class ChosenName:
    """A variable that stands for one of two."""

    name: str
    scope: Scope
    value: Chosen


def chosen_name(c: ThreadCompiler, node: ast.stmt) -> ChosenName | None:
    """A variable of that kind which a statement uses, or the head of a `with`."""
    for each in (each for head in heads(node) for each in ast.walk(head)):
        if not isinstance(each, ast.Name) or (owner := c.scope.owner(each.id)) is None:
            continue
        is_used = isinstance(each.ctx, ast.Load) or (isinstance(node, ast.AugAssign) and each is node.target)
        if is_used and isinstance(value := owner.env.get(each.id), Chosen):
            return ChosenName(each.id, owner, value)
    return None


def compile_for_each(c: ThreadCompiler, node: ast.stmt, chosen: ChosenName) -> None:
    """A statement for each of the two that a variable may stand for."""
    c.at(node)
    errors = c.count_errors()
    then = _compile_for(c, node, chosen, chosen.value.first)
    if c.count_errors() > errors:
        # The other would report the same.
        then.block.erase(safe_erase=False)
        c.scope.env |= dict.fromkeys(assigned_names([node]), POISON)
        return
    other = _compile_for(c, node, chosen, chosen.value.second)
    c.at(node)
    join_paths(c, chosen.value.is_first.ssa, then, other, c.frame.liveness.after(node), c.frame.loop_live)


def _compile_for(c: ThreadCompiler, node: ast.stmt, chosen: ChosenName, value: Value) -> Path:
    """On a path of its own; behind it, the variable stands for one of two again, unless it is bound anew."""

    def body() -> None:
        chosen.scope.env[chosen.name] = value
        try:
            c.statements([node])
        finally:
            if chosen.scope.env.get(chosen.name) is value:
                chosen.scope.env[chosen.name] = chosen.value

    return compile_path(c, body)
