"""How operators are written, and what is said where one does not apply."""

from __future__ import annotations

import ast

from ttlang.diagnostics import DiagnosticError
from ttlang.frontend.thread import ThreadCompiler
from ttlang.frontend.values import Ratio, Value, describe, host_number, is_integer

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


def no_operator(c: ThreadCompiler, symbol: str, left: Value, right: Value) -> DiagnosticError:
    hint = None
    for value in (left, right):
        number = host_number(value)
        if isinstance(value, Ratio) or (isinstance(number, float) and (is_integer(left) or is_integer(right))):
            hint = "threads compute with integers only: round a quotient with //, math.ceil, math.floor or int"
    return c.error("TTL0106", f"{symbol} does not work on {describe(left)} and {describe(right)}", hint=hint)
