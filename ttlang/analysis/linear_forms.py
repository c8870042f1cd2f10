"""Integers of the IR as sums of multiples of others: how they depend on each other, and how often loops turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import gcd

from xdsl.dialects import arith, scf
from xdsl.ir import BlockArgument, Operation, OpResult, SSAValue

from ttlang.analysis.arithmetic import constant_value
from ttlang.analysis.bounds import Bounds, core_values, interval
from ttlang.analysis.intervals import Interval, exactly, multiply, wrapped
from ttlang.analysis.intervals import add as sum_of
from ttlang.dialects import ttl

_DEPTH = 100
"""How far back a question goes."""


def surely_runs(loop: scf.ForOp) -> bool:
    """Whether a loop is known to have a turn whenever it is reached."""
    if interval(loop.lb).high < interval(loop.ub).low:
        return True
    trips = constant_difference(loop.ub, loop.lb)
    return trips is not None and trips > 0 and all(_is_exact(linear_form(bound)) for bound in (loop.lb, loop.ub))


def loops_between(outside: Operation, op: Operation) -> list[scf.ForOp] | None:
    """The loops around an operation up to the block that `outside` is in, innermost first; None if not only loops."""
    loops: list[scf.ForOp] = []
    while op.parent_block() is not outside.parent_block():
        around = op.parent_op()
        if not isinstance(around, scf.ForOp):
            return None
        loops.append(around)
        op = around
    return loops


def _is_exact(form: Linear) -> bool:
    """Whether a sum is sure to fit 32 bits."""
    bounds, total = Bounds(), exactly(form.constant)
    for value, factor in form.terms.items():
        total = sum_of(total, multiply(bounds.of(value), exactly(factor)))
    return total.fits


def turns_of(loop: Operation) -> int | None:
    """How often a loop runs, where that is known."""
    if not isinstance(loop, scf.ForOp):
        return None
    start, stop, step = (constant_value(value) for value in (loop.lb, loop.ub, loop.step))
    if start is None or stop is None or step is None or step <= 0:
        return None
    return len(range(start, stop, step))


@dataclass(frozen=True)
class Linear:
    """A sum of values times constants, plus a constant."""

    constant: int = 0
    terms: Mapping[SSAValue, int] = field(default_factory=dict[SSAValue, int])

    def plus(self, other: Linear, factor: int = 1) -> Linear:
        terms = dict(self.terms)
        for value, coefficient in other.terms.items():
            terms[value] = terms.get(value, 0) + factor * coefficient
        kept = {value: coefficient for value, coefficient in terms.items() if coefficient}
        return Linear(self.constant + factor * other.constant, kept)

    def times(self, factor: int) -> Linear:
        return Linear().plus(self, factor)


_LINEAR = frozenset({arith.AddiOp, arith.SubiOp, arith.MuliOp})


def linear_form(value: SSAValue) -> Linear:
    """An i32 as a sum, modulo 2^32, of values that are no sums themselves."""
    return _linear(value, {}, 0)


def _linear(value: SSAValue, known: dict[SSAValue, Linear], depth: int) -> Linear:
    if (found := known.get(value)) is None:
        found = known[value] = _linear_of(value, known, depth)
    return found


def _linear_of(value: SSAValue, known: dict[SSAValue, Linear], depth: int) -> Linear:
    if (number := constant_value(value)) is not None:
        return Linear(number)
    if depth < _DEPTH and isinstance(value, OpResult) and type(op := value.op) in _LINEAR:
        left, right = (_linear(operand, known, depth + 1) for operand in op.operands)
        if type(op) is not arith.MuliOp:
            return left.plus(right, 1 if type(op) is arith.AddiOp else -1)
        if not right.terms:
            return left.times(right.constant)
        if not left.terms:
            return right.times(left.constant)
    return Linear(0, {value: 1})


def constant_difference(first: SSAValue, second: SSAValue) -> int | None:
    """`first - second`, modulo 2^32, where it is the same on all cores and in every iteration, else None."""
    difference = linear_form(first).plus(linear_form(second), -1)
    if (values := _by_core(difference)) is None or len(values[1].terms):
        return None
    return wrapped(values[0][0]) if len(set(values[0])) == 1 else None


def remainder(form: Linear, modulus: int) -> tuple[int, int]:
    """What is left of a sum divided by a divisor of the modulus, the greatest for which that is known; and this one."""
    constant, common, exact = form.constant, modulus, _is_exact(form)
    terms = list(form.terms.items())
    while terms:
        value, factor = terms.pop()
        if (loop := _loop_of(value)) is None:
            common = gcd(common, factor)
            continue
        # It starts there, and goes on by its step.
        start = linear_form(loop.lb)
        exact = exact and _is_exact(start)
        constant += factor * start.constant
        common = gcd(common, factor * (constant_value(loop.step) or 1))
        terms += [(term, factor * coefficient) for term, coefficient in start.terms.items()]
    if not exact:
        # What wraps around is the same modulo powers of two alone.
        common &= -common
    return constant % common, common


def reached_bounds(value: SSAValue) -> Interval | None:
    """
    The least and the largest value that an i32 is sure to take, if it is used wherever its loops and the grid go: it is
    a sum of loop variables with constant bounds and of what depends on the core. None where it is no such sum.
    """
    if (parts := _by_core(linear_form(value))) is None:
        return None
    values, rest = parts
    result = Interval(min(values), max(values))
    for term, coefficient in rest.terms.items():
        bounds = _loop_bounds(term)
        if bounds is None:
            return None
        result = sum_of(result, multiply(bounds, exactly(coefficient)))
    # Else it comes to wrap around.
    return result if result.fits else None


def _by_core(form: Linear) -> tuple[list[int], Linear] | None:
    """The part of a sum that core and constants decide, for each core; and the rest. None if the grid is unknown."""
    rest: dict[SSAValue, int] = {}
    values = [form.constant]
    for value, factor in form.terms.items():
        if not isinstance(op := value.owner, CORE_OPS):
            rest[value] = factor
            continue
        column = core_values(op)
        if column is None:
            return None
        values = values * len(column) if len(values) == 1 else values
        values = [a + factor * b for a, b in zip(values, column, strict=True)]
    return values, Linear(0, rest)


CORE_OPS = (ttl.CoreXOp, ttl.CoreYOp, ttl.CoreArgumentOp)


def _loop_bounds(value: SSAValue) -> Interval | None:
    """The first and the last value of a loop variable with constant bounds."""
    if (loop := _loop_of(value)) is None:
        return None
    start, stop, step = (constant_value(bound) for bound in (loop.lb, loop.ub, loop.step))
    if start is None or stop is None or step is None or stop <= start:
        return None
    return Interval(start, start + (stop - start - 1) // step * step)


def _loop_of(value: SSAValue) -> scf.ForOp | None:
    """The loop whose variable it is."""
    if not isinstance(value, BlockArgument) or value.index != 0:
        return None
    loop = value.block.parent_op()
    return loop if isinstance(loop, scf.ForOp) else None
