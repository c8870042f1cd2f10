"""Operations that hold no others, as statements and expressions of the generated function."""

from __future__ import annotations

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.locations import span_of
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.calls import emit_call
from ttlang.backends.simulator.expressions import expression
from ttlang.backends.simulator.own_counters import emit_counter, emit_counters
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import error
from ttlang.dialects import ttkernel


def write_straight(writer: Writer, op: Operation) -> None:
    """Writes an operation that holds no others."""
    match op:
        case arith.ConstantOp():
            value = constant_value(op.result)
            assert value is not None, "kernels hold integers and truth values only"
            writer.bind(op.result, bool(value) if op.result.type == i1 else value)
        case scf.YieldOp() | scf.ConditionOp() | ttkernel.SignpostBeginOp() | ttkernel.SignpostEndOp():
            pass
        case ttkernel.CallOp():
            emit_call(writer, op)
            if writer.whiles and isinstance(op, ttkernel.EffectOp) and not isinstance(op, ttkernel.AssertOp):
                writer.emit(pyast.assign(["turns"], [pyast.number(0)]), op)
        case ttkernel.CountersOp():
            emit_counters(writer, op)
        case ttkernel.CounterOp():
            emit_counter(writer, op)
        case _:
            made = expression(op, [writer.value(operand) for operand in op.operands], writer.ranges)
            if made is None:
                raise error("TTL0001", f"the simulator does not know '{op.name}'", span_of(op))
            writer.define(op.results[0], made, op)
