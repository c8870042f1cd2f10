"""Calls on circular buffers as statements of the generated function. The buffer's methods are named after them."""

from __future__ import annotations

import ast

from xdsl.ir import Operation

from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import Drains, HandsPages, number_in
from ttlang.machine.waits import Wait


def emit_acquire(writer: Writer, op: ttkernel.CallOp, hands: HandsPages) -> None:
    """Writes a call that waits for pages."""
    writer.count(op)
    if writer.tree:
        emit_position(writer, op)
    buffer = buffer_of(writer.program, hands.buffer(op))
    pages, number = number_in(op, "pages"), writer.number(op)
    front = isinstance(hands, Drains)
    held = writer.buffer(buffer)
    if buffer.number in (writer.rival_drains if front else writer.rival_fills):
        claim = pyast.method(held, "claim", pyast.name("thread"), pyast.flag(front), pyast.number(number))
        writer.emit_call(claim, op)
    if isinstance(op, ttkernel.CBWaitFrontOp) and op.behind is not None:
        asked = writer.copy("pages", pyast.binary(writer.value(op.behind), ast.Add(), pyast.number(pages)), op)
        made = writer.constant("wait", Wait)
        wait = pyast.call(made, pyast.number(number), pyast.number(buffer.number), asked, pyast.flag(front))
    else:
        asked = pyast.number(pages)
        wait = writer.constant(f"wait_{number}", Wait(number, buffer.number, pages, front))
    blocked = pyast.method(held, op.callee, asked, pyast.number(number))
    writer.follow(number, op)
    writer.emit(ast.While(blocked, [pyast.generator(wait)], []), op)


def emit_release(writer: Writer, op: ttkernel.CallOp, hands: HandsPages) -> None:
    """Writes a call that hands pages on."""
    if writer.tree:
        emit_flush(writer, op)
    held = writer.buffer(buffer_of(writer.program, hands.buffer(op)))
    number = writer.number(op)
    writer.follow(number, op)
    writer.emit_call(pyast.method(held, op.callee, pyast.number(number_in(op, "pages")), pyast.number(number)), op)


def emit_flush(writer: Writer, op: Operation) -> None:
    """What a compute thread has asked for runs before pages change hands, and before the thread ends."""
    emit_position(writer, op)
    flushed = pyast.assign(["state"], [pyast.attribute("state", "flushed")])
    writer.emit(ast.If(pyast.attribute("state", "pending"), [pyast.generator(pyast.name("state")), flushed], []), op)


def emit_position(writer: Writer, op: Operation) -> None:
    """A compute thread tells where it stands in its trace."""
    writer.emit(pyast.assign_attribute("thread", "node", pyast.name("state")), op)


def emit_pointer(writer: Writer, op: ttkernel.GetWritePtrOp | ttkernel.GetReadPtrOp) -> None:
    """Writes a call for the L1 address of a buffer's pages."""
    buffer = buffer_of(writer.program, op.cb)
    writes = isinstance(op, ttkernel.GetWritePtrOp)
    pointer = pyast.method(writer.buffer(buffer), op.callee)
    # Each processor has pointers of its own, which stay at the start of the ring if it does not move them.
    if writer.kernel.open:
        moving = pyast.attribute("thread", "fills" if writes else "drains")
        moved = pyast.compare(pyast.number(buffer.number), ast.In(), moving)
        pointer = ast.IfExp(moved, pointer, pyast.number(buffer.address))
    elif buffer.number not in (writer.kernel.fills if writes else writer.kernel.drains):
        writer.bind(op.result, buffer.address)
        return
    writer.store(op.result, pointer, op)
