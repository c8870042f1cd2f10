"""How operators are written, what they stand for, and what is said where one does not apply."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeGuard

from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.blocks import i32_arithmetic
from ttlang.frontend.blocks.elementwise import apply_row
from ttlang.frontend.blocks.known_values import host_number, is_integer
from ttlang.frontend.blocks.thread_builder import ThreadBuilder
from ttlang.frontend.blocks.values import BlockValue, Ratio, Spread, Value, Window, describe
from ttlang.frontend.python.thread_compiler import ThreadCompiler
from ttlang.tables.functions import BY_NAME

SYMBOLS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitAnd: "&",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.MatMult: "@",
    ast.UAdd: "+",
    ast.USub: "-",
    ast.Invert: "~",
    ast.Not: "not",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Is: "is",
    ast.IsNot: "is not",
}


OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "remainder",
    ast.Pow: "power_binary",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
}
"""Rows of `ttlang.tables.functions` that operators on blocks stand for."""

PREDICATES: dict[type[ast.cmpop], str] = {
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.Lt: "slt",
    ast.LtE: "sle",
    ast.Gt: "sgt",
    ast.GtE: "sge",
}

ARITHMETIC: dict[type[ast.operator], Callable[[ThreadBuilder, Value, Value], Value]] = {
    ast.Add: i32_arithmetic.add,
    ast.Sub: i32_arithmetic.subtract,
    ast.Mult: i32_arithmetic.multiply,
    ast.Div: i32_arithmetic.divide,
    ast.FloorDiv: i32_arithmetic.floor_divide,
    ast.Mod: i32_arithmetic.modulo,
    ast.Pow: i32_arithmetic.power,
    ast.LShift: i32_arithmetic.shift_left,
    ast.RShift: i32_arithmetic.shift_right,
    ast.BitAnd: i32_arithmetic.bit_and,
    ast.BitOr: i32_arithmetic.bit_or,
    ast.BitXor: i32_arithmetic.bit_xor,
}

INTEGER_OPERATORS = frozenset(ARITHMETIC) - {ast.Div}
"""Those whose results are integers, of 32 bits also where both sides are known."""


BLOCK_HINTS = {
    "&": "both masks hold where their product is not 0: (x > 0) * (x < 1)",
    "and": "both masks hold where their product is not 0: (x > 0) * (x < 1)",
    "|": "one of the masks holds where the greater is not 0: ttl.math.max(x < 0, x > 1)",
    "or": "one of the masks holds where the greater is not 0: ttl.math.max(x < 0, x > 1)",
    "^": "masks differ where x != y",
    "~": "ttl.math.logical_not(mask) turns a mask round",
    "not": "ttl.math.logical_not(mask) turns a mask round",
    "chain": "both links hold where their product is not 0: (0 < x) * (x < 1)",
}
"""What to write instead of operators that blocks do not have."""


def _as_float(name: str, value: Value) -> str:
    """An operand of a quotient, which blocks of integers do not have."""
    if _is_integer_block(value):
        return f"⟦typecast⟧({name}, ttl.float32)"
    return name if (number := host_number(value)) is None else str(number)


def _is_integer_block(value: Value) -> TypeGuard[BlockValue]:
    return isinstance(value, BlockValue) and value.type.element.dtype.is_integer


def no_operator(c: ThreadCompiler, symbol: str, left: Value, right: Value) -> DiagnosticError:
    has_block = isinstance(left, BlockValue | Spread) or isinstance(right, BlockValue | Spread)
    hint = BLOCK_HINTS.get(symbol) if has_block else None
    integers = [value.type.element.dtype for value in (left, right) if _is_integer_block(value)]
    if symbol in ("//", "%") and integers:
        floats = f"{_as_float('x', left)} {symbol} {_as_float('y', right)}"
        hint = f"⟦typecast⟧({floats}, ttl.{integers[0]}) divides as floats, which hold integers up to 2^24"
    if isinstance(left, Window) or isinstance(right, Window):
        hint = (
            "data movement threads move tiles, and don't see what is in them: compute with blocks in the compute thread"
        )
    for value in (left, right):
        number = host_number(value)
        if isinstance(value, Ratio) or (isinstance(number, float) and (is_integer(left) or is_integer(right))):
            hint = "threads compute with integers only: round a quotient with //, math.ceil, math.floor or int"
    return c.error("TTL0106", f"{symbol} does not work on {describe(left)} and {describe(right)}", hint=hint)


def apply_operator(c: ThreadCompiler, op: ast.operator | ast.cmpop, left: Value, right: Value) -> Value:
    """An operator of which a side is a block; of a comparison, a block of 1 and 0."""
    symbol = SYMBOLS[type(op)]
    of_integers = _is_integer_block(left) or _is_integer_block(right)
    if type(op) not in OPERATORS or (of_integers and isinstance(op, ast.FloorDiv | ast.Mod)):
        raise no_operator(c, symbol, left, right)
    return apply_row(c, BY_NAME[OPERATORS[type(op)]], [left, right], (), symbol)
