"""
Intervals of a kernel's integers, so that the generated code wraps to 32 bits only where a value could leave them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr, IntegerType, i1
from xdsl.ir import Block, Operation, SSAValue

from ttlang.backends.simulator.program import KernelInfo, ProgramInfo
from ttlang.dialects import ttkernel

Interval = tuple[int, int]
"""Lowest and highest value, both possible."""

LOWEST, HIGHEST = -(1 << 31), (1 << 31) - 1
ANY: Interval = (LOWEST, HIGHEST)


class Ranges:
    """Intervals of the values of one kernel."""

    def __init__(self, program: ProgramInfo, kernel: KernelInfo):
        self.program = program
        self.kernel = kernel
        self.known: dict[SSAValue, Interval] = {}

    def at(self, values: Mapping[SSAValue, int]) -> Ranges:
        """The intervals where these variables have one value each."""
        narrowed = Ranges(self.program, self.kernel)
        narrowed.known = {variable: (value, value) for variable, value in values.items()}
        return narrowed

    def of(self, value: SSAValue) -> Interval:
        """The interval of a value, within 32 bits."""
        if value not in self.known:
            low, high = self._exact(value)
            self.known[value] = ANY if low < LOWEST or high > HIGHEST else (low, high)
        return self.known[value]

    def wraps(self, value: SSAValue) -> bool:
        """Whether the exact result may lie outside 32 bits, so that the hardware's differs from it."""
        low, high = self._exact(value)
        return low < LOWEST or high > HIGHEST

    def constant(self, value: SSAValue) -> int | None:
        """The value, if it is the same in every run."""
        low, high = self.of(value)
        return low if low == high else None

    def _exact(self, value: SSAValue) -> Interval:
        if value.type == i1:
            return self._constant_flag(value)
        owner = value.owner
        if isinstance(owner, Block):
            return self._argument(value, owner)
        if (rule := _RULES.get(type(owner))) is not None:
            return rule(*(self.of(operand) for operand in owner.operands))
        return self._source(owner)

    def _constant_flag(self, value: SSAValue) -> Interval:
        if isinstance(owner := value.owner, arith.ConstantOp):
            flag = int(bool(constant_value(owner)))
            return flag, flag
        return 0, 1

    def _argument(self, value: SSAValue, block: Block) -> Interval:
        loop = block.parent_op()
        if not isinstance(loop, scf.ForOp) or block.args[0] is not value or self.of(loop.step)[0] <= 0:
            return ANY
        return self.of(loop.lb)[0], max(self.of(loop.lb)[0], self.of(loop.ub)[1] - 1)

    def _source(self, op: Operation) -> Interval:
        """The interval of what no other value of the kernel decides."""
        program = self.program
        match op:
            case arith.ConstantOp():
                return constant_value(op), constant_value(op)
            case arith.SelectOp():
                return _union(self.of(op.lhs), self.of(op.rhs))
            case ttkernel.GetArgValOp():
                values = [row[op.index.value.data] for row in self.kernel.arguments]
                return min(values), max(values)
            case ttkernel.MyLogicalXOp():
                return 0, program.columns - 1
            case ttkernel.MyLogicalYOp():
                return 0, (program.cores - 1) // program.columns
            case ttkernel.GetTileSizeOp():
                size = program.buffer(op.cb).page_bytes
                return size, size
            case ttkernel.GetReadPtrOp() | ttkernel.GetWritePtrOp():
                buffer = program.buffer(op.cb)
                return buffer.address, buffer.address + buffer.total_bytes
            case _:
                return ANY


def constant_value(op: arith.ConstantOp) -> int:
    """The integer of a constant; 0 or 1 for a truth value."""
    assert isinstance(op.value, IntegerAttr)
    assert isinstance(op.value.type, IntegerType)
    number = op.value.value.data
    return number & 1 if op.value.type == i1 else number


def _corners(a: Interval, b: Interval, f: Callable[[int, int], int]) -> Interval:
    values = [f(x, y) for x in a for y in b]
    return min(values), max(values)


def _union(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


def _floordiv(a: Interval, b: Interval) -> Interval:
    if b[0] > 0 or b[1] < 0:
        return _corners(a, b, lambda x, y: x // y)
    most = max(-a[0], a[1])
    return -most, most


def _divsi(a: Interval, b: Interval) -> Interval:
    if a[0] >= 0 and b[0] > 0:
        return _floordiv(a, b)
    most = max(-a[0], a[1])
    return -most, most


def _remsi(a: Interval, b: Interval) -> Interval:
    most = max(abs(b[0]), abs(b[1])) - 1
    return (0 if a[0] >= 0 else -most), (0 if a[1] <= 0 else most)


def _and(a: Interval, b: Interval) -> Interval:
    tops = [interval[1] for interval in (a, b) if interval[0] >= 0]
    return (0, min(tops)) if tops else ANY


def _or(a: Interval, b: Interval) -> Interval:
    if a[0] < 0 or b[0] < 0:
        return ANY
    return 0, (1 << max(a[1].bit_length(), b[1].bit_length())) - 1


def _shli(a: Interval, b: Interval) -> Interval:
    if b[0] < 0 or b[1] > 31:
        return ANY
    return _corners(a, b, lambda x, y: x << y)


def _shrsi(a: Interval, b: Interval) -> Interval:
    if b[0] < 0 or b[1] > 31:
        return ANY
    return _corners(a, b, lambda x, y: x >> y)


def _add(a: Interval, b: Interval) -> Interval:
    return a[0] + b[0], a[1] + b[1]


def _subtract(a: Interval, b: Interval) -> Interval:
    return a[0] - b[1], a[1] - b[0]


def _multiply(a: Interval, b: Interval) -> Interval:
    return _corners(a, b, lambda x, y: x * y)


def _ceildiv(a: Interval, b: Interval) -> Interval:
    low, high = _floordiv((-a[1], -a[0]), b)
    return -high, -low


def _min(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), min(a[1], b[1])


def _max(a: Interval, b: Interval) -> Interval:
    return max(a[0], b[0]), max(a[1], b[1])


def _same(a: Interval) -> Interval:
    return a


_RULES: dict[type[Operation], Callable[..., Interval]] = {
    arith.AddiOp: _add,
    arith.SubiOp: _subtract,
    arith.MuliOp: _multiply,
    arith.DivSIOp: _divsi,
    arith.RemSIOp: _remsi,
    arith.FloorDivSIOp: _floordiv,
    arith.CeilDivSIOp: _ceildiv,
    arith.AndIOp: _and,
    arith.OrIOp: _or,
    arith.XOrIOp: _or,
    arith.ShLIOp: _shli,
    arith.ShRSIOp: _shrsi,
    arith.MinSIOp: _min,
    arith.MaxSIOp: _max,
    arith.ExtUIOp: _same,
}
