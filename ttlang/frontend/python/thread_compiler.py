"""The state of the compilation of one thread, which the functions for each kind of syntax share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar, cast

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, LocationAttr, i1, i32
from xdsl.ir import Attribute, Block, Operation, SSAValue

from ttlang.analysis.arithmetic import PREDICATES
from ttlang.analysis.intervals import BITS, fits, wrapped
from ttlang.diagnostics import Diagnostic, DiagnosticError, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.names import value_hint
from ttlang.frontend.blocks.kernel_builder import KernelBuilder
from ttlang.frontend.blocks.values import (
    POISON,
    BlockValue,
    Bool,
    Host,
    Int,
    Poison,
    TransferValue,
    Unusable,
    Value,
    describe,
    host_integer,
    host_number,
)
from ttlang.frontend.blocks.wrapping_integers import Word, Wrapped, word
from ttlang.frontend.python.liveness import FunctionNode, Liveness, Names, assigned_names
from ttlang.frontend.python.scopes import Closure, Scope
from ttlang.frontend.python.sources import SourceFile
from ttlang.language.call_sites import raised_at

T = TypeVar("T")
OpT = TypeVar("OpT", bound=Operation)
ExpressionCompiler = Callable[["ThreadCompiler", Any], Value]
StatementCompiler = Callable[["ThreadCompiler", Any], None]


class Poisoned(Exception):
    """Ends the compilation of a statement that uses a value whose own compilation has been reported as an error."""


@dataclass
class Frame:
    """A function while it is compiled: the thread's own, or one that is inlined."""

    node: FunctionNode
    source: SourceFile
    liveness: Liveness
    scope: Scope
    caller: Frame | None = None
    calls: tuple[Related, ...] = ()
    """The calls that lead here, innermost first."""
    call_spans: tuple[Span, ...] = ()
    """Their places."""
    loops: int = 0
    """How many loops of the function are around the current statement."""
    runtime_loops: int = 0
    """How many of them are not unrolled."""
    loop_live: Names = frozenset()
    """Names that may be read where a break or a continue leads."""


@lru_cache(maxsize=1024)
def integer_attr(value: int) -> IntegerAttr[Any]:
    return IntegerAttr(value, i32)


@lru_cache
def truth_attr(value: bool) -> IntegerAttr[Any]:
    return IntegerAttr(int(value), i1)


@dataclass
class ThreadCompiler:
    """Compiles a thread into the body of `op`. The current node gives its place to operations and diagnostics."""

    kernel: KernelBuilder
    op: ttl.ThreadOp
    frame: Frame
    expression_table: Mapping[type[ast.expr], ExpressionCompiler]
    statement_table: Mapping[type[ast.stmt], StatementCompiler]
    statement_list: StatementCompiler
    diagnostics: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def __post_init__(self) -> None:
        self.entry = self.block = self.op.body.block
        self.node: ast.AST = self.frame.node
        self.conditions = 0
        """How many branches and loops around the current statement may keep it from being run."""
        self.continued: dict[SSAValue, SSAValue] = {}
        """Products that are added to a reserved block, and that block."""
        self._computed: dict[tuple[object, ...], SSAValue] = {}
        self._prologue_end: Operation | None = None
        self._constants: dict[tuple[int, bool], SSAValue] = {}
        self._coordinates: dict[type[Operation], SSAValue] = {}

    # ------------------------------------------------------------------------------------------------ places

    @property
    def scope(self) -> Scope:
        return self.frame.scope

    @property
    def is_compute(self) -> bool:
        return isinstance(self.op, ttl.ComputeThreadOp)

    @property
    def thread_name(self) -> str:
        return self.op.sym_name.data

    def at(self, node: ast.AST) -> None:
        """What follows is about this node."""
        self.node = node

    def location(self) -> LocationAttr:
        return self.frame.source.location(self.node, self.frame.call_spans)

    def span(self, node: ast.AST | None = None) -> Span:
        return self.frame.source.span(node or self.node)

    def error(
        self,
        code: str,
        message: str,
        node: ast.AST | None = None,
        *,
        hint: str | None = None,
        related: Sequence[Related] = (),
    ) -> DiagnosticError:
        """An error at a node, by default the current one, ready to be raised."""
        found = Diagnostic(code, message, self.span(node), hint, (*related, *self.frame.calls))
        return DiagnosticError((found,))

    def warn(self, code: str, message: str, span: Span | None, hint: str | None = None) -> None:
        self.diagnostics.append(Diagnostic(code, message, span, hint, severity=Severity.WARNING))

    # ------------------------------------------------------------------------------------------------ syntax

    def expression(self, node: ast.expr) -> Value:
        """The value of an expression, for whose computation operations are added. Raises a DiagnosticError."""
        self.node = node
        compiler = self.expression_table.get(type(node))
        if compiler is None:
            raise self.error("TTL0102", f"{_syntax_name(node)} can't be used in a thread")
        value = compiler(self, node)
        if isinstance(value, Poison | Unusable):
            return self.usable(value, "the value")
        self.node = node
        return value

    def statements(self, nodes: Sequence[ast.stmt]) -> None:
        """Compiles a list of statements. What is wrong with them is reported, and does not end the compilation."""
        self.statement_list(self, nodes)

    def statement(self, node: ast.stmt) -> None:
        """Compiles one statement, on its own."""
        compiler = self.statement_table.get(type(node))

        def compile_it() -> None:
            if compiler is None:
                hint = _SYNTAX_HINTS.get(type(node))
                raise self.error("TTL0101", f"{_syntax_name(node)} can't be used in a thread", hint=hint)
            compiler(self, node)

        self.attempt(node, compile_it)

    def attempt(self, node: ast.stmt, action: Callable[[], T]) -> T | None:
        """Does something with a statement. What is wrong with it is reported, and poisons the names that it binds."""
        self.node = node
        try:
            return action()
        except DiagnosticError as found:
            self.diagnostics += found.diagnostics
        except Poisoned:
            pass
        except RecursionError:
            self.diagnostics += self.error("TTL0003", "this is nested too deeply to be compiled", node).diagnostics
        declared = node.names if isinstance(node, ast.Global | ast.Nonlocal) else ()
        for name in (*assigned_names([node]), *declared):
            self.scope.env[name] = POISON
        return None

    def count_errors(self) -> int:
        """How many errors have been reported so far."""
        return sum(found.severity is Severity.ERROR for found in self.diagnostics)

    def usable(self, value: Value, name: str) -> Value:
        """The value, unless reading it is an error, or was one before."""
        if isinstance(value, Poison):
            raise Poisoned
        if isinstance(value, Unusable):
            found = value.report(name)
            related = (*found.related, *self.frame.calls)
            raise DiagnosticError((replace(found, span=self.span(), related=related),))
        return value

    def assign(self, name: str, value: Value) -> None:
        """Binds a name, which also names the SSA value in the IR, if it has no name yet."""
        self.scope.env[name] = value
        if isinstance(value, Int | Bool | BlockValue | TransferValue):
            ssa = value.ssa
            if ssa.name_hint is None and not self.is_constant(ssa):
                ssa.name_hint = value_hint(name)

    # -------------------------------------------------------------------------------------------- operations

    def emit(self, op: OpT) -> OpT:
        """Adds an operation at the end of the current block, with the place of the current node."""
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
        outer, computed, node = self.block, self._computed, self.node
        self.block, self._computed = block, dict(computed)
        try:
            yield
        finally:
            self.block, self._computed, self.node = outer, computed, node

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

    def constant(self, value: int) -> SSAValue:
        """An i32 constant: one for each value, at the start of the thread."""
        return self._constant(int(self.word(value)), False)

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

    def truth_constant(self, value: bool) -> SSAValue:
        """An i1 constant."""
        return self._constant(int(value), True)

    def _constant(self, value: int, is_truth: bool) -> SSAValue:
        if (known := self._constants.get((value, is_truth))) is not None:
            return known
        type_, attr = (i1, truth_attr(bool(value))) if is_truth else (i32, integer_attr(value))
        op = self.prologue(arith.ConstantOp.create(result_types=[type_], properties={"value": attr}))
        self._constants[value, is_truth] = op.result
        return op.result

    def is_constant(self, ssa: SSAValue) -> bool:
        return isinstance(ssa.owner, arith.ConstantOp)

    def coordinate(self, axis: int) -> Int | Host:
        """The column (axis 0) or the row (1) of the core: 0 where the grid has no other."""
        if self.kernel.grid[axis] == 1:
            return Host(0)
        kind = (ttl.CoreXOp, ttl.CoreYOp)[axis]
        if kind not in self._coordinates:
            self._coordinates[kind] = self.prologue(kind.create(result_types=[i32])).results[0]
        return Int(self._coordinates[kind])

    def per_core(self, name: str, values: tuple[int, ...], is_truth: bool) -> Int | Bool:
        """A number that the kernel function computed for each core."""
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

    def closure(self, functions: Sequence[Any]) -> Closure:
        return Closure(tuple(functions), self.kernel.canonical, self.per_core)

    # ---------------------------------------------------------------------------------------------- demands

    def on_host(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Host:
        """What a function of the host returns. Whatever it raises becomes a TTL0110."""
        try:
            return Host(function(*args, **kwargs))
        except DiagnosticError:
            raise
        except Exception as cause:
            place = raised_at(cause)
            related = [Related(place, "raised here")] if place else []
            raise self.error("TTL0110", f"{type(cause).__name__}: {cause}", related=related) from cause

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

    def need_compute(self, what: str) -> None:
        if not self.is_compute:
            raise self.error(
                "TTL0601",
                f"{what} in the data movement thread {self.thread_name}",
                hint="math and store belong to the compute thread; data movement threads copy",
            )

    def need_data_movement(self, what: str) -> None:
        if self.is_compute:
            raise self.error(
                "TTL0601",
                f"{what} in the compute thread {self.thread_name}",
                hint="copies, pipes and semaphores belong to data movement threads; pass data on in a circular buffer",
            )


COMPARISONS: dict[str, IntegerAttr[Any]] = {
    predicate.name: cast("IntegerAttr[Any]", IntegerAttr(number, 64)) for number, predicate in enumerate(PREDICATES)
}
"""Predicates of `arith.cmpi` by name."""


def _syntax_name(node: ast.AST) -> str:
    return _SYNTAX.get(type(node), f"`{type(node).__name__}`")


_SYNTAX: dict[type[ast.AST], str] = {
    ast.Try: "`try`",
    ast.Raise: "`raise`",
    ast.Global: "`global`",
    ast.Nonlocal: "`nonlocal`",
    ast.Delete: "`del`",
    ast.Import: "`import`",
    ast.ImportFrom: "`import`",
    ast.ClassDef: "`class`",
    ast.AsyncFunctionDef: "`async def`",
    ast.AsyncFor: "`async for`",
    ast.AsyncWith: "`async with`",
    ast.Match: "`match`",
    ast.Await: "`await`",
    ast.Yield: "`yield`",
    ast.YieldFrom: "`yield from`",
    ast.Starred: "`*`",
}
_UNSHARED = "a thread shares nothing with Python: give it constants, and pass on in buffers what it computes"
_SYNTAX_HINTS: dict[type[ast.AST], str] = {
    ast.Try: "nothing that runs on a core raises: take out the `try`, and test values with `if`",
    ast.Raise: "nothing that runs on a core raises: test what is constant in the kernel function",
    ast.Global: _UNSHARED,
    ast.Nonlocal: _UNSHARED,
    ast.Import: "import it at the top of the file",
    ast.ImportFrom: "import it at the top of the file",
    ast.ClassDef: "define it outside the kernel",
    ast.Match: "use if and elif",
    ast.AsyncFor: "a copy is waited for with its method: ttl.copy(...).wait()",
    ast.AsyncWith: "a copy is waited for with its method: ttl.copy(...).wait()",
}
"""What to do instead."""
