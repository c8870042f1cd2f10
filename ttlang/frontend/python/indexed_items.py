"""
Which loops over a range choose from what the host knows by their variable, as in `nets[i]`. No core has a Python list
in its memory, so such a loop is unrolled: its variable is a constant in each iteration.
"""

from __future__ import annotations

import ast

from ttlang.frontend.blocks.values import Group, Host, Table, Value
from ttlang.frontend.python.liveness import Names, assigned_names, names_bound_by
from ttlang.frontend.python.node_facts import once_a_node
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.python_objects import is_dict, is_sequence


def chooses_items(c: ThreadCompiler, loop: ast.For) -> bool:
    """Whether something in the loop's body indexes a list, a tuple or a dict with what follows from its variable."""
    bound = names_bound_by(loop)
    indices = [node.slice for node in _indexed(loop) if _has_items(known_value(c, node.value, bound))]
    if not indices:
        return False
    varying = _following(loop)
    return any(not varying.isdisjoint(_names(index)) for index in indices)


@once_a_node
def _indexed(loop: ast.For) -> tuple[ast.Subscript, ...]:
    """What its body reads by an index that is no constant."""
    inner = (node for statement in loop.body for node in ast.walk(statement) if isinstance(node, ast.Subscript))
    return tuple([n for n in inner if isinstance(n.ctx, ast.Load) and not isinstance(n.slice, ast.Constant)])


def _following(loop: ast.For) -> Names:
    """The loop's variable, and names that are assigned from it."""
    varying = set(assigned_names([loop.target]))
    bindings = [(node, source) for node in ast.walk(loop) if (source := _source(node)) is not None]
    size = 0
    while len(varying) != size:
        size = len(varying)
        for node, source in bindings:
            if not varying.isdisjoint(_names(source)):
                varying |= assigned_names([node.target] if isinstance(node, ast.For) else [node])
    return frozenset(varying)


def _source(node: ast.AST) -> ast.expr | None:
    """What a node binds names to."""
    match node:
        case ast.Assign(value=value) | ast.AugAssign(value=value) | ast.AnnAssign(value=value):
            return value
        case ast.NamedExpr(value=value) | ast.For(iter=value):
            return value
        case _:
            return None


def _names(node: ast.AST) -> set[str]:
    """Names that a value follows from, but for those of which only the run tells what it is."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Call(func=ast.Attribute(attr="index"), args=[], keywords=[]):
            # The place of a receive that has come, whatever it was looked for with.
            return set()
        case _:
            return set[str]().union(*map(_names, ast.iter_child_nodes(node)))


def known_value(c: ThreadCompiler, node: ast.expr, bound: Names = frozenset()) -> Value | None:
    """What an expression stands for here, if it is a name that is not to be `bound` anew, or a part of such."""
    match node:
        case ast.Name(id=name) if name not in bound:
            owner = c.scope.owner(name)
            return c.scope.closure.find(name) if owner is None else owner.env.get(name)
        case ast.Subscript(value=whole, slice=ast.Constant(value=key)):
            return _item(known_value(c, whole, bound), key)
        case _:
            return None


def _item(whole: Value | None, key: object) -> Value | None:
    match whole:
        case Host(value=items) if is_dict(items):
            return Host(items[key]) if key in items else None
        case Host(value=items) if is_sequence(items) and isinstance(key, int) and -len(items) <= key < len(items):
            return Host(items[key])
        case Group(items) if isinstance(key, int) and -len(items) <= key < len(items):
            return items[key]
        case _:
            return None


def _has_items(value: Value | None) -> bool:
    match value:
        case Host(value=items):
            return is_dict(items) or is_sequence(items)
        case _:
            return isinstance(value, Group | Table)
