"""What follows from a syntax tree alone, which nothing changes once it is compiled: found once for each node."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

NodeT = TypeVar("NodeT", bound=ast.AST)
FactT = TypeVar("FactT")


def once_a_node(find: Callable[[NodeT], FactT]) -> Callable[[NodeT], FactT]:
    """Remembers what a function finds of a node, as long as there is the node, which must be no part of that."""
    known: WeakKeyDictionary[NodeT, FactT] = WeakKeyDictionary()

    @wraps(find)
    def remembered(node: NodeT) -> FactT:
        try:
            return known[node]
        except KeyError:
            found = known[node] = find(node)
            return found

    return remembered
