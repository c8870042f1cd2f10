"""
Two ways to run a thread, which must do the same: its IR, read operation by operation; and its Python, run by Python
with stand-ins for the language. Both give a trace: what is acquired, released, copied and waited for, in order.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, Self

from xdsl.dialects import arith, scf
from xdsl.ir import Block, Operation, SSAValue

from ttlang.dialects import ttl
from ttlang.tables.print_format import decode

Trace = list[tuple[Any, ...]]


def trace_ir(kernel: ttl.KernelOp, thread: str, core: tuple[int, int] = (0, 0)) -> Trace:
    """Runs the thread of that name on a core."""
    reader = _Reader(kernel, core)
    for op in kernel.body.block.ops:
        if isinstance(op, ttl.ThreadOp):
            if op.sym_name.data == thread:
                with told_to(reader.trace):
                    reader.run(op.body.block)
        else:
            reader.step(op)
    return reader.trace


@contextmanager
def told_to(trace: Trace) -> Generator[None]:
    """Writes down the assertion that ends a thread."""
    try:
        yield
    except AssertionError as failed:
        trace.append(("failed", str(failed)))


class _Reader:
    def __init__(self, kernel: ttl.KernelOp, core: tuple[int, int]):
        self.core = core
        self.linear = core[1] * kernel.grid_sizes[0] + core[0]
        self.values: dict[SSAValue, Any] = {}
        self.trace: Trace = []

    def run(self, block: Block, arguments: Sequence[Any] = ()) -> list[Any]:
        """Runs a block, and returns the operands of its terminator."""
        self.values.update(zip(block.args, arguments, strict=True))
        for op in block.ops:
            if isinstance(op, scf.YieldOp | scf.ConditionOp):
                return [self.values[operand] for operand in op.operands]
            self.step(op)
        return []

    def step(self, op: Operation) -> None:
        operands = [self.values[operand] for operand in op.operands]
        results = self._results(op, operands)
        self.values.update(zip(op.results, results, strict=True))

    def _results(self, op: Operation, operands: list[Any]) -> Sequence[Any]:
        match op:
            case arith.ConstantOp():
                value = op.value.value.data
                return [bool(value) if op.result.type.width.data == 1 else value]
            case arith.CmpiOp():
                a, b = operands
                return [[a == b, a != b, a < b, a <= b, a > b, a >= b][op.predicate.value.data]]
            case arith.SelectOp():
                return [operands[1] if operands[0] else operands[2]]
            case arith.ExtUIOp():
                return [int(operands[0])]
            case _ if type(op) in _ARITHMETIC:
                return [_ARITHMETIC[type(op)](*operands)]
            case scf.IfOp():
                region = op.true_region if operands[0] else op.false_region
                return self.run(region.block) if region.blocks else []
            case scf.ForOp():
                start, stop, step, *carried = operands
                assert step > 0
                for i in range(start, stop, step):
                    carried = self.run(op.body.block, [i, *carried])
                return carried
            case scf.WhileOp():
                while True:
                    stays, *operands = self.run(op.before_region.block, operands)
                    if not stays:
                        return operands
                    operands = self.run(op.after_region.block, operands)
            case _:
                return self._language(op, operands)

    def _language(self, op: Operation, operands: list[Any]) -> Sequence[Any]:
        match op:
            case ttl.TensorAccessorOp() | ttl.CreateCBOp():
                return [op.name_.data]
            case ttl.CoreArgumentOp():
                return [list(op.values.iter_values())[self.linear]]
            case ttl.CoreXOp() | ttl.CoreYOp():
                return [self.core[isinstance(op, ttl.CoreYOp)]]
            case ttl.HandOnOp():
                return []
            case ttl.AcquireOp() if op.held is not None:
                # It is held already: nothing is called.
                return [operands[0]]
            case ttl.AcquireOp():
                self.trace.append((op.name.removeprefix("ttl.cb_"), operands[0]))
                return [operands[0]]
            case ttl.ReleaseOp():
                self.trace.append((op.name.removeprefix("ttl.cb_"), operands[0]))
                return []
            case ttl.TensorSliceOp():
                name, *offsets = operands
                return [(name, tuple(zip(offsets, op.result.type.sizes, strict=True)))]
            case ttl.CopyOp():
                self.trace.append(("copy", *operands))
                return [operands]
            case ttl.WaitOp():
                self.trace.append(("landed",))
                return []
            case ttl.PrintOp():
                self.trace.append(("print", decode(op.fmt.data).format(*operands)))
                return []
            case ttl.AssertOp():
                assert operands[0], decode(op.fmt.data).format(*operands[1:])
                return []
            case _:
                raise NotImplementedError(f"no meaning for {op.name}")


def _truncated(a: int, b: int) -> int:
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


_ARITHMETIC: dict[type[Operation], Any] = {
    arith.AddiOp: lambda a, b: a + b,
    arith.SubiOp: lambda a, b: a - b,
    arith.MuliOp: lambda a, b: a * b,
    arith.DivSIOp: _truncated,
    arith.RemSIOp: lambda a, b: a - _truncated(a, b) * b,
    arith.FloorDivSIOp: lambda a, b: a // b,
    arith.MinSIOp: min,
    arith.MaxSIOp: max,
    arith.AndIOp: lambda a, b: a & b,
    arith.OrIOp: lambda a, b: a | b,
    arith.XOrIOp: lambda a, b: a ^ b,
    arith.ShLIOp: lambda a, b: a << b,
    arith.ShRSIOp: lambda a, b: a >> b,
}


# ----------------------------------------------------------------------------------------------------------- Python


def python_language(grid: tuple[int, int], core: tuple[int, int], trace: Trace) -> SimpleNamespace:
    """A stand-in for `ttl` that runs data movement threads in Python, and writes down what they do."""
    x, y = core
    threads: dict[str, Any] = {}

    def core_(dims: int = 2) -> Any:
        return y * grid[0] + x if dims == 1 else (x, y, *(0,) * (dims - 2))

    def grid_size(dims: int = 2) -> Any:
        return grid[0] * grid[1] if dims == 1 else (*grid, *(1,) * (dims - 2))

    def copy(source: Any, target: Any) -> Any:
        trace.append(("copy", *(getattr(side, "described", side) for side in (source, target))))
        return SimpleNamespace(wait=lambda: trace.append(("landed",)))

    def thread() -> Any:
        return lambda function: threads.setdefault(function.__name__, function)

    def make_buffer(like: Any, shape: Any, buffer_factor: int = 2) -> Any:
        return PythonBuffer(trace)

    return SimpleNamespace(
        core=core_,
        core_linear=lambda: core_(1),
        grid_size=grid_size,
        copy=copy,
        compute=thread,
        datamovement=thread,
        make_circular_buffer_like=make_buffer,
        TILE_SHAPE=(32, 32),
        threads=threads,
    )


class PythonBuffer:
    """A circular buffer of which a test gives the name."""

    name = ""

    def __init__(self, trace: Trace):
        self.trace = trace

    def acquire(self, how: str) -> PythonBlock:
        self.trace.append((how, self.name))
        return PythonBlock(self, "push" if how == "reserve" else "pop")

    def wait(self) -> PythonBlock:
        return self.acquire("wait")

    def reserve(self) -> PythonBlock:
        return self.acquire("reserve")

    def push(self) -> None:
        self.trace.append(("push", self.name))

    def pop(self) -> None:
        self.trace.append(("pop", self.name))


class PythonBlock:
    def __init__(self, buffer: PythonBuffer, release: str):
        self.buffer, self.release = buffer, release
        self.described = buffer.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.buffer.trace.append((self.release, self.buffer.name))

    def push(self) -> None:
        self.buffer.push()

    def pop(self) -> None:
        self.buffer.pop()


class PythonTensor:
    """A tensor of so many tiles, whose windows describe themselves."""

    def __init__(self, name: str, rows: int, columns: int):
        self.name, self.tiles = name, (rows, columns)
        self.shape = (rows * 32, columns * 32)

    def __getitem__(self, index: Any) -> Any:
        parts = index if isinstance(index, tuple) else (index,)
        parts = (*parts, *(slice(None),) * (2 - len(parts)))
        window: list[tuple[int, int]] = []
        for part, size in zip(parts, self.tiles, strict=True):
            if isinstance(part, slice):
                start, stop, _ = part.indices(size)
                window.append((start, stop - start))
            else:
                window.append((part, 1))
        return SimpleNamespace(described=(self.name, tuple(window)))
