"""Functions of Python that a thread calls: their bodies are compiled in place of the call."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import FunctionType

from ttlang.diagnostics import DiagnosticError, Related
from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.sequences import group
from ttlang.frontend.blocks.values import NONE, POISON, Bool, Host, Poison, Value
from ttlang.frontend.python.liveness import FunctionNode
from ttlang.frontend.python.paths import RESULT, RETURN
from ttlang.frontend.python.scopes import Closure, Scope
from ttlang.frontend.python.sources import SourceFile, find_source, function_name
from ttlang.frontend.python.thread_compiler import Frame, Poisoned, ThreadCompiler


def inline_python(c: ThreadCompiler, functions: Sequence[FunctionType], call: Call) -> Value:
    function = functions[0]
    try:
        source, node = find_source(function)
    except DiagnosticError as found:
        first = found.diagnostics[0]
        raise c.error(first.code, first.message, hint=first.hint) from None
    closure = c.closure(functions)
    defaults: dict[str, Value] = {}
    positional = [*node.args.posonlyargs, *node.args.args]
    values = list(zip(*(f.__defaults__ or () for f in functions), strict=True))
    for parameter, column in zip(positional[len(positional) - len(values) :], values, strict=True):
        defaults[parameter.arg] = closure.merge(parameter.arg, column)
    for name in function.__kwdefaults__ or {}:
        defaults[name] = closure.merge(name, [(f.__kwdefaults__ or {})[name] for f in functions])
    return inline(c, node, source, None, closure, defaults, call)


def inline(
    c: ThreadCompiler,
    node: FunctionNode,
    source: SourceFile,
    outer: Scope | None,
    closure: Closure,
    defaults: Mapping[str, Value],
    call: Call,
) -> Value:
    """Compiles the body of a function in place of its call, and returns what it returns."""
    name = function_name(node)
    frame: Frame | None = c.frame
    while frame is not None:
        if frame.node is node:
            raise c.error("TTL0112", f"{name} calls itself", hint="threads have no stack: use a loop")
        frame = frame.caller
    if isinstance(node, ast.AsyncFunctionDef):
        raise c.error("TTL0101", f"{name} is an async function, which a thread can't call")
    liveness = source.liveness(node)
    env = _bind(c, node.args, name, call, defaults)
    scope = Scope(liveness.locals, closure, outer, env)
    caller, place, errors = c.frame, c.node, c.count_errors()
    calls = (Related(c.span(), f"{name} is called here"), *caller.calls)
    c.frame = Frame(node, source, liveness, scope, caller, calls, tuple(each.span for each in calls))
    try:
        if isinstance(node, ast.Lambda):
            value = c.expression(node.body)
        else:
            c.statements(node.body)
            # After a mistake nobody knows what it returns on which path.
            value = _result(c, name) if c.count_errors() == errors else POISON
    finally:
        c.frame, c.node = caller, place
    if c.count_errors() > errors:
        raise Poisoned
    return c.usable(value, f"the result of {name}")


def _result(c: ThreadCompiler, name: str) -> Value:
    """What the function has returned: None if it has not, or if it returns on some paths only and nothing else."""
    env = c.scope.env
    value, returned = env.get(RESULT, NONE), env.get(RETURN)
    if isinstance(value, Host) and value.value is None:
        return NONE
    if isinstance(returned, Bool) and not isinstance(value, Poison):
        hint = "add a return at the end"
        raise c.error(
            "TTL0111", f"{name} returns a value on some paths, and nothing on others", c.frame.node, hint=hint
        )
    return value


def source_of(c: ThreadCompiler, scope: Scope) -> SourceFile:
    """The file of a function that was defined in `scope`."""
    frame: Frame | None = c.frame
    while frame is not None:
        known: Scope | None = frame.scope
        while known is not None:
            if known is scope:
                return frame.source
            known = known.outer
        frame = frame.caller
    return find_source(scope.closure.functions[0])[0]


def _bind(
    c: ThreadCompiler, arguments: ast.arguments, name: str, call: Call, defaults: Mapping[str, Value]
) -> dict[str, Value]:
    """The parameters of a function, bound as Python binds them. Raises a TTL0107 for a call that does not fit."""
    if arguments.kwarg is not None:
        raise c.error("TTL0003", f"{name} takes **{arguments.kwarg.arg}, which is not compiled yet")
    positional = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    keyword_only = [a.arg for a in arguments.kwonlyargs]
    env: dict[str, Value] = dict(zip(positional, call.args, strict=False))
    surplus = call.args[len(positional) :]
    if arguments.vararg is not None:
        env[arguments.vararg.arg] = group(surplus, tuple)
    elif surplus:
        raise c.error("TTL0107", f"{name} takes {len(positional)} positional arguments, and is given {len(call.args)}")
    nameable = {*(a.arg for a in arguments.args), *keyword_only}
    for keyword, value in call.keywords.items():
        if keyword not in nameable:
            raise c.error("TTL0107", f"{name} has no parameter {keyword}")
        if keyword in env:
            raise c.error("TTL0107", f"{name} is given {keyword} twice")
        env[keyword] = value
    for parameter in (*positional, *keyword_only):
        if parameter not in env:
            if parameter not in defaults:
                raise c.error("TTL0107", f"{name} lacks its argument {parameter}")
            env[parameter] = defaults[parameter]
    return env
