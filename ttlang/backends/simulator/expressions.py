"""The arithmetic of `arith` on 32-bit integers and truth values as Python expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation

from ttlang.analysis.intervals import HIGHEST
from ttlang.backends.simulator import pyast
from ttlang.backends.simulator.ranges import Ranges, constant_value


def expression(op: Operation, operands: list[ast.expr], ranges: Ranges) -> ast.expr | None:
    """The value of an operation, given those of its operands; None for an operation that is no arithmetic."""
    match op:
        case arith.ConstantOp():
            value = constant_value(op)
            return pyast.flag(bool(value)) if op.result.type == i1 else pyast.number(value)
        case arith.CmpiOp():
            return _compare(op, operands, ranges)
        case arith.SelectOp():
            return ast.IfExp(*operands)
        case arith.ExtUIOp():
            return pyast.binary(operands[0], ast.Add(), pyast.number(0))
        case arith.MinSIOp() | arith.MaxSIOp():
            return pyast.call(pyast.name("min" if isinstance(op, arith.MinSIOp) else "max"), *operands)
        case arith.DivSIOp() | arith.RemSIOp() if not _counts(op, ranges):
            helper = "truncated_quotient" if isinstance(op, arith.DivSIOp) else "truncated_remainder"
            return _wrapped(op, pyast.call(pyast.name(helper), *operands), ranges)
        case arith.CeilDivSIOp():
            negative = ast.UnaryOp(ast.USub(), operands[0])
            floor = pyast.binary(negative, ast.FloorDiv(), operands[1])
            return _wrapped(op, ast.UnaryOp(ast.USub(), floor), ranges)
        case arith.ShLIOp() | arith.ShRSIOp():
            return _wrapped(op, _shift(op, operands, ranges), ranges)
        case _ if (operator := _OPERATORS.get(type(op))) is not None:
            return _wrapped(op, pyast.binary(operands[0], operator(), operands[1]), ranges)
        case _:
            return None


def truncated_quotient(a: int, b: int) -> int:
    """Division that rounds towards zero, as C's."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def truncated_remainder(a: int, b: int) -> int:
    """The remainder of a division that rounds towards zero: it has the sign of `a`."""
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


HELPERS: dict[str, Callable[[int, int], int]] = {
    "truncated_quotient": truncated_quotient,
    "truncated_remainder": truncated_remainder,
}
"""Functions that the expressions call."""

_OPERATORS: dict[type[Operation], type[ast.operator]] = {
    arith.AddiOp: ast.Add,
    arith.SubiOp: ast.Sub,
    arith.MuliOp: ast.Mult,
    # Only what is known to be non-negative comes here, where flooring and truncating are the same.
    arith.DivSIOp: ast.FloorDiv,
    arith.RemSIOp: ast.Mod,
    arith.FloorDivSIOp: ast.FloorDiv,
    arith.AndIOp: ast.BitAnd,
    arith.OrIOp: ast.BitOr,
    arith.XOrIOp: ast.BitXor,
}

_COMPARISONS: tuple[tuple[type[ast.cmpop], bool], ...] = (
    (ast.Eq, False),
    (ast.NotEq, False),
    (ast.Lt, False),
    (ast.LtE, False),
    (ast.Gt, False),
    (ast.GtE, False),
    (ast.Lt, True),
    (ast.LtE, True),
    (ast.Gt, True),
    (ast.GtE, True),
)
"""By the number of an `arith.cmpi` predicate: the operator, and whether the numbers count as unsigned."""


def _compare(op: arith.CmpiOp, operands: list[ast.expr], ranges: Ranges) -> ast.expr:
    operator, unsigned = _COMPARISONS[op.predicate.value.data]
    values = [op.lhs, op.rhs]
    if unsigned:
        operands = [
            operand if ranges.of(value)[0] >= 0 else pyast.binary(operand, ast.BitAnd(), pyast.number(0xFFFFFFFF))
            for operand, value in zip(operands, values, strict=True)
        ]
    return pyast.compare(operands[0], operator(), operands[1])


def _counts(op: arith.DivSIOp | arith.RemSIOp, ranges: Ranges) -> bool:
    return ranges.of(op.lhs)[0] >= 0 and ranges.of(op.rhs)[0] >= 0


def _shift(op: arith.ShLIOp | arith.ShRSIOp, operands: list[ast.expr], ranges: Ranges) -> ast.expr:
    low, high = ranges.of(op.rhs)
    amount = operands[1]
    if low < 0 or high > 31:
        # The processor looks at five bits of the amount.
        amount = pyast.binary(amount, ast.BitAnd(), pyast.number(31))
    return pyast.binary(operands[0], ast.LShift() if isinstance(op, arith.ShLIOp) else ast.RShift(), amount)


def _wrapped(op: Operation, exact: ast.expr, ranges: Ranges) -> ast.expr:
    """The value as 32 bits hold it."""
    if op.results[0].type == i1 or not ranges.wraps(op.results[0]):
        return exact
    shifted = pyast.binary(exact, ast.Add(), pyast.number(HIGHEST + 1))
    low_bits = pyast.binary(shifted, ast.BitAnd(), pyast.number(0xFFFFFFFF))
    return pyast.binary(low_bits, ast.Sub(), pyast.number(HIGHEST + 1))
