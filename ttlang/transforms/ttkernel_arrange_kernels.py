"""Writes on the operations of kernels how these are written as a text (`ttlang.analysis.kernel_arrangement`)."""

from __future__ import annotations

from collections.abc import Iterable

from xdsl.context import Context
from xdsl.dialects import scf
from xdsl.dialects.builtin import ArrayAttr, ModuleOp, StringAttr
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.kernel_arrangement import Arrangement
from ttlang.dialects.attributes import UNIT
from ttlang.dialects.guarantees import Guarantee
from ttlang.dialects.ttkernel import KernelOp, ProgramOp
from ttlang.dialects.walking import operations, operations_of
from ttlang.transforms.pass_order import OrderedPass


class TTKernelArrangeKernelsPass(OrderedPass):
    """
    Puts the operations of kernels into the order of their text, and says how each is written: `ttkernel.names` for a
    constant or an index, the best first; `ttkernel.variables` that hold what loops carry and branches yield;
    `ttkernel.body` at the author's first statement; `ttkernel.line` where a line of the source is shown. What has none
    of these is written where it is used. What kernels compute stays the same: the C++ printer writes them so with or
    without this pass.
    """

    name = "ttkernel-arrange-kernels"
    needs = frozenset({Guarantee.PROGRAM})

    def apply(self, ctx: Context, op: ModuleOp) -> None:
        for program in operations_of(op, ProgramOp):
            for kernel in program.kernels:
                _write(kernel, Arrangement(kernel, program))


def _write(kernel: KernelOp, arrangement: Arrangement) -> None:
    for op in arrangement.top:
        op.detach()
        kernel.body.block.add_op(op)
    for op in operations(kernel):
        if names := arrangement.names.get(op):
            op.attributes["ttkernel.names"] = _texts(names)
        held = [arrangement.variables.get(value) for value in _held_values(op)]
        if any(held):
            op.attributes["ttkernel.variables"] = _texts(f"{each.number}: {each.name}" if each else "" for each in held)
        if op is arrangement.body:
            op.attributes["ttkernel.body"] = UNIT
        if op in arrangement.shown:
            op.attributes["ttkernel.line"] = UNIT


def _texts(texts: Iterable[str]) -> ArrayAttr[StringAttr]:
    return ArrayAttr(map(StringAttr, texts))


def _held_values(op: Operation) -> Iterable[SSAValue]:
    """Of `scf.while`, what its test is given, then what its body is; of other operations, their results."""
    return (*op.before_region.block.args, *op.results) if isinstance(op, scf.WhileOp) else op.results
