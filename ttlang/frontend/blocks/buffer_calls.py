"""Calls of the methods of buffers and of their blocks."""

from __future__ import annotations

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity
from ttlang.dialects import ttl
from ttlang.dialects.attributes import UNIT, string_attr
from ttlang.dialects.typed_values import owner_of
from ttlang.frontend.blocks import acquired_blocks, row_major_blocks, stores
from ttlang.frontend.blocks.call_arguments import Arguments
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import NONE, BlockValue, Host, Value, describe
from ttlang.language.buffers import CircularBuffer
from ttlang.language.logical_kernels import HOW_TO_MAKE, Kernel
from ttlang.tables.dtypes import DType, find_dtype
from ttlang.tables.editions import phrase


def wait(c: ThreadBuilder, arguments: Arguments) -> Value:
    return acquired_blocks.wait(c, _buffer(c, arguments, "wait"))


def reserve(c: ThreadBuilder, arguments: Arguments) -> Value:
    return acquired_blocks.reserve(c, _buffer(c, arguments, "reserve"))


def push(c: ThreadBuilder, arguments: Arguments) -> Value:
    _place(c, acquired_blocks.push(c, _buffer(c, arguments, "push")), arguments["kernel"])
    return NONE


def pop(c: ThreadBuilder, arguments: Arguments) -> Value:
    _place(c, acquired_blocks.pop(c, _buffer(c, arguments, "pop")), arguments["kernel"])
    return NONE


def publish(c: ThreadBuilder, arguments: Arguments) -> Value:
    """All blocks of a buffer that lies on a tensor are handed on. Raises a TTL0418 for any other buffer."""
    buffer = _buffer(c, arguments, "publish")
    cb = acquired_blocks.buffer_ssa(c, buffer)
    made = owner_of(cb, ttl.CreateCBOp)
    if made.tensor is None:
        hint = "reserve its blocks and push them; or make it with ttl.make_tensor_backed_dfb, on a tensor in L1"
        raise c.error("TTL0418", f"{made.name_.data} lies on no tensor, so there is nothing to publish", hint=hint)
    made.published = UNIT
    for _ in range(buffer.block_count):
        reserve = ttl.CBReserveOp(cb)
        reserve.published = UNIT
        c.emit(reserve)
        c.emit(ttl.CBPushOp(cb))
    return NONE


def _buffer(c: ThreadBuilder, arguments: Arguments, method: str) -> CircularBuffer:
    """The buffer whose method is called."""
    value = arguments["self"]
    buffer = value.value if isinstance(value, Host) else None
    if not isinstance(buffer, CircularBuffer):
        raise c.error("TTL0106", f"CircularBuffer.{method} is called on {describe(value)}")
    return buffer


# ----------------------------------------------------------------------------------------------- methods of blocks


def push_block(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _release(c, ttl.CBPushOp, "push", arguments)


def pop_block(c: ThreadBuilder, arguments: Arguments) -> Value:
    return _release(c, ttl.CBPopOp, "pop", arguments)


def _release(c: ThreadBuilder, kind: type[ttl.ReleaseOp], name: str, arguments: Arguments) -> Value:
    block = arguments["self"]
    if not isinstance(block, BlockValue) or block.buffer is None:
        raise _no_block_to_release(c, name, block)
    _place(c, row_major_blocks.release(c, kind, block.buffer, block.ssa), arguments["kernel"])
    return NONE


def _no_block_to_release(c: ThreadBuilder, name: str, value: Value) -> DiagnosticError:
    if not isinstance(value, BlockValue) or isinstance(value.ssa.owner, ttl.EXPRESSION):
        return c.error("TTL0106", f"{name} releases a block of a buffer, and this is the value of an expression")
    message = f"{name} releases a block of a buffer, and this is a value that a loop or a branch hands on"
    hint = "acquire the block and release it in one turn, or on one path; its value, as in block * 1, can be handed on"
    return c.error("TTL0106", message, hint=hint)


def _place(c: ThreadBuilder, op: ttl.ReleaseOp, handle: Value) -> None:
    """`push(kernel=...)`, `pop(kernel=...)`: the thread that releases a block. A TTL0243 for one that can't."""
    kernel = handle.value if isinstance(handle, Host) else handle
    if kernel is None:
        return
    if not isinstance(kernel, Kernel):
        raise c.error("TTL0243", f"kernel is {describe(handle)}, and no handle of a thread", hint=HOW_TO_MAKE)
    kind = ttl.ThreadKind(kernel.kind.value)
    if kind not in c.op.KINDS:
        hint = "leave kernel out: the thread that the statement stands in releases the block"
        raise c.error("TTL0243", f"this releases a block, and is no thread of {kind}", hint=hint)
    if c.is_unified:
        op.thread = string_attr(kind)


def store(c: ThreadBuilder, arguments: Arguments) -> Value:
    block, acc = arguments["self"], arguments["acc"]
    if not isinstance(acc, Host):
        raise c.error("TTL0108", f"store: acc is {describe(acc)}, where a constant is needed")
    if not isinstance(block, BlockValue):
        raise c.error("TTL0106", f"store writes to a block of a buffer, and this is {describe(block)}")
    if acc.value and c.kernel.edition.notes:
        message = f"{c.kernel.edition.name} has no store(..., acc=True)"
        hint = "write block += value, which all editions have"
        c.diagnostics.append(Diagnostic("TTL0212", message, c.span(), hint, severity=Severity.NOTE))
    stores.store(c, block, arguments["value"], acc=bool(acc.value))
    return NONE


def typecast(c: ThreadBuilder, arguments: Arguments) -> Value:
    chosen = arguments["dtype"]
    if not isinstance(chosen, Host):
        raise c.error("TTL0108", f"{phrase('typecast')}: the format is {describe(chosen)}, where a constant is needed")
    return stores.typecast(c, arguments["x"], _dtype(c, chosen.value))


def _dtype(c: ThreadBuilder, value: object) -> DType:
    try:
        return find_dtype(value)
    except ValueError as cause:
        raise c.error("TTL0107", f"{phrase('typecast')}: {cause}", hint="as in ⟦typecast⟧(x, ttl.float32)") from None
