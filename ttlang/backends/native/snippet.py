"""
What a call of C++ does to the machine: the operations of `ttkernel` that it stands for, compiled by the simulator's own
code generator to a small Python function of the call's run-time words. So each call has one meaning.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from xdsl.dialects import arith
from xdsl.dialects.builtin import SymbolRefAttr, i32
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ttlang.analysis.locations import location
from ttlang.backends.native.addressed_tensors import NativeTensor
from ttlang.backends.native.native_program import NativeKernel
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.control_flow import HELPER_FUNCTIONS, write_block
from ttlang.backends.simulator.permitted_calls import check_placement
from ttlang.backends.simulator.read_program import buffer_of
from ttlang.backends.simulator.writer import Writer
from ttlang.diagnostics import Span
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel.facets import Drains, Fills, HandsPages, Sends, Signals, WritesTensor
from ttlang.machine.faults import Fault
from ttlang.machine.threads import Thread
from ttlang.tables import dtypes
from ttlang.tables.kernel_api import Generation

Bound = Callable[..., Any]
"""The call on one thread: takes the run-time words; returns the result, or is a generator of the thread's waits."""


@dataclass(frozen=True)
class Compiled:
    """A call with its constants, ready to be bound to any thread of the kernel."""

    bind: Callable[[Thread], Bound]
    waits: bool
    """Whether it is a generator."""
    fills: tuple[int, ...]
    """Numbers of the buffers that it reserves or pushes pages of."""
    drains: tuple[int, ...]
    uses: tuple[int, ...]
    """Hardware numbers of the buffers that it names."""
    sends: bool
    """Whether it takes bytes of L1 away."""


@dataclass
class Snippet:
    """The operations of one call while they are made."""

    kernel: NativeKernel
    span: Span
    number: int
    """Of the call, for faults."""
    block: Block = field(default_factory=Block)
    uses: list[int] = field(default_factory=list[int])
    zeros: list[tuple[SSAValue, str]] = field(default_factory=list[tuple[SSAValue, str]])

    @property
    def dst32(self) -> bool:
        return self.kernel.program.info.dst32

    @property
    def generations(self) -> Sequence[Generation]:
        return self.kernel.generations

    def add(self, op: Operation) -> Operation:
        op.location = location(self.span)
        self.block.add_op(op)
        return op

    def value(self, type: Attribute = i32) -> SSAValue:
        """A word that only the run knows, the next one."""
        return self.block.insert_arg(type, len(self.block.args))

    def buffer(self, number: int) -> SymbolRefAttr:
        """The circular buffer of that number. Raises a Fault if the program has none."""
        name = self.kernel.program.buffer_names.get(number)
        if name is None:
            raise no_buffer(self.kernel, number, self.number)
        self.uses.append(number)
        return SymbolRefAttr(name)

    def tensor(self, words: Sequence[int]) -> NativeTensor:
        """The tensor that an accessor was made for. Raises a Fault if there is none, or it is another."""
        address, in_dram, described, page_bytes = words
        return self.kernel.tensor_at(address & 0xFFFFFFFF, bool(in_dram), described, page_bytes, self.number)

    def accessor(self, tensor: NativeTensor) -> SSAValue:
        """An accessor of a tensor."""
        args = self.add(ttkernel.TensorAccessorArgsOp(tensor.name)).results[0]
        address = self.add(arith.ConstantOp.from_int_and_width(tensor.address, i32)).results[0]
        return self.add(ttkernel.TensorAccessorOp(args, address)).results[0]

    def format(self, code: int) -> dtypes.DType:
        """The format of that number."""
        for dtype in dtypes.DTYPES:
            if dtype.code == code:
                return dtype
        raise self.not_modelled(f"the format with the number {code}")

    def one_of(self, known: Mapping[int, str], number: int, what: str) -> str:
        if number not in known:
            raise self.not_modelled(what)
        return known[number]

    def must_be_zero(self, value: SSAValue, what: str) -> None:
        """A word for which the machine knows one value alone."""
        self.zeros.append((value, what))

    def not_modelled(self, what: str) -> Fault:
        return not_modelled(what, self.number)


def no_buffer(kernel: NativeKernel, number: int, op: int) -> Fault:
    names = ", ".join(map(str, sorted(kernel.program.buffer_names))) or "none"
    where = " on this core" if number in kernel.program.buffer_names else f": the program has {names}"
    message = f"there is no circular buffer {number}{where}"
    return Fault("TTL0820", op, message, hint="each buffer needs a CBDescriptor on the cores that use it")


def not_modelled(what: str, op: int) -> Fault:
    return Fault("TTL0821", op, f"the simulator does not model {what}")


def compile_snippet(snippet: Snippet, name: str) -> Compiled:
    """Compiles the operations of a call. Raises a Fault for a call that this kind of kernel can't make."""
    kernel = snippet.kernel
    ops = list(snippet.block.ops)
    calls = [op for op in ops if isinstance(op, ttkernel.CallOp)]
    if wrong := check_placement(kernel.info.name, calls, is_compute=kernel.info.is_compute):
        raise Fault("TTL0601", snippet.number, wrong[1])
    writer = Writer(kernel.program.info, kernel.info, dict(HELPER_FUNCTIONS))
    writer.tree, writer.sites, writer.follows = kernel.tree, kernel.sites, True
    writer.counted = kernel.counted
    name = writer.name(name)
    parameters = writer.variables(list(snippet.block.args))
    for value, what in snippet.zeros:
        _check_zero(writer, value, what, ops[-1])
    write_block(writer, snippet.block)
    if any(Signals.of(op) for op in calls):
        kernel.note_signals()
    body = writer.body
    prologue = writer.prologue
    if kernel.counted is not None:
        prologue.append(pyast.assign(["counts"], [pyast.attribute("thread", "counts")]))
    if kernel.tree is not None:
        body = [
            pyast.assign(["state"], [pyast.attribute("thread", "node")]),
            *body,
            pyast.assign_attribute("thread", "node", pyast.name("state")),
        ]
    if ops and ops[-1].results:
        body.append(ast.Return(writer.value(ops[-1].results[0])))
    waits = any(isinstance(node, ast.Yield) for statement in body for node in ast.walk(statement))
    bind = _function(
        "bind", ["thread"], [*prologue, _function(name, parameters, body or [ast.Pass()]), _returned(name)]
    )
    module = ast.Module([bind], [])
    writer.place(bind)
    exec(compile(ast.fix_missing_locations(module), writer.file, "exec"), writer.globals)
    return Compiled(
        writer.globals["bind"],
        waits,
        _touched(kernel, calls, Fills),
        _touched(kernel, calls, Drains),
        tuple(dict.fromkeys(snippet.uses)),
        any(_sends(op) for op in calls),
    )


def _sends(op: Operation) -> bool:
    """Whether others wait for what a call does: it hands data on."""
    fills = Fills.of(op)
    return bool(WritesTensor.of(op) or Sends.of(op) or (fills and fills.releases))


def _touched(kernel: NativeKernel, calls: Sequence[Operation], side: type[HandsPages]) -> tuple[int, ...]:
    buffers = (hands.buffer(op) for op in calls if (hands := side.of(op)))
    return tuple(buffer_of(kernel.program.info, buffer).number for buffer in buffers)


def _check_zero(writer: Writer, value: SSAValue, what: str, op: Operation) -> None:
    fault = pyast.call(writer.constant("not_modelled", not_modelled), pyast.text(what), pyast.number(writer.number(op)))
    writer.emit(ast.If(writer.value(value), [ast.Raise(fault)], []), op)


def _function(name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.FunctionDef:
    module = ast.parse(f"def {name}({', '.join(parameters)}): pass")
    made = module.body[0]
    assert isinstance(made, ast.FunctionDef)
    made.body = body
    for node in ast.walk(made):
        if isinstance(node, ast.FunctionDef | ast.arg) and hasattr(node, "lineno"):
            del node.lineno
    return made


def _returned(name: str) -> ast.stmt:
    return ast.Return(pyast.name(name))
