"""What threads do with semaphores as calls."""

from __future__ import annotations

from collections.abc import Sequence

from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.ir import Block, Region, SSAValue
from xdsl.rewriter import InsertPoint, Rewriter

from ttlang.analysis.arithmetic import constant_value
from ttlang.dialects import ttkernel, ttl
from ttlang.transforms.pipes.core_roles import coordinate
from ttlang.transforms.pipes.thread_lowering import PipeThread, erase
from ttlang.transforms.rewriting import Ints, set_location
from ttlang.transforms.ttl_place_pipes import STAGING


class SemaphoreCall:
    """What a thread does with a semaphore of the user's."""

    def __init__(self, lowering: PipeThread, op: ttl.SemaphoreOp):
        self.lowering = lowering
        self.op = op
        self.ints = lowering.ints(op)
        self.number = self.ints.constant(op.created.number)

    def lower(self) -> None:
        op, ints, lowering = self.op, self.ints, self.lowering
        match op:
            case ttl.SemaphoreWaitOp():
                exact = op.comparison.data is ttl.Comparison.EQ
                kind = ttkernel.NocSemaphoreWaitOp if exact else ttkernel.NocSemaphoreWaitMinOp
                ints.insert(kind(lowering.pointer(self.number, ints), op.value))
            case ttl.SemaphoreIncOp():
                address = lowering.address_of(self.number, ints)
                ints.insert(ttkernel.NocSemaphoreIncOp(lowering.core_address(op.x, op.y, address, ints), op.value))
                lowering.increments = True
            case ttl.SemaphoreSetOp():
                self._set(op)
            case _:
                raise AssertionError(op.name)
        erase(op)

    def _set(self, op: ttl.SemaphoreSetOp) -> None:
        ints, lowering = self.ints, self.lowering
        match tuple(op.cores):
            case ():
                ints.insert(ttkernel.NocSemaphoreSetOp(lowering.pointer(self.number, ints), op.value))
            case (x, y):
                self._set_one(op, x, y)
            case (x, y, right, bottom) if _extent(x, right) == 1 and _extent(y, bottom) == 1:
                self._set_one(op, x, y)
            case corners:
                self._set_range(op, corners)

    def _staging(self, value: SSAValue, ints: Ints) -> SSAValue:
        """The address of the word that holds the value to be sent."""
        name = f"{STAGING}_{self.lowering.thread.sym_name.data}"
        made = next(s for s in ttl.semaphores_of(self.lowering.kernel) if s.name_.data == name)
        number = ints.constant(made.number)
        ints.insert(ttkernel.NocSemaphoreSetOp(self.lowering.pointer(number, ints), value))
        return self.lowering.address_of(number, ints)

    def _set_one(self, op: ttl.SemaphoreSetOp, x: SSAValue, y: SSAValue) -> None:
        ints, lowering = self.ints, self.lowering
        address = lowering.address_of(self.number, ints)
        source = self._staging(op.value, ints)
        ints.insert(ttkernel.NocSemaphoreSetRemoteOp(source, lowering.core_address(x, y, address, ints)))
        ints.insert(ttkernel.NocAsyncWriteBarrierOp())

    def _set_range(self, op: ttl.SemaphoreSetOp, corners: Sequence[SSAValue]) -> None:
        """A core in the range sets its own word, and copies it to the others; one outside copies from another word."""
        left, top, right, bottom = corners
        count = _extent(left, right) * _extent(top, bottom)
        inside = self._inside(corners)
        if inside is None:
            self._multicast_own(op, corners, count - 1, self.ints)
            return
        blocks = Block(), Block()
        builders = [Builder(InsertPoint.at_end(block)) for block in blocks]
        own, other = (Ints(self.lowering.entry, builder.insert, op) for builder in builders)
        self._multicast_own(op, corners, count - 1, own)
        source = self._staging(op.value, other)
        self._multicast(source, corners, count, other)
        for builder in builders:
            builder.insert(scf.YieldOp())
        branch = scf.IfOp(inside, [], Region(blocks[0]), Region(blocks[1]))
        Rewriter.insert_op(branch, InsertPoint.before(op))
        set_location(branch, op)

    def _multicast_own(self, op: ttl.SemaphoreSetOp, corners: Sequence[SSAValue], others: int, ints: Ints) -> None:
        ints.insert(ttkernel.NocSemaphoreSetOp(self.lowering.pointer(self.number, ints), op.value))
        self._multicast(self.lowering.address_of(self.number, ints), corners, others, ints)

    def _multicast(self, source: SSAValue, corners: Sequence[SSAValue], count: int, ints: Ints) -> None:
        address = self.lowering.address_of(self.number, ints)
        target = self.lowering.range_address(corners, address, ints)
        ints.insert(ttkernel.NocSemaphoreSetMulticastOp(source, target, ints.constant(count)))
        ints.insert(ttkernel.NocAsyncWriteBarrierOp())

    def _inside(self, corners: Sequence[SSAValue]) -> SSAValue | None:
        """Whether this core is in a range; None if every core is."""
        ints, kernel = self.ints, self.lowering.kernel
        tests: list[SSAValue] = []
        for axis, kind in enumerate((ttl.CoreXOp, ttl.CoreYOp)):
            first, last = corners[axis], corners[axis + 2]
            if constant_value(first) == 0 and constant_value(last) == kernel.grid_sizes[axis] - 1:
                continue
            place = coordinate(self.lowering.thread, kind)
            tests.append(ints.emit(arith.CmpiOp(place, first, "sge")))
            tests.append(ints.emit(arith.CmpiOp(place, last, "sle")))
        if not tests:
            return None
        every = tests[0]
        for test in tests[1:]:
            every = ints.emit(arith.AndIOp(every, test))
        return every


def _extent(first: SSAValue, last: SSAValue) -> int:
    """Cores along a dimension of a range, which the front end gives constant bounds or one coordinate."""
    if first is last:
        return 1
    low, high = constant_value(first), constant_value(last)
    assert low is not None
    assert high is not None
    return high - low + 1
