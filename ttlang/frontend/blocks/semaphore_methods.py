"""Calls of the methods of semaphores, of this core and of others."""

from __future__ import annotations

from typing import TypeGuard

from xdsl.ir import SSAValue

from ttlang.diagnostics import DiagnosticError
from ttlang.dialects import ttl
from ttlang.frontend.blocks.call_arguments import Arguments, Call, is_none
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, Host, Int, RemoteSemaphore, SliceValue, Value, describe
from ttlang.language.semaphores import MOST, MulticastRemoteSemaphore, Semaphore, UnicastRemoteSemaphore


def wait_eq(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _wait(c, ttl.Comparison.EQ, "Semaphore.wait_eq", arguments)


def wait_ge(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _wait(c, ttl.Comparison.GE, "Semaphore.wait_ge", arguments)


def _wait(c: ThreadBuilder, comparison: ttl.Comparison, name: str, arguments: Arguments) -> Value:
    semaphore = _semaphore(c, arguments["self"])
    c.emit(ttl.SemaphoreWaitOp(semaphore, comparison, _number(c, arguments["value"], name)))
    return NONE


def set_local(c: ThreadBuilder, arguments: Arguments) -> Value:
    semaphore = _semaphore(c, arguments["self"])
    c.emit(ttl.SemaphoreSetOp(semaphore, _number(c, arguments["value"], "Semaphore.set")))
    return NONE


def refuse_local_inc(c: ThreadBuilder, call: Call) -> Value:
    raise c.error(
        "TTL0501",
        "a core sets its own counter, and increments those of others",
        hint="use set(), or get_remote(core).inc()",
    )


def refuse_multicast_inc(c: ThreadBuilder, call: Call) -> Value:
    raise _no_multicast_inc(c)


def _no_multicast_inc(c: ThreadBuilder) -> DiagnosticError:
    return c.error(
        "TTL0501",
        "a multicast sets counters; it can't increment them",
        hint="increment one counter at a time: get_remote(core).inc()",
    )


def get_remote(c: ThreadBuilder, arguments: Arguments) -> Value:
    ranges = _rectangle(c, arguments["core"])
    cores = tuple([part for part in ranges if isinstance(part, Value)])
    if len(cores) != len(ranges):
        raise c.error("TTL0505", "get_remote takes one core", hint="a range of cores has get_remote_multicast")
    return RemoteSemaphore(_semaphore_object(c, arguments["self"]), cores)


def get_remote_multicast(c: ThreadBuilder, arguments: Arguments) -> Value:
    semaphore, chosen = _semaphore_object(c, arguments["self"]), arguments["core_range"]
    if is_none(chosen):
        columns, rows = c.kernel.grid
        return RemoteSemaphore(semaphore, (Host(0), Host(0), Host(columns - 1), Host(rows - 1)))
    corners = [part if isinstance(part, tuple) else (part, part) for part in _rectangle(c, chosen)]
    return RemoteSemaphore(semaphore, (*(low for low, _ in corners), *(high for _, high in corners)))


def set_remote(c: ThreadBuilder, arguments: Arguments) -> Value:
    remote = _remote(arguments["self"])
    cores = [c.integer(part) for part in remote.cores]
    value = arguments["value"]
    c.emit(ttl.SemaphoreSetOp(_semaphore(c, Host(remote.semaphore)), _number(c, value, "set"), cores))
    return NONE


def inc_remote(c: ThreadBuilder, arguments: Arguments) -> Value:
    remote = _remote(arguments["self"])
    if len(remote.cores) != 2:
        raise _no_multicast_inc(c)
    x, y = (c.integer(part) for part in remote.cores)
    value = arguments["value"]
    c.emit(ttl.SemaphoreIncOp(_semaphore(c, Host(remote.semaphore)), _number(c, value, "inc"), x, y))
    return NONE


def _remote(value: Value) -> RemoteSemaphore:
    """A remote semaphore that the kernel function has got, or the thread."""
    if isinstance(value, RemoteSemaphore):
        return value
    host = value.value if isinstance(value, Host) else None
    assert isinstance(host, UnicastRemoteSemaphore | MulticastRemoteSemaphore)
    return RemoteSemaphore(host.semaphore, tuple(Host(part) for part in host.corners))


def _semaphore_object(c: ThreadBuilder, value: Value) -> Semaphore:
    host = value.value if isinstance(value, Host) else None
    if not isinstance(host, Semaphore):
        raise c.error("TTL0106", f"a method of a semaphore is called on {describe(value)}")
    return c.kernel.counterpart(host)


def _semaphore(c: ThreadBuilder, value: Value) -> SSAValue:
    ssa = c.kernel.semaphores.get(_semaphore_object(c, value))
    if ssa is None:
        raise c.error("TTL0105", "this semaphore belongs to another kernel, or to another call of this one")
    return ssa


def _number(c: ThreadBuilder, value: Value, name: str) -> SSAValue:
    number = host_integer(value)
    if number is not None and not 0 <= number <= MOST:
        raise c.error(
            "TTL0506",
            f"{name} is given {number}, and a semaphore holds 32 bits, unsigned",
            hint="count up and wait for the next value with wait_ge(), or set() it back where nobody waits",
        )
    return c.integer(value)


def _rectangle(c: ThreadBuilder, value: Value) -> list[Value | tuple[Value, Value]]:
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


def _extent(c: ThreadBuilder, part: Value, size: int, axis: str) -> Value | tuple[Value, Value]:
    if isinstance(part, SliceValue):
        raise c.error("TTL0108", "a range of cores has bounds that only the run knows", hint="give it constant bounds")
    host: object = part.value if isinstance(part, Host) else None
    if _is_range(host):
        start, stop, _ = c.on_host(host.indices, size).value
        if host.step not in (None, 1) or start >= stop or (host.stop or 0) > size:
            raise _outside(c, f"{host.start}:{host.stop}", size, axis)
        return Host(start), Host(stop - 1)
    if isinstance(part, Int):
        return part
    number = host_integer(part)
    if number is None:
        raise c.error("TTL0106", f"{describe(part)} is no coordinate of a core")
    if not 0 <= number < size:
        raise _outside(c, str(number), size, axis)
    return Host(number)


def _is_range(host: object) -> TypeGuard[slice[int | None, int | None, int | None]]:
    return isinstance(host, slice)


def _outside(c: ThreadBuilder, shown: str, size: int, axis: str) -> DiagnosticError:
    there = f"the {axis} 0 to {size - 1}" if size > 1 else f"no {axis} but 0"
    return c.error("TTL0505", f"{shown} is outside the grid, which has {there}", hint="cores are (column, row)")
