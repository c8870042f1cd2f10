"""
The one table of integer arithmetic: what each operation of `arith` means on the integers of a kernel, 32 bits in two's
complement, and how Python and C++ write it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from xdsl.dialects import arith
from xdsl.dialects.builtin import IntegerAttr, i1
from xdsl.ir import Operation, OpResult, SSAValue

from ttlang.analysis import intervals
from ttlang.analysis.intervals import BITS, Interval


@dataclass(frozen=True)
class Arithmetic:
    """
    An operation. A spelling is an operator between two operands, or the name of a function of them; empty where there
    is none.
    """

    exact: Callable[..., int]
    """Its result before it is cut to 32 bits, for operands that 32 bits hold."""
    bounds: Callable[..., Interval]
    """The bounds of that, from those of the operands."""
    python: str = ""
    """The exact result in Python; the functions are Python's own and `PYTHON_FUNCTIONS`."""
    python_of_naturals: str = ""
    """A shorter spelling where no operand is negative."""
    cpp: str = ""
    """The result in C++, where the exact one fits."""
    cpp_of_bools: str = ""
    """The same for operands of type bool, where that is another operator."""
    cpp_wrapping: str = ""
    """Where it may not fit, which C++ leaves undefined; unsigned operands wrap around."""
    signed: bool = False
    """C++ computes another result if an operand is unsigned."""
    divides: bool = False
    """It fails where the second operand is 0."""


def truncated_quotient(a: int, b: int) -> int:
    """Division that rounds towards zero, as C's."""
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def truncated_remainder(a: int, b: int) -> int:
    """The remainder of a division that rounds towards zero: it has the sign of `a`."""
    remainder = abs(a) % abs(b)
    return -remainder if a < 0 else remainder


def ceiling_quotient(a: int, b: int) -> int:
    """Division that rounds up."""
    return -(-a // b)


def shifted_left(number: int, count: int) -> int:
    """The processor looks at five bits of the count."""
    return number << count % BITS


def shifted_right(number: int, count: int) -> int:
    return number >> count % BITS


def chosen(condition: int, a: int, b: int) -> int:
    return a if condition else b


PYTHON_FUNCTIONS: Mapping[str, Callable[[int, int], int]] = {
    function.__name__: function for function in (truncated_quotient, truncated_remainder, ceiling_quotient)
}
"""What spellings in Python call beside Python's own functions."""

ARITHMETIC: Mapping[type[Operation], Arithmetic] = {
    arith.AddiOp: Arithmetic(operator.add, intervals.add, "+", cpp="+", cpp_wrapping="+"),
    arith.SubiOp: Arithmetic(operator.sub, intervals.subtract, "-", cpp="-", cpp_wrapping="-"),
    arith.MuliOp: Arithmetic(operator.mul, intervals.multiply, "*", cpp="*", cpp_wrapping="*"),
    arith.DivSIOp: Arithmetic(
        truncated_quotient,
        intervals.divide,
        "truncated_quotient",
        "//",
        cpp="/",
        cpp_wrapping="trunc_div",
        signed=True,
        divides=True,
    ),
    arith.RemSIOp: Arithmetic(
        truncated_remainder,
        intervals.remainder,
        "truncated_remainder",
        "%",
        cpp="%",
        cpp_wrapping="trunc_rem",
        signed=True,
        divides=True,
    ),
    arith.FloorDivSIOp: Arithmetic(
        int.__floordiv__, intervals.floor_divide, "//", cpp="floor_div", cpp_wrapping="floor_div", divides=True
    ),
    arith.CeilDivSIOp: Arithmetic(ceiling_quotient, intervals.ceiling_divide, "ceiling_quotient", divides=True),
    arith.AndIOp: Arithmetic(int.__and__, intervals.bitwise_and, "&", cpp="&", cpp_of_bools="&&"),
    arith.OrIOp: Arithmetic(int.__or__, intervals.bitwise_or, "|", cpp="|", cpp_of_bools="||"),
    arith.XOrIOp: Arithmetic(int.__xor__, intervals.bitwise_or, "^", cpp="^", cpp_of_bools="!="),
    arith.ShLIOp: Arithmetic(shifted_left, intervals.shift_left, "<<", cpp="<<"),
    arith.ShRSIOp: Arithmetic(shifted_right, intervals.shift_right, ">>", cpp=">>", signed=True),
    # With its type spelt out: on the chip int32_t is a long, and a literal is an int.
    arith.MinSIOp: Arithmetic(min, intervals.least, "min", cpp="std::min<int32_t>"),
    arith.MaxSIOp: Arithmetic(max, intervals.greatest, "max", cpp="std::max<int32_t>"),
    # Of three operands and of one: written in their own way everywhere.
    arith.SelectOp: Arithmetic(chosen, intervals.choice),
    arith.ExtUIOp: Arithmetic(int, intervals.same),
}


@dataclass(frozen=True)
class Predicate:
    """A predicate of `arith.cmpi`."""

    name: str
    operator: str
    """In Python and in C++."""
    holds: Callable[[int, int], bool]
    """Of operands as they are compared."""
    unsigned: bool = False
    """Both operands are compared as the unsigned numbers of the same bits."""


PREDICATES = (
    Predicate("eq", "==", operator.eq),
    Predicate("ne", "!=", operator.ne),
    Predicate("slt", "<", operator.lt),
    Predicate("sle", "<=", operator.le),
    Predicate("sgt", ">", operator.gt),
    Predicate("sge", ">=", operator.ge),
    Predicate("ult", "<", operator.lt, unsigned=True),
    Predicate("ule", "<=", operator.le, unsigned=True),
    Predicate("ugt", ">", operator.gt, unsigned=True),
    Predicate("uge", ">=", operator.ge, unsigned=True),
)
"""By their numbers in the IR."""
PREDICATE_NAMED: Mapping[str, Predicate] = {predicate.name: predicate for predicate in PREDICATES}


def predicate_of(op: arith.CmpiOp) -> Predicate:
    return PREDICATES[op.predicate.value.data]


def computed(op: Operation, operands: Sequence[int]) -> int | None:
    """What an operation makes of integers, a comparison 0 or 1; None for what is not arithmetic, or fails."""
    if isinstance(op, arith.CmpiOp):
        predicate = predicate_of(op)
        left, right = (number % (1 << BITS) if predicate.unsigned else number for number in operands)
        return int(predicate.holds(left, right))
    meaning = ARITHMETIC.get(type(op))
    if meaning is None or (meaning.divides and operands[1] == 0):
        return None
    return intervals.wrapped(meaning.exact(*operands))


def constant_value(value: SSAValue) -> int | None:
    """The integer of an `arith.constant`, 0 or 1 of a truth value; None for any other value."""
    if type(value) is not OpResult or type(value.op) is not arith.ConstantOp:
        return None
    held = value.op.properties["value"]
    if not isinstance(held, IntegerAttr):
        return None
    number = held.value.data
    return 1 if number == -1 and value.type == i1 else number
