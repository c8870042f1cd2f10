"""
How a kernel is written as a text: what stands at the top, which values are written where they are used, which become
constants and variables and what these may be called, and where a line of the source is shown.

The pass `ttkernel-arrange-kernels` writes it on the operations, where it can be read. The C++ printer asks this record:
a copy of the kernel to write it on would cost half as much as the printing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from xdsl.dialects import scf
from xdsl.dialects.builtin import SymbolRefAttr, UnknownLoc
from xdsl.ir import Block, Operation, OpResult

from ttlang.analysis.locations import span_of
from ttlang.analysis.value_names import names_for
from ttlang.analysis.value_variables import Variables, is_folded
from ttlang.dialects import ttkernel
from ttlang.dialects.ttkernel import KernelOp, ProgramOp
from ttlang.dialects.ttkernel.facets import HandedOver
from ttlang.dialects.walking import operations_in

_LOOP_NAMES = ("i", "j", "k", "l", "m", "n", "index")


class Arrangement:
    """The decisions for one kernel, as it is now."""

    def __init__(self, kernel: KernelOp, program: ProgramOp):
        self.variables = Variables(kernel.body.block)
        """What is assigned more than once."""
        self.names: dict[Operation, tuple[str, ...]] = {}
        """What the result of an operation, or the index of a loop, may be called as a constant: the best first."""
        self.statements: set[Operation] = set()
        """What is written where it stands. Other operations are written where their results are used, if they are."""
        self.shown: set[Operation] = set()
        """Above these stands the line of the source that they come from: it is not that of the statement before."""
        self.body: Operation | None = None
        """The first statement that is the author's: above it stands what the host hands over."""
        self._kernel = kernel
        self._own = self._shown = _place(kernel)
        self._last = kernel.location
        """Where the statement before comes from."""
        prologue, rest = _split(kernel.body.block)
        prologue.sort(key=_place_in_prologue(program))
        self.top: tuple[Operation, ...] = (*prologue, *rest)
        """The operations of the kernel itself, in the order of the text."""
        self._collect(self.top)

    def _collect(self, ops: Iterable[Operation]) -> None:
        for op in ops:
            if type(op) in _TERMINATORS:
                continue
            if op.regions and isinstance(op, scf.ForOp):
                hint = op.body.block.args[0].name_hint
                self.names[op] = (hint, *_LOOP_NAMES) if hint else _LOOP_NAMES
            elif op.results and not op.regions and self.variables.get(op.results[0]) is None:
                if not _is_constant(op):
                    continue
                self.names[op] = names_for(self._kernel, op, op.results[0])
            self.statements.add(op)
            self._show_line(op)
            for region in op.regions:
                for block in region.blocks:
                    self._collect(operations_in(block))

    def _show_line(self, op: Operation) -> None:
        if HandedOver.of(op) or isinstance(op, ttkernel.SignpostEndOp):
            return
        if self.body is None:
            self.body = op
        if op.location is self._last:
            return
        self._last = op.location
        place = _place(op)
        if place is not None and place != self._shown and place != self._own:
            self.shown.add(op)
            self._shown = place


_TERMINATORS = (scf.YieldOp, scf.ConditionOp)


def _is_constant(op: Operation) -> bool:
    """Whether the result of an operation is declared as a constant of the function."""
    if isinstance(op, ttkernel.TensorAccessorArgsOp):
        return False  # a constant of the whole file
    if isinstance(op, ttkernel.EffectOp | ttkernel.CounterOp):
        return True
    return any(result.first_use is not None and not is_folded(result) for result in op.results)


def _place(op: Operation) -> tuple[str, int] | None:
    span = None if type(op.location) is UnknownLoc else span_of(op)
    return (span.file, span.line) if span else None


# -------------------------------------------------------------------------------------------------------- prologue


def _split(block: Block) -> tuple[list[Operation], list[Operation]]:
    """What the host hands over, and what follows from it alone; and the others."""
    prologue: list[Operation] = []
    rest: list[Operation] = []
    for op in operations_in(block):
        known = HandedOver.of(op) and all(isinstance(v, OpResult) and v.op in prologue for v in op.operands)
        (prologue if known else rest).append(op)
    return prologue, rest


def _place_in_prologue(program: ProgramOp) -> Callable[[Operation], tuple[int, int]]:
    """The order in which a person writes it: runtime arguments, tensors, sizes of tiles, semaphores, counters."""
    buffers = {op.sym_name.data: op.index.value.data for op in program.circular_buffers}
    semaphores = {op.sym_name.data: op.index.value.data for op in program.semaphores}

    def key(op: Operation) -> tuple[int, int]:
        match op:
            case ttkernel.GetArgValOp():
                return 0, op.index.value.data
            case ttkernel.GetCommonArgValOp() | ttkernel.GetRuntimeArgValOp():
                return 1, op.index.value.data
            case ttkernel.TensorAccessorArgsOp():
                return 0, -1  # it prints nothing: what it stands for is declared above
            case ttkernel.GetTileSizeOp():
                return 2, buffers[op.cb.root_reference.data]
            case ttkernel.GetSemaphoreOp(semaphore=SymbolRefAttr() as semaphore):
                return 3, semaphores[semaphore.root_reference.data]
            case ttkernel.TensorAccessorOp(address=OpResult(op=address)):
                return key(address)
            case ttkernel.CastToL1PtrOp(address=OpResult(op=address)):
                return key(address)
            case _:
                return 4, 0

    return key
