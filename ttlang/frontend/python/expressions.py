"""Expressions that are no calls, and no parts of values: constants, names, operators, lambdas."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from ttlang.analysis.intervals import fits
from ttlang.frontend.blocks import i32_arithmetic, i32_quotients, slices_in_expressions, suggestions
from ttlang.frontend.blocks.elementwise import apply
from ttlang.frontend.blocks.known_values import host_integer, is_integer, is_method
from ttlang.frontend.blocks.matrix_ops import matmul
from ttlang.frontend.blocks.operands import check_number, no_block
from ttlang.frontend.blocks.sequences import as_items, group
from ttlang.frontend.blocks.values import BlockValue, Bool, Fill, Host, Int, Ratio, Spread, Value, describe
from ttlang.frontend.blocks.wrapping_integers import plain
from ttlang.frontend.python.conditions import negation
from ttlang.frontend.python.operators import (
    ARITHMETIC,
    BLOCK_HINTS,
    INTEGER_OPERATORS,
    SYMBOLS,
    apply_operator,
    no_operator,
)
from ttlang.frontend.python.printed_text import concatenated
from ttlang.frontend.python.scopes import LocalFunction
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.language.buffers import CircularBuffer
from ttlang.language.tensors import TensorParameter


def compile_constant(c: ThreadCompiler, node: ast.Constant) -> Value:
    return Host(node.value)


def compile_name(c: ThreadCompiler, node: ast.Name) -> Value:
    owner = c.scope.owner(node.id)
    if owner is not None:
        if (value := owner.env.get(node.id)) is None:
            raise c.error("TTL0104", f"{node.id} is used before it is assigned", node)
        return c.usable(value, node.id)
    value = c.scope.closure.find(node.id)
    if value is None:
        hint = suggestions.for_name(node.id, c.scope.visible() | c.kernel.names)
        raise c.error("TTL0103", f"{node.id} is not defined", node, hint=hint)
    return c.usable(value, node.id)


# ------------------------------------------------------------------------------------------------------- operators

_BINARY: dict[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.FloorDiv: lambda a, b: a // b,
    ast.Mod: lambda a, b: a % b,
    ast.Pow: lambda a, b: a**b,
    ast.LShift: lambda a, b: a << b,
    ast.RShift: lambda a, b: a >> b,
    ast.BitAnd: lambda a, b: a & b,
    ast.BitOr: lambda a, b: a | b,
    ast.BitXor: lambda a, b: a ^ b,
    ast.MatMult: lambda a, b: a @ b,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], object]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}


def compile_binary(c: ThreadCompiler, node: ast.BinOp) -> Value:
    left, right = c.expression(node.left), c.expression(node.right)
    for value, place, other in ((left, node.left, right), (right, node.right, left)):
        c.at(place)
        if isinstance(other, BlockValue | Spread):
            check_number(c, SYMBOLS[type(node.op)], value)
        if may_hold_blocks(value):
            raise no_block(c, SYMBOLS[type(node.op)], value)
    c.at(node)
    if isinstance(left, Host) and isinstance(right, Host) and _is_literal(node):
        return c.on_host(_BINARY[type(node.op)], left.value, right.value)
    if isinstance(node.op, ast.LShift | ast.RShift) and is_integer(left) and _is_literal(node.right):
        i32_arithmetic.check_bits(c, host_integer(right) or 0)
    return binary(c, node.op, left, right)


def _is_literal(node: ast.expr) -> bool:
    """Whether an expression is a number, written as a calculation: it is that number, however large its parts."""
    match node:
        case ast.Constant(value=int() | float()):
            return True
        case ast.BinOp(left=left, right=right):
            return _is_literal(left) and _is_literal(right)
        case ast.UnaryOp(operand=operand):
            return _is_literal(operand)
        case _:
            return False


def binary(c: ThreadCompiler, op: ast.operator, left: Value, right: Value) -> Value:
    kind = type(op)
    left, right = slices_in_expressions.read(c, left), slices_in_expressions.read(c, right)
    if isinstance(left, Host) and isinstance(right, Host):
        for value in (left, right):
            if may_hold_blocks(value):
                raise no_block(c, SYMBOLS[kind], value)
        if kind in INTEGER_OPERATORS and is_integer(left) and is_integer(right):
            return ARITHMETIC[kind](c, left, right)
        if not (is_integer(left) and is_integer(right)):
            for value in (left, right):
                c.number(value)
        return c.on_host(_BINARY[kind], left.value, right.value)
    if kind is ast.MatMult and isinstance(left, Fill) and isinstance(right, Fill):
        return matmul(c, left, right, "@")
    if isinstance(left, BlockValue | Spread) or isinstance(right, BlockValue | Spread):
        if kind is ast.MatMult:
            return matmul(c, left, right, "@")
        return apply_operator(c, op, left, right)
    if isinstance(left, Fill) or isinstance(right, Fill):
        return _fill_arithmetic(c, op, left, right)
    if kind in ARITHMETIC and is_integer(left) and is_integer(right):
        return ARITHMETIC[kind](c, left, right)
    if isinstance(left, Ratio) or isinstance(right, Ratio):
        return _ratio_arithmetic(c, kind, left, right)
    if kind is ast.Add and (joined := _concatenated(left, right) or concatenated(c, left, right)) is not None:
        return joined
    raise no_operator(c, SYMBOLS[kind], left, right)


def may_hold_blocks(value: Value) -> bool:
    """Whether it is in the place of a block: its buffer, a tensor, a method that gives one."""
    return is_method(value) or (isinstance(value, Host) and isinstance(value.value, CircularBuffer | TensorParameter))


def _fill_arithmetic(c: ThreadCompiler, op: ast.operator, left: Value, right: Value) -> Value:
    """Of numbers and filled blocks: on the host, where no format says how it is rounded."""
    kind = type(op)
    a, b = c.number(left), c.number(right)
    if a is None or b is None or kind is ast.MatMult:
        raise no_operator(c, SYMBOLS[kind], left, right)
    fills = [value for value in (left, right) if isinstance(value, Fill)]
    if any(value.dtype for value in fills) or len({value.shape for value in fills if value.shape}) > 1:
        return apply_operator(c, op, left, right)
    shape = next((value.shape for value in fills if value.shape), None)
    return Fill(c.on_host(_BINARY[kind], a, b).value, shape)


def _ratio_arithmetic(c: ThreadCompiler, kind: type[ast.operator], left: Value, right: Value) -> Value:
    """The few operations that keep a quotient exact: with an integer, they give a quotient, or by // an integer."""
    if isinstance(left, Ratio) and is_integer(right):
        if kind is ast.FloorDiv:
            return i32_quotients.floor(c, i32_quotients.scale(c, left, right, down=True))
        if kind in (ast.Mult, ast.Div):
            return i32_quotients.scale(c, left, right, down=kind is ast.Div)
        if kind in (ast.Add, ast.Sub):
            return i32_quotients.shift(c, left, right, sign=1 if kind is ast.Add else -1)
    if isinstance(right, Ratio) and is_integer(left) and kind in (ast.Mult, ast.Add):
        return i32_quotients.scale(c, right, left) if kind is ast.Mult else i32_quotients.shift(c, right, left)
    raise no_operator(c, SYMBOLS[kind], left, right)


def _concatenated(left: Value, right: Value) -> Value | None:
    a, b = as_items(left), as_items(right)
    if a is None or b is None or a[1] is not b[1]:
        return None
    return group([*a[0], *b[0]], a[1])


def compile_unary(c: ThreadCompiler, node: ast.UnaryOp) -> Value:
    if isinstance(node.op, ast.Not):
        return negation(c, node)
    value = slices_in_expressions.read(c, c.expression(node.operand))
    c.at(node)
    if isinstance(value, Host):
        return _host_unary(c, type(node.op), value)
    match node.op, value:
        case ast.UAdd(), BlockValue() | Spread() | Int() | Fill():
            return value
        case ast.USub(), BlockValue() | Spread():
            return apply(c, "neg", value)
        case ast.USub(), Fill(number):
            return replace(value, number=-number)
        case ast.USub(), Ratio():
            return i32_quotients.scale(c, value, Host(-1))
        case ast.USub(), Int() | Bool():
            return i32_arithmetic.negated(c, value)
        case ast.UAdd(), Bool():
            return Int(c.integer(value))
        case ast.Invert(), Int() | Bool():
            return i32_arithmetic.inverted(c, value)
        case _:
            symbol = SYMBOLS[type(node.op)]
            hint = BLOCK_HINTS.get(symbol) if isinstance(value, BlockValue | Spread) else None
            raise c.error("TTL0106", f"{symbol} does not work on {describe(value)}", hint=hint)


def _host_unary(c: ThreadCompiler, kind: type[ast.unaryop], value: Host) -> Host:
    # What does not fit may do so with its sign, as -2147483648 does.
    if is_integer(value) and fits(host_integer(value) or 0):
        value = Host(c.word(host_integer(value) or 0))
    return Host(plain(c.on_host(_UNARY[kind], value.value).value))


def compile_walrus(c: ThreadCompiler, node: ast.NamedExpr) -> Value:
    if c.scope.is_comprehension:
        raise c.error("TTL0102", "`:=` can't be used in a comprehension of a thread")
    value = c.expression(node.value)
    c.assign(node.target.id, value)
    return value


def compile_lambda(c: ThreadCompiler, node: ast.Lambda) -> Value:
    return LocalFunction(node, c.scope, compile_defaults(c, node.args))


def compile_defaults(c: ThreadCompiler, arguments: ast.arguments) -> dict[str, Value]:
    """Default values by parameter, computed where the function is defined."""
    positional = [*arguments.posonlyargs, *arguments.args]
    named = positional[len(positional) - len(arguments.defaults) :] if arguments.defaults else []
    pairs = [
        *zip(named, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return {parameter.arg: c.expression(default) for parameter, default in pairs if default is not None}
