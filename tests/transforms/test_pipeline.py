"""The whole pipeline on generated kernels: each pass leaves valid IR, and the program does what the kernel says."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from xdsl.builder import Builder
from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import ModuleOp, i32
from xdsl.ir import Block, Operation, Region, SSAValue
from xdsl.rewriter import InsertPoint

from ttlang.analysis.locations import location
from ttlang.diagnostics import Span
from ttlang.dialects import ttkernel, ttl
from ttlang.dialects.ttcore import TensorType, TileType
from ttlang.settings.options import CompileOptions
from ttlang.tables.functions import FUNCTIONS, Function

LowerAndCheck = Callable[[ModuleOp, CompileOptions], ttkernel.ProgramOp]

NARROW_FLOATS = ("bfp_bf8", "bf16")
FLOATS = (*NARROW_FLOATS, "f32")
MODES = (
    CompileOptions(fp32_dest_acc_en=True),
    CompileOptions(),
    CompileOptions(dst_full_sync_en=True),
    CompileOptions(fp32_dest_acc_en=True, dst_full_sync_en=True),
)
"""DST of 4, 8 (4 with 32-bit data), 16 (or 8) and 8 tiles."""
TENSOR = (12, 13)
"""Tiles of every tensor."""


@dataclass(frozen=True)
class Round:
    """One turn of the machine: blocks come in, blocks go out. Buffers by their index."""

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass
class Around:
    """Control flow around rounds."""

    kind: str
    """`for`, `while` or `if`."""
    count: int
    body: list[Round | Around]
    orelse: list[Round | Around] = field(default_factory=list)


Step = Round | Around


class Plan:
    """What all threads of a kernel agree on."""

    def __init__(self, random: random.Random):
        self.random = random
        self.formats = random.choice((NARROW_FLOATS, NARROW_FLOATS, FLOATS, FLOATS, ("si32",), ("u16",)))
        many = random.random() < 0.2
        columns = 2 if many else 7  # ten large inputs would not fit L1
        shapes = [(random.randint(1, 5), random.randint(1, columns)) for _ in range(random.choice((1, 1, 2)))]
        self.inputs = [self._buffer(shapes) for _ in range(10 if many else random.randint(1, 4))]
        self.outputs = [self._buffer(shapes) for _ in range(random.randint(1, 4))]
        self.steps = self._steps(depth=0)

    def _buffer(self, shapes: Sequence[tuple[int, int]]) -> ttl.CircularBufferType:
        return ttl.CircularBufferType(self.random.choice(shapes), TileType(self.random.choice(self.formats)), 1)

    def _steps(self, depth: int) -> list[Step]:
        kinds = ("round", "round", "for", "while", "if") if depth < 2 else ("round",)
        return [self._step(self.random.choice(kinds), depth + 1) for _ in range(self.random.randint(1, 2))]

    def _step(self, kind: str, depth: int) -> Step:
        if kind == "round":
            inputs = tuple(i for i in range(len(self.inputs)) if self.random.random() < 0.8)
            return Round(inputs, tuple(i for i in range(len(self.outputs)) if self.random.random() < 0.7) or (0,))
        orelse = self._steps(depth) if self.random.random() < 0.5 else []
        return Around(kind, self.random.randint(0, 3), self._steps(depth), orelse)


class Author:
    """Writes a kernel, with a location for each operation."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        self.plan = Plan(self.random)
        self.floats = self.plan.formats[0] in FLOATS
        self.functions = [row for row in FUNCTIONS if row.call and self._knows(row)]
        self.line = 0

    def _knows(self, row: Function) -> bool:
        return self.floats or (row.integer is not None and self.plan.formats[0] in row.integer_formats)

    # -------------------------------------------------------------------------------------------------- operations

    def write(self, op: Operation) -> Operation:
        self.line += 1
        op.location = location(Span("kernel.py", self.line, 5))
        return self.builder.insert(op)

    def value(self, op: Operation) -> SSAValue:
        return self.write(op).results[0]

    def constant(self, value: int) -> SSAValue:
        return self.value(arith.ConstantOp.from_int_and_width(value, i32))

    @contextmanager
    def inside(self, block: Block) -> Iterator[None]:
        before, self.builder = self.builder, Builder(InsertPoint.at_end(block))
        yield
        self.builder = before

    # ------------------------------------------------------------------------------------------------------ threads

    def kernel(self) -> ModuleOp:
        module = ModuleOp([])
        kernel = ttl.KernelOp("generated", (3, 2), "wormhole_b0")
        self.builder = Builder(InsertPoint.at_end(module.body.block))
        self.write(kernel)
        with self.inside(kernel.body.block):
            self.inputs = [self.resource(f"in{i}", type_) for i, type_ in enumerate(self.plan.inputs)]
            self.outputs = [self.resource(f"out{i}", type_) for i, type_ in enumerate(self.plan.outputs)]
            self.start = self.value(ttl.CoreArgumentOp("start", range(6)))
            self.thread(ttl.ComputeThreadOp("compute"), self.compute)
            if self.random.random() < 0.8:
                self.thread(ttl.DataMovementThreadOp("reader"), self.read)
                self.thread(ttl.DataMovementThreadOp("writer"), self.write_back)
            else:
                self.thread(ttl.DataMovementThreadOp("mover"), lambda step: (self.read(step), self.write_back(step)))
        return module

    def resource(self, name: str, type_: ttl.CircularBufferType) -> tuple[SSAValue, SSAValue]:
        tensor = self.value(ttl.TensorAccessorOp(name, self.line, TensorType(TENSOR, type_.element)))
        return tensor, self.value(ttl.CreateCBOp(f"{name}_cb", type_))

    def thread(self, thread: ttl.ThreadOp, turn: Callable[[Round], object]) -> None:
        self.write(thread)
        with self.inside(thread.body.block):
            self.indices = [self.constant(1)]
            self.column = self.value(ttl.CoreXOp())
            self.steps(self.plan.steps, turn)

    def steps(self, steps: Sequence[Step], turn: Callable[[Round], object]) -> None:
        for step in steps:
            if isinstance(step, Round):
                turn(step)
            else:
                self.around(step, turn)

    def around(self, step: Around, turn: Callable[[Round], object]) -> None:
        zero, one, count = self.constant(0), self.constant(1), self.constant(step.count)
        if step.kind == "if":
            blocks = Block(), Block()
            condition = self.value(arith.CmpiOp(self.column, one, "slt"))
            self.write(scf.IfOp(condition, [], Region(blocks[0]), Region(blocks[1]) if step.orelse else None))
            for block, steps in zip(blocks, (step.body, step.orelse), strict=True):
                with self.inside(block):
                    self.steps(steps, turn)
                    self.write(scf.YieldOp())
            return
        body = Block(arg_types=[i32])
        if step.kind == "for":
            self.write(scf.ForOp(zero, count, one, [], Region(body)))
        else:
            before = Block(arg_types=[i32])
            self.write(scf.WhileOp([zero], [i32], Region(before), Region(body)))
            with self.inside(before):
                self.write(scf.ConditionOp(self.value(arith.CmpiOp(before.args[0], count, "slt")), before.args[0]))
        self.indices.append(body.args[0])
        with self.inside(body):
            self.steps(step.body, turn)
            self.write(scf.YieldOp(*([] if step.kind == "for" else [self.value(arith.AddiOp(body.args[0], one))])))
        self.indices.pop()

    # ------------------------------------------------------------------------------------------------ data movement

    def read(self, step: Round) -> None:
        self.move([self.inputs[i] for i in step.inputs], ttl.CBReserveOp, ttl.CBPushOp)

    def write_back(self, step: Round) -> None:
        self.move([self.outputs[i] for i in step.outputs], ttl.CBWaitOp, ttl.CBPopOp)

    def move(
        self,
        resources: Sequence[tuple[SSAValue, SSAValue]],
        acquire: type[ttl.AcquireOp],
        release: type[ttl.ReleaseOp],
    ) -> None:
        """Transfers that are started together or one by one, and waited for in any order."""
        waiting: list[tuple[SSAValue, SSAValue]] = []

        def finish() -> None:
            self.random.shuffle(waiting)
            together = self.random.random() < 0.5
            for cb, handle in waiting:
                self.write(ttl.WaitOp(handle))
                if not together:
                    self.write(release(cb))
            for cb, _ in waiting if together else ():
                self.write(release(cb))
            waiting.clear()

        for tensor, cb in resources:
            block = self.value(acquire(cb))
            row = self.value(arith.AddiOp(self.random.choice(self.indices), self.start))
            column = self.random.choice((self.column, self.constant(self.random.randint(0, 6)), self.indices[-1]))
            window = self.value(ttl.TensorSliceOp(tensor, (row, column), block.type.sizes))
            ends = (window, block) if acquire is ttl.CBReserveOp else (block, window)
            waiting.append((cb, self.value(ttl.CopyOp(*ends))))
            if self.random.random() < 0.3:
                finish()
        finish()

    # ------------------------------------------------------------------------------------------------------ compute

    def compute(self, step: Round) -> None:
        inputs, outputs = [self.inputs[i][1] for i in step.inputs], [self.outputs[i][1] for i in step.outputs]
        shapes = [cb.type.sizes for cb in (*inputs, *outputs)]
        values = [self.value(ttl.CBWaitOp(cb)) for cb in inputs]
        if values and self.random.random() < 0.4:
            values = [self.pairs([value for value in values if value.type.sizes == shapes[0]])]
        for _ in range(self.random.choice((0, 2, 6, 16))):
            values.append(self.function(values, self.random.choice(shapes)))
        reserved = [] if self.random.random() < 0.3 else [self.value(ttl.CBReserveOp(cb)) for cb in outputs]
        unpushed: list[SSAValue] = []
        for index, cb in enumerate(outputs):
            block = reserved[index] if reserved else self.value(ttl.CBReserveOp(cb))
            self.write(ttl.StoreOp(self.stored(values, block.type.sizes), block))
            if self.random.random() < 0.3:
                self.write(ttl.CBPushOp(cb))
            else:
                unpushed.append(cb)
        for cb in unpushed:
            self.write(ttl.CBPushOp(cb))
        for cb in inputs:
            self.write(ttl.CBPopOp(cb))

    def stored(self, values: list[SSAValue], sizes: tuple[int, ...]) -> SSAValue:
        fitting = [value for value in values if value.type.sizes == sizes]
        if not fitting:
            return self.apply(self.row(0), [], sizes)
        return self.wide(fitting) if self.random.random() < 0.3 else self.random.choice(fitting[-4:])

    def pairs(self, leaves: list[SSAValue]) -> SSAValue:
        """Sums, differences and products of blocks that nothing else uses: work for the FPU."""
        rows = [row for row in self.functions if row.fpu]
        terms = [self.apply(self.random.choice(rows), pair) for pair in zip(leaves[::2], leaves[1::2], strict=False)]
        value = terms[0] if terms else leaves[0]
        for term in terms[1:]:
            value = self.apply(self.row(2), [value, term])
        return value

    def wide(self, leaves: list[SSAValue]) -> SSAValue:
        """A balanced tree, and above it a comb that keeps many values alive."""
        count, kept = self.random.choice(((8, 0), (8, 6), (20, 10)))
        level = [self.apply(self.unary(), [self.random.choice(leaves)]) for _ in range(count)]
        comb = level[:kept]
        while len(level) > 1:
            level = [self.apply(self.row(2), pair) for pair in zip(level[::2], level[1::2], strict=False)]
        for value in comb:
            level.append(self.apply(self.row(2), [level[-1], value]))
        return level[-1]

    def row(self, arity: int) -> Function:
        return self.random.choice([row for row in self.functions if row.arity == arity])

    def unary(self) -> Function:
        rows = [row for row in self.functions if row.arity == 1]
        return self.random.choice(rows) if rows else self.row(2)

    def function(self, values: list[SSAValue], sizes: tuple[int, ...]) -> SSAValue:
        fitting = [value for value in values if value.type.sizes == sizes]
        row = self.random.choice(self.functions) if fitting else self.row(0)
        near = fitting[-6:] if self.random.random() < 0.7 else fitting
        value = self.apply(row, [self.random.choice(near) for _ in range(row.arity)], sizes)
        if self.floats and self.random.random() < 0.1:
            return self.value(
                ttl.TypecastOp(value, ttl.BlockType(sizes, TileType(self.random.choice(self.plan.formats))))
            )
        return value

    def apply(self, row: Function, operands: Sequence[SSAValue], sizes: tuple[int, ...] = ()) -> SSAValue:
        operands = list(operands)[: row.arity] + [operands[-1] for _ in range(row.arity - len(operands))]
        formats = [value.type.element.format.data for value in operands] or [self.random.choice(self.plan.formats)]
        widest = max(formats, key=self.plan.formats.index)
        result = ttl.BlockType(sizes or operands[0].type.sizes, TileType(widest))
        numbers = [float(self.random.randint(1, 4)) for _ in row.inputs]
        return self.value(ttl.elementwise_op(row)(operands, result, numbers))


@pytest.mark.filterwarnings("ignore::ttlang.diagnostics.TTLangWarning")  # not every block is read
@pytest.mark.parametrize("seed", range(32))
def test_generated_kernels_keep_their_meaning(seed: int, lower_and_check: LowerAndCheck) -> None:
    lower_and_check(Author(seed).kernel(), MODES[seed % len(MODES)])
