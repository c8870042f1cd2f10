"""C++ expressions: text that knows how tightly it binds, so that parentheses stand only where they are needed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum, auto
from functools import lru_cache
from typing import NamedTuple

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation

from ttlang.analysis.arithmetic import ARITHMETIC, Arithmetic, constant_value, predicate_of


class Binding(IntEnum):
    """The operator at the top of an expression, from the loosest to the tightest."""

    CHOICE = auto()
    OR = auto()
    AND = auto()
    BIT_OR = auto()
    BIT_XOR = auto()
    BIT_AND = auto()
    EQUALITY = auto()
    RELATION = auto()
    SHIFT = auto()
    SUM = auto()
    PRODUCT = auto()
    UNARY = auto()
    PRIMARY = auto()


_BITS = (Binding.BIT_OR, Binding.BIT_XOR, Binding.BIT_AND, Binding.SHIFT)
_COMPARISONS = (Binding.EQUALITY, Binding.RELATION)


class Expression(NamedTuple):
    text: str
    binding: Binding = Binding.PRIMARY
    unsigned: bool = False
    """Its type is uint32_t."""
    reads: frozenset[str] = frozenset()
    """Variables in it that are assigned more than once."""
    operator: str = ""
    """The operator at the top, if it stands between `left` and `right`."""
    left: Expression | None = None
    right: Expression | None = None

    def within(self, outer: Binding, *, right: bool = False, associative: bool = False) -> str:
        """The text as an operand of an operator; `right`: as the right one of a left-associative operator."""
        if self.binding < outer or self._is_confusing_in(outer):
            return f"({self.text})"
        if self.binding == outer and right and not associative:
            return f"({self.text})"
        return self.text

    def _is_confusing_in(self, outer: Binding) -> bool:
        """Mixtures that compilers warn of (`-Wparentheses`), since few readers know who binds tighter."""
        if outer is Binding.OR:
            return self.binding is Binding.AND
        if outer in _COMPARISONS:
            return self.binding in _COMPARISONS
        return outer in _BITS and self.binding < Binding.PRODUCT and self.binding != outer

    def signed(self) -> Expression:
        """As an int32_t, where the sign matters."""
        return call("(int32_t)", self)._replace(unsigned=False) if self.unsigned else self


TRUE = Expression("true")
FALSE = Expression("false")


def call(prefix: str, operand: Expression) -> Expression:
    """A prefix operator, or a cast."""
    return Expression(f"{prefix}{operand.within(Binding.UNARY)}", Binding.UNARY, operand.unsigned, operand.reads)


def function(name: str, *arguments: Expression, unsigned: bool = False) -> Expression:
    """A call of a function."""
    text = f"{name}({', '.join(argument.text for argument in arguments)})"
    return Expression(text, unsigned=unsigned, reads=_reads(*arguments))


def infix(left: Expression, operator: str, right: Expression, binding: Binding, *, keeps: str = "") -> Expression:
    """`left operator right`; `keeps`: the operators that may stand at the top of `right` without parentheses."""
    right_text = right.within(binding, right=True, associative=right.operator in keeps.split())
    return Expression(
        f"{left.within(binding)} {operator} {right_text}",
        binding,
        left.unsigned or right.unsigned,
        _reads(left, right),
        operator,
        left,
        right,
    )


def constant(op: arith.ConstantOp) -> Expression:
    """The literal of an integer or a bool."""
    result = op.results[0]
    value = constant_value(result)
    assert value is not None, "kernels hold integers and bools only"
    if result.type == i1:
        return TRUE if value else FALSE
    return _literal(value)


@lru_cache(maxsize=1024)
def _literal(value: int) -> Expression:
    if value == -(2**31):
        return Expression("INT32_MIN")
    return Expression(str(value), Binding.UNARY if value < 0 else Binding.PRIMARY)


def negation(condition: Expression) -> Expression:
    """The opposite of a bool, with the comparison turned round where there is one."""
    if condition.text in ("true", "false"):
        return FALSE if condition.text == "true" else TRUE
    if condition.operator in _OPPOSITE and condition.left and condition.right:
        return _compare(condition.left, _OPPOSITE[condition.operator], condition.right)
    if condition.text.startswith("!") and condition.binding is Binding.UNARY and condition.left:
        return condition.left
    return call("!", condition)._replace(left=condition)


_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def arithmetic(op: Operation, operands: Sequence[Expression], *, wraps: bool = False) -> Expression | None:
    """
    The expression of an operation of `arith` that computes; None for one that kernels don't have. `wraps`: C++ does not
    define its result on signed numbers.
    """
    # By the class itself: a test for one of xDSL's takes as long as all that is done here.
    if type(op) is arith.CmpiOp:
        return _cmpi(op, *operands)
    if type(op) is arith.SelectOp:
        return _select(*operands)
    if type(op) is arith.ExtUIOp:
        return operands[0]  # a bool is 0 or 1 as it stands
    meaning = ARITHMETIC.get(type(op))
    if meaning is None or not meaning.cpp:
        return None
    if meaning.cpp_of_bools and op.results[0].type == i1:
        return _logic(meaning.cpp_of_bools, *operands)
    return _spelled(meaning, *operands, wraps=wraps)


_BINDINGS = {
    "||": Binding.OR,
    "&&": Binding.AND,
    "|": Binding.BIT_OR,
    "^": Binding.BIT_XOR,
    "&": Binding.BIT_AND,
    "==": Binding.EQUALITY,
    "!=": Binding.EQUALITY,
    "<": Binding.RELATION,
    "<=": Binding.RELATION,
    ">": Binding.RELATION,
    ">=": Binding.RELATION,
    "<<": Binding.SHIFT,
    ">>": Binding.SHIFT,
    "+": Binding.SUM,
    "-": Binding.SUM,
    "*": Binding.PRODUCT,
    "/": Binding.PRODUCT,
    "%": Binding.PRODUCT,
}
_REGROUPS = {sign: sign for sign in ("*", "&", "|", "^", "&&", "||")} | {"+": "+ -"}
"""The operators whose result is the same where the right operand of an operator is computed after it."""


def _spelled(meaning: Arithmetic, left: Expression, right: Expression, *, wraps: bool) -> Expression:
    sign = meaning.cpp_wrapping if wraps else meaning.cpp
    if sign not in _BINDINGS:
        return function(sign, left, right)
    if meaning.signed:
        left, right = left.signed(), right.signed()
    if wraps:
        left = _modular(left, right)
    if sign in ("+", "-") and right.binding is Binding.UNARY and right.text[1:].isdigit():
        # Of a negative constant.
        sign, right = "-" if sign == "+" else "+", Expression(right.text[1:])
        return infix(left, sign, right, Binding.SUM)
    made = infix(left, sign, right, _BINDINGS[sign], keeps=_REGROUPS.get(sign, ""))
    return made._replace(unsigned=left.unsigned) if _BINDINGS[sign] is Binding.SHIFT else made


def _modular(left: Expression, right: Expression) -> Expression:
    """The left one of two operands as an unsigned number, which wraps around, unless the right one is."""
    if left.unsigned or right.unsigned:
        return left
    if left.text.isdigit() and not right.text.isdigit():
        return left._replace(text=f"{left.text}u", unsigned=True)
    return _as_unsigned(left)


def _cmpi(op: arith.CmpiOp, left: Expression, right: Expression) -> Expression:
    predicate = predicate_of(op)
    alike = left.unsigned and right.unsigned and _BINDINGS[predicate.operator] is Binding.EQUALITY
    if predicate.unsigned or alike:
        return _compare(_as_unsigned(left), predicate.operator, _as_unsigned(right))
    return _compare(left.signed(), predicate.operator, right.signed())


def _compare(left: Expression, operator: str, right: Expression) -> Expression:
    return infix(left, operator, right, _BINDINGS[operator])._replace(unsigned=False)


def _as_unsigned(expression: Expression) -> Expression:
    return expression if expression.unsigned else call("(uint32_t)", expression)._replace(unsigned=True)


def _logic(operator: str, left: Expression, right: Expression) -> Expression:
    if operator != "!=":
        return infix(left, operator, right, _BINDINGS[operator], keeps=operator)
    for one, other in ((left, right), (right, left)):
        if other.text in ("true", "false"):
            return negation(one) if other.text == "true" else one
    return _compare(left, operator, right)


def _select(condition: Expression, left: Expression, right: Expression) -> Expression:
    unsigned = left.unsigned and right.unsigned
    if not unsigned:
        left, right = left.signed(), right.signed()
    # The parts need parentheses only where they are choices themselves.
    parts = [part.within(Binding.OR) for part in (condition, left, right)]
    return Expression(f"{parts[0]} ? {parts[1]} : {parts[2]}", Binding.CHOICE, unsigned, _reads(condition, left, right))


def _reads(*expressions: Expression) -> frozenset[str]:
    return frozenset[str]().union(*(expression.reads for expression in expressions))
