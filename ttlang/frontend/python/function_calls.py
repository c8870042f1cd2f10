"""Calls: of language functions, of host functions, and of functions that are inlined."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import TypeGuard, TypeVar

from ttlang.analysis.intervals import fits
from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks.call_arguments import Call
from ttlang.frontend.blocks.known_values import host_integer, host_values, is_integer
from ttlang.frontend.blocks.math_calls import call_math
from ttlang.frontend.blocks.sequences import as_items, group, is_dict
from ttlang.frontend.blocks.slices_in_expressions import read_arguments
from ttlang.frontend.blocks.values import NONE, Functions, Host, Method, Table, Value, describe
from ttlang.frontend.blocks.wrapping_integers import Wrapped, plain, word
from ttlang.frontend.python.bindings import can_be_called, not_callable
from ttlang.frontend.python.displays import expand_starred
from ttlang.frontend.python.expressions import compile_defaults
from ttlang.frontend.python.inlining import inline, inline_python, source_of
from ttlang.frontend.python.liveness import free_names
from ttlang.frontend.python.scopes import LocalFunction
from ttlang.frontend.python.thread_compiler import Poisoned, ThreadCompiler
from ttlang.language.later import LaterFeature
from ttlang.language.math_functions import MathFunction
from ttlang.language.threads import Thread
from ttlang.language.transfers import copy
from ttlang.tables.functions import BY_NAME

T = TypeVar("T")

_OF_SLICES: tuple[object, ...] = (copy, print)
"""Functions that take slices of tensors themselves."""
_MUTATORS: dict[type, frozenset[str]] = {
    list: frozenset({"append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"}),
    dict: frozenset({"update", "pop", "popitem", "clear", "setdefault"}),
    set: frozenset({"add", "update", "remove", "discard", "pop", "clear", "difference_update", "intersection_update"}),
    bytearray: frozenset({"append", "extend", "insert", "remove", "pop", "clear", "reverse"}),
}
"""Methods that change their object. Threads are compiled, perhaps more than once, and run elsewhere."""


def compile_call(c: ThreadCompiler, node: ast.Call) -> Value:
    try:
        callee = c.expression(node.func)
    except Poisoned:
        # What is called has had its error; its arguments may have theirs.
        for argument in node.args:
            c.expression(argument)
        raise
    args = expand_starred(c, node.args)
    keywords: dict[str, Value] = {}
    for keyword in node.keywords:
        value = c.expression(keyword.value)
        if keyword.arg is not None:
            keywords[keyword.arg] = value
            continue
        keywords.update(_double_starred(c, value))
    c.at(node)
    if not can_be_called(callee):
        raise not_callable(c, node.func, callee)
    return apply(c, callee, args, keywords)


def _double_starred(c: ThreadCompiler, value: Value) -> dict[str, Value]:
    if isinstance(value, Table):
        return {str(key): part for key, part in value.items.items()}
    if is_dict(value):
        return {str(key): Host(part) for key, part in value.value.items()}
    raise c.error("TTL0106", f"** needs a dict, not {describe(value)}")


def apply(c: ThreadCompiler, callee: Value, args: list[Value], keywords: dict[str, Value]) -> Value:
    match callee:
        case Method(receiver, name):
            call = read_arguments(c, Call(None, args, keywords))
            return c.syntax.calls.methods[type(receiver), name](c, receiver, call)
        case LocalFunction(node, scope, defaults):
            source = source_of(c, scope)
            return inline(c, node, source, scope, scope.closure, defaults, Call(None, args, keywords))
        case Functions(functions):
            return inline_python(c, functions, Call(functions[0], args, keywords))
        case Host(function):
            return _apply_host(c, Call(function, args, keywords))
        case _:
            raise c.error("TTL0106", f"{describe(callee)} can't be called")


def _apply_host(c: ThreadCompiler, call: Call) -> Value:
    function = call.callee
    if _is_partial(function):
        args = [*(Host(value) for value in function.args), *call.args]
        return apply(c, Host(function.func), args, {k: Host(v) for k, v in function.keywords.items()} | call.keywords)
    if isinstance(function, LaterFeature):
        raise c.error("TTL0003", function.message)
    if isinstance(function, MathFunction):
        return call_math(c, function, read_arguments(c, call))
    if isinstance(function, Thread):
        raise c.error("TTL0113", f"{function.__name__} is a thread: the kernel starts it, nothing calls it")
    if not callable(function):
        raise c.error("TTL0106", f"{describe(Host(function))} can't be called")
    if (handler := _find(c.syntax.calls.always, function)) is not None:
        return handler(c, call if function in _OF_SLICES else read_arguments(c, call))
    if _is_ours(_module(function)):
        if c.is_unified:
            raise _made_at_work(c, function)
        raise c.error(
            "TTL0113",
            f"{_name(function)} works only in the kernel function, not inside a thread",
            hint="call it in the kernel function and use what it returns here",
        )
    if isinstance(function, BuiltinMethodType):
        _check_unchanged(c, function)
    builtin = _find(c.syntax.calls.at_run_time, function)
    if builtin is not None and builtin.may_wrap and _are_words(call):
        return builtin.handler(c, call)
    if all(isinstance(value, Host) for value in call.values) and (function is not range or _has_integers(call)):
        return _call_on_host(c, call)
    return _inline_host(c, call) if builtin is None else builtin.handler(c, call)


def _made_at_work(c: ThreadCompiler, function: object) -> DiagnosticError:
    """A resource of the kernel, made by a statement that is a part of the work of a unified body."""
    name = _name(function)
    computed = sorted(free_names(c.node) & c.frame.liveness.locals)
    where = (
        f"with {' and '.join(computed)}, which {'is' if len(computed) == 1 else 'are'} computed here"
        if computed
        else "in a loop, a branch or a callback, or for a name that changes"
    )
    return c.error(
        "TTL0241",
        f"{name} is called where this body works: {where}",
        hint="what all threads share is made once, by statements of its own: "
        f"name = ttl.{name}(...), with tensors and constants",
    )


def _is_partial(function: object) -> TypeGuard[partial[object]]:
    return isinstance(function, partial)


def _are_words(call: Call) -> bool:
    """Whether a call computes with the host's integers alone, as the run would."""
    if call.keywords or len(call.args) > 2:
        return False
    items = [item for value in call.args for item in (as_items(value) or ((value,), None))[0]]
    return all(map(is_integer, items)) and not (call.callee is pow and (host_integer(items[-1]) or 0) < 0)


def _has_integers(call: Call) -> bool:
    return all(is_integer(value) for value in call.args)


def _is_ours(module: str) -> bool:
    """Whether functions of a module are the language's. Those of the host library stand for ttnn's."""
    return module.partition(".")[0] == "ttlang" and not _is_host_library(module)


def _is_host_library(module: str) -> bool:
    return module.startswith("ttlang.host")


def _check_unchanged(c: ThreadCompiler, method: BuiltinMethodType) -> None:
    """Refuses a method that changes an object of the host."""
    owner: object = method.__self__
    kind = type(owner)
    if method.__name__ in _MUTATORS.get(kind, ()):
        raise c.error(
            "TTL0102",
            f"a {kind.__name__} can't be changed in a thread: {method.__name__}",
            hint="threads are compiled, not run: make a new one, as in a + [b]",
        )


def _find(table: Mapping[object, T], function: object) -> T | None:
    """What a table has for a function, or for the function that a bound method is of."""
    try:
        return table.get(getattr(function, "__func__", function))
    except TypeError:  # not hashable
        return None


def _call_on_host(c: ThreadCompiler, call: Call) -> Value:
    """Calls with host values only are made while the thread is compiled, unless the function uses the language."""
    given = _to_words if _python_functions(call) is not None else partial(_to_python, c, call)
    args = map(given, host_values(call.args) or ())
    keywords = dict(zip(call.keywords, map(given, host_values(call.keywords.values()) or ()), strict=True))
    try:
        result = Host(plain(c.on_host(call.callee, *args, **keywords).value))
    except DiagnosticError as found:
        if found.diagnostics[0].code not in ("TTL0113", "TTL0208") or _python_functions(call) is None:
            raise
        return _inline_host(c, call)
    if hasattr(result.value, "__next__"):
        # An iterator would be used up by the first that reads it, and statements may be compiled more than once.
        return group([Host(item) for item in c.on_host(list, result.value).value], tuple)
    return result


def _to_words(value: object) -> object:
    """An argument of a function in Python: its integers compute as those of the thread that calls it."""
    return word(value) if type(value) is int and fits(value) else value


def _to_python(c: ThreadCompiler, call: Call, value: object) -> object:
    """An argument of another function. Those that compute with fractions must be given the number that is meant."""
    fractions = call.callee is float or _module(call.callee).partition(".")[0] in ("math", "numpy")
    return c.number(Host(value)) if fractions and isinstance(value, Wrapped) else value


def _python_functions(call: Call) -> tuple[FunctionType, ...] | None:
    function = call.callee
    if _is_host_library(_module(function)):
        return None
    if isinstance(function, MethodType):
        function = function.__func__
    function = getattr(function, "__wrapped__", function) if not isinstance(function, FunctionType) else function
    return (function,) if isinstance(function, FunctionType) else None


def _inline_host(c: ThreadCompiler, call: Call) -> Value:
    functions = _python_functions(call)
    if functions is None:
        runtime = next((value for value in call.values if not isinstance(value, Host)), NONE)
        known = BY_NAME.get(_name(call.callee).rpartition(".")[2])
        hint = f"ttl.math.{known.name} works on blocks" if known and known.public else None
        raise c.error(
            "TTL0108",
            f"{_name(call.callee)} is called on the host, at compile time, and can't be given {describe(runtime)}",
            hint=hint,
        )
    if isinstance(call.callee, MethodType):
        call = Call(functions[0], [Host(call.callee.__self__), *call.args], call.keywords)
    return inline_python(c, functions, call)


def compile_definition(c: ThreadCompiler, node: ast.FunctionDef) -> None:
    """A function that a thread defines: compiled where it is called."""
    if node.decorator_list:
        decorator = node.decorator_list[0]
        name = ast.unparse(decorator.func if isinstance(decorator, ast.Call) else decorator).rpartition(".")[2]
        if name in ("compute", "datamovement"):
            hint = "define it in the kernel function, beside this thread"
            raise c.error("TTL0101", "a thread can't be defined in a thread", decorator, hint=hint)
        raise c.error("TTL0101", "a function in a thread can't have decorators", decorator)
    c.assign(node.name, LocalFunction(node, c.scope, compile_defaults(c, node.args)))


def _name(function: object) -> str:
    name = getattr(function, "__name__", type(function).__name__)
    module = _module(function)
    if _is_host_library(module):
        return f"ttnn.{name}"
    return name if module in ("", "builtins", "__main__") or module.startswith("ttlang") else f"{module}.{name}"


def _module(function: object) -> str:
    kind: object = function if hasattr(function, "__name__") else type(function)
    return str(getattr(kind, "__module__", "") or "")
