"""Which variables of a function are still read after each of its statements: what loops and branches must carry."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ttlang.frontend.python.node_facts import once_a_node

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Names = frozenset[str]
_NONE: Names = frozenset()
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_LEAVES = (ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)


class Liveness:
    """
    Backward liveness over the syntax tree of one function, not of the functions inside it: what those read is live
    everywhere, since they may be called anywhere.
    """

    def __init__(self, node: FunctionNode):
        self.locals = frozenset(_parameters(node)) | assigned_names(node.body if isinstance(node.body, list) else [])
        """Parameters, and every name that the function binds."""
        self._after: dict[ast.stmt, Names] = {}
        self._head: dict[ast.stmt, Names] = {}
        self._captured: Names = _NONE
        if isinstance(node.body, list):
            self._captured = frozenset(_captured_names(node.body))
            self._block(node.body, _NONE, _NONE, _NONE)

    def after(self, statement: ast.stmt) -> Names:
        """Names that may be read once the statement has run, before they are bound anew."""
        return self._after.get(statement, _NONE) | self._captured

    def at_head(self, loop: ast.For | ast.While) -> Names:
        """Names that may be read when an iteration starts, or after the loop."""
        return self._head.get(loop, _NONE) | self._captured

    def _block(self, statements: Sequence[ast.stmt], out: Names, brk: Names, cont: Names) -> Names:
        """Names that are live before statements, if `out` are after them, `brk` at a break and `cont` at a continue."""
        for statement in reversed(statements):
            self._after[statement] = out
            out = self._statement(statement, out, brk, cont)
        return out

    def _statement(self, node: ast.stmt, out: Names, brk: Names, cont: Names) -> Names:
        match node:
            case ast.Assign(targets=targets, value=value):
                return (out - _stored(targets)) | _read(targets) | _read([value])
            case ast.AnnAssign(target=target, value=value):
                return out if value is None else (out - _stored([target])) | _read([target, value])
            case ast.AugAssign(target=target, value=value):
                return out | _stored([target]) | _read([target, value])
            case ast.If(test=test, body=body, orelse=orelse):
                branches = self._block(body, out, brk, cont) | self._block(orelse, out, brk, cont)
                return branches | _read([test])
            case ast.For(target=target, iter=iterable, body=body):
                return self._loop(node, out, body, _stored([target]), _NONE) | _read([iterable])
            case ast.While(test=test, body=body):
                return self._loop(node, out, body, _NONE, _read([test]))
            case ast.With(items=items, body=body):
                return self._with(items, self._block(body, out, brk, cont))
            case ast.Return(value=value):
                return _read([value] if value else [])
            case ast.Break():
                return brk
            case ast.Continue():
                return cont
            case ast.FunctionDef(name=name, args=arguments):
                return (out - {name}) | _read([arguments])
            case _:
                return out | _read([node])

    def _loop(self, node: ast.For | ast.While, out: Names, body: list[ast.stmt], bound: Names, test: Names) -> Names:
        """What the body reads before it binds it comes from the iteration before: iterated until nothing is added."""
        head = out | test
        while True:
            grown = head | (self._block(body, head, out, head) - bound)
            if grown == head:
                break
            head = grown
        self._head[node] = head
        return head

    def _with(self, items: Sequence[ast.withitem], out: Names) -> Names:
        for item in reversed(items):
            if item.optional_vars is not None:
                out -= _stored([item.optional_vars])
            out |= _read([item.context_expr])
        return out


def assigned_names(nodes: Iterable[ast.AST]) -> Names:
    """Names that statements bind in their own function. The targets of a comprehension are its own."""
    found: set[str] = set()
    stack = list(nodes)
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name):
            if not isinstance(node.ctx, ast.Load):
                found.add(node.id)
            continue
        if isinstance(node, _LEAVES):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        if isinstance(node, ast.comprehension):
            stack += [node.iter, *node.ifs]
        elif not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))
    return frozenset(found)


@once_a_node
def names_bound_by(node: ast.stmt) -> Names:
    """Those that one statement binds."""
    return assigned_names([node])


@once_a_node
def names_bound_in(loop: ast.For) -> Names:
    """Those that the body of a loop binds."""
    return assigned_names(loop.body)


def free_names(node: ast.AST) -> Names:
    """Names that a tree reads and does not bind in a scope of its own: a comprehension, a lambda, a function."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            return frozenset((name,))
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
            first, *_ = node.generators
            return free_names(first.iter) | (_free_in_children(node) - _stored(each.target for each in node.generators))
        case ast.Lambda(args=arguments, body=body):
            return _free_in_children(arguments) | (free_names(body) - frozenset(_parameters(node)))
        case ast.FunctionDef(body=body) | ast.AsyncFunctionDef(body=body):
            bound = frozenset(_parameters(node)) | (assigned_names(body) - _declared_elsewhere(body))
            around = [*node.decorator_list, node.args, *([node.returns] if node.returns else [])]
            return _free_in(around) | (_free_in(body) - bound)
        case _ if isinstance(node, _LEAVES):
            return _NONE
        case _:
            return _free_in_children(node)


def _free_in_children(node: ast.AST) -> Names:
    return _free_in(ast.iter_child_nodes(node))


def _free_in(nodes: Iterable[ast.AST]) -> Names:
    return _NONE.union(*map(free_names, nodes))


def _declared_elsewhere(body: Iterable[ast.stmt]) -> Names:
    """Names that a function binds in the scopes around it."""
    inner = (each for statement in body for each in ast.walk(statement))
    return frozenset(name for each in inner if isinstance(each, ast.Nonlocal | ast.Global) for name in each.names)


def jumps(statements: Sequence[ast.stmt], *, loop: bool = True) -> set[type[ast.stmt]]:
    """
    Which of break, continue and return leave these statements. `loop=False`: only return, for statements that are
    inside a loop of their own.
    """
    found: set[type[ast.stmt]] = set()
    for node in statements:
        match node:
            case ast.Return():
                found.add(ast.Return)
            case ast.Break() | ast.Continue():
                if loop:
                    found.add(type(node))
            case ast.If(body=body, orelse=orelse):
                found |= jumps(body, loop=loop) | jumps(orelse, loop=loop)
            case ast.With(body=body):
                found |= jumps(body, loop=loop)
            case ast.For(body=body) | ast.While(body=body):
                found |= jumps(body, loop=False)
            case _:
                pass
    return found


def always_jumps(statements: Sequence[ast.stmt]) -> bool:
    """Whether control can't reach the end of the statements."""
    for node in statements:
        match node:
            case ast.Return() | ast.Break() | ast.Continue():
                return True
            case ast.If(body=body, orelse=orelse):
                if orelse and always_jumps(body) and always_jumps(orelse):
                    return True
            case ast.With(body=body):
                if always_jumps(body):
                    return True
            case _:
                pass
    return False


def _walk(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All nodes, but not those inside functions and classes that the nodes define."""
    stack = list(nodes)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, _SCOPES):
            stack.extend(ast.iter_child_nodes(node))


def _stored(nodes: Iterable[ast.AST]) -> Names:
    return frozenset(
        node.id for node in _walk(nodes) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del)
    )


def _read(nodes: Iterable[ast.AST]) -> Names:
    return frozenset(node.id for node in _walk(nodes) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _captured_names(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Names that functions inside these statements read."""
    for node in _walk(nodes):
        if isinstance(node, _SCOPES):
            yield from (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))


def _parameters(node: FunctionNode) -> Iterator[str]:
    arguments = node.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg):
        if argument is not None:
            yield argument.arg
