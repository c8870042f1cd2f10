"""Calls that reach other cores, and a thread's own counters, as statements of the generated function."""

from __future__ import annotations

import ast

from xdsl.ir import Operation

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.cells import SEMAPHORE_BASE, SEMAPHORE_BYTES
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.machine.faults import TURN, WordWait

_METHODS: dict[type[Operation], str] = {
    ttkernel.ConvertLogicalXOp: "virtual_x",
    ttkernel.ConvertLogicalYOp: "virtual_y",
    ttkernel.GetNocAddrOp: "core_address",
    ttkernel.GetNocMulticastAddrOp: "range_address",
    ttkernel.NocAsyncReadOp: "read",
    ttkernel.NocAsyncWriteOp: "write",
    ttkernel.NocAsyncWriteMulticastOp: "write_multicast",
    ttkernel.NocAsyncWriteMulticastLoopbackSrcOp: "write_multicast_loopback",
    ttkernel.NocSemaphoreSetOp: "set",
    ttkernel.NocSemaphoreIncOp: "inc",
    ttkernel.NocSemaphoreIncMulticastOp: "inc_multicast",
    ttkernel.NocSemaphoreSetRemoteOp: "set_remote",
    ttkernel.NocSemaphoreSetMulticastOp: "set_multicast",
}
"""Methods of a `Link`, which take the operands and the call's number."""
_SIGNALS = (
    ttkernel.NocSemaphoreIncOp,
    ttkernel.NocSemaphoreIncMulticastOp,
    ttkernel.NocSemaphoreSetRemoteOp,
    ttkernel.NocSemaphoreSetMulticastOp,
)
"""Calls that tell other cores something. One that sets a word of its own core resets it, as a rule."""


def emit_remote_call(writer: Writer, op: ttkernel.CallOp) -> None:
    """Writes a call that reaches other cores, or has to do with semaphores."""
    match op:
        case ttkernel.GetSemaphoreOp():
            _emit_semaphore(writer, op)
        case ttkernel.CastToL1PtrOp():
            writer.define(op.result, writer.value(op.address), op)
        case ttkernel.GetLocalNocAddrOp():
            writer.define(op.result, pyast.method(_link(writer), "local_address", writer.value(op.l1_address)), op)
        case ttkernel.NocAsyncAtomicBarrierOp():
            writer.count(op)
            writer.emit_call(pyast.method(_link(writer), "atomic_barrier"), op)
        case ttkernel.NocSemaphoreWaitOp() | ttkernel.NocSemaphoreWaitMinOp():
            _emit_wait(writer, op)
        case _:
            operands = [writer.value(operand) for operand in op.operands]
            made = pyast.method(_link(writer), _METHODS[type(op)], *operands, pyast.number(writer.number(op)))
            if op.results:
                writer.define(op.results[0], made, op)
                return
            writer.count(op)
            writer.emit_call(made, op)
            if isinstance(op, _SIGNALS):
                writer.emit(pyast.generator(writer.constant("turn", TURN)), op)


def emit_counters(writer: Writer, op: ttkernel.CountersOp) -> None:
    """A list that starts with zeros."""
    zeros = ast.List([pyast.number(0)] * op.size.value.data, ast.Load())
    writer.store(op.result, zeros, op)


def emit_count(writer: Writer, op: ttkernel.CountOp) -> None:
    """Adds one to an item of the list."""
    counters = writer.value(op.counters)
    assert isinstance(counters, ast.Name)
    place = pyast.number(0)
    if op.index is not None:
        place = writer.copy("place", writer.value(op.index), op)
    target = ast.Subscript(pyast.name(counters.id), place, ast.Store())
    writer.emit(ast.AugAssign(target, ast.Add(), pyast.number(1)), op)
    if op.result.uses:
        writer.store(op.result, pyast.item(pyast.name(counters.id), place), op)


def _link(writer: Writer) -> str:
    return writer.load("link", "link", ast.Attribute(pyast.attribute("thread", "port"), "link", ast.Load()))


def _emit_semaphore(writer: Writer, op: ttkernel.GetSemaphoreOp) -> None:
    if op.semaphore is not None:
        semaphore = writer.program.semaphore_named[op.semaphore.root_reference.data]
        writer.bind(op.result, SEMAPHORE_BASE + SEMAPHORE_BYTES * semaphore.index)
        return
    assert op.id is not None
    offset = pyast.binary(writer.value(op.id), ast.Mult(), pyast.number(SEMAPHORE_BYTES))
    writer.define(op.result, pyast.binary(pyast.number(SEMAPHORE_BASE), ast.Add(), offset), op)


def _emit_wait(writer: Writer, op: ttkernel.NocSemaphoreWaitOp | ttkernel.NocSemaphoreWaitMinOp) -> None:
    writer.count(op)
    number = writer.number(op)
    # Both are asked again after each wait.
    pointer, value = (writer.copy(hint, writer.value(v), op) for hint, v in (("word", op.pointer), ("value", op.value)))
    exact = pyast.flag(isinstance(op, ttkernel.NocSemaphoreWaitOp))
    blocked = pyast.method(_link(writer), "must_wait", pointer, value, exact, pyast.number(number))
    wait = writer.constant(f"wait_{number}", WordWait(number))
    writer.follow(number, op)
    writer.emit(ast.While(blocked, [pyast.generator(wait)], []), op)
