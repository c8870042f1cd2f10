"""Elements that a thread reads and writes through pointers, as statements of the generated function."""

from __future__ import annotations

import ast

from ttlang.analysis.float_bits import compare_floats, integer_part
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.port_calls import call_port
from ttlang.backends.simulator.writer import Writer
from ttlang.dialects import ttkernel
from ttlang.dialects.typed_values import owner_of

ElementCall = ttkernel.LoadElementOp | ttkernel.StoreElementOp
FloatOp = ttkernel.CompareFloatsOp | ttkernel.IntegerPartOp


def emit_element(writer: Writer, op: ElementCall) -> None:
    """Writes a load or a store. A pointer is an address: the size of an element stands beside it."""
    width = owner_of(op.pointer, ttkernel.CastToElementPtrOp).width
    arguments = [writer.value(operand) for operand in op.operands]
    made = call_port(writer, op.callee, [*arguments, pyast.number(width // 8)], writer.number(op))
    if isinstance(op, ttkernel.StoreElementOp):
        writer.emit_call(made, op)
    else:
        writer.store(op.result, made, op)


def emit_float_operation(writer: Writer, op: FloatOp) -> None:
    """Writes a pure function of the bits of floats."""
    function = compare_floats if isinstance(op, ttkernel.CompareFloatsOp) else integer_part
    callee: ast.expr = writer.constant(op.callee, function)
    writer.define(op.result, pyast.call(callee, *(writer.value(operand) for operand in op.operands)), op)
