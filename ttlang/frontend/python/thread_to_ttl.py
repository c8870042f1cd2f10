"""Compiles a thread: its syntax tree becomes the body of a `ttl.compute_thread` or a `ttl.datamovement_thread`."""

from __future__ import annotations

import ast
from types import FunctionType

from ttlang.diagnostics import Diagnostic, DiagnosticError, Severity
from ttlang.dialects import ttl
from ttlang.frontend.blocks.finished_thread import finish
from ttlang.frontend.blocks.kernel_builder import KernelBuilder
from ttlang.frontend.blocks.values import Bool, Int
from ttlang.frontend.python import (
    comprehensions,
    conditions,
    displays,
    expressions,
    function_calls,
    loops,
    printed_text,
    prints_and_assertions,
    statements,
    value_parts,
)
from ttlang.frontend.python.call_table import CALLS
from ttlang.frontend.python.scopes import Closure, Scope
from ttlang.frontend.python.sources import find_source
from ttlang.frontend.python.thread_compiler import ExpressionCompiler, Frame, StatementCompiler, Syntax, ThreadCompiler

EXPRESSIONS: dict[type[ast.expr], ExpressionCompiler] = {
    ast.Attribute: value_parts.compile_attribute,
    ast.BinOp: expressions.compile_binary,
    ast.BoolOp: conditions.compile_boolean,
    ast.Call: function_calls.compile_call,
    ast.Compare: conditions.compile_compare,
    ast.Constant: expressions.compile_constant,
    ast.Dict: displays.compile_dict,
    ast.DictComp: comprehensions.compile_dict_comprehension,
    ast.FormattedValue: printed_text.compile_formatted,
    ast.GeneratorExp: comprehensions.compile_generator,
    ast.IfExp: conditions.compile_conditional,
    ast.JoinedStr: printed_text.compile_f_string,
    ast.Lambda: expressions.compile_lambda,
    ast.List: displays.compile_list,
    ast.ListComp: comprehensions.compile_list_comprehension,
    ast.Name: expressions.compile_name,
    ast.NamedExpr: expressions.compile_walrus,
    ast.Set: displays.compile_set,
    ast.SetComp: comprehensions.compile_set_comprehension,
    ast.Slice: value_parts.compile_slice,
    ast.Subscript: value_parts.compile_subscript,
    ast.Tuple: displays.compile_tuple,
    ast.UnaryOp: expressions.compile_unary,
}
STATEMENTS: dict[type[ast.stmt], StatementCompiler] = {
    ast.AnnAssign: statements.compile_annotated,
    ast.Assert: prints_and_assertions.compile_assert,
    ast.Assign: statements.compile_assign,
    ast.AugAssign: statements.compile_augmented,
    ast.Break: statements.compile_break,
    ast.Continue: statements.compile_continue,
    ast.Expr: statements.compile_expression,
    ast.For: loops.compile_for,
    ast.FunctionDef: function_calls.compile_definition,
    ast.Pass: statements.compile_pass,
    ast.Return: statements.compile_return,
    ast.While: loops.compile_while,
    ast.With: statements.compile_with,
}
SYNTAX = Syntax(EXPRESSIONS, STATEMENTS, statements.compile_statements, CALLS)


def compile_thread(
    kernel: KernelBuilder, kind: type[ttl.ThreadOp], name: str, functions: tuple[FunctionType, ...]
) -> list[Diagnostic]:
    """
    Adds a thread to the kernel, and returns what is to be said about it. `functions`: the one that is the thread, or
    one for each core. Raises a TTL0109 if it has no source.
    """
    source, node = find_source(functions[0])
    op = kind(name)
    kernel.add(op, source.location(node))
    liveness = source.liveness(node)
    compiler: ThreadCompiler

    def per_core(name: str, values: tuple[int, ...], is_truth: bool) -> Int | Bool:
        return compiler.per_core(name, values, is_truth)

    scope = Scope(liveness.locals, Closure(functions, kernel.canonical, per_core))
    frame = Frame(node, source, liveness, scope)
    compiler = ThreadCompiler(kernel, op, frame, SYNTAX)
    if isinstance(node, ast.FunctionDef):
        compiler.statements(node.body)
    else:
        compiler.diagnostics += _no_thread(compiler, node).diagnostics
    if not any(d.severity is Severity.ERROR for d in compiler.diagnostics):
        finish(compiler)
    return compiler.diagnostics


def _no_thread(c: ThreadCompiler, node: ast.AsyncFunctionDef | ast.Lambda) -> DiagnosticError:
    if isinstance(node, ast.Lambda):
        return c.error("TTL0101", "a lambda can't be a thread", node, hint="write it as a function: def compute(): ...")
    hint = f"leave async out: the threads of a kernel run beside each other as they are: def {node.name}(): ..."
    return c.error("TTL0101", "an async function can't be a thread", node, hint=hint)
