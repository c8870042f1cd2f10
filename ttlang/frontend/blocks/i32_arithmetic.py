"""Arithmetic of integers and bools that the run computes, with Python's meaning."""

from __future__ import annotations

import math
from collections.abc import Callable

from xdsl.dialects import arith
from xdsl.dialects.builtin import i1
from xdsl.ir import Operation, SSAValue

from ttlang.analysis.arithmetic import PREDICATE_NAMED, constant_value
from ttlang.analysis.bounds import interval, is_nonnegative
from ttlang.analysis.intervals import BITS, HIGHEST
from ttlang.frontend.blocks.known_values import host_integer
from ttlang.frontend.blocks.thread_builder import COMPARISONS, ThreadBuilder
from ttlang.frontend.blocks.values import FALSE, TRUE, Bool, Host, Int, Ratio, Value, describe
from ttlang.frontend.blocks.wrapping_integers import OPERATIONS, Word, plain

_FLAGS = {"overflowFlags": arith.IntegerOverflowAttr("none")}


def binary(c: ThreadBuilder, kind: type[Operation], a: SSAValue, b: SSAValue, *, flags: bool = False) -> SSAValue:
    return c.compute(kind, [a, b], a.type, _FLAGS if flags else {})


def known_number(c: ThreadBuilder, value: Value) -> Word | None:
    """The constant that a value is, as far as that is known. A TTL0106 for one that 32 bits don't hold."""
    number = constant_value(value.ssa) if isinstance(value, Int) else host_integer(value)
    return None if number is None else c.word(number)


def _folded(operation: str, x: Word, y: Word) -> Host:
    return Host(plain(OPERATIONS[operation](x, y)))


def add(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return _folded("add", x, y)
    if x == 0 or y == 0:
        return _as_integer(c, b if x == 0 else a)
    return Int(binary(c, arith.AddiOp, c.integer(a), c.integer(b), flags=True))


def subtract(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return _folded("sub", x, y)
    if y == 0:
        return _as_integer(c, a)
    return Int(binary(c, arith.SubiOp, c.integer(a), c.integer(b), flags=True))


def multiply(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return _folded("mul", x, y)
    if x == 1 or y == 1:
        return _as_integer(c, b if x == 1 else a)
    if x == 0 or y == 0:
        return Host(0)
    return Int(binary(c, arith.MuliOp, c.integer(a), c.integer(b), flags=True))


def floor_divide(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    """`a // b`, rounded down."""
    x, y = known_number(c, a), known_number(c, b)
    check_divisor(c, y)
    if x is not None and y is not None:
        return _folded("floordiv", x, y)
    if y == 1:
        return _as_integer(c, a)
    return Int(_floor_divide(c, c.integer(a), c.integer(b)))


def _floor_divide(c: ThreadBuilder, a: SSAValue, b: SSAValue) -> SSAValue:
    exact = is_nonnegative(a) and is_nonnegative(b)
    return binary(c, arith.DivSIOp if exact else arith.FloorDivSIOp, a, b)


def modulo(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    """`a % b`, which has the sign of b."""
    x, y = known_number(c, a), known_number(c, b)
    check_divisor(c, y)
    if x is not None and y is not None:
        return _folded("mod", x, y)
    if y in (1, -1):
        return Host(0)
    left, right = c.integer(a), c.integer(b)
    if is_nonnegative(left) and is_nonnegative(right):
        return Int(binary(c, arith.RemSIOp, left, right))
    quotient = binary(c, arith.FloorDivSIOp, left, right)
    product = binary(c, arith.MuliOp, quotient, right, flags=True)
    return Int(binary(c, arith.SubiOp, left, product, flags=True))


def check_divisor(c: ThreadBuilder, divisor: int | None) -> None:
    if divisor == 0:
        raise c.error("TTL0110", "division by zero")


def divide(c: ThreadBuilder, a: Value, b: Value) -> Ratio:
    """`a / b`: exact, until it is rounded."""
    check_divisor(c, known_number(c, b))
    return Ratio(_as_integer(c, a), _as_integer(c, b))


def power(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    """`a ** b` for a constant exponent that is small, or for powers of two."""
    base, exponent = known_number(c, a), known_number(c, b)
    if base is not None and exponent is not None:
        return Host(plain(c.on_host(OPERATIONS["pow"], base, exponent).value))
    if exponent is not None and 0 <= exponent <= _MAX_EXPONENT:
        result: Int | Host = Host(1)
        for _ in range(exponent):
            result = multiply(c, result, a)
        return result
    if base == 2 and exponent is None and is_nonnegative(c.integer(b)):
        return shift_left(c, Host(1), b)
    raise c.error(
        "TTL0106",
        f"{describe(a)} ** {describe(b)} can't be computed at run time",
        hint=f"the exponent is a constant from 0 to {_MAX_EXPONENT}, or the base is 2 and the exponent never negative",
    )


_MAX_EXPONENT = 16


def shift_left(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    """`a << b`; nothing is left of what is shifted by 32 bits or more."""
    most = _most_bits(c, b)
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return _folded("lshift", x, y)
    if most < BITS:
        return Int(binary(c, arith.ShLIOp, c.integer(a), c.integer(b), flags=True))
    bits = binary(c, arith.AndIOp, c.integer(b), c.constant(BITS - 1))
    shifted = binary(c, arith.ShLIOp, c.integer(a), bits, flags=True)
    few = truth_ssa(c, compare(c, "slt", b, Host(BITS)))
    return Int(c.compute(arith.SelectOp, [few, shifted, c.constant(0)], shifted.type, {}))


def shift_right(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    """`a >> b`; only the sign is left of what is shifted by 31 bits or more."""
    most = _most_bits(c, b)
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return _folded("rshift", x, y)
    bits = b if most < BITS else least(c, b, Host(BITS - 1))
    return Int(binary(c, arith.ShRSIOp, c.integer(a), c.integer(bits)))


def _most_bits(c: ThreadBuilder, count: Value) -> int:
    """By how many bits a shift goes at most. A TTL0106 for one that makes no sense, or may make none."""
    bounds = interval(c.integer(count))
    if bounds.is_constant:
        check_bits(c, bounds.low, HIGHEST)
    if bounds.low < 0:
        hint = "`n & 31` is never negative, and neither is `max(n, 0)`"
        raise c.error("TTL0106", "the number of bits of this shift may be negative", hint=hint)
    return bounds.high


def check_bits(c: ThreadBuilder, count: int, most: int = BITS - 1) -> None:
    """Refuses a shift by a number of bits that can't be meant."""
    if not 0 <= count <= most:
        raise c.error("TTL0106", f"a shift of 32-bit integers by {count} bits")


def _bitwise(operation: str, kind: type[Operation]) -> Callable[[ThreadBuilder, Value, Value], Value]:
    def compute(c: ThreadBuilder, a: Value, b: Value) -> Value:
        x, y = known_number(c, a), known_number(c, b)
        truths = is_truth(a) and is_truth(b)
        if x is not None and y is not None:
            found = _folded(operation, x, y)
            return Host(bool(found.value)) if truths else found
        if truths:
            return Bool(binary(c, kind, truth_ssa(c, a), truth_ssa(c, b)))
        return Int(binary(c, kind, c.integer(a), c.integer(b)))

    return compute


bit_and = _bitwise("and", arith.AndIOp)
bit_or = _bitwise("or", arith.OrIOp)
bit_xor = _bitwise("xor", arith.XOrIOp)


def negated(c: ThreadBuilder, a: Value) -> Int | Host:
    return subtract(c, Host(0), a)


def inverted(c: ThreadBuilder, a: Value) -> Int | Host:
    """`~a`, which is -1 - a."""
    return subtract(c, Host(-1), a)


def absolute(c: ThreadBuilder, a: Value) -> Int | Host:
    if (number := known_number(c, a)) is not None:
        return Host(plain(abs(number)))
    value = c.integer(a)
    if is_nonnegative(value):
        return Int(value)
    return Int(binary(c, arith.MaxSIOp, value, c.integer(negated(c, a))))


def least(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    return _choose(c, arith.MinSIOp, min, a, b)


def greatest(c: ThreadBuilder, a: Value, b: Value) -> Int | Host:
    return _choose(c, arith.MaxSIOp, max, a, b)


def _choose(
    c: ThreadBuilder, kind: type[Operation], choose: Callable[[int, int], int], a: Value, b: Value
) -> Int | Host:
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return Host(plain(choose(x, y)))
    return Int(binary(c, kind, c.integer(a), c.integer(b)))


def _as_integer(c: ThreadBuilder, value: Value) -> Int | Host:
    """A bool as the integer that it is."""
    if isinstance(value, Bool):
        return Int(c.integer(value))
    if isinstance(value, Host):
        return Host(host_integer(value))
    assert isinstance(value, Int)
    return value


# ---------------------------------------------------------------------------------------------------------- truth


def is_truth(value: Value) -> bool:
    return isinstance(value, Bool) or (isinstance(value, Host) and isinstance(value.value, bool))


def truth_ssa(c: ThreadBuilder, value: Value) -> SSAValue:
    """A bool as i1."""
    return value.ssa if isinstance(value, Bool) else c.truth_constant(bool(host_integer(value)))


def negate(c: ThreadBuilder, condition: SSAValue) -> SSAValue:
    """`not condition`, of i1."""
    return c.compute(arith.XOrIOp, [condition, c.truth_constant(True)], i1, {})


def negated_truth(c: ThreadBuilder, value: Value) -> Bool | Host:
    """`not value` of a truth value."""
    if isinstance(value, Bool):
        return Bool(negate(c, value.ssa))
    assert isinstance(value, Host)
    return Host(not value.value)


def compare(c: ThreadBuilder, predicate: str, a: Value, b: Value) -> Bool | Host:
    """A comparison by the predicate of `arith.cmpi` of that name."""
    x, y = known_number(c, a), known_number(c, b)
    if x is not None and y is not None:
        return Host(PREDICATE_NAMED[predicate].holds(x, y))
    operands = [c.integer(a), c.integer(b)]
    return Bool(c.compute(arith.CmpiOp, operands, i1, {"predicate": COMPARISONS[predicate]}))


def compare_float(c: ThreadBuilder, predicate: str, a: Value, number: float) -> Bool | Host:
    """An integer compared to a number that may have a fraction, exactly."""
    if math.isnan(number) or math.isinf(number):
        below = number > 0
        outcome = {"eq": False, "ne": True, "slt": below, "sle": below, "sgt": not below, "sge": not below}[predicate]
        return Host(outcome if not math.isnan(number) else predicate == "ne")
    if number.is_integer():
        return compare(c, predicate, a, Host(int(number)))
    if predicate in ("eq", "ne"):
        return TRUE if predicate == "ne" else FALSE
    bound = math.floor(number)
    return compare(c, "sle" if predicate in ("slt", "sle") else "sgt", a, Host(bound))


MIRRORED = {"eq": "eq", "ne": "ne", "slt": "sgt", "sle": "sge", "sgt": "slt", "sge": "sle"}
"""The predicate that holds of (b, a) where one holds of (a, b)."""
