"""The calls of the kernel API as statements of the generated function."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from xdsl.dialects import arith
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.intervals import wrapped
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.affine import Loop, stride
from ttlang.backends.simulator.call_kinds import CONFIGURATION_OPS, REMOTE_OPS, TILE_OPS
from ttlang.backends.simulator.compute_calls import emit_configuration, emit_tile_call
from ttlang.backends.simulator.messages import emit_message
from ttlang.backends.simulator.pages import pattern
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.remote_calls import emit_remote_call
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.machine.faults import Wait
from ttlang.machine.loaded import BufferInfo

PageOp = ttkernel.NocAsyncReadPageOp | ttkernel.NocAsyncWritePageOp


def emit_call(writer: Writer, op: ttkernel.CallOp) -> None:
    """Writes a call, outside of the loops that `emit_transfer` and `emit_tile_call` take over."""
    match op:
        case ttkernel.TensorAccessorArgsOp():
            pass
        case ttkernel.GetArgValOp():
            index = op.index.value.data
            held = pyast.item(pyast.attribute("thread", "arguments"), pyast.number(index))
            writer.bind(op.result, writer.load(("argument", index), op.result.name_hint, held))
        case ttkernel.GetCommonArgValOp():
            writer.bind(op.result, writer.kernel.tensors[op.index.value.data].address)
        case ttkernel.MyLogicalXOp() | ttkernel.MyLogicalYOp():
            field = "x" if isinstance(op, ttkernel.MyLogicalXOp) else "y"
            writer.bind(op.result, writer.load(field, op.result.name_hint, pyast.attribute("thread", field)))
        case ttkernel.GetTileSizeOp():
            writer.bind(op.result, buffer_of(writer.program, op.cb).page_bytes)
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            _emit_pointer(writer, op)
        case ttkernel.TensorAccessorOp():
            _emit_accessor(writer, op)
        case ttkernel.CBReserveBackOp() | ttkernel.CBWaitFrontOp():
            writer.count(op)
            _emit_acquire(writer, op)
        case ttkernel.CBPushBackOp() | ttkernel.CBPopFrontOp():
            _emit_release(writer, op)
        case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
            emit_transfer(writer, op, ())
        case ttkernel.NocAsyncReadShardOp() | ttkernel.NocAsyncWriteShardOp():
            _emit_shard(writer, op)
        case ttkernel.NocAsyncReadRowOp() | ttkernel.NocAsyncWriteRowOp():
            _emit_row(writer, op)
        case ttkernel.NocAsyncReadBarrierOp():
            writer.count(op)
            writer.emit_call(pyast.method("port", "read_barrier"), op)
        case ttkernel.NocAsyncWriteBarrierOp():
            writer.count(op)
            writer.emit_call(pyast.method("port", "write_barrier"), op)
        case ttkernel.NocAsyncWritesFlushedOp():
            writer.count(op)
            writer.emit_call(pyast.method("port", "flush_writes"), op)
        case ttkernel.GetArgValAtOp():
            place = pyast.binary(pyast.number(op.index.value.data), ast.Add(), writer.value(op.offset))
            writer.define(op.result, pyast.item(pyast.attribute("thread", "arguments"), place), op)
        case ttkernel.MessageOp():
            emit_message(writer, op)
        case _ if isinstance(op, REMOTE_OPS):
            emit_remote_call(writer, op)
        case _ if isinstance(op, TILE_OPS):
            emit_tile_call(writer, op, ())
        case _ if isinstance(op, CONFIGURATION_OPS):
            emit_configuration(writer, op)
        case _:
            raise error("TTL0001", f"the simulator does not know '{op.name}'", span_of(op))


def emit_flush(writer: Writer, op: Operation) -> None:
    """What a compute thread has asked for runs before pages change hands, and before the thread ends."""
    flushed = pyast.assign(["state"], [pyast.attribute("state", "flushed")])
    writer.emit(ast.If(pyast.attribute("state", "pending"), [pyast.generator(pyast.name("state")), flushed], []), op)


# ------------------------------------------------------------------------------------------------ buffers, arguments


def _emit_pointer(writer: Writer, op: ttkernel.GetWritePtrOp | ttkernel.GetReadPtrOp) -> None:
    buffer = buffer_of(writer.program, op.cb)
    writes = isinstance(op, ttkernel.GetWritePtrOp)
    pointer = pyast.method(writer.buffer(buffer), "write_pointer" if writes else "read_pointer")
    # Each processor has pointers of its own, which stay at the start of the ring if it does not move them.
    if writer.kernel.open:
        moved = pyast.compare(
            pyast.number(buffer.number), ast.In(), pyast.attribute("port", "fills" if writes else "drains")
        )
        pointer = ast.IfExp(moved, pointer, pyast.number(buffer.address))
    elif buffer.number not in (writer.kernel.fills if writes else writer.kernel.drains):
        writer.bind(op.result, buffer.address)
        return
    writer.store(op.result, pointer, op)


def _emit_accessor(writer: Writer, op: ttkernel.TensorAccessorOp) -> None:
    tensor = accessed_tensor(op.result)
    assert tensor is not None
    place = pyast.number(writer.program.tensor_named[tensor].number)
    made = pyast.method("thread", "accessor", place, writer.value(op.address), pyast.number(writer.number(op)))
    writer.store(op.result, made, op)


def _emit_acquire(writer: Writer, op: ttkernel.CBReserveBackOp | ttkernel.CBWaitFrontOp) -> None:
    buffer = buffer_of(writer.program, op.cb)
    pages, number = op.pages.value.data, writer.number(op)
    front = isinstance(op, ttkernel.CBWaitFrontOp)
    held = writer.buffer(buffer)
    if buffer.number in (writer.rival_drains if front else writer.rival_fills):
        claim = pyast.method(held, "claim", pyast.name("thread"), pyast.flag(front), pyast.number(number))
        writer.emit_call(claim, op)
    call = "wait_front" if front else "reserve_back"
    blocked = pyast.method(held, call, pyast.number(pages), pyast.number(number))
    writer.follow(number, op)
    wait = writer.constant(f"wait_{number}", Wait(number, buffer.number, pages, front))
    writer.emit(ast.While(blocked, [pyast.generator(wait)], []), op)


def _emit_release(writer: Writer, op: ttkernel.CBPushBackOp | ttkernel.CBPopFrontOp) -> None:
    if writer.tree:
        emit_flush(writer, op)
    call = "push_back" if isinstance(op, ttkernel.CBPushBackOp) else "pop_front"
    held = writer.buffer(buffer_of(writer.program, op.cb))
    number = writer.number(op)
    writer.follow(number, op)
    writer.emit_call(pyast.method(held, call, pyast.number(op.pages.value.data), pyast.number(number)), op)


# --------------------------------------------------------------------------------------------------------- transfers


def emit_transfer(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> None:
    """
    Writes a page transfer, or those of the loops around it, outermost first, whose variables stand at their start.
    With a loop goes the variable that holds its trips, where only the run knows them.
    """
    reads = isinstance(op, ttkernel.NocAsyncReadPageOp)
    arguments = [writer.value(op.accessor), writer.value(op.page), writer.value(op.l1_address)]
    if loops:
        arguments.append(_pattern(writer, op, loops))
    buffer = _provenance(writer, op.l1_address, reads)
    arguments.append(pyast.name(writer.buffer(buffer)) if buffer else pyast.none())
    arguments.append(pyast.number(writer.number(op)))
    call = ("read" if reads else "write") + ("_pages" if loops else "_page")
    writer.count(op, *(trips or loop.trips or 0 for loop, trips in loops))
    writer.emit_call(pyast.method("port", call, *arguments), op)


def _emit_shard(writer: Writer, op: ttkernel.NocAsyncReadShardOp | ttkernel.NocAsyncWriteShardOp) -> None:
    reads = isinstance(op, ttkernel.NocAsyncReadShardOp)
    buffer = _provenance(writer, op.l1_address, reads)
    arguments = [writer.value(op.accessor), writer.value(op.shard), writer.value(op.l1_address)]
    arguments.append(pyast.name(writer.buffer(buffer)) if buffer else pyast.none())
    writer.count(op)
    call = "read_shard" if reads else "write_shard"
    writer.emit_call(pyast.method("port", call, *arguments, pyast.number(writer.number(op))), op)


def _emit_row(writer: Writer, op: ttkernel.NocAsyncReadRowOp | ttkernel.NocAsyncWriteRowOp) -> None:
    reads = isinstance(op, ttkernel.NocAsyncReadRowOp)
    buffer = _provenance(writer, op.l1_address, reads)
    arguments = [writer.value(value) for value in (op.accessor, op.page, op.offset, op.l1_address)]
    arguments.append(pyast.number(op.size.value.data))
    arguments.append(pyast.name(writer.buffer(buffer)) if buffer else pyast.none())
    writer.count(op)
    call = "read_row" if reads else "write_row"
    writer.emit_call(pyast.method("port", call, *arguments, pyast.number(writer.number(op))), op)


def _pattern(writer: Writer, op: PageOp, loops: Sequence[tuple[Loop, str | None]]) -> ast.expr:
    steps: list[tuple[int, int]] = []
    for loop, _ in loops:
        page = stride(op.page, loop.variable, writer.ranges)
        address = stride(op.l1_address, loop.variable, writer.ranges)
        assert page is not None
        assert address is not None
        steps.append((wrapped(page * loop.step), wrapped(address * loop.step)))
    if all(loop.trips is not None for loop, _ in loops):
        trips = [loop.trips or 0 for loop, _ in loops]
        made = pattern(*((n, page, address) for n, (page, address) in zip(trips, steps, strict=True)))
        return writer.constant("pages", made)
    rows = [
        pyast.sequence(
            [pyast.name(trips) if trips else pyast.number(loop.trips or 0), pyast.number(page), pyast.number(address)]
        )
        for (loop, trips), (page, address) in zip(loops, steps, strict=True)
    ]
    return pyast.call(pyast.name("pattern"), *rows)


def _provenance(writer: Writer, address: SSAValue, reads: bool) -> BufferInfo | None:
    """The buffer whose pointer an address was computed from, if this kernel may use it for the transfer."""
    match address.owner:
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            buffer = buffer_of(writer.program, address.owner.cb)
            usable = writer.kernel.fills if reads else writer.kernel.fills | writer.kernel.drains
            return buffer if buffer.number in usable else None
        case arith.AddiOp() | arith.SubiOp():
            left = _provenance(writer, address.owner.lhs, reads)
            return left or _provenance(writer, address.owner.rhs, reads)
        case _:
            return None
