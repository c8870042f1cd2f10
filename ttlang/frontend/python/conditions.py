"""Truth: conditions, `and` and `or`, conditional expressions, comparisons."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NoReturn, TypeGuard

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1

from ttlang.frontend.blocks import elements, i32_arithmetic
from ttlang.frontend.blocks.known_values import host_integer, host_number, is_integer
from ttlang.frontend.blocks.sequences import as_items
from ttlang.frontend.blocks.values import (
    FALSE,
    TRUE,
    BlockValue,
    Bool,
    Fill,
    Group,
    Host,
    Int,
    RangeValue,
    Ratio,
    Spread,
    Table,
    Value,
    describe,
)
from ttlang.frontend.python.branches import can_inline, join_values, move_operations
from ttlang.frontend.python.operators import BLOCK_HINTS, PREDICATES, SYMBOLS, apply_operator, no_operator
from ttlang.frontend.python.paths import compile_path, empty_path
from ttlang.frontend.python.thread_compiler import ThreadCompiler


def _refuse(c: ThreadCompiler, symbol: str, value: Value) -> NoReturn:
    """Python asks for one truth value here, and a block has many."""
    raise c.error("TTL0106", f"`{symbol}` does not work on {describe(value)}", hint=BLOCK_HINTS[symbol])


def negation(c: ThreadCompiler, node: ast.UnaryOp) -> Value:
    """`not value`."""
    if isinstance(node.operand, ast.BoolOp):
        return i32_arithmetic.negated_truth(c, condition(c, node.operand))
    value = c.expression(node.operand)
    if isinstance(value, BlockValue | Spread):
        c.at(node)
        _refuse(c, "not", value)
    return i32_arithmetic.negated_truth(c, truth(c, value))


def condition(c: ThreadCompiler, node: ast.expr) -> Host | Bool:
    """The truth of an expression."""
    if isinstance(node, ast.BoolOp):
        joined = _boolean(c, node, node.values, condition)
        assert isinstance(joined, Host | Bool)
        return joined
    value = c.expression(node)
    c.at(node)
    return truth(c, value)


def truth(c: ThreadCompiler, value: Value) -> Host | Bool:
    """`bool(value)`."""
    match value:
        case Host(host):
            return c.on_host(bool, host)
        case Bool():
            return value
        case Int():
            return i32_arithmetic.compare(c, "ne", value, Host(0))
        case Ratio():
            return i32_arithmetic.compare(c, "ne", value.numerator, Host(0))
        case Group(items) | Table(items):
            return Host(bool(items))
        case BlockValue() | Fill() | Spread():
            raise c.error(
                "TTL0106",
                f"{describe(value)} is neither true nor false",
                hint="⟦where⟧(mask, a, b) selects element by element",
            )
        case _:
            raise c.error("TTL0106", f"{describe(value)} is neither true nor false")


def compile_boolean(c: ThreadCompiler, node: ast.BoolOp) -> Value:
    return _boolean(c, node, node.values, lambda c, value: c.expression(value))


def _boolean(
    c: ThreadCompiler,
    node: ast.BoolOp,
    operands: Sequence[ast.expr],
    compile_operand: Callable[[ThreadCompiler, ast.expr], Value],
) -> Value:
    """`and` and `or`: the value of the operand that decides. Those after it are compiled on a path of their own."""
    is_and = isinstance(node.op, ast.And)
    first = compile_operand(c, operands[0])
    if len(operands) == 1:
        return first
    if isinstance(first, BlockValue | Spread):
        c.at(node)
        _refuse(c, "and" if is_and else "or", first)
    c.at(node)
    holds = truth(c, first)
    if isinstance(holds, Host):
        decided = holds.value is not is_and
        return first if decided else _boolean(c, node, operands[1:], compile_operand)
    return _decide(c, is_and, first, holds, lambda: _boolean(c, node, operands[1:], compile_operand))


def conjunction(c: ThreadCompiler, first: Bool, second: Callable[[], Value]) -> Value:
    """`first and second`, where the second is compiled so that it is not computed in vain if it could fail."""
    return _decide(c, True, first, first, second)


def _decide(c: ThreadCompiler, is_and: bool, first: Value, holds: Bool, second: Callable[[], Value]) -> Value:
    node = c.node
    rest = compile_path(c, second)
    c.at(node)
    last = rest.value
    if isinstance(first, Bool) and isinstance(last, Host) and isinstance(last.value, bool) and not rest.block.ops:
        return first if last.value is is_and else Host(not is_and)
    if isinstance(first, Bool) and isinstance(last, Bool) and can_inline(rest.block):
        move_operations(rest.block, c.block)
        kind = arith.AndIOp if is_and else arith.OrIOp
        return Bool(c.compute(kind, [first.ssa, last.ssa], i1, {}))
    kept = empty_path(c, first)
    return join_values(c, holds.ssa, rest, kept) if is_and else join_values(c, holds.ssa, kept, rest)


def compile_conditional(c: ThreadCompiler, node: ast.IfExp) -> Value:
    if (side := c.sides.get(node)) is not None:
        return side
    test = condition(c, node.test)
    if isinstance(test, Host):
        return c.expression(node.body if test.value else node.orelse)
    then = compile_path(c, lambda: _choice(c, node.body))
    other = compile_path(c, lambda: _choice(c, node.orelse))
    c.at(node)
    return join_values(c, test.ssa, then, other)


def _choice(c: ThreadCompiler, node: ast.expr) -> Value:
    """
    A side of a conditional expression. Raises a TTL0003 where it reads a slice of a tensor to compute with: its block
    would be needed behind the side, and is there only if the side was taken.
    """
    held = len(c.slices)
    value = c.expression(node)
    if len(c.slices) > held:
        del c.slices[held:]
        message = "this computes with a slice of a tensor, which one side alone of a conditional expression would read"
        hint = "write an `if` statement with an assignment to the same slice on each path, or compute both values above"
        raise c.error("TTL0003", message, span=c.frame.source.span(node), hint=hint)
    return value


_HOST_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], object]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
}


def compile_compare(c: ThreadCompiler, node: ast.Compare) -> Value:
    values = [c.expression(node.left), *(c.expression(operand) for operand in node.comparators)]
    c.at(node)
    result: Value | None = None
    for op, left, right in zip(node.ops, values, values[1:], strict=False):
        link = compare(c, op, left, right)
        if result is None:
            result = link
            continue
        if isinstance(result, BlockValue | Spread):
            raise c.error("TTL0106", "comparisons of blocks can't be chained", hint=BLOCK_HINTS["chain"])
        both = [truth(c, part) for part in (result, link)]
        if any(isinstance(part, Host) and not part.value for part in both):
            return FALSE
        known = [part for part in both if isinstance(part, Bool)]
        result = i32_arithmetic.bit_and(c, *both) if len(known) == 2 else (known[0] if known else TRUE)
    assert result is not None
    return result


def compare(c: ThreadCompiler, op: ast.cmpop, left: Value, right: Value) -> Value:
    kind = type(op)
    if isinstance(left, Host) and isinstance(right, Host):
        if kind in PREDICATES and is_integer(left) and is_integer(right):
            return i32_arithmetic.compare(c, PREDICATES[kind], left, right)
        return c.on_host(_HOST_COMPARE[kind], left.value, right.value)
    if kind in (ast.Is, ast.IsNot):
        return _identity(c, left, right, wanted=kind is ast.Is)
    if kind in (ast.In, ast.NotIn):
        found = _contains(c, left, right)
        return found if kind is ast.In else i32_arithmetic.negated_truth(c, found)
    if isinstance(left, BlockValue | Spread) or isinstance(right, BlockValue | Spread):
        return apply_operator(c, op, left, right)
    predicate = PREDICATES[kind]
    if is_integer(left) and is_integer(right):
        return i32_arithmetic.compare(c, predicate, left, right)
    if is_integer(left) and isinstance(number := host_number(right), float):
        return i32_arithmetic.compare_float(c, predicate, left, number)
    if is_integer(right) and isinstance(number := host_number(left), float):
        return i32_arithmetic.compare_float(c, i32_arithmetic.MIRRORED[predicate], right, number)
    if (found := elements.compare(c, predicate, left, right)) is not None:
        return found
    if predicate in ("eq", "ne") and (equal := _equal_groups(c, left, right)) is not None:
        return equal if predicate == "eq" else i32_arithmetic.negated_truth(c, equal)
    raise no_operator(c, SYMBOLS[kind], left, right)


def _identity(c: ThreadCompiler, left: Value, right: Value, *, wanted: bool) -> Value:
    """`is`, which makes sense for None: what the run computes never is."""
    if any(isinstance(value, Host) and value.value is None for value in (left, right)):
        return Host(not wanted)
    raise c.error("TTL0106", f"`is` does not work on {describe(left)} and {describe(right)}", hint="compare with ==")


def _contains(c: ThreadCompiler, item: Value, container: Value) -> Value:
    """`item in container`, by comparisons with its items, or with the bounds of a range."""
    if isinstance(container, Host) and isinstance(container.value, range) and abs(container.value.step) == 1:
        if not container.value:
            return FALSE
        above = i32_arithmetic.compare(c, "sge", item, Host(min(container.value)))
        return i32_arithmetic.bit_and(c, above, i32_arithmetic.compare(c, "sle", item, Host(max(container.value))))
    if isinstance(container, RangeValue) and host_integer(container.step) == 1:
        above = i32_arithmetic.compare(c, "sge", item, container.start)
        return i32_arithmetic.bit_and(c, above, i32_arithmetic.compare(c, "slt", item, container.stop))
    items = as_items(container) or _members(container)
    if items is None:
        raise c.error("TTL0106", f"`in` does not work on {describe(item)} and {describe(container)}")
    result: Value = FALSE
    for member in items[0]:
        equal = truth(c, compare(c, ast.Eq(), item, member))
        if isinstance(equal, Host):
            if equal.value:
                return TRUE
            continue
        result = equal if result is FALSE else i32_arithmetic.bit_or(c, result, equal)
    return result


def _members(container: Value) -> tuple[tuple[Value, ...], type] | None:
    """The members of a set, the keys of a dict, the items of a range."""
    members: object = container.value if isinstance(container, Host) else None
    return (tuple(map(Host, members)), tuple) if _has_members(members) else None


def _has_members(value: object) -> TypeGuard[Iterable[object]]:
    return isinstance(value, range | set | frozenset | dict)


def _equal_groups(c: ThreadCompiler, left: Value, right: Value) -> Value | None:
    a, b = as_items(left), as_items(right)
    if a is None or b is None:
        return None
    if a[1] is not b[1] or len(a[0]) != len(b[0]):
        return FALSE
    result: Value = TRUE
    for x, y in zip(a[0], b[0], strict=True):
        equal = truth(c, compare(c, ast.Eq(), x, y))
        if isinstance(equal, Host):
            if not equal.value:
                return FALSE
            continue
        result = equal if result is TRUE else i32_arithmetic.bit_and(c, result, equal)
    return result
