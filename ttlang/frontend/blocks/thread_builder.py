"""The body of a thread under construction: where operations go, constants, places, and what is to be said about it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, IntegerType, LocationAttr, i1, i32
from xdsl.ir import Attribute, Block, Operation, Region, SSAValue

from ttlang.analysis.arithmetic import PREDICATES
from ttlang.analysis.intervals import BITS, fits, wrapped
from ttlang.analysis.locations import location
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.attributes import i32_attr
from ttlang.dialects.making import made
from ttlang.frontend.blocks.kernel_builder import KernelBuilder
from ttlang.frontend.blocks.known_values import host_integer, host_number
from ttlang.frontend.blocks.values import BlockValue, Bool, Host, Int, Value, describe
from ttlang.frontend.blocks.wrapping_integers import Word, Wrapped, word
from ttlang.language.call_sites import raised_at

OpT = TypeVar("OpT", bound=Operation)

COMPARISONS: dict[str, IntegerAttr[IntegerType]] = {
    predicate.name: IntegerAttr(number, 64) for number, predicate in enumerate(PREDICATES)
}
"""Predicates of `arith.cmpi` by name."""


def is_within(block: Block, outer: Region | Block | None) -> bool:
    """Whether a block is another one, or in it."""
    inner: Block | None = block
    while inner is not None and inner is not outer:
        inner = inner.parent_block()
    return inner is not None


def block_of(value: SSAValue) -> Block | None:
    """Where a value is made."""
    return value.owner if isinstance(value.owner, Block) else value.owner.parent


class ThreadBuilder:
    """
    Builds the body of `op`, a thread that is in the kernel already. What is built has the place that `build_at` was
    told last; a front end that has a syntax tree overrides `span`, `location` and `calls`, to find them when needed.
    """

    def __init__(self, kernel: KernelBuilder, op: ttl.ThreadOp, span: Span):
        self.kernel = kernel
        self.op = op
        self.diagnostics: list[Diagnostic] = []
        """What is to be said about the thread: errors that did not end its compilation, and warnings."""
        self.entry = self.block = op.body.block
        self.conditions = 0
        """How many branches and loops around the current place may keep it from being run."""
        self.selected: dict[SSAValue, Block] = {}
        """By the handle of a receive that a `wait_any` has waited for alone: where."""
        self.continued: dict[SSAValue, SSAValue] = {}
        """Products that are added to a reserved block, and that block."""
        self.slices: list[tuple[SSAValue, BlockValue]] = []
        """In a unified body, the slices of tensors that are held for expressions, and their blocks."""
        self.first_slice = 0
        """The first of them that the current statement has read; a tensor may have been written since the others."""
        self._around: dict[Block, Block] = {}
        """By blocks that are built and that no operation holds yet, the ones in which they will be."""
        self._span = span
        self._computed: dict[tuple[object, ...], SSAValue] = {}
        self._prologue_end: Operation | None = None
        self._constants: dict[tuple[int, bool], SSAValue] = {}
        self._coordinates: dict[type[Operation], SSAValue] = {}

    def has_come(self, handle: SSAValue) -> bool:
        """Whether a `wait_any` has waited for this very receive on every way here."""
        return handle in self.selected and self.is_in(self.selected[handle])

    def is_in(self, block: Block | None) -> bool:
        """Whether the current place is in a block."""
        inner: Block | None = self.block
        while inner is not None and inner is not block:
            inner = inner.parent_block() or self._around.get(inner)
        return inner is not None

    @property
    def is_compute(self) -> bool:
        return isinstance(self.op, ttl.ComputeThreadOp)

    @property
    def computes(self) -> bool:
        """Whether blocks can be computed with."""
        return ttl.ThreadKind.COMPUTE in self.op.KINDS

    @property
    def is_unified(self) -> bool:
        """Whether what is built is dealt out to threads when all of it is there."""
        return isinstance(self.op, ttl.UnifiedThreadOp)

    @property
    def thread_name(self) -> str:
        return self.op.sym_name.data

    # ------------------------------------------------------------------------------------------------ places

    def build_at(self, span: Span) -> None:
        """What follows is about this place."""
        self._span = span

    def span(self) -> Span:
        """The current place."""
        return self._span

    def location(self) -> LocationAttr:
        """The current place, as operations have it."""
        return location(self._span)

    @property
    def calls(self) -> tuple[Related, ...]:
        """The calls that lead to the current place, innermost first."""
        return ()

    def error(
        self,
        code: str,
        message: str,
        *,
        span: Span | None = None,
        hint: str | None = None,
        related: Sequence[Related] = (),
    ) -> DiagnosticError:
        """An error at a place, by default the current one, ready to be raised."""
        return DiagnosticError((Diagnostic(code, message, span or self.span(), hint, (*related, *self.calls)),))

    def warn(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, hint, severity=Severity.WARNING))

    # -------------------------------------------------------------------------------------------- operations

    def emit(self, op: OpT) -> OpT:
        """Adds an operation at the end of the current block, with the current place."""
        op.location = self.location()
        self.block.add_op(op)
        return op

    def compute(
        self, kind: type[Operation], operands: Sequence[SSAValue], type_: Attribute, properties: Mapping[str, Attribute]
    ) -> SSAValue:
        """The result of arithmetic: of the same operation as before, if there was one that is visible here."""
        key = (kind, *operands, properties.get("predicate"))
        if (known := self._computed.get(key)) is None:
            op = kind.create(operands=operands, result_types=[type_], properties=properties)
            known = self._computed[key] = self.emit(op).results[0]
        return known

    @contextmanager
    def inside(self, block: Block) -> Generator[None]:
        """Operations go into another block, which sees what has been computed so far."""
        outer, computed = self.block, self._computed
        if block is not outer:
            self._around[block] = outer
        self.block, self._computed = block, dict(computed)
        try:
            yield
        finally:
            self.block, self._computed = outer, computed
            self._around.pop(block, None)

    def prologue(self, op: OpT) -> OpT:
        """Adds an operation at the start of the thread, after those that were added there before."""
        op.location = self.location()
        if self._prologue_end is not None:
            self.entry.insert_op_after(op, self._prologue_end)
        elif self.entry.first_op is not None:
            self.entry.insert_op_before(op, self.entry.first_op)
        else:
            self.entry.add_op(op)
        self._prologue_end = op
        return op

    # -------------------------------------------------------------------------------- constants and coordinates

    def constant(self, value: int) -> SSAValue:
        """An i32 constant: one for each value, at the start of the thread."""
        return self._constant(int(self.word(value)), False)

    def truth_constant(self, value: bool) -> SSAValue:
        """An i1 constant."""
        return self._constant(int(value), True)

    def _constant(self, value: int, is_truth: bool) -> SSAValue:
        if (known := self._constants.get((value, is_truth))) is not None:
            return known
        type_, attr = (i1, _truth_attr(bool(value))) if is_truth else (i32, i32_attr(value))
        op = self.prologue(made(arith.ConstantOp, (), (type_,), {"value": attr}))
        self._constants[value, is_truth] = op.result
        return op.result

    def coordinate(self, axis: int) -> Int | Host:
        """The column (axis 0) or the row (1) of the core: 0 where the grid has no other."""
        if self.kernel.grid[axis] == 1:
            return Host(0)
        kind = (ttl.CoreXOp, ttl.CoreYOp)[axis]
        if kind not in self._coordinates:
            self._coordinates[kind] = self.prologue(kind.create(result_types=[i32])).results[0]
        return Int(self._coordinates[kind])

    def per_core(self, name: str, values: tuple[int, ...], is_truth: bool) -> Int | Bool:
        """A number (or a truth value) that was computed for each core, in the order of `core_linear`."""
        for value in values:
            if not fits(value):
                raise self.error("TTL0106", f"{name} is {value} on a core, which does not fit 32 bits")
        argument = self.kernel.core_argument(name, values)
        if not is_truth:
            return Int(argument)
        zero = self.constant(0)
        properties = {"predicate": COMPARISONS["ne"]}
        op = arith.CmpiOp.create(operands=[argument, zero], result_types=[i1], properties=properties)
        return Bool(self.prologue(op).result)

    # ------------------------------------------------------------------------------------- values, and demands

    def word(self, value: int) -> Word:
        """An integer that arithmetic in a thread can take. A TTL0106 for one that 32 bits don't hold."""
        if fits(value):
            return word(value)
        same = f"{wrapped(value)} has the same 32 bits" if 0 <= value < 1 << BITS else None
        hint = same or "what the kernel function computes may be as large as it likes, until a thread computes with it"
        raise self.error("TTL0106", f"{value} does not fit the 32 bits of a thread's integers", hint=hint)

    def number(self, value: Value) -> float | int | None:
        """The number of the host's that a value is, else None. A TTL0106 for one that has passed 2^31 in the thread."""
        number = host_number(value)
        if isinstance(number, Wrapped):
            raise self.error(
                "TTL0106",
                f"this integer passed the 32 bits of a thread's integers, which hold it as {int(number)}",
                hint="make a float of it before it grows, or compute it in the kernel function",
            )
        return number

    def as_float(self, number: float) -> float:
        """A number of the host's as a float. A TTL0305 for an integer that is too large for one."""
        try:
            return float(number)
        except OverflowError:
            bits = int(number).bit_length()
            raise self.error("TTL0305", f"a number of {bits} bits is beyond every format") from None

    def integer(self, value: Value) -> SSAValue:
        """An integer or bool as i32."""
        if isinstance(value, Int):
            return value.ssa
        if isinstance(value, Bool):
            return self.compute(arith.ExtUIOp, [value.ssa], i32, {})
        number = host_integer(value)
        if number is None:
            raise self.error("TTL0106", f"{describe(value)} is no integer")
        return self.constant(number)

    def on_host(self, function: Callable[..., object], *args: object, **kwargs: object) -> Host:
        """What a function of the host returns. Whatever it raises becomes a TTL0110."""
        try:
            return Host(function(*args, **kwargs))
        except DiagnosticError:
            raise
        except Exception as cause:
            place = raised_at(cause)
            related = [Related(place, "raised here")] if place else []
            raise self.error("TTL0110", f"{type(cause).__name__}: {cause}", related=related) from cause

    def need_compute(self, what: str) -> None:
        if not self.computes:
            raise self.error(
                "TTL0601",
                f"{what} in the data movement thread {self.thread_name}",
                hint="math and store belong to the compute thread; data movement threads copy",
            )

    def need_data_movement(self, what: str) -> None:
        if ttl.ThreadKind.DATA_MOVEMENT not in self.op.KINDS:
            raise self.error(
                "TTL0601",
                f"{what} in the compute thread {self.thread_name}",
                hint="copies, pipes and semaphores belong to data movement threads; pass data on in a circular buffer",
            )


def is_constant(ssa: SSAValue) -> bool:
    return isinstance(ssa.owner, arith.ConstantOp)


@lru_cache
def _truth_attr(value: bool) -> IntegerAttr[IntegerType]:
    return IntegerAttr(int(value), i1)
