"""The arithmetic of `arith` on 32-bit integers and truth values as Python expressions."""

from __future__ import annotations

import ast

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation

from ttlang.analysis.arithmetic import ARITHMETIC, predicate_of
from ttlang.analysis.intervals import BITS, HIGHEST
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.ranges import Ranges

_MASK = (1 << BITS) - 1
"""All bits of a word."""


def expression(op: Operation, operands: list[ast.expr], ranges: Ranges) -> ast.expr | None:
    """The value of an operation, given those of its operands; None for an operation that is no arithmetic."""
    match op:
        case arith.CmpiOp():
            return _compare(op, operands, ranges)
        case arith.SelectOp():
            return ast.IfExp(*operands)
        case arith.ExtUIOp():
            return pyast.binary(operands[0], ast.Add(), pyast.number(0))
        case arith.ShLIOp() | arith.ShRSIOp():
            operands = [operands[0], _count(op, operands[1], ranges)]
        case _:
            pass
    meaning = ARITHMETIC.get(type(op))
    if meaning is None or not meaning.python:
        return None
    spelling = meaning.python
    if meaning.python_of_naturals and all(ranges.of(value).is_nonnegative for value in op.operands):
        spelling = meaning.python_of_naturals
    operator = _OPERATORS.get(spelling)
    exact = pyast.binary(operands[0], operator(), operands[1]) if operator else _call(spelling, operands)
    return _wrapped(op, exact, ranges)


_OPERATORS: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "&": ast.BitAnd,
    "|": ast.BitOr,
    "^": ast.BitXor,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
}


def _call(function: str, operands: list[ast.expr]) -> ast.expr:
    return pyast.call(pyast.name(function), *operands)


def _compare(op: arith.CmpiOp, operands: list[ast.expr], ranges: Ranges) -> ast.expr:
    predicate = predicate_of(op)
    if predicate.unsigned:
        operands = [
            operand if ranges.of(value).is_nonnegative else pyast.binary(operand, ast.BitAnd(), pyast.number(_MASK))
            for operand, value in zip(operands, op.operands, strict=True)
        ]
    return pyast.compare(operands[0], _COMPARISONS[predicate.operator](), operands[1])


def _count(op: arith.ShLIOp | arith.ShRSIOp, count: ast.expr, ranges: Ranges) -> ast.expr:
    """By how many bits a shift goes: the processor looks at five bits of the operand."""
    low, high = ranges.of(op.rhs)
    return count if low >= 0 and high < BITS else pyast.binary(count, ast.BitAnd(), pyast.number(BITS - 1))


def _wrapped(op: Operation, exact: ast.expr, ranges: Ranges) -> ast.expr:
    """The value as 32 bits hold it."""
    if op.results[0].type == i1 or not ranges.wraps(op.results[0]):
        return exact
    shifted = pyast.binary(exact, ast.Add(), pyast.number(HIGHEST + 1))
    low_bits = pyast.binary(shifted, ast.BitAnd(), pyast.number(_MASK))
    return pyast.binary(low_bits, ast.Sub(), pyast.number(HIGHEST + 1))
