"""What is known about the integers of the IR: their bounds, and how they depend on each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import cast

from xdsl.dialects import arith, scf
from xdsl.dialects.builtin import IntegerAttr
from xdsl.ir import Block, BlockArgument, Operation, SSAValue

from ttlang.dialects import ttl


@dataclass(frozen=True)
class Interval:
    """All integers from `low` to `high`, both included; None: no bound is known."""

    low: int | None = None
    high: int | None = None

    def __add__(self, other: Interval) -> Interval:
        return Interval(_sum(self.low, other.low), _sum(self.high, other.high))

    def __neg__(self) -> Interval:
        return Interval(None if self.high is None else -self.high, None if self.low is None else -self.low)

    def __mul__(self, other: Interval) -> Interval:
        if (bounds := _all_bounds(self, other)) is not None:
            a, b, c, d = bounds
            products = (a * c, a * d, b * c, b * d)
            return Interval(min(products), max(products))
        if _nonnegative(self) and _nonnegative(other):
            return Interval(cast(int, self.low) * cast(int, other.low))
        return UNKNOWN

    def union(self, other: Interval) -> Interval:
        return Interval(_both(min, self.low, other.low), _both(max, self.high, other.high))

    @property
    def is_constant(self) -> bool:
        return self.low is not None and self.low == self.high


_DEPTH = 100
"""How far back a question goes."""

UNKNOWN = Interval()
_NATURAL = Interval(0)


def constant_value(value: SSAValue) -> int | None:
    """The integer of an `arith.constant`, else None."""
    owner = value.owner
    if isinstance(owner, arith.ConstantOp) and isinstance(owner.value, IntegerAttr):
        return owner.value.value.data
    return None


def interval(value: SSAValue) -> Interval:
    """Bounds of an i32. Arithmetic is taken not to overflow."""
    return _Bounds().of(value)


def is_nonnegative(value: SSAValue) -> bool:
    """Whether an i32 is known never to be below 0."""
    return _nonnegative(interval(value))


def is_positive(value: SSAValue) -> bool:
    """Whether an i32 is known to be above 0."""
    low = interval(value).low
    return low is not None and low > 0


def surely_runs(loop: scf.ForOp) -> bool:
    """Whether a loop is known to have a turn whenever it is reached."""
    low, high = interval(loop.lb).high, interval(loop.ub).low
    if low is not None and high is not None and low < high:
        return True
    trips = constant_difference(loop.ub, loop.lb)
    return trips is not None and trips > 0


def turns_of(loop: Operation) -> int | None:
    """How often a loop runs, where that is known."""
    if not isinstance(loop, scf.ForOp):
        return None
    start, stop, step = (constant_value(value) for value in (loop.lb, loop.ub, loop.step))
    if start is None or stop is None or step is None or step <= 0:
        return None
    return len(range(start, stop, step))


class _Bounds:
    """One question: remembers what it has found, and what it assumes of values that loops carry."""

    def __init__(self) -> None:
        self._known: dict[SSAValue, Interval] = {}
        self._assumed: set[SSAValue] = set()
        self._refuted: set[SSAValue] = set()
        self._depth = 0

    def of(self, value: SSAValue) -> Interval:
        if value in self._refuted:
            return UNKNOWN
        if value in self._assumed:
            return _NATURAL
        if (found := self._known.get(value)) is not None:
            return found
        if self._depth > _DEPTH:
            return UNKNOWN
        self._depth += 1
        found = self._known[value] = self._compute(value)
        self._depth -= 1
        return found

    def _compute(self, value: SSAValue) -> Interval:
        if isinstance(value, BlockArgument):
            return self._argument(value)
        op = cast(Operation, value.owner)
        match op:
            case arith.ConstantOp():
                number = constant_value(value)
                return Interval(number, number)
            case arith.AddiOp():
                return self.of(op.lhs) + self.of(op.rhs)
            case arith.SubiOp():
                return self.of(op.lhs) + -self.of(op.rhs)
            case arith.MuliOp():
                return self.of(op.lhs) * self.of(op.rhs)
            case arith.DivSIOp() | arith.FloorDivSIOp():
                return _quotient(self.of(op.lhs), self.of(op.rhs))
            case arith.RemSIOp():
                return _remainder(self.of(op.lhs), self.of(op.rhs))
            case arith.MinSIOp():
                a, b = self.of(op.lhs), self.of(op.rhs)
                return Interval(_both(min, a.low, b.low), _either(min, a.high, b.high))
            case arith.MaxSIOp():
                a, b = self.of(op.lhs), self.of(op.rhs)
                return Interval(_either(max, a.low, b.low), _both(max, a.high, b.high))
            case arith.AndIOp():
                a, b = self.of(op.lhs), self.of(op.rhs)
                highs = [side.high for side in (a, b) if _nonnegative(side)]
                return Interval(0, _least(highs)) if highs else UNKNOWN
            case arith.OrIOp() | arith.XOrIOp():
                a, b = self.of(op.lhs), self.of(op.rhs)
                return _NATURAL if _nonnegative(a) and _nonnegative(b) else UNKNOWN
            case arith.ShLIOp() | arith.ShRSIOp():
                return _shift(self.of(op.lhs), self.of(op.rhs), left=isinstance(op, arith.ShLIOp))
            case arith.SelectOp():
                return self.of(op.lhs).union(self.of(op.rhs))
            case arith.ExtUIOp():
                return Interval(0, 1)
            case scf.IfOp():
                return self._yielded(value, [op.true_region.block, op.false_region.block])
            case scf.ForOp():
                index = op.results.index(value)
                return self.of(op.body.block.args[index + 1]).union(self.of(op.iter_args[index]))
            case scf.WhileOp():
                return self._passed(op, op.results.index(value))
            case ttl.CoreArgumentOp():
                values = [int(v) for v in op.values.iter_values()]
                return Interval(min(values), max(values))
            case ttl.CoreXOp() | ttl.CoreYOp():
                values = _core_values(op)
                return Interval(0, max(values) if values else None)
            case _:
                return UNKNOWN

    def _argument(self, value: BlockArgument) -> Interval:
        loop = value.block.parent_op()
        if isinstance(loop, scf.WhileOp):
            if value.block is not loop.before_region.block:
                return self._passed(loop, value.index)
            return self._carried(value, loop.arguments[value.index], loop.after_region.block, value.index)
        if not isinstance(loop, scf.ForOp):
            return UNKNOWN
        if value.index > 0:
            return self._carried(value, loop.iter_args[value.index - 1], loop.body.block, value.index - 1)
        high = self.of(loop.ub).high
        return Interval(self.of(loop.lb).low, None if high is None else high - 1)

    def _passed(self, loop: scf.WhileOp, index: int) -> Interval:
        """What the condition of a `while` hands on to the body, and to what follows the loop."""
        last = loop.before_region.block.last_op
        return self.of(last.operands[index + 1]) if isinstance(last, scf.ConditionOp) else UNKNOWN

    def _carried(self, value: BlockArgument, start: SSAValue, body: Block, index: int) -> Interval:
        """By induction: not negative if it starts so, and stays so while it is assumed to be."""
        last = body.last_op
        if not isinstance(last, scf.YieldOp) or not _nonnegative(self.of(start)):
            return UNKNOWN
        self._assumed.add(value)
        holds = _nonnegative(self.of(last.arguments[index]))
        self._assumed.remove(value)
        if holds:
            return _NATURAL
        # What was derived from a false assumption must not be remembered.
        self._refuted.add(value)
        self._known.clear()
        return UNKNOWN

    def _yielded(self, value: SSAValue, blocks: Iterable[Block]) -> Interval:
        index = cast(Operation, value.owner).results.index(value)
        parts = [self.of(cast(Operation, block.last_op).operands[index]) for block in blocks]
        return parts[0].union(parts[1])


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


def linear_form(value: SSAValue) -> Linear:
    """An i32 as a sum of values that are no sums themselves."""
    return _linear(value, {}, 0)


def _linear(value: SSAValue, known: dict[SSAValue, Linear], depth: int) -> Linear:
    if (found := known.get(value)) is None:
        found = known[value] = _linear_of(value, known, depth)
    return found


def _linear_of(value: SSAValue, known: dict[SSAValue, Linear], depth: int) -> Linear:
    if (number := constant_value(value)) is not None:
        return Linear(number)
    op = value.owner
    if depth < _DEPTH and isinstance(op, arith.AddiOp | arith.SubiOp | arith.MuliOp):
        left, right = (_linear(operand, known, depth + 1) for operand in (op.lhs, op.rhs))
        if not isinstance(op, arith.MuliOp):
            return left.plus(right, 1 if isinstance(op, arith.AddiOp) else -1)
        if not right.terms:
            return left.times(right.constant)
        if not left.terms:
            return right.times(left.constant)
    return Linear(0, {value: 1})


def constant_difference(first: SSAValue, second: SSAValue) -> int | None:
    """`first - second` where it is the same on all cores and in every iteration, else None."""
    difference = linear_form(first).plus(linear_form(second), -1)
    if (values := _by_core(difference)) is None or len(values[1].terms):
        return None
    return values[0][0] if len(set(values[0])) == 1 else None


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
        result += bounds * Interval(coefficient, coefficient)
    return result


def _by_core(form: Linear) -> tuple[list[int], Linear] | None:
    """The part of a sum that core and constants decide, for each core; and the rest. None if the grid is unknown."""
    rest = {value: factor for value, factor in form.terms.items() if not isinstance(value.owner, _CORE_OPS)}
    values = [form.constant]
    for value, factor in form.terms.items():
        if value in rest:
            continue
        column = _core_values(cast(Operation, value.owner))
        if column is None:
            return None
        values = values * len(column) if len(values) == 1 else values
        values = [a + factor * b for a, b in zip(values, column, strict=True)]
    return values, Linear(0, rest)


_CORE_OPS = (ttl.CoreXOp, ttl.CoreYOp, ttl.CoreArgumentOp)


def _core_values(op: Operation) -> list[int] | None:
    """The value of an operation on each core, in the order of `core_linear`."""
    if isinstance(op, ttl.CoreArgumentOp):
        return [int(value) for value in op.values.iter_values()]
    if (grid := _grid_of(op)) is None:
        return None
    columns, rows = grid
    return [x if isinstance(op, ttl.CoreXOp) else y for y in range(rows) for x in range(columns)]


def _loop_bounds(value: SSAValue) -> Interval | None:
    """The first and the last value of a loop variable with constant bounds."""
    if not isinstance(value, BlockArgument) or value.index != 0:
        return None
    if not isinstance(loop := value.block.parent_op(), scf.ForOp):
        return None
    start, stop, step = (constant_value(bound) for bound in (loop.lb, loop.ub, loop.step))
    if start is None or stop is None or step is None or stop <= start:
        return None
    return Interval(start, start + (stop - start - 1) // step * step)


def _grid_of(op: Operation) -> tuple[int, int] | None:
    parent = op.parent_op()
    while parent is not None and not isinstance(parent, ttl.KernelOp):
        parent = parent.parent_op()
    if parent is None:
        return None
    columns, rows = parent.grid_sizes
    return columns, rows


def _nonnegative(bounds: Interval) -> bool:
    return bounds.low is not None and bounds.low >= 0


def _sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def _both(choose: Callable[[int, int], int], a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else choose(a, b)


def _either(choose: Callable[[int, int], int], a: int | None, b: int | None) -> int | None:
    return choose(a, b) if a is not None and b is not None else (a if b is None else b)


def _least(bounds: list[int | None]) -> int | None:
    known = [bound for bound in bounds if bound is not None]
    return min(known) if known else None


def _all_bounds(a: Interval, b: Interval) -> tuple[int, int, int, int] | None:
    if a.low is None or a.high is None or b.low is None or b.high is None:
        return None
    return a.low, a.high, b.low, b.high


def _quotient(a: Interval, b: Interval) -> Interval:
    """Of a division that truncates or floors: the two agree on the bounds of numbers that are not negative."""
    if not _nonnegative(a) or b.low is None or b.low < 1:
        return UNKNOWN
    low = 0 if b.high is None else cast(int, a.low) // b.high
    return Interval(low, None if a.high is None else a.high // b.low)


def _remainder(a: Interval, b: Interval) -> Interval:
    if not _nonnegative(a) or b.low is None or b.low < 1:
        return UNKNOWN
    return Interval(0, _least([a.high, None if b.high is None else b.high - 1]))


_BITS = 32


def _shift(a: Interval, b: Interval, *, left: bool) -> Interval:
    if not _nonnegative(a) or not _nonnegative(b):
        return UNKNOWN
    if not left:
        return Interval(0, a.high)
    if a.high is None or b.high is None or b.high >= _BITS:
        return _NATURAL
    return Interval(0, a.high << b.high)
