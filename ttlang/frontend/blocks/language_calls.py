"""Calls of the language: the grid, buffers, blocks, copies, conversions."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from functools import cache
from typing import Any, cast

from xdsl.ir import SSAValue

from ttlang import language
from ttlang.dialects import ttl
from ttlang.frontend.blocks import elementwise, i32_arithmetic, row_major_blocks, shape_errors, suggestions
from ttlang.frontend.blocks.pipe_values import pipe_ssa
from ttlang.frontend.blocks.values import (
    NONE,
    BlockValue,
    Fill,
    Group,
    Host,
    Spread,
    Table,
    TransferValue,
    Value,
    Window,
    describe,
    describe_unit,
    host_integer,
)
from ttlang.frontend.python.displays import group
from ttlang.frontend.python.function_calls import ALWAYS, METHODS, Call, Handler
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language import grid
from ttlang.language.buffers import Block, CircularBuffer
from ttlang.language.edition import EDITION_2026
from ttlang.language.grid import MOST_DIMENSIONS, fit_sizes
from ttlang.language.later import LaterFeature
from ttlang.language.tensors import TensorParameter
from ttlang.tables.dtypes import DType, find_dtype


@cache
def _signature(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)


def bind(c: ThreadCompiler, function: Callable[..., Any], name: str, call: Call) -> dict[str, Value]:
    """The arguments of a call by parameter, defaults included. Raises a TTL0107 for a call that does not fit."""
    signature = _signature(function)
    try:
        bound = signature.bind(*call.args, **call.keywords)
    except TypeError as cause:
        message, hint = suggestions.of_call(name, signature, call.args, call.keywords, cause)
        raise c.error("TTL0107", message, hint=hint) from None
    bound.apply_defaults()
    return {key: value if isinstance(value, Value) else Host(value) for key, value in bound.arguments.items()}


def _handles(function: object) -> Callable[[Handler], Handler]:
    def register(handler: Handler) -> Handler:
        ALWAYS[function] = handler
        return handler

    return register


# ---------------------------------------------------------------------------------------------------------- the grid


@_handles(language.core)
def _core(c: ThreadCompiler, call: Call) -> Value:
    return _coordinates(c, _dims(c, language.core, "ttl.core", call))


@_handles(language.node)
def _node(c: ThreadCompiler, call: Call) -> Value:
    dims = _dims(c, language.node, "ttl.node", call)
    c.kernel.spelled(EDITION_2026, "ttl.node", c.span())
    if grid.is_doubtful(c.kernel.edition, c.kernel.dimensions, dims):
        raise c.error("TTL0211", grid.doubt_of_node(dims), hint=grid.HINT_OF_NODE)
    return _coordinates(c, dims)


def _coordinates(c: ThreadCompiler, dims: int) -> Value:
    last_fastest = c.kernel.edition.linear_cores == "last fastest"
    if dims == 1 and not last_fastest:
        return _linear(c)
    x, y = c.coordinate(0), c.coordinate(1)
    parts: tuple[Value, ...] = (x, y)
    if len(c.kernel.dimensions) > 2 and (dims > 2 or last_fastest):
        rows = Host(c.kernel.dimensions[1])
        parts = (x, *(i32_arithmetic.ARITHMETIC[kind](c, y, rows) for kind in (ast.Mod, ast.FloorDiv)))
    if last_fastest:
        parts = grid.last_fastest(parts, c.kernel.dimensions, dims, lambda a, size, b: _step(c, a, size, b))
    return parts[0] if dims == 1 else group([*parts, *[Host(0)] * (dims - len(parts))], tuple)


def _step(c: ThreadCompiler, a: Value, size: int, b: Value) -> Value:
    return i32_arithmetic.add(c, i32_arithmetic.multiply(c, a, Host(size)), b)


@_handles(language.core_linear)
def _core_linear(c: ThreadCompiler, call: Call) -> Value:
    bind(c, language.core_linear, "ttl.core_linear", call)
    return _linear(c)


def _linear(c: ThreadCompiler) -> Value:
    row_start = i32_arithmetic.multiply(c, c.coordinate(1), Host(c.kernel.grid[0]))
    return i32_arithmetic.add(c, row_start, c.coordinate(0))


@_handles(language.grid_size)
def _grid_size(c: ThreadCompiler, call: Call) -> Value:
    return Host(fit_sizes(c.kernel.dimensions, _dims(c, language.grid_size, "ttl.grid_size", call)))


def _dims(c: ThreadCompiler, function: Callable[..., Any], name: str, call: Call) -> int:
    arguments = bind(c, function, name, call)
    chosen = arguments["dims"]
    if not (isinstance(arguments["dim"], Host) and arguments["dim"].value is None):
        chosen = arguments["dim"]
    dims = host_integer(chosen)
    if dims is None or not 1 <= dims <= MOST_DIMENSIONS:
        code = "TTL0107" if isinstance(chosen, Host) else "TTL0108"
        raise c.error(code, f"{name}: dims is {describe(chosen)}, where a small positive constant is needed")
    return dims


# ------------------------------------------------------------------------------------------------ buffers and blocks


def _buffer(c: ThreadCompiler, call: Call, method: str) -> SSAValue:
    """The buffer whose method is called."""
    function = getattr(CircularBuffer, method)
    owner = getattr(call.callee, "__self__", None)
    args = call.args if owner is None else [Host(owner), *call.args]
    value = bind(c, function, method, Call(None, args, call.keywords))["self"]
    buffer = value.value if isinstance(value, Host) else None
    if not isinstance(buffer, CircularBuffer):
        raise c.error("TTL0106", f"CircularBuffer.{method} is called on {describe(value)}")
    return buffer_ssa(c, buffer)


def buffer_ssa(c: ThreadCompiler, buffer: CircularBuffer) -> SSAValue:
    ssa = c.kernel.buffers.get(cast(CircularBuffer, c.kernel.canonical.get(id(buffer), buffer)))
    if ssa is None:
        raise c.error(
            "TTL0105",
            "this circular buffer belongs to another kernel, or to another call of this one",
            hint="make it in the kernel function, on every run",
        )
    return ssa


@_handles(CircularBuffer.wait)
def _wait(c: ThreadCompiler, call: Call) -> Value:
    return _acquire(c, ttl.CBWaitOp, _buffer(c, call, "wait"))


@_handles(CircularBuffer.reserve)
def _reserve(c: ThreadCompiler, call: Call) -> Value:
    return _acquire(c, ttl.CBReserveOp, _buffer(c, call, "reserve"))


def _acquire(c: ThreadCompiler, kind: type[ttl.AcquireOp], cb: SSAValue) -> Value:
    reserves = kind is ttl.CBReserveOp
    held = row_major_blocks.held_buffer(c, cb, filled=reserves)
    if held is not cb and not reserves:
        row_major_blocks.tilize(c, cb, held)
    op = kind.create(operands=[held], result_types=[cast(ttl.CircularBufferType, held.type).block])
    return BlockValue(c.emit(op).block, held, reserves)


@_handles(CircularBuffer.push)
def _push(c: ThreadCompiler, call: Call) -> Value:
    row_major_blocks.release(c, ttl.CBPushOp, row_major_blocks.held_buffer(c, _buffer(c, call, "push"), filled=True))
    return NONE


@_handles(CircularBuffer.pop)
def _pop(c: ThreadCompiler, call: Call) -> Value:
    row_major_blocks.release(c, ttl.CBPopOp, row_major_blocks.held_buffer(c, _buffer(c, call, "pop"), filled=False))
    return NONE


def release(c: ThreadCompiler, block: BlockValue) -> None:
    """What the end of a `with` does: push after reserve, pop after wait."""
    assert block.buffer is not None
    row_major_blocks.release(c, ttl.CBPushOp if block.reserved else ttl.CBPopOp, block.buffer)


def _block_release(kind: type[ttl.ReleaseOp], name: str) -> Callable[[ThreadCompiler, Any, Call], Value]:
    def handle(c: ThreadCompiler, block: Any, call: Call) -> Value:
        bind(c, getattr(Block, name), name, Call(None, [block, *call.args], call.keywords))
        if not isinstance(block, BlockValue) or block.buffer is None:
            raise c.error("TTL0106", f"{name} releases a block of a buffer, and this is the value of an expression")
        row_major_blocks.release(c, kind, block.buffer)
        return NONE

    return handle


METHODS[BlockValue, "push"] = METHODS[Fill, "push"] = METHODS[Spread, "push"] = _block_release(ttl.CBPushOp, "push")
METHODS[BlockValue, "pop"] = METHODS[Fill, "pop"] = METHODS[Spread, "pop"] = _block_release(ttl.CBPopOp, "pop")


def _store(c: ThreadCompiler, block: Any, call: Call) -> Value:
    arguments = bind(c, Block.store, "store", Call(None, [block, *call.args], call.keywords))
    acc = arguments["acc"]
    if not isinstance(acc, Host):
        raise c.error("TTL0108", f"store: acc is {describe(acc)}, where a constant is needed")
    if not isinstance(block, BlockValue):
        raise c.error("TTL0106", f"store writes to a block of a buffer, and this is {describe(block)}")
    elementwise.store(c, block, arguments["value"], acc=bool(acc.value))
    return NONE


METHODS[BlockValue, "store"] = METHODS[Fill, "store"] = METHODS[Spread, "store"] = _store


@_handles(language.typecast)
def _typecast(c: ThreadCompiler, call: Call) -> Value:
    arguments = bind(c, language.typecast, "ttl.typecast", call)
    chosen = arguments["dtype"]
    if not isinstance(chosen, Host):
        raise c.error("TTL0108", f"ttl.typecast: the format is {describe(chosen)}, where a constant is needed")
    return elementwise.typecast(c, arguments["x"], _dtype(c, chosen.value))


def _dtype(c: ThreadCompiler, value: Any) -> DType:
    try:
        return find_dtype(value)
    except ValueError as cause:
        raise c.error("TTL0107", f"ttl.typecast: {cause}", hint="as in ⟦typecast⟧(x, ttl.float32)") from None


# --------------------------------------------------------------------------------------------------------- copies


@_handles(language.copy)
def _copy(c: ThreadCompiler, call: Call) -> Value:
    arguments = bind(c, language.copy, "ttl.copy", call)
    source, target = arguments["src"], arguments["dst"]
    c.need_data_movement("ttl.copy is called")
    if (pipe := pipe_ssa(c, source)) is not None and isinstance(target, BlockValue) and target.buffer is not None:
        return _transfer(c, pipe, target.ssa)
    if (pipe := pipe_ssa(c, target)) is not None and isinstance(source, BlockValue) and source.buffer is not None:
        return _transfer(c, source.ssa, pipe)
    match source, target:
        case Window(), BlockValue():
            window, block = source, target
        case BlockValue(), Window():
            window, block = target, source
        case _:
            raise _no_copy(c, source, target)
    sliced = cast(ttl.SliceType, window.ssa.type)
    if type(sliced.element) is not type(block.type.element):
        raise c.error(
            "TTL0305",
            f"a copy changes no layout: the slice of {shape_errors.tensor_name(window)} has {describe_unit(sliced)}, "
            f"the block {describe_unit(block.type)}",
            hint="make the buffer like the tensor that it is copied from or to, or convert one with ttnn.to_layout",
            related=shape_errors.made_here(block),
        )
    if sliced.sizes != block.type.sizes:
        raise shape_errors.wrong_copy(c, window, block)
    if sliced.element != block.type.element:
        raise c.error(
            "TTL0305",
            f"a copy changes no format: the slice of {shape_errors.tensor_name(window)} is {sliced.element.dtype}, "
            f"the block {block.type.element.dtype}",
            hint="make the buffer like the tensor that it is copied from or to: the compute thread converts",
            related=shape_errors.made_here(block),
        )
    return _transfer(c, source.ssa, target.ssa)


def _transfer(c: ThreadCompiler, source: SSAValue, target: SSAValue) -> Value:
    handle = _HANDLES[ttl.copy_direction(source.type, target.type)]
    return TransferValue(c.emit(ttl.CopyOp.create(operands=[source, target], result_types=[handle])).handle)


_HANDLES = {direction: ttl.TransferHandleType(direction) for direction in ttl.Direction}


def _no_copy(c: ThreadCompiler, source: Value, target: Value) -> Exception:
    for value in (source, target):
        host = value.value if isinstance(value, Host) else None
        if isinstance(host, TensorParameter):
            hint = "index the tensor with the tiles to copy, as in x[row, column]"
            return c.error("TTL0501", f"ttl.copy takes a slice of a tensor, not {describe(value)}", hint=hint)
        if isinstance(host, CircularBuffer):
            name = host.name or "cb"
            hint = f"copy to a block of it: with {name}.reserve() as block; or from one: with {name}.wait() as block"
            return c.error("TTL0501", f"ttl.copy takes a block, not {describe(value)}", hint=hint)
        if isinstance(host, LaterFeature):
            return c.error("TTL0003", host.message)
    hint = "ttl.copy goes from a slice of a tensor or a pipe to a block, or from a block to one of those"
    if isinstance(source, Window) and isinstance(target, Window):
        hint = "read it into a block that is reserved and pushed, and write that block out where it is waited for"
    if isinstance(source, BlockValue) and isinstance(target, BlockValue):
        hint = "the compute thread passes blocks on: target.store(source)"
    return c.error("TTL0501", f"there is no copy from {describe(source)} to {describe(target)}", hint=hint)


def _wait_transfer(c: ThreadCompiler, transfer: Any, call: Call) -> Value:
    if call.values:
        raise c.error("TTL0107", "wait takes no arguments")
    c.emit(ttl.WaitOp.create(operands=[cast(TransferValue, transfer).ssa]))
    return NONE


METHODS[TransferValue, "wait"] = _wait_transfer


# ---------------------------------------------------------------------------------------------------------- tables


def _table_items(c: ThreadCompiler, table: Any, call: Call) -> Value:
    return Group(tuple(group([Host(key), value], tuple) for key, value in cast(Table, table).items.items()))


def _table_keys(c: ThreadCompiler, table: Any, call: Call) -> Value:
    return Host(tuple(cast(Table, table).items))


def _table_values(c: ThreadCompiler, table: Any, call: Call) -> Value:
    return Group(tuple(cast(Table, table).items.values()))


def _table_get(c: ThreadCompiler, table: Any, call: Call) -> Value:
    key, *rest = call.args or [NONE]
    if not isinstance(key, Host):
        raise c.error("TTL0108", f"a dict is indexed with {describe(key)}")
    found = c.on_host(lambda: cast(Table, table).items.get(key.value)).value
    return found if isinstance(found, Value) else (rest[0] if rest else NONE)


METHODS[Table, "items"] = _table_items
METHODS[Table, "keys"] = _table_keys
METHODS[Table, "values"] = _table_values
METHODS[Table, "get"] = _table_get
