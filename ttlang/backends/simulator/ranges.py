"""
Intervals of a kernel's integers, so that the generated code wraps to 32 bits only where a value could leave them.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr, IntegerType, i1
from xdsl.ir import Block, Operation, SSAValue

from ttlang.analysis.intervals import ANY, RULES, Interval, exactly
from ttlang.backends.simulator.program import KernelInfo, ProgramInfo
from ttlang.dialects import ttkernel


class Ranges:
    """Intervals of the values of one kernel."""

    def __init__(self, program: ProgramInfo, kernel: KernelInfo):
        self.program = program
        self.kernel = kernel
        self.known: dict[SSAValue, Interval] = {}

    def at(self, values: Mapping[SSAValue, int]) -> Ranges:
        """The intervals where these variables have one value each."""
        narrowed = Ranges(self.program, self.kernel)
        narrowed.known = {variable: exactly(value) for variable, value in values.items()}
        return narrowed

    def of(self, value: SSAValue) -> Interval:
        """The interval of a value, within 32 bits."""
        if value not in self.known:
            self.known[value] = self._exact(value).held()
        return self.known[value]

    def wraps(self, value: SSAValue) -> bool:
        """Whether the exact result may lie outside 32 bits, so that the hardware's differs from it."""
        return not self._exact(value).fits

    def constant(self, value: SSAValue) -> int | None:
        """The value, if it is the same in every run."""
        low, high = self.of(value)
        return low if low == high else None

    def _exact(self, value: SSAValue) -> Interval:
        if value.type == i1:
            return _flag(value)
        owner = value.owner
        if isinstance(owner, Block):
            return self._argument(value, owner)
        if (rule := RULES.get(type(owner))) is not None:
            return rule(*(self.of(operand) for operand in owner.operands))
        return self._source(owner)

    def _argument(self, value: SSAValue, block: Block) -> Interval:
        loop = block.parent_op()
        if not isinstance(loop, scf.ForOp) or block.args[0] is not value or self.of(loop.step)[0] <= 0:
            return ANY
        return Interval(self.of(loop.lb).low, max(self.of(loop.lb).low, self.of(loop.ub).high - 1))

    def _source(self, op: Operation) -> Interval:
        """The interval of what no other value of the kernel decides."""
        program = self.program
        match op:
            case arith.ConstantOp():
                return exactly(constant_value(op))
            case ttkernel.GetArgValOp():
                values = [row[op.index.value.data] for row in self.kernel.arguments]
                return Interval(min(values), max(values))
            case ttkernel.MyLogicalXOp():
                return Interval(0, program.columns - 1)
            case ttkernel.MyLogicalYOp():
                return Interval(0, (program.cores - 1) // program.columns)
            case ttkernel.GetTileSizeOp():
                return exactly(program.buffer(op.cb).page_bytes)
            case ttkernel.GetReadPtrOp() | ttkernel.GetWritePtrOp():
                buffer = program.buffer(op.cb)
                return Interval(buffer.address, buffer.address + buffer.total_bytes)
            case _:
                return ANY


def _flag(value: SSAValue) -> Interval:
    if isinstance(owner := value.owner, arith.ConstantOp):
        return exactly(int(bool(constant_value(owner))))
    return Interval(0, 1)


def constant_value(op: arith.ConstantOp) -> int:
    """The integer of a constant; 0 or 1 for a truth value."""
    assert isinstance(op.value, IntegerAttr)
    assert isinstance(op.value.type, IntegerType)
    number = op.value.value.data
    return number & 1 if op.value.type == i1 else number
