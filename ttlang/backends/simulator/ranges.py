"""
Bounds of a kernel's integers in the simulator, which knows more of them than the IR says: the generated code wraps to
32 bits only where a value could leave them.
"""

from __future__ import annotations

from collections.abc import Mapping

from xdsl.ir import Operation, SSAValue

from ttlang.analysis.bounds import Bounds
from ttlang.analysis.intervals import Interval, exactly
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.dialects import ttkernel
from ttlang.machine.program_info import KernelInfo, ProgramInfo


class Ranges(Bounds):
    """Bounds of the values of one kernel, of a program whose buffers have addresses."""

    def __init__(self, program: ProgramInfo, kernel: KernelInfo, known: Mapping[SSAValue, Interval] | None = None):
        super().__init__(known)
        self.program = program
        self.kernel = kernel

    def at(self, values: Mapping[SSAValue, int]) -> Ranges:
        """The bounds where these variables have one value each."""
        return Ranges(self.program, self.kernel, {variable: exactly(value) for variable, value in values.items()})

    def constant(self, value: SSAValue) -> int | None:
        """The value, if it is the same in every run."""
        bounds = self.of(value)
        return bounds.low if bounds.is_constant else None

    def source(self, op: Operation) -> Interval:
        match op:
            case ttkernel.GetArgValOp():
                values = [row[op.index.value.data] for row in self.kernel.arguments]
                return Interval(min(values), max(values))
            case ttkernel.MyLogicalXOp():
                return Interval(0, self.program.columns - 1)
            case ttkernel.MyLogicalYOp():
                return Interval(0, (self.program.cores - 1) // self.program.columns)
            case ttkernel.GetTileSizeOp():
                return exactly(buffer_of(self.program, op.cb).page_bytes)
            case ttkernel.GetReadPtrOp() | ttkernel.GetWritePtrOp():
                buffer = buffer_of(self.program, op.cb)
                return Interval(buffer.address, buffer.address + buffer.total_bytes)
            case _:
                return super().source(op)
