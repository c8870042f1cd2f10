"""The compilation of one thread's syntax tree: what the functions for each kind of syntax share."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from xdsl.dialects.builtin import LocationAttr
from xdsl.ir import Block, SSAValue

from ttlang.diagnostics import DiagnosticError, Related, Severity, Span
from ttlang.dialects import ttl
from ttlang.dialects.names import value_hint
from ttlang.frontend.blocks.call_arguments import Arguments, Call
from ttlang.frontend.blocks.kernel_builder import KernelBuilder
from ttlang.frontend.blocks.thread_builder import ThreadBuilder, is_constant
from ttlang.frontend.blocks.values import POISON, BlockValue, Bool, Host, Int, Poison, TransferValue, Unusable, Value
from ttlang.frontend.python.liveness import FunctionNode, Liveness, Names, assigned_names
from ttlang.frontend.python.scopes import Closure, Scope
from ttlang.frontend.python.sources import SourceFile
from ttlang.language.runtime_integers import RuntimeParameter

T = TypeVar("T")
ExpressionCompiler = Callable[["ThreadCompiler", Any], Value]
StatementCompiler = Callable[["ThreadCompiler", Any], None]
Handler = Callable[["ThreadCompiler", Call], Value]
"""Compiles a call."""
BoundHandler = Callable[["ThreadCompiler", Arguments], Value]
"""Compiles a call whose arguments fit the parameters of its function."""
MethodHandler = Callable[["ThreadCompiler", Any, Call], Value]
"""Compiles a call of a method of a value."""


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


@dataclass(frozen=True)
class BuiltinCall:
    """How a call of a function of Python is compiled."""

    handler: Handler
    may_wrap: bool = False
    """Whether a result may not fit 32 bits where arguments do: the host's integers are computed as the run would."""


@dataclass(frozen=True)
class CallTable:
    """How calls are compiled, by the object that is called."""

    always: Mapping[object, Handler]
    """Functions whose calls are compiled whatever their arguments are."""
    at_run_time: Mapping[object, BuiltinCall]
    """Those that are compiled if an argument is known only to the run; else they are called on the host."""
    methods: Mapping[tuple[type[Value], str], MethodHandler]
    """Methods of values that are no host objects."""
    computing: Container[tuple[type[Value], str]]
    """Those that compute with the block whose methods they are."""


@dataclass(frozen=True)
class Syntax:
    """How each kind of syntax is compiled, and each call."""

    expressions: Mapping[type[ast.expr], ExpressionCompiler]
    statements: Mapping[type[ast.stmt], StatementCompiler]
    statement_list: StatementCompiler
    calls: CallTable


class ThreadCompiler(ThreadBuilder):
    """Builds a thread from its syntax tree: the current node gives its place to operations and diagnostics."""

    def __init__(self, kernel: KernelBuilder, op: ttl.ThreadOp, frame: Frame, syntax: Syntax):
        super().__init__(kernel, op, frame.source.span(frame.node))
        self.frame = frame
        self.node: ast.AST = frame.node
        self.syntax = syntax
        self.places: dict[SSAValue, int] = {}
        """What numbers of the run that lists are indexed with are on the path that is compiled."""
        self.sides: dict[ast.IfExp, Value] = {}
        """Conditional expressions of the statement that is compiled for each of their sides, and which side it is."""

    @property
    def scope(self) -> Scope:
        return self.frame.scope

    # ------------------------------------------------------------------------------------------------ places

    def at(self, node: ast.AST) -> None:
        """What follows is about this node."""
        self.node = node

    def location(self) -> LocationAttr:
        return self.frame.source.location(self.node, self.frame.call_spans)

    def span(self, node: ast.AST | None = None) -> Span:
        return self.frame.source.span(node or self.node)

    @property
    def calls(self) -> tuple[Related, ...]:
        return self.frame.calls

    def error(
        self,
        code: str,
        message: str,
        node: ast.AST | None = None,
        *,
        span: Span | None = None,
        hint: str | None = None,
        related: Sequence[Related] = (),
    ) -> DiagnosticError:
        """An error at a node, by default the current one, ready to be raised."""
        place = span if node is None else self.span(node)
        return super().error(code, message, span=place, hint=hint, related=related)

    @contextmanager
    def inside(self, block: Block) -> Generator[None]:
        node = self.node
        try:
            with super().inside(block):
                yield
        finally:
            self.node = node

    # ------------------------------------------------------------------------------------------------ syntax

    def expression(self, node: ast.expr) -> Value:
        """The value of an expression, for whose computation operations are added. Raises a DiagnosticError."""
        self.node = node
        compiler = self.syntax.expressions.get(type(node))
        if compiler is None:
            raise self.error("TTL0102", f"{_syntax_name(node)} can't be used in a thread")
        value = compiler(self, node)
        if isinstance(value, Poison | Unusable):
            return self.usable(value, "the value")
        self.node = node
        if isinstance(value, Host) and isinstance(value.value, RuntimeParameter):
            return Int(self.kernel.runtime_arguments[value.value])
        return value

    def statements(self, nodes: Sequence[ast.stmt]) -> None:
        """Compiles a list of statements. What is wrong with them is reported, and does not end the compilation."""
        self.syntax.statement_list(self, nodes)

    def statement(self, node: ast.stmt) -> None:
        """Compiles one statement, on its own."""
        compiler = self.syntax.statements.get(type(node))

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
            related = (*found.related, *self.calls)
            raise DiagnosticError((replace(found, span=self.span(), related=related),))
        return value

    def at_place(self, index: Value) -> Value:
        """An index, as the number that it is on the path that is compiled, if that is known."""
        if isinstance(index, Int) and index.ssa in self.places:
            return Host(self.places[index.ssa])
        return index

    def assign(self, name: str, value: Value) -> None:
        """Binds a name, which also names the SSA value in the IR, if it has no name yet."""
        self.scope.env[name] = value
        if isinstance(value, Int | Bool | BlockValue | TransferValue):
            ssa = value.ssa
            if ssa.name_hint is None and not is_constant(ssa):
                ssa.name_hint = value_hint(name)

    def closure(self, functions: Sequence[Any]) -> Closure:
        return Closure(tuple(functions), self.kernel.canonical, self.per_core)


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
