"""Facts of syntax trees are found once for each node, and forgotten with it."""

from __future__ import annotations

import ast
import gc
import weakref

from ttlang.frontend.python.liveness import names_bound_by
from ttlang.frontend.python.node_facts import once_a_node
from ttlang.frontend.python.statement_heads import names_and_choices, subscripts


def test_each_node_is_looked_at_once() -> None:
    asked: list[ast.AST] = []

    @once_a_node
    def count(node: ast.AST) -> int:
        asked.append(node)
        return len(list(ast.walk(node)))

    first, second = ast.parse("a = b\na = b").body
    assert [count(first), count(second), count(first)] == [5, 5, 5]
    assert asked == [first, second]


def test_nothing_outlives_its_node() -> None:
    (statement,) = ast.parse("with a[i] as b, c if d else e as f:\n    g = h[j]").body
    assert names_bound_by(statement) == {"b", "f", "g"}
    assert [ast.unparse(each) for each in subscripts(statement)] == ["a[i]"]
    assert {ast.unparse(each) for each in names_and_choices(statement)} == {*"aicde", "c if d else e"}
    kept = weakref.ref(statement)
    del statement
    gc.collect()
    assert kept() is None
