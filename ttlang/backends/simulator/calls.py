"""The calls of the kernel API as statements of the generated function: each is written by those who know its kind."""

from __future__ import annotations

import ast

from ttlang.analysis.accessed_tensors import accessed_tensor
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.buffer_calls import emit_acquire, emit_pointer, emit_release
from ttlang.backends.simulator.compute_calls import emit_compute_call
from ttlang.backends.simulator.element_calls import emit_element, emit_float_operation
from ttlang.backends.simulator.message_calls import emit_elements, emit_message, emit_row
from ttlang.backends.simulator.port_calls import emit_port_call, emit_transfer
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import HandsPages, MovesPages
from ttlang.machine.noc.port import place_of
from ttlang.machine.semaphores import SEMAPHORE_BASE, SEMAPHORE_BYTES


def emit_call(writer: Writer, op: ttkernel.CallOp) -> None:
    """Writes a call, outside of the loops that `emit_transfers` and `emit_compute_call` take over."""
    if emit_compute_call(writer, op):
        return
    match op:
        case ttkernel.TensorAccessorArgsOp():
            pass
        case ttkernel.GetArgValOp():
            index = op.index.value.data
            held = pyast.item(pyast.attribute("thread", "arguments"), pyast.number(index))
            writer.bind(op.result, writer.load(("argument", index), op.result.name_hint, held))
        case ttkernel.GetArgValAtOp():
            place = pyast.binary(pyast.number(op.index.value.data), ast.Add(), writer.value(op.offset))
            writer.define(op.result, pyast.item(pyast.attribute("thread", "arguments"), place), op)
        case ttkernel.GetCommonArgValOp():
            writer.bind(op.result, writer.kernel.tensors[op.index.value.data].address)
        case ttkernel.GetRuntimeArgValOp():
            place = op.index.value.data - len(writer.kernel.tensors)
            held = pyast.item(pyast.attribute("thread", "numbers"), pyast.number(place))
            writer.bind(op.result, writer.load(("number", place), op.result.name_hint, held))
        case ttkernel.MyLogicalXOp() | ttkernel.MyLogicalYOp():
            field = "x" if isinstance(op, ttkernel.MyLogicalXOp) else "y"
            writer.bind(op.result, writer.load(field, op.result.name_hint, pyast.attribute("thread", field)))
        case ttkernel.TensorAccessorOp():
            _emit_accessor(writer, op)
        case ttkernel.GetTileSizeOp():
            writer.bind(op.result, buffer_of(writer.program, op.cb).page_bytes)
        case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
            emit_pointer(writer, op)
        case ttkernel.GetSemaphoreOp():
            _emit_semaphore(writer, op)
        case ttkernel.CastToL1PtrOp():
            writer.define(op.result, writer.value(op.address), op)
        case ttkernel.CastToElementPtrOp():
            writer.store(op.result, writer.value(op.address), op)
        case ttkernel.LoadElementOp() | ttkernel.StoreElementOp():
            emit_element(writer, op)
        case ttkernel.CompareFloatsOp() | ttkernel.IntegerPartOp():
            emit_float_operation(writer, op)
        case ttkernel.MessageOp():
            emit_message(writer, op)
        case ttkernel.FilledPagesOp():
            held = ast.Name(writer.buffer(buffer_of(writer.program, op.cb)), ast.Load())
            writer.store(op.result, ast.Attribute(held, "filled", ast.Load()), op)
        case ttkernel.DPrintRowOp():
            emit_row(writer, op)
        case ttkernel.DPrintElementsOp():
            emit_elements(writer, op)
        case _ if hands := HandsPages.of(op):
            (emit_release if hands.releases else emit_acquire)(writer, op, hands)
        case _ if moves := MovesPages.of(op):
            emit_transfer(writer, op, moves)
        case _ if place_of(op.callee):
            emit_port_call(writer, op)
        case _:
            raise error("TTL0001", f"the simulator does not know '{op.name}'", span_of(op))


def _emit_accessor(writer: Writer, op: ttkernel.TensorAccessorOp) -> None:
    tensor = accessed_tensor(op.result)
    assert tensor is not None
    place = pyast.number(writer.program.tensor_named[tensor].number)
    made = pyast.method("thread", "accessor", place, writer.value(op.address), pyast.number(writer.number(op)))
    writer.store(op.result, made, op)


def _emit_semaphore(writer: Writer, op: ttkernel.GetSemaphoreOp) -> None:
    if op.semaphore is not None:
        semaphore = writer.program.semaphore_named[op.semaphore.root_reference.data]
        writer.bind(op.result, SEMAPHORE_BASE + SEMAPHORE_BYTES * semaphore.index)
        return
    assert op.id is not None
    offset = pyast.binary(writer.value(op.id), ast.Mult(), pyast.number(SEMAPHORE_BYTES))
    writer.define(op.result, pyast.binary(pyast.number(SEMAPHORE_BASE), ast.Add(), offset), op)
