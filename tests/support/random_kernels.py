"""Random kernels with control flow, and what they do according to the IR: the reference for the printers."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from xdsl.builder import Builder, InsertPoint
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr, i1, i32
from xdsl.ir import Block, Operation, Region, SSAValue

from ttlang.dialects import ttkernel
from ttlang.dialects.ttcore import TensorType, TileType

ARGUMENTS = (3, -5, 7)
"""Values of the kernels' per-core arguments."""
POINTERS = {"x_cb": 0xFFFFFF00, "y_cb": 4096}
"""Where the buffers' pointers start: one of them would be negative as an int32."""

CORE = (3, 5)
TILE_BYTES = 2048

_ARITHMETIC = (
    arith.AddiOp,
    arith.SubiOp,
    arith.MuliOp,
    arith.MinSIOp,
    arith.MaxSIOp,
    arith.AndIOp,
    arith.OrIOp,
    arith.XOrIOp,
)
_DIVISIONS = (arith.DivSIOp, arith.RemSIOp, arith.FloorDivSIOp)
_SHIFTS = (arith.ShLIOp, arith.ShRSIOp)
_LOGIC = (arith.AndIOp, arith.OrIOp, arith.XOrIOp)


class Generator:
    """Makes one kernel."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._accessor: SSAValue | None = None

    def program(self) -> ttkernel.ProgramOp:
        tile = TileType("bf16")
        program = ttkernel.ProgramOp("random", (1, 1), "wormhole_b0")
        body = Block()
        self._kernel_body(body)
        core_args = [(f"a{i}", [value]) for i, value in enumerate(ARGUMENTS)]
        kernel = ttkernel.KernelOp("reader", ttkernel.Thread.READER, Region(body), tensors=["t"], core_args=core_args)
        program.body.block.add_ops(
            [
                ttkernel.TensorOp("t", 0, TensorType([8, 8], tile)),
                *(ttkernel.CircularBufferOp(name, i, 64, tile, 0) for i, name in enumerate(POINTERS)),
                kernel,
            ]
        )
        program.verify()
        return program

    def _kernel_body(self, body: Block) -> None:
        builder = Builder(InsertPoint.at_end(body))
        address = builder.insert(ttkernel.GetCommonArgValOp(0)).result
        args = builder.insert(ttkernel.TensorAccessorArgsOp("t")).result
        self._accessor = builder.insert(ttkernel.TensorAccessorOp(args, address)).result
        numbers: list[SSAValue] = [builder.insert(ttkernel.GetArgValOp(i)).result for i in range(len(ARGUMENTS))]
        conditions: list[SSAValue] = []
        self._fill(builder, numbers, conditions, depth=0)
        for value in numbers[-4:]:
            self._show(builder, value, numbers)

    def _fill(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue], depth: int) -> None:
        """Appends random operations; what they compute is added to `numbers` and `conditions`."""
        for _ in range(self._random.randrange(2, 9)):
            choice = self._random.random()
            if depth < 3 and choice < 0.12:
                self._for(builder, numbers, conditions, depth)
            elif depth < 3 and choice < 0.24:
                self._if(builder, numbers, conditions, depth)
            elif depth < 3 and choice < 0.30:
                self._while(builder, numbers, conditions, depth)
            elif choice < 0.42:
                self._show(builder, self._pick(numbers), numbers)
            elif choice < 0.46:
                builder.insert(ttkernel.CBPushBackOp(self._random.choice(list(POINTERS)), self._random.randrange(1, 5)))
            elif choice < 0.50:
                numbers.append(builder.insert(ttkernel.GetWritePtrOp(self._random.choice(list(POINTERS)))).result)
            elif choice < 0.62:
                conditions.append(self._condition(builder, numbers, conditions))
            else:
                numbers.append(self._number(builder, numbers, conditions))

    def _show(self, builder: Builder, value: SSAValue, numbers: list[SSAValue]) -> None:
        assert self._accessor is not None
        builder.insert(ttkernel.NocAsyncReadPageOp(value, self._accessor, self._pick(numbers)))

    def _pick(self, values: Sequence[SSAValue]) -> SSAValue:
        return self._random.choice(values[-5:] if self._random.random() < 0.7 else values)

    def _constant(self, builder: Builder, value: int) -> SSAValue:
        return builder.insert(arith.ConstantOp(IntegerAttr(value, i32))).result

    def _number(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue]) -> SSAValue:
        choice = self._random.random()
        if choice < 0.12:
            return self._constant(builder, self._random.choice((-7, -1, 0, 1, 2, 5, 100, -(2**31))))
        if conditions and choice < 0.18:
            return builder.insert(arith.ExtUIOp(self._pick(conditions), i32)).result
        if conditions and choice < 0.28:
            picked = self._pick(conditions), self._pick(numbers), self._pick(numbers)
            return builder.insert(arith.SelectOp(*picked)).result
        if choice < 0.40:
            divisor = self._constant(builder, self._random.choice((-3, -1, 2, 5)))
            return builder.insert(self._random.choice(_DIVISIONS)(self._pick(numbers), divisor)).result
        if choice < 0.48:
            amount = self._constant(builder, self._random.randrange(5))
            return builder.insert(self._random.choice(_SHIFTS)(self._pick(numbers), amount)).result
        right = self._pick(numbers)
        if self._random.random() < 0.3:
            right = self._constant(builder, self._random.choice((-2, -1, 1, 2, 3)))
        return builder.insert(self._random.choice(_ARITHMETIC)(self._pick(numbers), right)).result

    def _condition(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue]) -> SSAValue:
        if conditions and self._random.random() < 0.4:
            right = self._pick(conditions)
            if self._random.random() < 0.3:
                right = builder.insert(arith.ConstantOp(IntegerAttr(self._random.randrange(2), i1))).result
            return builder.insert(self._random.choice(_LOGIC)(self._pick(conditions), right)).result
        predicate = self._random.randrange(10)
        return builder.insert(arith.CmpiOp(self._pick(numbers), self._pick(numbers), predicate)).result

    def _small(self, builder: Builder, numbers: list[SSAValue]) -> SSAValue:
        """A number from 0 to 3."""
        if self._random.random() < 0.4:
            return self._constant(builder, self._random.randrange(4))
        return builder.insert(arith.AndIOp(self._pick(numbers), self._constant(builder, 3))).result

    def _for(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue], depth: int) -> None:
        inits = self._carried(numbers)
        block = Block(arg_types=[i32, *(init.type for init in inits)])
        inner = Builder(InsertPoint.at_end(block))
        inside = [*numbers, *block.args]
        self._fill(inner, inside, list(conditions), depth + 1)
        inner.insert(scf.YieldOp(*self._yielded(inside, list(block.args[1:]))))
        lower, upper = self._small(builder, numbers), self._small(builder, numbers)
        step = self._constant(builder, self._random.choice((1, 1, 2)))
        numbers += builder.insert(scf.ForOp(lower, upper, step, inits, block)).results

    def _if(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue], depth: int) -> None:
        condition = self._condition(builder, numbers, conditions)
        count = self._random.randrange(3)
        blocks: list[Block] = []
        for _ in range(2 if count or self._random.random() < 0.5 else 1):
            block = Block()
            inner = Builder(InsertPoint.at_end(block))
            inside = list(numbers)
            if self._random.random() < 0.8:
                self._fill(inner, inside, list(conditions), depth + 1)
            inner.insert(scf.YieldOp(*(self._pick(inside) for _ in range(count))))
            blocks.append(block)
        regions = [Region(block) for block in blocks]
        numbers += builder.insert(scf.IfOp(condition, [i32] * count, *regions)).results

    def _while(self, builder: Builder, numbers: list[SSAValue], conditions: list[SSAValue], depth: int) -> None:
        """The first carried value counts down, so that the loop ends."""
        inits = [self._small(builder, numbers), *self._carried(numbers)]
        types = [init.type for init in inits]
        before, after = Block(arg_types=types), Block(arg_types=types)
        inner = Builder(InsertPoint.at_end(before))
        inside, known = [*numbers, *before.args], list(conditions)
        if self._random.random() < 0.5:
            self._fill(inner, inside, known, depth + 1)
        goes_on = inner.insert(arith.CmpiOp(before.args[0], self._constant(inner, 0), "sgt")).result
        if known and self._random.random() < 0.5:
            goes_on = inner.insert(arith.AndIOp(goes_on, self._pick(known))).result
        passed = list(before.args) if self._random.random() < 0.6 else self._yielded(inside, list(before.args))
        inner.insert(scf.ConditionOp(goes_on, before.args[0], *passed[1:]))
        inner = Builder(InsertPoint.at_end(after))
        inside = [*numbers, *after.args]
        self._fill(inner, inside, list(conditions), depth + 1)
        count = inner.insert(arith.SubiOp(after.args[0], self._constant(inner, 1))).result
        inner.insert(scf.YieldOp(count, *self._yielded(inside, list(after.args))[1:]))
        numbers += builder.insert(scf.WhileOp(inits, types, Region(before), Region(after))).results

    def _carried(self, numbers: list[SSAValue]) -> list[SSAValue]:
        return [self._pick(numbers) for _ in range(self._random.randrange(4))]

    def _yielded(self, values: list[SSAValue], arguments: list[SSAValue]) -> list[SSAValue]:
        """One value for each argument: any, or a permutation of the arguments."""
        if self._random.random() < 0.4:
            return self._random.sample(arguments, len(arguments))
        return [self._pick(values) for _ in arguments]


class Evaluator:
    """Runs a data movement kernel, and keeps what its transfers are given: (page, address)."""

    def __init__(self, arguments: Sequence[int] = ARGUMENTS, pointers: Mapping[str, int] = POINTERS) -> None:
        """`arguments`: the per-core ones; `pointers`: where the pointers of the buffers start."""
        self.trace: list[tuple[int, int]] = []
        self._arguments = arguments
        self._pointers = dict(pointers)
        self._values: dict[SSAValue, int] = {}

    def run(self, block: Block) -> list[int]:
        """The operands of the block's terminator, if it has one."""
        for op in block.ops:
            if isinstance(op, scf.YieldOp | scf.ConditionOp):
                return [self._values[operand] for operand in op.operands]
            results = self._run_operation(op)
            self._values.update(zip(op.results, results, strict=True))
        return []

    def _enter(self, block: Block, arguments: Sequence[int]) -> list[int]:
        self._values.update(zip(block.args, arguments, strict=True))
        return self.run(block)

    def _run_operation(self, op: Operation) -> Sequence[int]:
        values = [self._values.get(operand, 0) for operand in op.operands]
        match op:
            case scf.ForOp():
                lower, upper, step, *carried = values
                for index in range(lower, upper, step):
                    carried = self._enter(op.body.block, [index, *carried])
                return carried
            case scf.IfOp():
                region = op.true_region if values[0] else op.false_region
                return self.run(region.block) if region.blocks else []
            case scf.WhileOp():
                while True:
                    goes_on, *values = self._enter(op.before_region.block, values)
                    if not goes_on:
                        return values
                    values = self._enter(op.after_region.block, values)
            case ttkernel.NocAsyncReadPageOp() | ttkernel.NocAsyncWritePageOp():
                self.trace.append((values[0], values[2]))
                return []
            case ttkernel.CBPushBackOp():
                self._pointers[op.cb.root_reference.data] += op.pages.value.data
                return []
            case ttkernel.GetWritePtrOp() | ttkernel.GetReadPtrOp():
                return [_wrap(self._pointers[op.cb.root_reference.data])]
            case ttkernel.GetArgValOp():
                return [self._arguments[op.index.value.data]]
            case ttkernel.MyLogicalXOp():
                return [CORE[0]]
            case ttkernel.MyLogicalYOp():
                return [CORE[1]]
            case ttkernel.GetTileSizeOp():
                return [TILE_BYTES]
            case _ if op.name.startswith("ttkernel."):
                return [0] * len(op.results)
            case _:
                return [_arithmetic(op, *values)]


def _wrap(value: int) -> int:
    return (value + 2**31) % 2**32 - 2**31


def _arithmetic(op: Operation, *values: int) -> int:
    match op:
        case arith.ConstantOp():
            value = op.value
            assert isinstance(value, IntegerAttr)
            return abs(value.value.data) if value.type == i1 else value.value.data
        case arith.SelectOp():
            return values[1] if values[0] else values[2]
        case arith.ExtUIOp():
            return values[0]
        case arith.CmpiOp():
            return _compare(op.predicate.value.data, *values)
        case _:
            return _wrap(_BINARY[type(op)](*values))


def _compare(predicate: int, left: int, right: int) -> int:
    if predicate >= 6:
        left, right, predicate = left % 2**32, right % 2**32, predicate - 4
    return int((left == right, left != right, left < right, left <= right, left > right, left >= right)[predicate])


def _truncate(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_BINARY = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.MinSIOp: min,
    arith.MaxSIOp: max,
    arith.AndIOp: lambda a, b: a & b,
    arith.OrIOp: lambda a, b: a | b,
    arith.XOrIOp: lambda a, b: a ^ b,
    arith.ShLIOp: lambda a, b: a << b,
    arith.ShRSIOp: lambda a, b: a >> b,
    arith.FloorDivSIOp: lambda a, b: a // b,
    arith.DivSIOp: _truncate,
    arith.RemSIOp: lambda a, b: a - b * _truncate(a, b),
}
