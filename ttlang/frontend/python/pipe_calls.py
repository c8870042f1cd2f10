"""Calls by which cores talk to each other: pipes and semaphores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from xdsl.ir import Block, Region, SSAValue

from ttlang import language
from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl
from ttlang.frontend.blocks.language_calls import bind
from ttlang.frontend.blocks.pipe_values import pipe_ssa
from ttlang.frontend.blocks.values import (
    NONE,
    Host,
    Int,
    PipeValue,
    RemoteSemaphore,
    SliceValue,
    Value,
    describe,
    host_integer,
)
from ttlang.frontend.python.displays import as_items
from ttlang.frontend.python.function_calls import ALWAYS, METHODS, Call, Handler, apply
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.pipes import PipeNet
from ttlang.language.semaphores import MOST, MulticastRemoteSemaphore, Semaphore, UnicastRemoteSemaphore

# ---------------------------------------------------------------------------------------------------------- pipes


def _pipes(c: ThreadCompiler, value: Value, name: str) -> list[SSAValue]:
    """One pipe, several, or those of a net."""
    if isinstance(value, Host) and isinstance(value.value, PipeNet):
        value = Host(cast(PipeNet, c.kernel.canonical.get(id(value.value), value.value)).pipes)
    items = as_items(value)
    found = [pipe_ssa(c, item) for item in (items[0] if items is not None else [value])]
    if not found or any(pipe is None for pipe in found):
        raise c.error("TTL0501", f"{name} takes a pipe or a list of pipes, not {describe(value)}")
    pipes = cast("list[SSAValue]", found)
    if any(not isinstance(pipe.owner, ttl.CreatePipeOp) for pipe in pipes):
        raise c.error("TTL0501", f"{name} is asked about a pipe that this core is known to be an end of")
    return pipes


def _for_each_pipe(c: ThreadCompiler, kind: type[ttl.IfPipeOp], name: str, pipes: Value, body: Value) -> Value:
    """Compiles the body once, for whichever of the pipes this core is an end of."""
    c.need_data_movement(f"{name} is called")
    block = Block(arg_types=[ttl.PipeType()])
    op = kind.create(operands=_pipes(c, pipes, name), regions=[Region(block)])
    scope = c.scope
    env = scope.env
    scope.env = dict(env)
    c.conditions += 1
    try:
        with c.inside(block):
            apply(c, body, [PipeValue(block.args[0])], {})
    finally:
        scope.env = env
        c.conditions -= 1
    c.emit(op)
    return NONE


def _with_owner(call: Call) -> Call:
    """A call of a method of a host object, with the object as the first argument."""
    owner = getattr(call.callee, "__self__", None)
    return call if owner is None else Call(None, [Host(owner), *call.args], call.keywords)


def _register_conditions(kind: type[ttl.IfPipeOp], *functions: Callable[..., Any]) -> None:
    """`ttl.if_pipe_src(pipes, f)` and `net.if_src(f)`, or the same for the destinations."""

    def handler(function: Callable[..., Any], name: str) -> Handler:
        def handle(c: ThreadCompiler, call: Call) -> Value:
            pipes, body = bind(c, function, name, _with_owner(call)).values()
            return _for_each_pipe(c, kind, name, pipes, body)

        return handle

    for function in functions:
        name = function.__qualname__
        ALWAYS[function] = handler(function, name if "." in name else f"ttl.{name}")


_register_conditions(ttl.IfPipeSrcOp, language.if_pipe_src, PipeNet.if_src)
_register_conditions(ttl.IfPipeDstOp, language.if_pipe_dst, PipeNet.if_dst)

# ----------------------------------------------------------------------------------------------------- semaphores


def _semaphore_object(c: ThreadCompiler, value: Value) -> Semaphore:
    host = value.value if isinstance(value, Host) else None
    if not isinstance(host, Semaphore):
        raise c.error("TTL0106", f"a method of a semaphore is called on {describe(value)}")
    return cast(Semaphore, c.kernel.canonical.get(id(host), host))


def _semaphore(c: ThreadCompiler, value: Value) -> SSAValue:
    ssa = c.kernel.semaphores.get(_semaphore_object(c, value))
    if ssa is None:
        raise c.error("TTL0105", "this semaphore belongs to another kernel, or to another call of this one")
    return ssa


def _number(c: ThreadCompiler, value: Value, name: str) -> SSAValue:
    number = host_integer(value)
    if number is not None and not 0 <= number <= MOST:
        raise c.error(
            "TTL0506",
            f"{name} is given {number}, and a semaphore holds 32 bits, unsigned",
            hint="count up and wait for the next value with wait_ge(), or set() it back where nobody waits",
        )
    return c.integer(value)


def _arguments(c: ThreadCompiler, function: Callable[..., Any], call: Call) -> dict[str, Value]:
    name = function.__qualname__
    c.need_data_movement(f"{name} is called")
    return bind(c, function, name, _with_owner(call))


def _wait(c: ThreadCompiler, function: Callable[..., Any], comparison: ttl.Comparison, call: Call) -> Value:
    arguments = _arguments(c, function, call)
    semaphore = _semaphore(c, arguments["self"])
    value = _number(c, arguments["value"], function.__qualname__)
    c.emit(ttl.SemaphoreWaitOp(semaphore, comparison, value))
    return NONE


ALWAYS[Semaphore.wait_eq] = lambda c, call: _wait(c, Semaphore.wait_eq, ttl.Comparison.EQ, call)
ALWAYS[Semaphore.wait_ge] = lambda c, call: _wait(c, Semaphore.wait_ge, ttl.Comparison.GE, call)


def _set_local(c: ThreadCompiler, call: Call) -> Value:
    arguments = _arguments(c, Semaphore.set, call)
    semaphore = _semaphore(c, arguments["self"])
    c.emit(ttl.SemaphoreSetOp(semaphore, _number(c, arguments["value"], "Semaphore.set")))
    return NONE


ALWAYS[Semaphore.set] = _set_local


def _no_local_inc(c: ThreadCompiler, call: Call) -> Value:
    raise c.error(
        "TTL0501",
        "a core sets its own counter, and increments those of others",
        hint="use set(), or get_remote(core).inc()",
    )


ALWAYS[Semaphore.inc] = _no_local_inc


def _no_multicast_inc(c: ThreadCompiler, call: Call) -> Value:
    raise c.error(
        "TTL0501",
        "a multicast sets counters; it can't increment them",
        hint="increment one counter at a time: get_remote(core).inc()",
    )


ALWAYS[MulticastRemoteSemaphore.inc] = _no_multicast_inc


def _get_remote(c: ThreadCompiler, call: Call) -> Value:
    arguments = _arguments(c, Semaphore.get_remote, call)
    cores = _rectangle(c, arguments["core"])
    if any(isinstance(part, tuple) for part in cores):
        raise c.error("TTL0505", "get_remote takes one core", hint="a range of cores has get_remote_multicast")
    return RemoteSemaphore(_semaphore_object(c, arguments["self"]), cast("tuple[Value, ...]", cores))


def _get_remote_multicast(c: ThreadCompiler, call: Call) -> Value:
    arguments = _arguments(c, Semaphore.get_remote_multicast, call)
    semaphore, chosen = _semaphore_object(c, arguments["self"]), arguments["core_range"]
    if isinstance(chosen, Host) and chosen.value is None:
        columns, rows = c.kernel.grid
        return RemoteSemaphore(semaphore, (Host(0), Host(0), Host(columns - 1), Host(rows - 1)))
    corners = [part if isinstance(part, tuple) else (part, part) for part in _rectangle(c, chosen)]
    return RemoteSemaphore(semaphore, (*(low for low, _ in corners), *(high for _, high in corners)))


ALWAYS[Semaphore.get_remote] = _get_remote
ALWAYS[Semaphore.get_remote_multicast] = _get_remote_multicast


def _rectangle(c: ThreadCompiler, value: Value) -> list[Value | tuple[Value, Value]]:
    """The coordinates of cores, x first: an integer, or the first and the last one, both in."""
    items = as_items(value)
    parts = list(items[0]) if items is not None else [value]
    grid = c.kernel.grid
    if len(parts) == 1 and grid[1] == 1:
        parts.append(Host(0))
    if len(parts) != 2:
        raise c.error("TTL0505", f"{describe(value)} names no core", hint="cores are (column, row)")
    axes = zip(parts, grid, ("columns", "rows"), strict=True)
    return [_extent(c, part, size, axis) for part, size, axis in axes]


def _extent(c: ThreadCompiler, part: Value, size: int, axis: str) -> Value | tuple[Value, Value]:
    if isinstance(part, SliceValue):
        raise c.error("TTL0108", "a range of cores has bounds that only the run knows", hint="give it constant bounds")
    host: Any = part.value if isinstance(part, Host) else None
    if isinstance(host, slice):
        bounds = cast("slice[int | None, int | None, int | None]", host)
        start, stop, _ = cast("tuple[int, int, int]", c.on_host(bounds.indices, size).value)
        if bounds.step not in (None, 1) or start >= stop or (bounds.stop or 0) > size:
            raise _outside(c, f"{bounds.start}:{bounds.stop}", size, axis)
        return Host(start), Host(stop - 1)
    if isinstance(part, Int):
        return part
    number = host_integer(part)
    if number is None:
        raise c.error("TTL0106", f"{describe(part)} is no coordinate of a core")
    if not 0 <= number < size:
        raise _outside(c, str(number), size, axis)
    return Host(number)


def _outside(c: ThreadCompiler, shown: str, size: int, axis: str) -> DiagnosticError:
    there = f"the {axis} 0 to {size - 1}" if size > 1 else f"no {axis} but 0"
    return c.error("TTL0505", f"{shown} is outside the grid, which has {there}", hint="cores are (column, row)")


def _remote(c: ThreadCompiler, value: Value) -> RemoteSemaphore:
    """A remote semaphore that the kernel function has got, or the thread."""
    if isinstance(value, RemoteSemaphore):
        return value
    host = value.value if isinstance(value, Host) else None
    assert isinstance(host, UnicastRemoteSemaphore | MulticastRemoteSemaphore)
    return RemoteSemaphore(host.semaphore, tuple(Host(part) for part in host.corners))


def _remote_set(c: ThreadCompiler, remote: RemoteSemaphore, value: Value) -> Value:
    cores = [c.integer(part) for part in remote.cores]
    c.emit(ttl.SemaphoreSetOp(_semaphore(c, Host(remote.semaphore)), _number(c, value, "set"), cores))
    return NONE


def _remote_inc(c: ThreadCompiler, remote: RemoteSemaphore, value: Value) -> Value:
    if len(remote.cores) != 2:
        return _no_multicast_inc(c, Call(None, []))
    x, y = (c.integer(part) for part in remote.cores)
    c.emit(ttl.SemaphoreIncOp(_semaphore(c, Host(remote.semaphore)), _number(c, value, "inc"), x, y))
    return NONE


def _host_remote(function: Callable[..., Any], act: Callable[[ThreadCompiler, RemoteSemaphore, Value], Value]) -> None:
    """Compiles a method of a remote semaphore that the kernel function has got."""

    def handle(c: ThreadCompiler, call: Call) -> Value:
        arguments = _arguments(c, function, call)
        return act(c, _remote(c, arguments["self"]), arguments["value"])

    ALWAYS[function] = handle


_host_remote(UnicastRemoteSemaphore.set, _remote_set)
_host_remote(UnicastRemoteSemaphore.inc, _remote_inc)
_host_remote(MulticastRemoteSemaphore.set, _remote_set)


def _thread_remote(name: str, act: Callable[[ThreadCompiler, RemoteSemaphore, Value], Value]) -> None:
    """Compiles a method of a remote semaphore that the thread has got."""

    def handle(c: ThreadCompiler, remote: Any, call: Call) -> Value:
        arguments = bind(
            c, getattr(UnicastRemoteSemaphore, name), name, Call(None, [remote, *call.args], call.keywords)
        )
        return act(c, remote, arguments["value"])

    METHODS[RemoteSemaphore, name] = handle


_thread_remote("set", _remote_set)
_thread_remote("inc", _remote_inc)
